"""Labels that do not belong to their inputs.

Looks at:     the order of rows and labels of a batch, as the loader gave them and as model and loss have them; the
              shuffled-labels probe; without it, training and validation answers against those of guessing.
Fires when:   between loader and loss, rows and labels were put in different orders, in every batch that was kept; or
              what simple models say of held-out rows goes with the given labels no better than with labels drawn at
              random, in ODDS of the draws and to within CLEAR deviations (of few rows HINT), and the training knows no
              better of validation rows; or
              the training answers are far better than guessing while validation is not better at all, for LATE
              evaluations, nor PLAINLY at any other time.
Why it hurts: there is nothing to learn but each row by heart: training looks fine, and validation is guessing.
Try first:    see where inputs and labels part: a shuffle or sort of one of them, a join on the wrong key, an
              off-by-one.
Can be wrong: where the inputs say nothing about the target at all, or a validation set was prepared in another way.
              Of sequences simple models understand little: there it is a warning, as it is of fewer than FEW rows;
              of fewer than HARDLY a note, and validation that is no better than guessing says nothing of labels.
Source:       Zhang et al. 2017, "Understanding deep learning requires rethinking generalization"; permutation test:
              Ojala & Garriga 2010.
Probe:        ``shuffled-labels``: figures ``link`` (correlation of a simple model's held-out answers with the given
              labels), ``chance`` (its mean with shuffled labels), ``spread`` (its standard deviation), ``p`` (share of
              shuffles that do as well), ``rows``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from math import sqrt

from glasswork.doctor.rules._data import main_input
from glasswork.doctor.rules._history import baseline, course, parts, shown
from glasswork.doctor.rules._labels import classified
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["shuffled_labels"]

ODDS = 0.2
CLEAR = 2.5
HINT = 1.5  # likewise, of few rows: a weak signal that is there shows no more clearly
FINE = 0.005  # a spread below that is rounding
FEW = 200  # rows: below that a signal that is there, though weak, may not be found
HARDLY = 100  # rows: likewise, of any strength
RARE = 0.9
PLAINLY = 0.1  # of the answers, more than guessing: one evaluation that knows so much speaks for the labels
STEADY = 5.0  # times the loss of guessing, never above that
FEWEST = 10  # rows: as if there were so many, where that is not known
HOLDS = 0.9  # of the loss of guessing
LATE = 2
LUCKY = 0.25  # of the evaluations
KNOWN = 0.6  # of the loss of guessing: training has plainly learned something
ROWS = 40
EVEN = 0.7  # a class more frequent than that in training may be less so in validation
ADVICE = "See where inputs and labels part: a shuffle or sort of one of them, a join on the wrong key, an off-by-one."


def shuffled_labels(vitals: Vitals) -> Iterator[Finding]:
    """Yield that labels look unrelated to their inputs."""
    parted = _parted(vitals)
    if parted:
        yield parted
        return
    if _known_elsewhere(vitals) or _no_labels(vitals):
        return
    found = _probed(vitals) or _seen(vitals)
    if found:
        yield found


def _parted(vitals: Vitals) -> Finding | None:
    """Return the finding of rows and labels that were put in different orders between the loader and the loss."""
    probe = vitals.probes.get("batch-mixing")
    if probe is None or not probe.figures.get("parted"):
        return None
    return Finding(
        "shuffled-labels",
        "critical",
        0.96,
        "data",
        "The model was called with the rows of the loader's batches, and the loss with their labels, but in different "
        "orders: rows are given labels of others.",
        "Put inputs and labels of a batch in the same order, with one and the same permutation.",
        vitals.steps[0].number if vitals.steps else None,
    )


def _probed(vitals: Vitals) -> Finding | None:
    probe = vitals.probes.get("shuffled-labels")
    if probe is None:
        return None
    found, chance, p = (probe.figures.get(name) for name in ("link", "chance", "p"))
    found = probe.figures.get("score") if found is None else found
    if found is None or chance is None or p is None or p < ODDS:
        return None
    rows = probe.figures.get("rows")
    clear = HINT if rows is not None and rows < FEW else CLEAR
    if found - chance > clear * max(probe.figures.get("spread") or 0.0, FINE):
        return None
    share = _most_frequent(vitals)
    if share is not None and share > RARE:
        return None  # the few rows of the other classes tell too little
    among = f"{rows:,.0f} " if rows else ""
    evidence = (
        f"What simple models say of {among}rows that they have not seen correlates by {shown(found)} with the labels, "
        f"and as well as that in {p:.0%} of the cases with shuffled labels (by {shown(chance)} on average)."
    )
    simple, few = _simple_inputs(vitals), rows is not None and rows < FEW
    if few:
        evidence += " So few rows show strong relations only."
    return Finding(
        "shuffled-labels",
        "note" if rows is not None and rows < HARDLY else "critical" if simple and not few else "warning",
        0.5 if not simple else 0.6 if few else 0.8,
        "data",
        evidence,
        ADVICE,
        vitals.steps[-1].number if vitals.steps else None,
    )


def _known_elsewhere(vitals: Vitals) -> bool:
    """Return whether an evaluation of rows that were not trained on is clearly better than guessing."""
    guess, share = _whole_baseline(vitals), _most_frequent(vitals)
    judged = clear = 0
    for evaluation in vitals.evaluations:
        if (evaluation.repeated or 0) > 0.5:
            continue
        if guess is not None and evaluation.loss is not None and evaluation.loss < HOLDS * guess:
            return True
        rows = evaluation.batches * (evaluation.inputs.shape[0] if evaluation.inputs and evaluation.inputs.shape else 0)
        if evaluation.correct is not None and share is not None and rows >= ROWS:
            error = sqrt(share * (1 - share) / rows)
            judged, clear = judged + 1, clear + (evaluation.correct > share + max(4 * error, 0.05))
    # Rows of one group get one answer: by luck it is right for all of them for a while.
    return clear > LUCKY * judged


def _whole_baseline(vitals: Vitals) -> float | None:
    """Return the loss of guessing as an evaluation measures it, not divided by how many batches make a step."""
    guess = baseline(vitals)
    return None if guess is None else guess * parts(vitals)


def _no_labels(vitals: Vitals) -> bool:
    """Return whether targets have the inputs' own shape: noise to be removed, pictures to be made, are no labels."""
    for step in vitals.sampled():
        data, targets = main_input(step), step.batch.targets if step.batch else None
        if data is not None and targets is not None:
            return targets.shape[1:] == data.shape[1:] and targets.shape[1] > 1
    return False


def _simple_inputs(vitals: Vitals) -> bool:
    """Return whether the inputs are tables or pictures, of which simple models see something."""
    for step in vitals.sampled():
        data = main_input(step)
        if data is not None:
            tokens = step.batch.tokens if step.batch else {}
            return len(data.shape) in (2, 4) and not tokens
    return False


def _seen(vitals: Vitals) -> Finding | None:
    """Return the finding if training learns by heart what validation knows nothing of."""
    seen, guess, whole = course(vitals), baseline(vitals), _whole_baseline(vitals)
    held_out = [one for one in vitals.evaluations if (one.repeated or 0) <= 0.5 and not one.training_mode]
    share, best = _most_frequent(vitals), max((one.correct or 0.0 for one in held_out), default=0.0)
    row = 0
    for evaluation in held_out:
        if evaluation.learned is not None and evaluation.learned < HARDLY:
            continue  # so few rows are learned by heart whatever their labels
        place = bisect_right(seen.numbers, evaluation.step)
        known = guess is not None and place >= 10 and seen.recent(place) < KNOWN * guess
        rows = evaluation.batches * (evaluation.inputs.shape[0] if evaluation.inputs and evaluation.inputs.shape else 0)
        lost = False
        if known and evaluation.correct is not None and share is not None and share < EVEN and rows >= ROWS:
            chance = sqrt(share * (1 - share) / rows)
            lost = evaluation.correct < share + 2 * chance and best <= share + max(PLAINLY, 4 * chance)
        elif known and share is None and evaluation.loss is not None and guess is not None and whole is not None:
            steady = max(seen.losses[:place]) < STEADY * guess  # steps that blow up spoil answers, too
            ever = any(e.loss is not None and e.loss < 0.95 * whole for e in vitals.evaluations)
            # The spread of so few rows may be as much larger by chance.
            lost = steady and not ever and evaluation.loss > (1.05 + 2 * sqrt(2 / max(rows, FEWEST))) * whole
        row = row + 1 if lost else 0
        if row >= LATE:
            told = (
                f"{evaluation.correct:.0%} right"
                if evaluation.correct is not None
                else f"a loss of {shown(evaluation.loss or 0)}"
            )
            return Finding(
                "shuffled-labels",
                "critical",
                0.6,
                "data",
                f"After step {evaluation.step} the training loss is {shown(seen.recent(place))} (guessing has "
                f"{shown(guess or 0)}), and validation has {told}, no better than guessing.",
                ADVICE,
                evaluation.step,
            )
    return None


def _most_frequent(vitals: Vitals) -> float | None:
    """Return the share of the most frequent class in the first sampled batches, or None where there are no classes."""
    total: dict[int, int] = {}
    for _, counts in classified(vitals):
        for value, count in counts.items():
            total[value] = total.get(value, 0) + count
        if sum(total.values()) >= 500:
            break
    return max(total.values()) / sum(total.values()) if len(total) > 1 else None
