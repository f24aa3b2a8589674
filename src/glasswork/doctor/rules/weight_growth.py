"""Weights that grow without end.

Looks at:     the norm of all weights at each sampled step against the first, and which layer has grown most; whether
              a layer grows by more in a step than the optimizer's update can explain; and the loss.
Fires when:   the norm exceeds GROWN times the first (and that of a fresh draw) and is growing still; or a layer's
              weights grow by themselves, step by step, at a pace that makes them GROWN times as large in the course of
              the training (its place is the loop, which writes to them); or a loss that cannot be negative by its
              kind falls below 0 ever faster, and the weights, MORE times the first, grow with it: something is
              subtracted from it that growing weights make larger (silent where at most FEW numbers are learned outside
              of all layers, as the log-variances that weigh several losses: these fall below 0 soundly).
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
from math import isfinite, log, prod

from glasswork.doctor.rules._drift import drift
from glasswork.doctor.rules._history import (
    BOUNDED_BELOW,
    came_down,
    course,
    looked_at,
    main_loss,
    natural_size,
    places,
    shown,
)
from glasswork.doctor.vitals import ModelFacts, ParameterFacts, StepVitals, Vitals
from glasswork.records import Finding, Treatment

__all__ = ["weight_growth"]

GROWN = 10.0
MORE = 1.2
FASTER = 1.1  # times as fast as in the stretch before
FASTER_BY_HAND = 1.3  # a likelihood by hand may be negative, and soundly
MORE_BY_HAND = 2.0
LONG = 40
FEW = 16  # numbers learned outside of all layers that may be the weights of so many losses
NOISE = 3.0
LEARNED = 0.75  # of guessing: a loss below it has borne the growth
PER_LAYER = 5.0  # the layer that leads must have grown, too, by itself


def weight_growth(vitals: Vitals) -> Iterator[Finding]:
    """Yield the step at which the weights had grown out of proportion, with the layer that grew most."""
    found = _outside(vitals) or _rewarded(vitals)
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
            # A loss that is low when the bound is passed has come down while the weights grew, whatever comes after.
            borne = came_down(vitals, step.number, to=LEARNED, by=1.01, later=0) and not _bottomless(vitals)
            yield Finding(
                "weight-growth",
                "note" if borne else "warning",
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
        "loop",
        f"The weights of {seen.layer}{others} grow by {seen.factor - 1:.1%} in every step up to {seen.step}, which is "
        "more than the optimizer adds to them: something else writes to them.",
        "Look for what changes the weights after optimizer.step(): a decay with the wrong sign, a factor above 1.",
        seen.step,
    )


def _rewarded(vitals: Vitals) -> Finding | None:
    """Return the finding for weights whose growth the loss itself rewards."""
    seen, loss = course(vitals), main_loss(vitals)
    if loss is None or not {one.kind for one in vitals.losses} <= BOUNDED_BELOW or not len(seen):
        return None
    if _learned_weights(vitals):
        return None
    sizes = {s.number: s.weight_norm for s in looked_at(vitals) if s.weight_norm and isfinite(s.weight_norm)}
    first, named = next(iter(sizes.values()), None), loss.name != "custom"
    for place in places(len(seen), first=LONG):
        width = place // 6
        early, middle, now = (seen.recent(end, width=width) for end in (place // 2, place * 3 // 4, place))
        if not (now < -NOISE * seen.noise(place) / width**0.5 and early > middle > now):
            continue
        if not middle - now > (FASTER if named else FASTER_BY_HAND) * (early - middle):
            continue
        reached = [size for number, size in sizes.items() if number <= seen.numbers[place - 1]]
        if first is None or not reached or reached[-1] < max(*reached, (MORE if named else MORE_BY_HAND) * first):
            continue
        step = seen.numbers[place - 1]
        return Finding(
            "weight-growth",
            "critical",
            0.85,
            "loss",
            f"By step {step} the loss has fallen to {shown(now)}, below 0 and ever faster, which its kind "
            f"({loss.kind}) cannot do alone; the weights have grown to {reached[-1] / first:.1f} times their first "
            "size.",
            "Look for a penalty that is subtracted from the loss: growing weights lower it for ever.",
            step,
        )
    return None


def _learned_weights(vitals: Vitals) -> bool:
    """Return whether a few numbers that belong to no layer are learned beside several losses, as their log-variances.

    Each loss counts ``exp(-s)``, and ``s`` is added: as the losses come down, so does ``s``, soundly below 0.
    """
    outside = [
        prod(parameter.shape)
        for model in vitals.models.values()
        for parameter in model.parameters.values()
        if parameter.trainable and len(parameter.shape) < 2 and _stands_alone(model, parameter)
    ]
    outside += [prod(shape) for optimizer in vitals.optimizers.values() for shape in optimizer.shapes if len(shape) < 2]
    return bool(outside) and sum(outside) <= FEW


def _stands_alone(model: ModelFacts, parameter: ParameterFacts) -> bool:
    """Return whether a parameter is none of a layer's, nor added to what the whole says."""
    layer = model.layers.get(parameter.layer)
    added = "bias" in parameter.name.rpartition(".")[2]
    return layer is not None and layer.order is None and layer.family == "other" and not added


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
