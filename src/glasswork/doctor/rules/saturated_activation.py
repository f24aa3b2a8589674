"""Sigmoid or tanh units stuck at their ends.

Looks at:     what part of the outputs of hidden sigmoid and tanh layers lies where the slope is below 0.01, and which
              units sit at one end for every example.
Fires when:   in TIMES sampled steps in a row more than SHARE of a layer's outputs have no slope left, or more than
              SHARE of its units sit at one end for all examples; and after WAIT losses the loss is still above FALLEN
              of that of guessing. The model's last layer counts where more than NEARLY_ALL of its outputs have no
              slope, the gradient is down to GONE of the first, and the loss is no better than at first. So does a
              layer whose first weights have a gain of GAIN (or that stands behind a norm or the like, without a matrix,
              that gives it a size above FED, or of which nobody saw what it is given, if MOST of its outputs, no gates,
              were without slope) and that had no slope for SHARE of its outputs in any sampled step, ALWAYS
              of them at least, to the end, unless RIGHT of the answers are right or the loss (of validation, where
              known) is below LEFT of guessing.
Why it hurts: where the slope is 0 no gradient passes: the unit, and all before it, stop learning.
Try first:    scale the inputs, start with Xavier weights, lower the learning rate; else ReLU.
Can be wrong: gates are meant to open and close, and the last layer of a sure classifier saturates, while its loss
              falls: a training that goes well is left out.
Source:       Glorot & Bengio 2010, section 3; DeepDiagnosis (half beyond 5), TheDeepChecker (rho above 0.85).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from glasswork.doctor.rules._anatomy import kind, matrix, ordered
from glasswork.doctor.rules._history import (
    baseline,
    came_down,
    longest_phase,
    looked_at,
    remaining,
    right_answers,
    shown,
)
from glasswork.doctor.vitals import LayerFacts, ModelFacts, StepVitals, Vitals
from glasswork.records import Finding, Treatment

__all__ = ["saturated_activation"]

SHARE = 0.5
TIMES = 3
WAIT = 12  # losses
FALLEN = 0.8  # of the loss that guessing has: below it, it learns well enough
LATER = 0.55  # confidence, where it came with the steps
NEARLY_ALL = 0.9
GONE = 1e-3
UNMOVED = 0.95
ALWAYS = 8  # sampled steps
GAIN = 4.0
FED = 5.0
MOST = 0.7
RIGHT = 0.85
LEFT = 0.1
BOTH_WAYS = ("tanh", "hardtanh", "softsign")  # no gates
BOUNDED = ("sigmoid", "tanh", "hardtanh", "hardsigmoid", "softsign")


def saturated_activation(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first bounded layer without slope; of several trainings in a row, in the longest."""
    vitals = longest_phase(vitals)
    steps = [step for step in looked_at(vitals) if step.layers]
    for model in vitals.models.values():
        for layer in ordered(model):
            if layer.family == "activation" and kind(layer) in BOUNDED:
                found = _ended(vitals, layer, steps) if layer.last else _stuck(vitals, layer, steps)
                if not layer.last and (found is None or found.severity == "note"):
                    found = _from_its_weights(vitals, model, layer, steps) or found
                if found:
                    yield found
                    return


def _ended(vitals: Vitals, layer: LayerFacts, steps: list[StepVitals]) -> Finding | None:
    """Return the finding for a last layer whose answers sit at their ends, wrong ones too, without a gradient."""
    row, first = 0, next((step.gradient_norm for step in steps if step.gradient_norm), None)
    early = 0.0
    for place, step in enumerate(steps):
        seen = step.layers.get(layer.name)
        if seen is None or seen.saturated is None or not first:
            continue
        early = seen.saturated if place == 0 else early
        gone = step.gradient_norm is not None and step.gradient_norm < GONE * first
        row = row + 1 if seen.saturated > NEARLY_ALL and gone else 0
        if row >= TIMES and (remaining(vitals, step.number, first=WAIT) or 0) > UNMOVED:
            began = early > SHARE
            return Finding(
                "saturated-activation",
                "note" if came_down(vitals, step.number) else "critical",
                0.95 if began else LATER,
                layer.name,
                f"At step {step.number} {seen.saturated:.0%} of the outputs of {layer.name} ({layer.kind}), the "
                f"model's own, lie where its slope is below 0.01 ({early:.0%} did at step {steps[0].number}), and the "
                f"gradient norm has gone from {shown(first)} to {shown(step.gradient_norm or 0.0)}.",
                "Make what goes into it smaller: scale the inputs, take out the factor before it, lower the learning "
                "rate.",
                steps[0].number if began else step.number,
                (Treatment("Use ReLU.", {"model.activation": "relu"}),),
            )
    return None


def _from_its_weights(vitals: Vitals, model: ModelFacts, layer: LayerFacts, steps: list[StepVitals]) -> Finding | None:
    """Return the finding for a layer that its first weights have saturated and that has stayed so to the end.

    Later layers may learn from what it says, and the loss come down, on the training rows rather than on others.
    """
    weight = next((matrix(model, name) for name in layer.after), None)
    gain = (weight.std or 0.0) * sqrt(weight.fan_in) if weight is not None and weight.fan_in else 0.0
    seen = [(step, step.layers[layer.name].saturated) for step in steps if layer.name in step.layers]
    shares = [share for _, share in seen if share is not None]
    fed = [_size(step, name) for step, _ in seen for name in layer.after[:1]]
    large = not weight and len(fed) >= ALWAYS and min(fed) > FED
    large |= not layer.after and kind(layer) in BOTH_WAYS and min(shares, default=0.0) > MOST
    if not vitals.finished or len(shares) < ALWAYS or min(shares) < SHARE or (gain < GAIN and not large):
        return None
    judged = [e.loss for e in vitals.evaluations if e.loss is not None]
    left, guess = remaining(vitals, vitals.steps[-1].number), baseline(vitals)
    held = judged[-1] / guess if judged and guess else None
    if right_answers(vitals) > RIGHT or (held if held is not None else left or 0.0) < LEFT:
        return None
    return Finding(
        "saturated-activation",
        "warning",
        0.7,
        layer.name,
        f"From the first step to the last at least {min(shares):.0%} of the outputs of {layer.name} ({layer.kind}) lie "
        "where its slope is below 0.01: "
        + (
            f"the first weights of {weight.layer} have a gain of {shown(gain)} (standard deviation times root of "
            "inputs; about 1 is usual)"
            if weight
            else f"what {layer.after[0]} gives it has a size of {shown(fed[0])} at first (about 1 is usual)"
            if layer.after
            else "what is given to it was far too large from the start"
        )
        + ", and a layer without slope does not learn.",
        "Start with Xavier weights, and let what goes into it have a size of about 1; else use ReLU.",
        seen[0][0].number,
        (Treatment("Use ReLU.", {"model.activation": "relu"}),),
    )


def _size(step: StepVitals, name: str) -> float:
    """Return the size of what a layer gave: the root of its mean square."""
    seen = step.layers.get(name)
    return sqrt((seen.mean or 0.0) ** 2 + (seen.std or 0.0) ** 2) if seen is not None else 0.0


def _stuck(vitals: Vitals, layer: LayerFacts, steps: list[StepVitals]) -> Finding | None:
    row, began = 0, None
    for step in steps:
        seen = step.layers.get(layer.name)
        if seen is None or seen.saturated is None:
            continue
        # What the first weights did no later step can have done: then nothing else is its cause but what came before.
        began = seen.saturated > SHARE if began is None else began
        stuck = seen.stuck.bit_count() / seen.units if seen.stuck is not None and seen.units else 0.0
        row = row + 1 if seen.saturated > SHARE or stuck > SHARE else 0
        if row >= TIMES and (remaining(vitals, step.number, first=WAIT) or 0) > FALLEN:
            return Finding(
                "saturated-activation",
                "note" if came_down(vitals, step.number) else "warning",
                LATER if not began else 0.85 if stuck > SHARE else 0.75,
                layer.name,
                f"At step {step.number} {seen.saturated:.0%} of the outputs of {layer.name} ({layer.kind}) lie "
                "where its slope "
                f"is below 0.01, and {stuck:.0%} of its units sit at one end for every example.",
                "Scale the inputs, start with Xavier weights, and lower the learning rate; else use ReLU.",
                step.number,
                (Treatment("Use ReLU.", {"model.activation": "relu"}),),
            )
    return None
