"""Course: how a training went, in a few curves, and whether another run of it went better."""

from __future__ import annotations

import math
import statistics
from dataclasses import asdict, dataclass, field
from typing import Any

from glasswork.doctor.vitals import Vitals

__all__ = ["Course", "better", "course_of", "goes_on"]

MARGIN = 0.01  # in the share of right answers: less is the luck of the draw
LOWER = 0.02  # in the loss, relative
LAST = 0.1  # of the steps: the end of a training
LEARNED, NEAR = 0.5, 1.25  # of the first loss; of the last
MOST = 200  # points of a curve


@dataclass(frozen=True)
class Course:
    """The curves of one run.

    Args:
        correct: fraction of right classes, a validation each.
        balanced: the same, every class counting alike.
        losses: mean loss, likewise.
        first: the loss of the first step.
        training: the training loss, thinned out.
        training_correct: fraction of right classes in the batches that were looked at.
        baseline: the loss of guessing, of the training loss's kind.
        ended: whether the run came to its end.
        steps: how many there were.
        seconds: how long it took.
    """

    correct: list[float] = field(default_factory=list)
    balanced: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    first: float | None = None
    training: list[float] = field(default_factory=list)
    training_correct: list[float] = field(default_factory=list)
    baseline: float | None = None
    ended: bool = True
    steps: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def course_of(vitals: Vitals, seconds: float = 0.0) -> Course:
    """Return the curves of a run that was watched."""
    losses = [step.loss for step in vitals.steps if step.loss is not None]
    every = max(1, math.ceil(len(losses) / MOST))
    means = [statistics.fmean(losses[place : place + every]) for place in range(0, len(losses), every)]
    batches = [step.batch for step in vitals.sampled() if step.batch is not None]
    guesses = [batch.baseline_loss for batch in batches if batch.baseline_loss]
    return Course(
        correct=[one.correct for one in vitals.evaluations if one.correct is not None],
        balanced=[
            statistics.fmean(good / count for good, count in one.recall.values() if count)
            for one in vitals.evaluations
            if one.recall
        ],
        losses=[one.loss for one in vitals.evaluations if one.loss is not None],
        first=losses[0] if losses else None,
        training=means,
        training_correct=[batch.correct for batch in batches if batch.correct is not None],
        baseline=statistics.median(guesses) if guesses else None,
        ended=vitals.error is None,
        steps=len(vitals.steps),
        seconds=seconds,
    )


def better(before: Course, after: Course, *, same_loss: bool = True, balanced: bool = False) -> tuple[bool, str]:
    """Tell whether a run went better than another, and by what that was judged.

    Validation counts before training, right answers before losses. Losses are compared as they are where they mean the
    same, else each relative to the loss of guessing.

    Args:
        before: the run as it was.
        after: the run with a remedy.
        same_loss: whether the loss still means the same.
        balanced: whether every class counts alike, however rare.

    Returns:
        The verdict, and its reason in words.

    >>> better(Course(correct=[0.5, 0.6]), Course(correct=[0.7, 0.9]))
    (True, 'right in validation: 60.0 % -> 90.0 %')
    """
    if not after.ended or (not after.steps and before.steps):
        return False, "it did not come to its end"
    if balanced and before.balanced and after.balanced:
        was, now = before.balanced[-1], after.balanced[-1]
        return now > was + MARGIN, f"right in validation, the mean over classes: {100 * was:.1f} % -> {100 * now:.1f} %"
    if before.correct and after.correct:
        was, now = before.correct[-1], after.correct[-1]
        said = f"right in validation: {100 * was:.1f} % -> {100 * now:.1f} %"
        if abs(now - was) > MARGIN or not same_loss:
            return now > was + MARGIN, said
        if not (before.losses and after.losses):
            return False, said
    for one, other, name in (
        (before.losses, after.losses, "validation loss"),
        (_end(before), _end(after), "training loss"),
    ):
        if one and other and (same_loss or (before.baseline and after.baseline)):
            was, now = one[-1], other[-1]
            if not same_loss:
                was, now = was / (before.baseline or 1.0), now / (after.baseline or 1.0)
                name = f"{name} relative to guessing"
            if not math.isfinite(was):
                return math.isfinite(now), f"{name}: {was:.4g} -> {now:.4g}"
            return now < was - LOWER * abs(was), f"{name}: {was:.4g} -> {now:.4g}"
    if before.training_correct and after.training_correct:
        was, now = (statistics.fmean(one.training_correct[-5:]) for one in (before, after))
        return now > was + MARGIN, f"right in training: {100 * was:.1f} % -> {100 * now:.1f} %"
    return False, "the two runs have nothing in common to judge them by"


def goes_on(before: Course, after: Course) -> bool:
    """Tell whether a run began about where another had ended, as one does that finds the other's checkpoint.

    Only for remedies that change neither the first weights nor what the loss is given: those may begin lower.

    >>> goes_on(Course(first=2.0, training=[2.0, 1.0, 0.4]), Course(first=0.42, training=[0.42, 0.3]))
    True
    """
    if before.first is None or after.first is None:
        return False
    (last,) = _end(before)
    return last < LEARNED * before.first and after.first < NEAR * last


def _end(course: Course) -> list[float]:
    """Return the mean training loss of the last steps."""
    few = max(1, int(LAST * len(course.training)))
    return [statistics.fmean(course.training[-few:])] if course.training else []
