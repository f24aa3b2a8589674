"""Central differences: each sampled derivative measured by moving one number a little to either side, in float64.

What is moved is what a derivative flows through: where the program cuts it (`detach`, `no_grad`) the recorded value
stands still, as the derivative says it does. The whole rest of the forward pass is done again from the tape.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from glasswork.tracing.replay import forward, replaying, values
from glasswork.tracing.tape import Tape

__all__ = ["Measured", "measure", "replay_loss"]

_STEP = 1e-5


@dataclass(frozen=True, slots=True)
class Measured:
    """One derivative, from the chain rule and from differences."""

    name: str
    element: tuple[int, ...]
    gradient: float
    measured: float
    scale: float
    """What the difference is to be compared with: the larger of the two, and what rounding of the loss allows."""
    kink: bool
    """Whether the slopes to either side differ: there is a corner here, and no derivative to compare with."""

    @property
    def off(self) -> float:
        """The difference, relative to the scale."""
        gap = abs(self.gradient - self.measured) / self.scale
        return gap if math.isfinite(gap) else math.inf


def measure(
    tape: Tape, gradients: Mapping[int, Tensor | None], *, samples: int = 40, seed: int = 0
) -> tuple[list[Measured], list[str]]:
    """Measure derivatives of a seeded sample of numbers.

    Args:
        tape: the step.
        gradients: leaf variable -> gradient, to be compared.
        samples: how many numbers in all; every leaf gets its turn before one gets a second.
        seed: of the choice.

    Returns:
        What was measured; and the names of leaves that reach the loss through a custom function, whose declared
        derivative no difference can confirm.
    """
    rng = random.Random(seed)
    declared = _behind_declared(tape)
    chosen: list[tuple[int, tuple[int, ...]]] = []
    candidates = [
        v for v, g in gradients.items() if g is not None and v not in declared and g.numel() and g.is_floating_point()
    ]
    rng.shuffle(candidates)
    while candidates and len(chosen) < samples:
        for variable in candidates[: samples - len(chosen)]:
            shape = tape.variables[variable].shape
            gradient = gradients[variable]
            nonzero = None if gradient is None or gradient.numel() > 100_000 else gradient.to_dense().nonzero()
            if nonzero is not None and len(nonzero) and rng.random() < 0.8:  # most zeros say little
                chosen.append((variable, tuple(nonzero[rng.randrange(len(nonzero))].tolist())))
            else:
                chosen.append((variable, tuple(rng.randrange(size) for size in shape)))
    moved = {variable for variable, _ in chosen}
    if tape.dtype is torch.float64:
        here = dict.fromkeys(moved, float(tape.value(tape.loss or 0)))
    else:
        here = {v: replay_loss(tape, {v: tape.value(v).double()}) for v in moved}
    found = []
    for variable, element in dict.fromkeys(chosen):
        gradient = gradients[variable]
        if gradient is not None:
            found.append(_measured(tape, variable, element, gradient, here[variable]))
    names = [str(tape.variables[v].name) for v in gradients if v in declared]
    return found, names


def _measured(tape: Tape, variable: int, element: tuple[int, ...], gradient: Tensor, here: float) -> Measured:
    value = tape.value(variable).double()
    step = _STEP * max(1.0, abs(float(value[element])))

    def loss(shift: float) -> float:
        moved = value.clone()
        moved[element] += shift
        return replay_loss(tape, {variable: moved})

    losses = {sign: loss(sign * step) for sign in (-2, -1, 1, 2)} | {0: here}
    slope = (losses[1] - losses[-1]) / (2 * step)
    fine = (8 * (losses[1] - losses[-1]) - (losses[2] - losses[-2])) / (12 * step)
    analytic = float((gradient.to_dense() if gradient.is_sparse else gradient)[element])
    left, right = (losses[0] - losses[-1]) / step, (losses[1] - losses[0]) / step
    curved = abs(losses[2] - 2 * losses[0] + losses[-2]) / (4 * step)  # the second derivative's share of left - right
    noise = 1e-13 * max(abs(here), _summed(tape), 1e-3) / step
    scale = max(abs(analytic), abs(fine), noise / 1e-6, 1e-9)
    kink = abs(right - left) > 1e-3 * scale and abs(abs(right - left) - curved) > 0.2 * abs(right - left) + noise
    kink = kink or abs(fine - slope) > 1e-3 * scale
    if not math.isfinite(analytic) or not math.isfinite(fine):  # no number to compare, unless only one side has one
        kink, scale = math.isfinite(analytic) == math.isfinite(fine), 1.0
    return Measured(str(tape.variables[variable].name), element, analytic, fine, scale, kink)


def _summed(tape: Tape) -> float:
    """Return the sum or mean of the sizes of what the loss adds up: they may cancel, their rounding does not."""
    record = tape.variables[tape.loss or 0].record
    if record is None or tape.records[record].name not in ("sum", "mean"):
        return 0.0
    added = tape.value(tape.records[record].uses[0].variable).double().abs()
    return float(added.sum() if tape.records[record].name == "sum" else added.mean())


def replay_loss(tape: Tape, changed: Mapping[int, Tensor]) -> float:
    """Return the loss in float64 with some variables changed; only what depends on them is done again."""
    fresh: dict[int, Tensor] = dict(changed)
    if tape.loss is None:
        raise ValueError("the forward pass failed; there is no loss.")
    last_use = {v: record.index for record in tape.records for v in record.inputs}
    with replaying(tape, torch.float64) as precision, torch.no_grad():
        for record in tape.records:
            if not any(use.needs and use.variable in fresh for use in record.uses):
                continue
            if record.kind == "declared":
                raise ValueError("a custom function cannot be done again.")
            if record.kind == "overwritten":
                before = record.uses[0].variable
                shift = fresh[before] - tape.value(before)
                fresh[record.outputs[0]] = tape.value(record.outputs[0]) + shift
                continue
            given = [
                fresh[use.variable] if use.needs and use.variable in fresh else _wide(value)
                for use, value in zip(record.uses, values(tape, record), strict=True)
            ]
            fresh.update(zip(record.outputs, forward(record, given, precision), strict=True))
            for variable in record.inputs:
                if last_use[variable] == record.index:
                    fresh.pop(variable, None)
    return float(fresh[tape.loss]) if tape.loss in fresh else float(tape.value(tape.loss))


def _wide(value: Tensor) -> Tensor:
    if value.is_complex():
        return value.to(torch.complex128)
    return value.double() if value.is_floating_point() else value


def _behind_declared(tape: Tape) -> set[int]:
    """Return the variables from which a derivative flows into a custom function."""
    behind: set[int] = set()
    for record in reversed(tape.records):
        straight = (
            record.kind == "declared" or "fake_quantize" in record.name
        )  # whose derivative is torch's declaration
        if straight or any(out in behind for out in record.outputs):
            behind |= {use.variable for use in record.uses if use.needs}
    return behind
