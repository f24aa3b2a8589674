"""Validation gets worse while training gets better.

Looks at:     the losses of the evaluations, their share of right answers, and the training loss at the same steps.
Fires when:   LATE evaluations in a row lie above the best by RISE and above TOLD of the loss of guessing, the training
              loss has gone down by FALL since, and the share of right answers (where known) is not above what it was at
              the best; or twice as many lie above TOLD while training is below LEARNED, after PASSES over its rows;
              where there are fewer of them than a validation batch has, FEW_TOLD of guessing counts for TOLD, and the
              rows are named. A warning where in the end it still is so, and the right answers (where known) are fewer
              than ENOUGH or than at the best by LOST; where they are not known, where the validation loss is above
              WORTHLESS of guessing, or the training rows are known by heart, or nearly (LEARNED) and of what had been
              gained a PART is lost again. Else a note.
Why it hurts: what is learned now is the training rows, not what they have in common with others.
Try first:    stop at the best evaluation and keep its weights; then more data, augmentation, dropout, weight decay.
Can be wrong: with a small validation set, whose loss swings; a loss that rises while the right answers increase is a
              matter of overconfidence and not reported. Where the best weights are kept, it is a note.
Source:       Prechelt 1998, "Early stopping: but when?"; SageMaker Debugger (10 %). RISE: three times that, as a
              tenth is within the swing of a few hundred validation rows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from statistics import median

from glasswork.doctor.rules._data import rows_of
from glasswork.doctor.rules._history import baseline, course, parts, shown, sober_loss
from glasswork.doctor.vitals import Evaluation, Vitals
from glasswork.records import Finding, Severity, Treatment

__all__ = ["overfitting"]

LATE = 3
RISE = 0.3
FALL = 0.2
TOLD = 0.4  # of the loss of guessing: below that the validation rows are learned as well
LEARNED = 0.1  # likewise: the training rows are known by heart
FEW_TOLD = 0.2
KNOWN = 0.5  # evaluations of rows that were trained on tell nothing about others
ENOUGH = 0.8
LOST = 0.07
WORTHLESS = 0.8
BY_HEART = 0.01
PART = 1 / 3
PASSES = 30  # over the training rows
LOOKS = 20
NEAR = 10  # losses around an evaluation


def overfitting(vitals: Vitals) -> Iterator[Finding]:
    """Yield the evaluation by which the best had long been passed, or validation had been left behind for good."""
    seen, guess = course(vitals), baseline(vitals)
    evaluations = [e for e in vitals.evaluations if e.loss is not None and (e.repeated or 0) < KNOWN]
    if len(evaluations) < LATE or len(seen) < NEAR or seen.start <= 0 or sober_loss(vitals) is None:
        return
    level = min(seen.start, guess) if guess is not None and guess > 0 else seen.start
    whole = parts(vitals) * level  # of an evaluation, whose losses are not divided
    best, row, behind = evaluations[0], 0, 0
    few = _few(evaluations)
    told = FEW_TOLD if few else TOLD
    severity = _severity(vitals, evaluations, whole, level, told)
    for evaluation in evaluations:
        loss, least = evaluation.loss or 0.0, best.loss or 0.0
        now = _training(seen.numbers, seen.losses, evaluation.step)
        before = _training(seen.numbers, seen.losses, best.step)
        if loss <= least:
            best, least, row = evaluation, loss, 0
        high = loss > told * whole and now is not None
        row = row + 1 if high and loss > (1 + RISE) * least and not _better(evaluation, best) else 0
        behind = behind + 1 if high and now is not None and now < LEARNED * level else 0
        if row >= LATE and now is not None and before is not None and now <= (1 - FALL) * before:
            said = f"its best was {shown(least)} after step {best.step}, and the training loss has gone from "
            yield _finding(severity, evaluation, 0.85, f"{said}{shown(before)} to {shown(now)} since", few)
            return
        if behind >= 2 * LATE and now is not None and _passes(vitals, evaluation.step) >= PASSES:
            said = f"the training loss is {shown(now)}, and guessing has {shown(level)}"
            yield _finding(severity, evaluation, 0.65, said, few)
            return


def _few(evaluations: list[Evaluation]) -> int:
    """Return how many rows were trained on, where they are fewer than a validation batch has; else 0."""
    last = evaluations[-1]
    rows = last.inputs.shape[0] if last.inputs is not None and last.inputs.shape else 0
    return last.learned if last.learned is not None and last.learned < rows else 0


def _severity(vitals: Vitals, evaluations: list[Evaluation], whole: float, level: float, told: float) -> Severity:
    """Return how grave it is as things stand: what has come back, or still answers well, was not spoiled."""
    least, last = min(evaluations, key=lambda e: e.loss or 0.0), evaluations[-LATE:]
    now = median(e.loss or 0.0 for e in last)
    if vitals.keeps_best or now <= told * whole:  # where the best is kept the harm is time
        return "note"
    right = [e.correct for e in last if e.correct is not None]
    if right and least.correct is not None:
        worse = median(right) < ENOUGH or median(right) < least.correct - LOST
    else:
        seen = course(vitals)
        trained, best = seen.recent(len(seen)), least.loss or 0.0
        lost = now - best > PART * (whole - best) and trained < LEARNED * level
        worse = told < TOLD or now > WORTHLESS * whole or trained < BY_HEART * level or lost
    return "warning" if worse else "note"


def _passes(vitals: Vitals, number: int) -> int:
    """Return how often training had gone over its rows; a sampler may take each of them many times in one round."""
    rounds = max((s.epoch + 1 for s in vitals.steps if s.epoch is not None and s.number <= number), default=0)
    size, rows = vitals.loader.get("batch_size"), vitals.loader.get("rows")
    if not size or not rows:  # batches by hand
        sizes = [count for step in vitals.sampled()[:LOOKS] if (count := rows_of(step))]
        size = median(sizes) if sizes else None
        rows = max((e.learned for e in vitals.evaluations if e.learned is not None and e.step <= number), default=None)
    return max(rounds, int(number * size // rows)) if size and rows else rounds


def _finding(severity: Severity, evaluation: Evaluation, confidence: float, said: str, few: int) -> Finding:
    rows = f"; {few} different rows were trained on, fewer than a validation batch has" if few else ""
    return Finding(
        "overfitting",
        severity,
        confidence,
        "data" if few else "model",
        f"After step {evaluation.step} the validation loss is {shown(evaluation.loss or 0.0)}; {said}{rows}.",
        "Stop at the best evaluation and keep its weights; add data, augmentation, dropout or weight decay.",
        evaluation.step,
        (
            Treatment("Stop early, keep the best.", {"training.patience": 5, "training.restore_best": True}),
            Treatment("Decay the weights.", {"optimizer.name": "adamw", "optimizer.weight_decay": 0.05}),
            Treatment("Drop more units.", {"model.dropout": 0.5}),
        ),
    )


def _better(now: Evaluation, best: Evaluation) -> bool:
    return now.correct is not None and best.correct is not None and now.correct > best.correct


def _training(numbers: list[int], losses: list[float], step: int) -> float | None:
    """Return the median training loss up to a step."""
    place = bisect_right(numbers, step)
    near = losses[max(0, place - NEAR) : place]
    return median(near) if near else None
