"""Misfit: when the shapes of a step do not fit, the arithmetic that fails and the name of the culprit.

>>> import torch
>>> from torch import nn
>>> from glasswork.tracing.record import record
>>> net = nn.Sequential(nn.Linear(20, 49), nn.Linear(64, 10))
>>> found = misfit(record(net, lambda out: out.sum(), torch.zeros(128, 20)))
>>> print(found)
1 (Linear): 128 x 49 times 64 x 10: 49 is not 64.
It was made for 64 features and gets 49; the layer before it, 0 (Linear), gives 49.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from glasswork.errors import ShapeError
from glasswork.layers import convolution_size, explain_broadcast, explain_product, padding_ends, pooling_size
from glasswork.tracing.tape import Failure, Slot, Tape, Visit, slots

__all__ = ["Misfit", "misfit"]

Shape = tuple[int, ...]


@dataclass(slots=True)
class Misfit:
    """Why a step failed."""

    where: str
    """The culprit's path; empty for the model itself."""
    kind: str
    """Its class; empty for a function."""
    arithmetic: str
    """The sum that does not come out: ``128 x 49 times 64 x 10: 49 is not 64``; or what was raised."""
    advice: str = ""
    line: str = ""
    """The user's line."""
    shapes: tuple[Shape, ...] = field(default=())
    """The shapes that went into the operation."""
    explained: bool = True
    """Whether the arithmetic was worked out; else it is the error's own text."""

    def __str__(self) -> str:
        who = f"{self.where} ({self.kind})" if self.kind and self.where else self.where or self.kind
        first = f"{who}: {self.arithmetic}." if who else f"{self.arithmetic[:1].upper()}{self.arithmetic[1:]}."
        return "\n".join(part for part in (first, self.advice) if part)


def misfit(tape: Tape) -> Misfit | None:
    """Return why a tape's step failed; None if it did not."""
    failure = tape.failure
    if failure is None:
        return None
    visit = None if failure.visit is None else tape.visits[failure.visit]
    arithmetic = _arithmetic(tape, failure)
    text = str(failure.error).strip().splitlines()
    source = failure.source
    return Misfit(
        where=failure.where,
        kind="" if visit is None else visit.kind,
        arithmetic=arithmetic or (text[0].rstrip(".") if text else type(failure.error).__name__),
        advice=_advice(tape, failure, visit) if arithmetic else "",
        line="" if source is None else f"{source.file}:{source.line}: {source.text}",
        shapes=failure.shapes,
        explained=bool(arithmetic),
    )


def _arithmetic(tape: Tape, failure: Failure) -> str:
    """The sum that fails, by the operation that raised; an empty string where it would come out."""
    shapes, operation = failure.shapes, (failure.operation or "").removesuffix("_")
    call = None if failure.call is None or failure.call >= len(tape.calls) else tape.calls[failure.call]
    arguments: Sequence[Any] = () if call is None else tuple(call.arguments)
    match operation:
        case "addmm" | "baddbmm" | "addmv" | "addbmm" if len(shapes) == 3:
            return _product(shapes[1], shapes[2]) or _broadcast((shapes[0], (*shapes[1][:-1], shapes[2][-1])))
        case "mm" | "matmul" | "mv" | "dot" | "bmm" if len(shapes) == 2:
            return _product(*shapes)
        case "linear" if len(shapes) >= 2:
            return _product(shapes[0], shapes[1][::-1])
        case "convolution" | "_convolution" | "mkldnn_convolution" if len(shapes) >= 2:
            return _convolution(shapes[0], shapes[1], arguments, "transpose" in (call.name if call else ""))
        case "cat" | "concat" | "stack" | "hstack" | "vstack":
            return _joined(shapes, arguments)
        case "view" | "reshape" | "_unsafe_view" | "unflatten" if shapes:
            return _reshaped(shapes[0], arguments, operation)
        case "native_layer_norm" | "layer_norm" | "rms_norm" if len(arguments) > 1:
            wanted = tuple(arguments[1])
            got = shapes[0][len(shapes[0]) - len(wanted) :]
            return "" if got == wanted else f"the norm is over {_said(wanted)}, the input ends in {_said(got)}"
        case "batch_norm" | "native_batch_norm" | "instance_norm" if len(shapes) > 1 and len(shapes[0]) > 1:
            wanted_, got_ = shapes[1][0], shapes[0][1]
            return (
                "" if wanted_ == got_ else f"the norm has {wanted_} channels, the input {got_}: {got_} is not {wanted_}"
            )
        case "embedding" if len(shapes) == 2:
            return _codes(tape, arguments, shapes[0][0])
        case "cross_entropy_loss" | "nll_loss_forward" | "nll_loss2d_forward" | "nll_loss":
            return _classes(tape, arguments, shapes)
    if "pool" in operation and shapes:
        return _pooled(shapes[0], arguments)
    if operation in ("multi_head_attention_forward", "scaled_dot_product_attention") and len(shapes) >= 3:
        return _attended(operation, shapes)
    if len(shapes) > 1:
        return _broadcast(shapes)
    if not operation and failure.visit is not None:
        return _recurrent(tape, tape.visits[failure.visit])
    return ""


def _said(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) if shape else "a single number"


def _product(left: Shape, right: Shape) -> str:
    said = explain_product(left, right)
    return "" if " = " in said else said


def _broadcast(shapes: Sequence[Shape]) -> str:
    said = explain_broadcast(*shapes)
    return "" if " = " in said else said


def _convolution(x: Shape, w: Shape, arguments: Sequence[Any], turned: bool) -> str:
    sides = len(w) - 2
    settings = [*arguments[3:], *[None] * 5]
    groups = settings[4 if turned else 3] or 1
    if len(x) not in (sides + 1, sides + 2):
        return f"the kernel has {sides} sides, the input {_said(x)} has {len(x) - 2} behind samples and channels"
    channels, wanted = x[-sides - 1], w[0] if turned else w[1] * groups
    if channels != wanted:
        many = f"{w[1]} * {groups} = {wanted}" if groups > 1 and not turned else str(wanted)
        return f"the kernel {_said(w)} wants {many} channels, the input {_said(x)} has {channels}"
    strides, padding, spread = (
        _each(value, sides, usual) for value, usual in zip(settings[:3], (1, 0, 1), strict=True)
    )
    for side in range(sides):
        try:
            ends = padding_ends("convolution", padding[side], w[2 + side], strides[side], spread[side])
            convolution_size(
                x[len(x) - sides + side], kernel=w[2 + side], stride=strides[side], padding=ends, dilation=spread[side]
            )
        except ShapeError as error:
            return _tidied(error)
    return ""


def _pooled(x: Shape, arguments: Sequence[Any]) -> str:
    if len(arguments) < 2:
        return ""
    settings = [*arguments[1:], *[None] * 4]
    sides = len(settings[0]) if isinstance(settings[0], (tuple, list)) else max(1, len(x) - 2)
    kernel = _each(settings[0], sides, 1)
    strides = [m if s is None else s for m, s in zip(kernel, _each(settings[1], sides, None), strict=True)]
    padding = _each(settings[2], sides, 0)
    for side in range(sides):
        try:
            pooling_size(x[len(x) - sides + side], size=kernel[side], stride=strides[side], padding=padding[side])
        except ShapeError as error:
            return _tidied(error)
    return ""


def _each(value: Any, sides: int, usual: Any) -> list[Any]:
    value = usual if value is None or (isinstance(value, (tuple, list)) and not value) else value
    if isinstance(value, (tuple, list)):
        return list(value) * (sides if len(value) == 1 else 1)
    return [value] * sides


def _tidied(error: ShapeError) -> str:
    return str(error).split(": ", 1)[1].split(". ")[0].rstrip(".")


def _joined(shapes: Sequence[Shape], arguments: Sequence[Any]) -> str:
    dim = arguments[1] if len(arguments) > 1 and isinstance(arguments[1], int) else 0
    first = shapes[0] if shapes else ()
    for number, shape in enumerate(shapes[1:], start=2):
        if len(shape) != len(first):
            return f"{_said(first)} joined with {_said(shape)}: they have {len(first)} and {len(shape)} dimensions"
        for place, (one, other) in enumerate(zip(first, shape, strict=True)):
            if one != other and place != dim % len(first):
                return (
                    f"{_said(first)} joined along dimension {dim} with number {number}, {_said(shape)}: "
                    f"in dimension {place} {other} is not {one}"
                )
    return ""


def _reshaped(x: Shape, arguments: Sequence[Any], operation: str) -> str:
    wanted: list[Any] = list(arguments[2:] if operation == "unflatten" else arguments[1:])
    if len(wanted) == 1 and isinstance(wanted[0], (tuple, list)):
        wanted = list(wanted[0])
    if not wanted or not all(isinstance(size, int) for size in wanted):
        return ""
    given: Shape = x
    if operation == "unflatten" and isinstance(arguments[1], int):
        given = (x[arguments[1]],)
    count, fixed = math.prod(given), math.prod(size for size in wanted if size != -1)
    have, want = _times(given), _times([size for size in wanted if size != -1])
    if -1 in wanted:
        return "" if fixed and count % fixed == 0 else f"{have} numbers do not divide by {want}"
    return "" if count == fixed else f"{have} numbers do not make {want}"


def _times(sizes: Sequence[int]) -> str:
    return " * ".join(map(str, sizes)) + (f" = {math.prod(sizes)}" if len(sizes) > 1 else "")


def _value(tape: Tape, argument: Any) -> Any:
    return tape.variables[argument.index].value if isinstance(argument, Slot) else None


def _codes(tape: Tape, arguments: Sequence[Any], rows: int) -> str:
    for argument in arguments:
        value = _value(tape, argument)
        if value is not None and not value.is_floating_point() and value.numel():
            low, high = int(value.min()), int(value.max())
            if low < 0 or high >= rows:
                return f"the table has {rows} rows, 0 to {rows - 1}; the codes go from {low} to {high}"
    return ""


def _classes(tape: Tape, arguments: Sequence[Any], shapes: Sequence[Shape]) -> str:
    if len(shapes) < 2 or not shapes[0]:
        return ""
    scores, target = shapes[0], shapes[1]
    classes = scores[1] if len(scores) > 1 else scores[0]
    expected = (scores[0], *scores[2:]) if len(scores) > 1 else ()
    if target not in (expected, scores):
        return f"scores of shape {_said(scores)} want targets of shape {_said(expected)}, got {_said(target)}"
    value = _value(tape, arguments[1]) if len(arguments) > 1 else None
    if value is not None and not value.is_floating_point() and value.numel():
        ignored = arguments[4] if len(arguments) > 4 and isinstance(arguments[4], int) else -100
        meant = value[value != ignored]
        if meant.numel() and (int(meant.min()) < 0 or int(meant.max()) >= classes):
            return (
                f"there are {classes} classes, 0 to {classes - 1}; the targets go from {int(meant.min())} to "
                f"{int(meant.max())}"
            )
    return ""


def _attended(operation: str, shapes: Sequence[Shape]) -> str:
    query, key, value = shapes[:3]
    tokens = 0 if operation.startswith("multi") else -2
    if len(key) > 1 and len(value) > 1 and key[tokens] != value[tokens]:
        return f"there are {key[tokens]} keys and {value[tokens]} values: {value[tokens]} is not {key[tokens]}"
    if operation.startswith("scaled") and query[-1] != key[-1]:
        return f"Q K^T, {explain_product(query, (*key[:-2], key[-1], key[-2]))}"
    if operation.startswith("multi") and len(shapes) > 3 and len(shapes[3]) == 2 and query[-1] != shapes[3][1]:
        return f"the layer has width {shapes[3][1]}, the queries {query[-1]}: {query[-1]} is not {shapes[3][1]}"
    return ""


def _recurrent(tape: Tape, visit: Visit) -> str:
    wanted = getattr(visit.module, "input_size", None)
    given = [tape.variables[slot.index].shape for slot in slots(visit.arguments)]
    if wanted is None or not given:
        return ""
    got = given[0][-1] if given[0] else 0
    return "" if got == wanted else f"each step of {_said(given[0])} has {got} features: {got} is not {wanted}"


def _advice(tape: Tape, failure: Failure, visit: Visit | None) -> str:
    """What the culprit was made for, and what the layer before it gives."""
    if visit is None:
        return ""
    wanted, noun = next(
        (
            (getattr(visit.module, name), noun)
            for name, noun in _MADE_FOR
            if isinstance(getattr(visit.module, name, None), int)
        ),
        (None, ""),
    )  # fmt: skip
    given = [tape.variables[slot.index].shape for slot in slots(visit.arguments)]
    if wanted is None or not given or not given[0]:
        return ""
    place = 1 if noun == "channels" and len(given[0]) > 1 else -1
    got = given[0][place]
    if got == wanted:
        return ""
    before = [
        v for v in tape.visits if v.index < visit.index and not v.failed and v.path and list(slots(v.result))
        and _same_source(tape, v, visit)
    ]  # fmt: skip
    said = f"It was made for {wanted} {noun} and gets {got}"
    if not before:
        return said + "."
    last = before[-1]
    return f"{said}; the layer before it, {last.path} ({last.kind}), gives {got}."


def _same_source(tape: Tape, before: Visit, visit: Visit) -> bool:
    """Whether one layer reads what another put out."""
    out = {slot.index for slot in slots(before.result)}
    return any(slot.index in out for slot in slots(visit.arguments))


_MADE_FOR = (
    ("in_features", "features"), ("in_channels", "channels"), ("num_features", "channels"),
    ("num_channels", "channels"), ("input_size", "features"), ("embed_dim", "features"),
)  # fmt: skip
