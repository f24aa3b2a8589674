"""Targets of a regression that are far from one in size.

Looks at:     the size of the targets, that of the first outputs, and the loss against that of the best constant
              answer.
Fires when:   the targets' root mean square is above LARGE and RATIO times that of the untrained outputs (or below
              SMALL and so many times smaller), and PATIENCE steps later, or once the loss has blown up, the loss is
              still above LEARNED of that of the best constant.
Why it hurts: the last layer has to grow a hundredfold before anything is learned, with steps made for numbers near 1;
              and squared errors of thousands give gradients of thousands.
Try first:    subtract the targets' mean and divide by their standard deviation; undo it when predicting.
Can be wrong: when the training gets there anyway after the steps that were waited for; it is silent where the loss
              has fallen below the best constant's by then.
Source:       TheDeepChecker's over-scaled outputs; Bishop 1995, section 8.2. LARGE, RATIO: a default last layer
              speaks in tenths; tenfold growth takes Adam at 1e-3 hundreds of steps. PATIENCE: at most a twentieth of
              the training.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from glasswork.doctor.rules._data import size_of
from glasswork.doctor.rules._history import AMOUNTS, looked_at, main_loss, shown
from glasswork.doctor.vitals import StepVitals, Vitals
from glasswork.records import Finding

__all__ = ["unscaled_targets"]

LARGE = 10.0
SMALL = 0.01
RATIO = 10.0
PATIENCE = 5
SHARE = 0.05
LEARNED = 0.8
BLOWN = 10.0


def unscaled_targets(vitals: Vitals) -> Iterator[Finding]:
    """Yield that the targets' scale holds the training up, at the step where that is clear."""
    loss = main_loss(vitals)
    if loss is None or loss.kind not in AMOUNTS or len({step.optimizer for step in vitals.steps}) > 1:
        return
    steps = [step for step in looked_at(vitals) if step.batch and step.batch.targets and step.batch.outputs]
    if not steps:
        return
    first = steps[0]
    targets, outputs = _sizes(first)
    if targets is None or outputs is None or targets == 0:
        return
    large = targets > LARGE and targets > RATIO * outputs
    small = targets < SMALL and outputs > RATIO * targets
    if not large and not small:
        return
    wait = max(PATIENCE, SHARE * (vitals.planned_steps or 0))
    for step in vitals.steps:
        if step.loss is None or step.number == first.number:
            continue
        blown = not isfinite(step.loss) or (first.loss is not None and step.loss > BLOWN * first.loss > 0)
        guess = step.batch.baseline_loss if step.batch else None
        behind = step.number >= wait and guess is not None and step.loss > LEARNED * guess
        if blown or behind:
            said = "has blown up" if blown else f"is {shown(step.loss)}, that of the best constant {shown(guess or 0)}"
            yield Finding(
                "unscaled-targets",
                "critical" if blown else "warning",
                0.9 if targets > RATIO * LARGE else 0.8,
                "data",
                f"The targets have a root mean square of {shown(targets)} and the first outputs one of "
                f"{shown(outputs)}; at "
                f"step {step.number} the loss {said}.",
                "Subtract the targets' mean, divide by their standard deviation, and undo both when predicting.",
                step.number,
            )
            return
        if guess is not None and step.number >= wait:
            return  # it is being learned


def _sizes(step: StepVitals) -> tuple[float | None, float | None]:
    batch = step.batch
    if batch is None or batch.targets is None or batch.outputs is None:
        return None, None
    return size_of(batch.targets), size_of(batch.outputs)
