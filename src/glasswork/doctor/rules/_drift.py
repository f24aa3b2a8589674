"""Weights that something other than the optimizer changes, step by step.

What an optimizer's step adds to a weight matrix changes its root mean square by no more than the root mean square of
what was added. Where it has changed by more from one step to the next, something else has written to it: a penalty by
hand, a decay with the wrong sign, a projection.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from glasswork.doctor.rules._anatomy import weighted
from glasswork.doctor.rules._history import looked_at
from glasswork.doctor.vitals import StepVitals, Vitals

__all__ = ["Drift", "drift"]

TIMES = 4  # pairs of neighbouring steps, all one way
LEAST = 1e-3  # of the weights' size, in a step: far above rounding
BEYOND = 1.2  # updates, for their own rounding


class Drift(NamedTuple):
    """What changes by more than the optimizer explains: by which step, where, by what factor a step."""

    step: int
    layer: str
    factor: float
    layers: int


def drift(vitals: Vitals, *, grows: bool) -> Drift | None:
    """Return the first layers that grow (or shrink) by themselves in TIMES neighbouring steps; None where none does."""
    if len(vitals.optimizers) != 1 or any(o.kind.lower() == "lbfgs" for o in vitals.optimizers.values()):
        return None
    names = [layer.name for model in vitals.models.values() for layer in weighted(model)]
    rows = dict.fromkeys(names, 0)
    for before, after in pairwise(looked_at(vitals)):
        if after.number != before.number + 1:
            continue
        factors = {name: _factor(before, after, name, grows=grows) for name in names}
        for name, factor in factors.items():
            rows[name] = rows[name] + 1 if factor is not None else 0
        found = {name: factors[name] or 1.0 for name in names if rows[name] >= TIMES}
        if found:
            layer = max(found, key=lambda name: abs(found[name] - 1))
            return Drift(after.number, layer, found[layer], len(found))
    return None


def _factor(before: StepVitals, after: StepVitals, name: str, *, grows: bool) -> float | None:
    first, second = before.layers.get(name), after.layers.get(name)
    if first is None or second is None or not first.weight or second.weight is None or first.update is None:
        return None
    change = second.weight - first.weight if grows else first.weight - second.weight
    beyond = change > BEYOND * first.update and change > LEAST * first.weight
    return second.weight / first.weight if beyond else None
