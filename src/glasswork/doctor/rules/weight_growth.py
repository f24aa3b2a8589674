"""Weights that grow without end.

Looks at:     the norm of all weights at each sampled step against the first, and which layer has grown most.
Fires when:   the norm exceeds GROWN times the first and is growing still, or is not finite.
Why it hurts: outputs grow with the weights: losses become steep, activations saturate, and each step weighs less.
Try first:    a little weight decay and a lower learning rate.
Can be wrong: for networks that begin with very small weights on purpose and have to grow.
Source:       torchmortem (10 x), TheDeepChecker (1e8). GROWN: the usual growth over a training is below three times.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from math import isfinite

from glasswork.doctor.rules._history import looked_at, shown
from glasswork.doctor.vitals import StepVitals, Vitals
from glasswork.records import Finding, Treatment

__all__ = ["weight_growth"]

GROWN = 10.0
PER_LAYER = 5.0  # the layer that leads must have grown, too, by itself


def weight_growth(vitals: Vitals) -> Iterator[Finding]:
    """Yield the step at which the weights had grown out of proportion, with the layer that grew most."""
    for name in list(vitals.optimizers) or ["optimizer"]:
        if name in vitals.optimizers and vitals.optimizers[name].kind.lower() == "lbfgs":
            continue  # it goes as far as its line search says, in its first steps
        steps = [s for s in looked_at(vitals) if s.optimizer == name and s.weight_norm and isfinite(s.weight_norm)]
        for before, step in itertools.pairwise(steps):
            first, now = steps[0].weight_norm or 0.0, step.weight_norm or 0.0
            if now <= GROWN * first or now <= (before.weight_norm or 0.0):
                continue
            where, times = _leader(steps[0], step)
            if times < PER_LAYER:
                continue
            yield Finding(
                "weight-growth",
                "warning",
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


def _leader(first: StepVitals, step: StepVitals) -> tuple[str, float]:
    grown = {
        name: (layer.weight or 0.0) / (first.layers[name].weight or 1.0)
        for name, layer in step.layers.items()
        if layer.weight and name in first.layers and first.layers[name].weight
    }
    where = max(grown, key=lambda name: grown[name], default="model")
    return where, grown.get(where, GROWN)
