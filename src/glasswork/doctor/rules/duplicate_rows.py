"""Validation rows that were trained on.

Looks at:     the share of each evaluation's rows that had been seen in training, by hash, and how large the
              evaluation is against the training set.
Fires when:   more than SHARE of an evaluation's rows had been seen, unless it is plainly the training set itself that
              is evaluated; also where some of the training rows were evaluated again and again, no others before the
              last step, and the weights that did best were taken back in the end: they were chosen by known rows.
Why it hurts: a network can know those rows by heart: the validation result says nothing about new data.
Try first:    remove duplicates before splitting; split by the unit that repeats (patient, user, day).
Can be wrong: for data with few distinct rows, where equal rows are no copies; a note where values are few and the
              training rows repeat among themselves about as often (CHANCE). An evaluation that is as large as the
              training set and wholly known, or mostly known beside another one of new rows, is taken for a look at the
              training result, a note; likewise one that holds every row that was trained on, each once, or known rows
              that came in training OFTEN times a pass each: they are parts of examples, as items of a catalogue are.
              An example of a model that is given several tensors is a row of each; where rows of the first, such as
              users, were paired with OFTEN others or more, pairs come up again: a note.
Source:       deepchecks' sample mix; Barz & Denzler 2020 find 3 and 10 % of duplicates in CIFAR's test sets. SHARE:
              more than the first, as chance duplicates of small tables reach it.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from glasswork.doctor.vitals import Evaluation, Vitals
from glasswork.records import Finding

__all__ = ["duplicate_rows"]

SHARE = 0.06
GRAVE = 0.3
ALL = 0.99
MOSTLY = 0.8
DISTINCT = 8  # values, in so many columns: rows repeat by chance
COLUMNS = 128
OFTEN = 5
ONCE = 0.99
CHANCE = 0.25  # of the share: so often, at least, training rows repeat where that is chance


def duplicate_rows(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first evaluation with rows that had been trained on."""
    noted: Finding | None = None
    for evaluation in vitals.evaluations:
        share = evaluation.repeated
        if share is None or share < SHARE or not evaluation.batches:
            continue
        few = evaluation.inputs.distinct if evaluation.inputs else None
        if few is not None and few <= DISTINCT and _width(evaluation) <= COLUMNS:
            continue  # a handful of codes: equal rows are no copies
        by_chance = few is not None and few <= DISTINCT and _repeat(vitals, evaluation) > CHANCE * share
        paired = evaluation.parts is not None and OFTEN * evaluation.parts <= (evaluation.learned or 0)
        if by_chance or paired or _meant(vitals, evaluation, share):
            evidence = f"{share:.0%} of the rows of an evaluation after step {evaluation.step} had been trained on."
            advice = "Look at rows that were not trained on as well."
            noted = noted or Finding("duplicate-rows", "note", 0.4, "data", evidence, advice, evaluation.step)
            continue
        yield Finding(
            "duplicate-rows",
            "critical" if share >= GRAVE else "warning",
            0.9 if share < ALL else 0.75,
            "data",
            f"{share:.0%} of the rows that were evaluated after step {evaluation.step} had been trained on.",
            "Remove duplicates before splitting, and split by the unit that repeats.",
            evaluation.step,
        )
        return
    if noted:
        yield noted


def _meant(vitals: Vitals, evaluation: Evaluation, share: float) -> bool:
    """Return whether an evaluation looks at training rows on purpose: at all of them, or beside one of other rows."""
    if share >= ALL and (_training_set(vitals, evaluation) or _catalogue(vitals, evaluation)):
        return True
    beside = [other for other in vitals.evaluations if other is not evaluation and (other.repeated or 0.0) < SHARE]
    beside = [other for other in beside if other.repeated is not None]
    if vitals.keeps_best and share >= ALL:
        last = vitals.steps[-1].number if vitals.steps else 0
        beside = [other for other in beside if other.step < last]  # one at the very end chose nothing
    return share >= MOSTLY and bool(beside)


def _catalogue(vitals: Vitals, evaluation: Evaluation) -> bool:
    """Return whether the rows of an evaluation are parts of examples, each of them in many: all, or some, once each."""
    rows, different = evaluation.rows, evaluation.different
    if not rows or not different or different < ONCE * rows:
        return False
    return different >= ONCE * (evaluation.learned or rows + 1) or _repeat(vitals, evaluation) >= 1 - 1 / OFTEN


def _repeat(vitals: Vitals, evaluation: Evaluation) -> float:
    """Return the share of the training rows that others are equal to; 0 where that is not known."""
    rows, learned = vitals.loader.get("rows"), evaluation.learned
    epochs = [step.epoch for step in vitals.steps if step.epoch is not None and step.number <= evaluation.step]
    if not rows or not learned or max(epochs, default=0) < 1:
        return 0.0  # not all of them have been seen
    return max(0.0, 1 - learned / rows)


def _width(evaluation: Evaluation) -> int:
    return prod(evaluation.inputs.shape[1:]) if evaluation.inputs else 0


def _training_set(vitals: Vitals, evaluation: Evaluation) -> bool:
    """Return whether the evaluation may well be of the training set: as large, or of unknown size."""
    size = evaluation.inputs.shape[0] if evaluation.inputs else None
    rows = vitals.loader.get("rows") or (evaluation.learned if vitals.keeps_best else None)
    if not rows or not size:
        return True
    return evaluation.batches * size >= 0.9 * rows
