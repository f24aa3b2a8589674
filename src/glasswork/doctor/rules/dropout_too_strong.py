"""Dropout that leaves too little.

Looks at:     the rates of the dropout layers, where they stand, and the training loss against that of validation;
              and how much of what a dense layer is given is exactly 0, against what the layer before it gives.
Fires when:   a rate is at least EXTREME; or above STRONG while the training loss is above HIGH of that of guessing or
              the validation loss, without dropout, is below GAP of it (or, at the end, what simple models leave of
              rows they have not seen), and more than LEARNED is left to learn; or dropout is the model's last layer,
              and of several models the one whose outputs the loss may be given (what an encoder drops of what goes into
              another model is its affair). A dropout written by hand counts likewise: what a layer of the same width
              gives to the next one loses more than STRONG of its elements on the way, in at least LOOKS of the first
              steps of training.
Why it hurts: what is left of a layer after dropout differs so much from step to step that little can be learned from
              it; dropped outputs are wrong answers that nothing can mend.
Try first:    a rate of 0.1 to 0.5, none on the outputs.
Can be wrong: for very wide layers, or inputs of thousands of rare words, which bear high rates; so a high rate alone
              is a note. Rates up to 0.5 are never reported.
Source:       Srivastava et al. 2014, figure 9: error is flat up to 0.6 and grows beyond. EXTREME: nine of ten
              dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from glasswork.doctor.rules._anatomy import matrix, ordered
from glasswork.doctor.rules._history import (
    AMOUNTS,
    came_down,
    course,
    in_the_data,
    looked_at,
    main_loss,
    remaining,
    shown,
)
from glasswork.doctor.vitals import LayerFacts, Vitals
from glasswork.records import Finding, Severity, Treatment

__all__ = ["dropout_too_strong"]

STRONG = 0.55
EXTREME = 0.85
HIGH = 0.7
LEARNED = 0.1  # of that of guessing, below which there is little left to be harmed
GAP = 0.6
FIRST = 15
UNPLANNED = 40  # losses to wait for where nobody knows how many there will be
LOOKS = 3
LAST = 0.05  # a rate that may stand behind the outputs without much harm


def dropout_too_strong(vitals: Vitals) -> Iterator[Finding]:
    """Yield the layer that drops most, at the step where that is known to be too much."""
    if not vitals.steps:
        return
    layers = [(_rate(x), x) for m in vitals.models.values() for x in ordered(m) if x.family == "dropout" and _rate(x)]
    start = vitals.steps[0].number
    for rate, layer in layers:
        if layer.last and rate > LAST and _is_compared(vitals, layer):
            yield _finding(layer, "critical", 0.9, f"{layer.name} drops {rate:.0%} of the model's own outputs.", start)
            return
    layers = layers or list(_by_hand(vitals))
    if not layers:
        return
    rate, layer = max(layers, key=lambda pair: pair[0])
    own = layer.family == "dropout"
    said = f"{layer.name} drops {rate:.0%} of its inputs"
    if rate >= EXTREME and own:
        yield _finding(layer, "warning", 0.85, f"{said}: {1 - rate:.0%} are left.", start)
        return
    if rate <= STRONG:
        return
    harm = _harm(vitals)
    if not own:
        said = f"On the way to {layer.name} {rate:.0%} of what is not 0 in the layer before it become 0"
        if not harm:
            return
    if harm:
        yield _finding(layer, "warning", 0.75, f"{said}, and {harm[1]}.", harm[0])
    else:
        yield _finding(layer, "note", 0.4, f"{said}.", start)


def _by_hand(vitals: Vitals) -> Iterator[tuple[float, LayerFacts]]:
    """Yield the dense layers that are given less than the layer before them gives, with the share that is lost."""
    for model in vitals.models.values():
        layers = ordered(model)
        for before, layer in pairwise(layers):
            weight = matrix(model, layer.name)
            if layer.family != "linear" or layer.after or weight is None or len(weight.shape) != 2:
                continue
            # An activation that runs again and again stands where it ran first; its latest run is what was seen.
            source = next((x for x in reversed(layers) if x.family == "activation" and (x.runs or 0) > 1), before)
            if before.family == "activation":
                source = before
            if source.units != weight.shape[1] or source.family == "dropout":
                continue
            shares, clipped = [], False
            for step in looked_at(vitals):
                given, gave = step.layers.get(layer.name), step.layers.get(source.name)
                zeros = getattr(given, "given_zeros", None)
                if zeros is not None and gave is not None and (gave.zeros or 0.0) < 1:
                    clipped = clipped or (gave.zeros or 0.0) > 0
                    shares.append(1 - (1 - zeros) / (1 - (gave.zeros or 0.0)))
            # Where the layer before has no zeros of its own, something like a ReLU may stand between: half of it is 0.
            if len(shares) >= LOOKS and median(shares) > (STRONG if clipped else EXTREME):
                yield median(shares), layer


def _is_compared(vitals: Vitals, layer: LayerFacts) -> bool:
    """Return whether what a model's last layer gives may be what the loss is called with; another may take it."""
    if len(vitals.models) < 2:
        return True
    if any(layer.name in x.after for model in vitals.models.values() for x in model.layers.values()):
        return False
    seen = [s.batch.outputs for s in looked_at(vitals) if s.batch is not None and layer.name in s.layers]
    shapes = [outputs.shape for outputs in seen if outputs is not None]
    return layer.units is None or any(layer.units in shape[1:] or len(shape) < 2 for shape in shapes) or not shapes


def _harm(vitals: Vitals) -> tuple[int, str] | None:
    """Return the step and the sign of harm: a training loss that stays high, or is far above validation's."""
    seen = course(vitals)
    for evaluation in vitals.evaluations:
        losses = [loss for number, loss in zip(seen.numbers, seen.losses, strict=True) if number <= evaluation.step]
        if evaluation.loss is not None and len(losses) >= FIRST and not evaluation.training_mode:
            now = sorted(losses[-FIRST:])[FIRST // 2]
            left = remaining(vitals, evaluation.step)
            if 0 < evaluation.loss < GAP * now and (left is None or left > LEARNED):
                return (
                    evaluation.step,
                    f"the training loss is {shown(now)}, without dropout it is {shown(evaluation.loss)}",
                )
    found, left = in_the_data(vitals), remaining(vitals, vitals.steps[-1].number)
    loss = main_loss(vitals)
    values = loss is not None and loss.kind in AMOUNTS
    if vitals.finished and values and found and left is not None and left > LEARNED and 1 - found < GAP * left:
        return (
            vitals.steps[-1].number,
            f"the training loss ends at {left:.0%} of that of guessing, where simple models leave {1 - found:.0%} of "
            "rows that they have not seen",
        )
    planned = vitals.planned_steps or (len(seen) if vitals.finished else None)
    wait = max(FIRST, 0.2 * planned if planned else UNPLANNED)
    for step in looked_at(vitals):
        left = remaining(vitals, step.number) if step.number >= wait else None
        if left is not None and left > HIGH and not came_down(vitals, step.number):
            return step.number, f"at step {step.number} the loss is at {left:.0%} of that of guessing"
    return None


def _rate(layer: LayerFacts) -> float:
    return float(layer.settings.get("p") or 0)


def _finding(layer: LayerFacts, severity: Severity, confidence: float, evidence: str, step: int) -> Finding:
    return Finding(
        "dropout-too-strong",
        severity,
        confidence,
        layer.name,
        evidence,
        "Use a rate of 0.1 to 0.5, and none on the outputs.",
        step,
        (Treatment("Drop a fifth.", {"model.dropout": 0.2}),),
    )
