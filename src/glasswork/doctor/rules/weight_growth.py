"""Weights that grow without end.

Looks at:     the norm of all weights at each sampled step against the first, and which layer has grown most; and
              whether a layer grows by more in a step than the optimizer's update can explain.
Fires when:   the norm exceeds GROWN times the first (and that of a fresh draw) and is growing still; or a layer's
              weights grow by themselves, step by step, at a pace that makes them GROWN times as large in the course of
              the training.
Why it hurts: outputs grow with the weights: losses become steep, activations saturate, and each step weighs less.
Try first:    a little weight decay and a lower learning rate.
Can be wrong: for networks that begin with very small weights on purpose and have to grow; where the loss comes down
              all the same it is a note, unless it falls further below 0 than it began above.
Source:       torchmortem (10 x), TheDeepChecker (1e8). GROWN: the usual growth over a training is below three times.
              What an update adds changes a norm by the update's norm at most: the triangle inequality.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from math import isfinite, log

from glasswork.doctor.rules._drift import drift
from glasswork.doctor.rules._history import came_down, course, looked_at, natural_size, shown
from glasswork.doctor.vitals import StepVitals, Vitals
from glasswork.records import Finding, Treatment

__all__ = ["weight_growth"]

GROWN = 10.0
LEARNED = 0.75  # of guessing: a loss below it has borne the growth
PER_LAYER = 5.0  # the layer that leads must have grown, too, by itself


def weight_growth(vitals: Vitals) -> Iterator[Finding]:
    """Yield the step at which the weights had grown out of proportion, with the layer that grew most."""
    found = _outside(vitals)
    if found:
        yield found
        return
    least = natural_size(vitals)
    for name in list(vitals.optimizers) or ["optimizer"]:
        if name in vitals.optimizers and vitals.optimizers[name].kind.lower() == "lbfgs":
            continue  # it goes as far as its line search says, in its first steps
        steps = [s for s in looked_at(vitals) if s.optimizer == name and s.weight_norm and isfinite(s.weight_norm)]
        for before, step in itertools.pairwise(steps):
            first, now = steps[0].weight_norm or 0.0, step.weight_norm or 0.0
            if now <= GROWN * max(first, least) or now <= (before.weight_norm or 0.0):
                continue
            where, times = _leader(steps[0], step)
            if times < PER_LAYER:
                continue
            yield Finding(
                "weight-growth",
                "note" if came_down(vitals, step.number, to=LEARNED, by=1.0) and not _bottomless(vitals) else "warning",
                0.8,
                where,
                f"At step {step.number} the norm of all weights is {shown(now)}, {now / first:.0f} times the first; "
                f"{where} has "
                f"grown most, {times:.0f} times.",
                "Use a little weight decay (AdamW, 0.01) and a lower learning rate.",
                step.number,
                (Treatment("Decay the weights.", {"optimizer.name": "adamw", "optimizer.weight_decay": 0.01}),),
            )
            return


def _outside(vitals: Vitals) -> Finding | None:
    """Return the finding for weights that something other than the optimizer makes larger in every step."""
    seen = drift(vitals, grows=True)
    planned = vitals.planned_steps or (vitals.steps[-1].number if vitals.finished and vitals.steps else None)
    if seen is None or (planned is not None and planned * log(seen.factor) < log(GROWN)):
        return None
    others = f" (as do {seen.layers - 1} more layers)" if seen.layers > 1 else ""
    return Finding(
        "weight-growth",
        "critical",
        0.9,
        seen.layer,
        f"The weights of {seen.layer}{others} grow by {seen.factor - 1:.1%} in every step up to {seen.step}, which is "
        "more than the optimizer adds to them: something else writes to them.",
        "Look for what changes the weights after optimizer.step(): a decay with the wrong sign, a factor above 1.",
        seen.step,
    )


def _bottomless(vitals: Vitals) -> bool:
    """Return whether the loss has gone further below 0 than it began above: growing weights lower it for ever."""
    seen = course(vitals)
    return len(seen) > 0 and seen.recent(len(seen)) < -seen.start < 0


def _leader(first: StepVitals, step: StepVitals) -> tuple[str, float]:
    grown = {
        name: (layer.weight or 0.0) / (first.layers[name].weight or 1.0)
        for name, layer in step.layers.items()
        if layer.weight and name in first.layers and first.layers[name].weight
    }
    where = max(grown, key=lambda name: grown[name], default="model")
    return where, grown.get(where, GROWN)
