"""The reverse sweep: the chain rule, applied by us, one record at a time from the loss back to every leaf.

It is compared with autograd's own gradients, bit for bit. Contributions are added in the order in which autograd adds
them (latest use first), since floating addition depends on it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import torch
from torch import Tensor

from glasswork.tracing.replay import pull, replaying, same
from glasswork.tracing.tape import Record, Tape

__all__ = ["Sweep", "backward_order", "difference", "sweep"]


@dataclass(slots=True)
class Sweep:
    """What the sweep found."""

    cotangents: dict[int, Tensor]
    """Variable -> derivative of the loss with respect to it; only those that a derivative reached. Empty of computed
    values if they were not to be kept."""
    gradients: dict[int, Tensor | None]
    """Leaf variable -> gradient; None where no path leads to it."""
    differences: dict[int, float] = field(default_factory=dict)
    """Leaf variable -> largest absolute difference from autograd; 0.0 means that all bits are equal."""
    forward: dict[int, float] = field(default_factory=dict)
    """Records whose outputs, computed anew, were not what the tape says -> largest difference."""
    kept: bool = True
    """Whether every cotangent was kept."""
    declared: tuple[int, ...] = ()
    """Custom functions on the way: their derivative is what their author declared."""

    @property
    def identical(self) -> bool:
        """Whether every gradient has autograd's bits, and every operation gave its recorded result."""
        return not self.forward and not any(self.differences.values())


def sweep(tape: Tape, *, keep: bool | Collection[int] = True) -> Sweep:
    """Sweep a tape backwards and compare with autograd.

    Args:
        tape: a tape whose forward pass succeeded.
        keep: whether to keep every cotangent, or the variables whose cotangents to keep; any other is freed once it is
            used, and gradients remain. For a large step: False, or what a page is about.

    >>> from glasswork.tracing.record import record
    >>> w = torch.tensor([3.0], requires_grad=True)
    >>> tape = record(lambda x: w * x, lambda o, y: ((o - y) ** 2).sum(), torch.tensor([2.0]), torch.tensor([5.0]))
    >>> result = sweep(tape)
    >>> result.gradients[tape.parameters["w"]], result.identical  # 2 (3*2 - 5) * 2
    (tensor([4.], dtype=torch.float64), True)
    """
    if tape.loss is None:
        raise ValueError("the forward pass failed; there is nothing to sweep.")
    order = backward_order(tape)
    last_use: dict[int, int] = {}
    for position, record in enumerate(order):
        for use in record.uses:
            if use.needs and use.variable in tape.reference:
                last_use[use.variable] = position
    result = Sweep({}, {}, kept=keep is True)
    wanted = () if isinstance(keep, bool) else keep
    cotangents = result.cotangents
    cotangents[tape.loss] = torch.ones_like(tape.value(tape.loss))
    declared = []
    with replaying(tape) as precision:
        for position, record in enumerate(order):
            upstream = [cotangents.get(variable) for variable in record.outputs]
            if any(c is not None for c in upstream) and record.differentiable:
                if record.kind == "declared":
                    declared.append(record.index)
                    _check_received(record, upstream, result)
                pulled, outputs = pull(tape, record, upstream, precision)
                for use, part in zip(record.uses, pulled, strict=True):
                    if part is not None and use.needs:
                        known = cotangents.get(use.variable)
                        cotangents[use.variable] = part if known is None else known + part
                if outputs is not None:
                    _check_outputs(tape, record, outputs, result)
                del pulled, outputs
            if keep is not True:
                for variable in record.outputs:
                    if variable not in wanted:
                        cotangents.pop(variable, None)
            del upstream
            for use in record.uses:
                if last_use.get(use.variable) == position and use.variable not in result.gradients:
                    _finish(tape, use.variable, result)
    for variable in tape.reference:
        if variable not in result.gradients:
            _finish(tape, variable, result)
    result.declared = tuple(declared)
    return result


def backward_order(tape: Tape) -> list[Record]:
    """Return the records latest first; a custom function stands where its forward ran."""

    def position(record: Record) -> tuple[float, int]:
        if record.kind == "declared":
            return record.extra["order"][0] + 0.5, record.extra["order"][1]
        return float(record.index), 0

    return sorted(tape.records, key=position, reverse=True)


def difference(first: Tensor | None, second: Tensor | None) -> float:
    """Return the largest absolute difference of two gradients, exactly 0.0 if all bits are equal; None is zero."""
    if first is None or second is None:
        other = second if first is None else first
        return 0.0 if other is None else float(other.abs().max()) if other.numel() else 0.0
    if same(first, second):
        return 0.0
    if first.shape != second.shape:
        return float("inf")
    first, second = (t.to_dense() if t.layout is not torch.strided else t for t in (first, second))
    wide = torch.complex128 if first.is_complex() else torch.float64
    gap = float((first.to(wide) - second.to(wide)).abs().max())
    return gap if gap > 0 else float("inf")


def _finish(tape: Tape, variable: int, result: Sweep) -> None:
    """A leaf's gradient is complete: compare it with autograd's; if the two are equal one copy is enough."""
    mine, reference = result.cotangents.get(variable), tape.reference[variable]
    gap = difference(mine, reference)
    result.differences[variable] = gap
    if gap == 0.0 and mine is not None and reference is not None:
        mine = reference
        result.cotangents[variable] = reference
    result.gradients[variable] = mine


_PARTLY_FILLED = {("_ctc_loss", 1)}
"""Outputs for the kernel's own use, of which torch fills in a part: beyond a sequence's length is old memory."""


def _check_outputs(tape: Tape, record: Record, outputs: list[Tensor], result: Sweep) -> None:
    for place, (variable, again) in enumerate(zip(record.outputs, outputs, strict=True)):
        value = tape.variables[variable].value
        if (record.name, place) in _PARTLY_FILLED:
            continue
        if value is not None and not same(value, again.detach()):
            result.forward[record.index] = max(result.forward.get(record.index, 0.0), difference(value, again.detach()))


def _check_received(record: Record, upstream: list[Tensor | None], result: Sweep) -> None:
    """What reached a custom function must be what autograd handed to it."""
    received = record.extra.get("received", {})
    for place, cotangent in enumerate(upstream):
        expected = received.get(record.extra["numbers"][place])
        gap = difference(cotangent, expected)
        if gap and (expected is not None or cotangent is not None):
            result.forward[record.index] = max(result.forward.get(record.index, 0.0), gap)
