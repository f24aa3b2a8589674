"""Agreement: whether a readable form gives what the tape recorded, forward and backward, and what its formulas say."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from glasswork.tracing.algebra import evaluate
from glasswork.tracing.meaning.expansion import Expansion
from glasswork.tracing.meaning.steps import Decline
from glasswork.tracing.replay import derive, pull, replaying
from glasswork.tracing.sweep import Sweep
from glasswork.tracing.tape import Call, Slot, Tape, element_at, slots

__all__ = ["TOLERANCE", "agree"]

TOLERANCE = {torch.float64: 1e-12, torch.float32: 2e-5}
"""Largest difference allowed, relative to the largest number compared (at least 1)."""


def agree(
    found: Expansion, call: Call, tape: Tape, sweep: Sweep | None, results: Any, leaves: dict[int, Tensor]
) -> None:
    """Compare, and fill in gradients on the way.

    Args:
        found: with its steps, still live.
        call: what it explains.
        tape: where that was recorded.
        sweep: for the gradients; None compares values alone.
        results: what the readable form returned.
        leaves: the arguments, by variable.

    Raises:
        Decline: they do not agree.
    """
    pairs = _paired(call.result, results)
    tolerance = TOLERANCE.get(tape.dtype)
    if tolerance is None:
        raise Decline(f"in {tape.dtype} it cannot be compared")
    if not pairs:
        raise Decline("its readable form gives nothing to compare")
    scale = 1.0
    for variable, tensor in pairs:
        value = tape.value(variable)
        if value.shape != tensor.shape or not bool(value.isfinite().all()):
            raise Decline("its result has another shape, or is not finite")
        scale = max(scale, _size(value))
        found.difference = max(found.difference, _gap(value, tensor.detach()))
    found.allowed = tolerance * scale
    if found.difference > found.allowed:
        raise Decline(f"its readable form gives another result (by {found.difference:.2g})")
    by_tensor = {id(quantity.live): quantity for quantity in found.steps}
    for variable, tensor in pairs:
        quantity = by_tensor.get(id(tensor))
        if quantity is not None:
            found.results[variable] = quantity
            if quantity.variable is None:
                quantity.variable = variable
    if sweep is not None:
        _differentiate(found, call, tape, sweep, pairs, leaves, tolerance)
    _check_formulas(found, tolerance)


def _differentiate(
    found: Expansion, call: Call, tape: Tape, sweep: Sweep, pairs: list[tuple[int, Tensor]],
    leaves: dict[int, Tensor], tolerance: float,
) -> None:  # fmt: skip
    upstream = {variable: _from_outside(tape, sweep, call, variable) for variable, _ in pairs}
    reached = [(v, t, upstream[v]) for v, t in pairs if upstream[v] is not None and t.requires_grad]
    if not reached:
        return
    for variable, quantity in found.results.items():
        quantity.outside = upstream[variable]
    asked = [q for q in found.steps if q.live is not None and q.live.requires_grad]
    wanted = [leaf for leaf in leaves.values() if leaf.requires_grad]
    got = derive(
        [t for _, t, _ in reached],
        [*wanted, *(q.live for q in asked if q.live is not None)],
        [g for _, _, g in reached if g is not None],
    )
    for quantity, gradient in zip(asked, got[len(wanted) :], strict=True):
        quantity.gradient = gradient
    by_leaf = {id(leaf): gradient for leaf, gradient in zip(wanted, got, strict=False)}
    swept = _swept(tape, sweep, call, upstream)
    scale = max([1.0, *(_size(g) for g in swept.values()), *(_size(g) for _, _, g in reached if g is not None)])
    for variable, leaf in leaves.items():
        mine, theirs = by_leaf.get(id(leaf)), swept.get(variable)
        if mine is None and theirs is None:
            continue
        value = tape.value(variable)
        mine = torch.zeros_like(value) if mine is None else mine
        found.gradients[variable] = mine
        gap = _gap(mine, torch.zeros_like(value) if theirs is None else theirs)
        found.gradient_difference = max(found.gradient_difference, gap)
    found.allowed = max(found.allowed, tolerance * scale)
    if found.gradient_difference > tolerance * scale:
        raise Decline(f"its readable form gives other gradients (by {found.gradient_difference:.2g})")


def _from_outside(tape: Tape, sweep: Sweep, call: Call, variable: int) -> Tensor | None:
    """The cotangent of a result without the shares of its uses within the call."""
    total = sweep.cotangents.get(variable)
    if total is None:
        return None
    users = [
        (record, place)
        for record in tape.records
        for place, use in enumerate(record.uses)
        if use.variable == variable and use.needs
    ]
    if all(record.index >= call.last for record, _ in users):
        return total
    share = torch.ones_like(total) if variable == tape.loss else None
    with replaying(tape) as precision:
        for index in dict.fromkeys(record.index for record, _ in users if not call.first <= record.index < call.last):
            record = tape.records[index]
            pulled, _ = pull(tape, record, [sweep.cotangents.get(out) for out in record.outputs], precision)
            for use, gradient in zip(record.uses, pulled, strict=True):
                if use.variable == variable and use.needs and gradient is not None:
                    share = gradient if share is None else share + gradient
    return share


def _swept(tape: Tape, sweep: Sweep, call: Call, upstream: dict[int, Tensor | None]) -> dict[int, Tensor]:
    """The gradient of each argument: the sweep's own, or, where others use it too, swept through the call alone."""
    arguments = {slot.index for slot in (*slots(call.arguments), *slots(call.keywords or {}))}
    shared: set[int] = set()
    found: dict[int, Tensor] = {}
    for record in tape.records:
        if not call.first <= record.index < call.last:
            shared |= {use.variable for use in record.uses if use.needs}
    exclusive = {variable for variable in arguments - shared if variable in sweep.cotangents}
    for variable in exclusive:
        found[variable] = sweep.cotangents[variable]
    if arguments <= exclusive:
        return found
    cotangents: dict[int, Tensor] = {v: g for v, g in upstream.items() if g is not None}
    with replaying(tape) as precision:
        for record in reversed(tape.records[call.first : call.last]):
            back = [cotangents.get(variable) for variable in record.outputs]
            if not record.differentiable or all(gradient is None for gradient in back):
                continue
            for use, part in zip(record.uses, pull(tape, record, back, precision)[0], strict=True):
                if part is not None and use.needs:
                    known_share = cotangents.get(use.variable)
                    cotangents[use.variable] = part if known_share is None else known_share + part
    for variable in arguments - exclusive:
        if variable in cotangents and variable not in upstream:
            found[variable] = cotangents[variable]
    return found


def _check_formulas(found: Expansion, tolerance: float) -> None:
    """Evaluate each formula at the first, the last and two elements between."""
    for quantity in found.steps:
        count, shape = quantity.value.numel(), tuple(quantity.value.shape)
        if not count or not quantity.value.is_floating_point():
            continue
        for place in sorted({0, count // 3, 2 * count // 3, count - 1}):
            element = element_at(place, shape)
            for line, whole in (
                (quantity.equation(element), quantity.value),
                (found.short(quantity, element), quantity.gradient),
            ):
                if line is None or len(line.steps) < 2 or whole is None:
                    continue
                said, value = float(evaluate(line.steps[0])), line.left.value or 0.0
                gap = abs(said - value) if said != value else 0.0
                found.formula_difference = max(found.formula_difference, gap)
                if not gap <= 8 * tolerance * max(1.0, _size(whole)):
                    raise Decline(f"the formula of {line.left.name} gives {said:.6g}, its value is {value:.6g}")


def _paired(result: Any, readable: Any) -> list[tuple[int, Tensor]]:
    """Match the call's result with what the readable form returned; what it returns as None is not compared."""
    if isinstance(result, Slot):
        if isinstance(readable, Tensor):
            return [(result.index, readable)]
        if readable is None:
            return []
        raise Decline("its result has another structure")
    if isinstance(result, (tuple, list)) and isinstance(readable, (tuple, list)) and len(result) == len(readable):
        return [pair for one, other in zip(result, readable, strict=True) for pair in _paired(one, other)]
    if result is None or not list(slots(result)):
        return []
    raise Decline("its result has another structure")


def _gap(first: Tensor, second: Tensor) -> float:
    if first.layout is not torch.strided or second.layout is not torch.strided:
        first, second = first.to_dense(), second.to_dense()
    if first.shape != second.shape:
        return float("inf")
    gap = float((first.double() - second.double()).abs().max()) if first.numel() else 0.0
    return gap if gap == gap else float("inf")


def _size(tensor: Tensor) -> float:
    tensor = tensor.to_dense() if tensor.layout is not torch.strided else tensor
    return float(tensor.abs().max()) if tensor.numel() else 0.0
