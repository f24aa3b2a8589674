"""Dropout that leaves too little.

Looks at:     the rates of the dropout layers, where they stand, and the training loss against that of validation.
Fires when:   a rate is at least EXTREME; or above STRONG while the training loss is above HIGH of that of guessing or
              the validation loss, without dropout, is below GAP of it; or dropout is the model's last layer.
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

from glasswork.doctor.rules._anatomy import ordered
from glasswork.doctor.rules._history import came_down, course, looked_at, remaining, shown
from glasswork.doctor.vitals import LayerFacts, Vitals
from glasswork.records import Finding, Severity, Treatment

__all__ = ["dropout_too_strong"]

STRONG = 0.55
EXTREME = 0.85
HIGH = 0.7
GAP = 0.6
FIRST = 15
UNPLANNED = 40  # losses to wait for where nobody knows how many there will be
LAST = 0.05  # a rate that may stand behind the outputs without much harm


def dropout_too_strong(vitals: Vitals) -> Iterator[Finding]:
    """Yield the layer that drops most, at the step where that is known to be too much."""
    if not vitals.steps:
        return
    layers = [(_rate(x), x) for m in vitals.models.values() for x in ordered(m) if x.family == "dropout" and _rate(x)]
    start = vitals.steps[0].number
    for rate, layer in layers:
        if layer.last and rate > LAST:
            yield _finding(layer, "critical", 0.9, f"{layer.name} drops {rate:.0%} of the model's own outputs.", start)
            return
    if not layers:
        return
    rate, layer = max(layers, key=lambda pair: pair[0])
    said = f"{layer.name} drops {rate:.0%} of its inputs"
    if rate >= EXTREME:
        yield _finding(layer, "warning", 0.85, f"{said}: {1 - rate:.0%} are left.", start)
        return
    if rate <= STRONG:
        return
    harm = _harm(vitals)
    if harm:
        yield _finding(layer, "warning", 0.75, f"{said}, and {harm[1]}.", harm[0])
    else:
        yield _finding(layer, "note", 0.4, f"{said}.", start)


def _harm(vitals: Vitals) -> tuple[int, str] | None:
    """Return the step and the sign of harm: a training loss that stays high, or is far above validation's."""
    seen = course(vitals)
    for evaluation in vitals.evaluations:
        losses = [loss for number, loss in zip(seen.numbers, seen.losses, strict=True) if number <= evaluation.step]
        if evaluation.loss is not None and len(losses) >= FIRST and not evaluation.training_mode:
            now = sorted(losses[-FIRST:])[FIRST // 2]
            if 0 < evaluation.loss < GAP * now:
                return (
                    evaluation.step,
                    f"the training loss is {shown(now)}, without dropout it is {shown(evaluation.loss)}",
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
