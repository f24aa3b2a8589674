"""What a training's own history says: its losses, where it started, where it is, and what guessing would reach.

Everything here is computed from the steps up to a place, never from later ones, so that a rule that is asked again as
the training goes on gives the same answer about what it has already seen.
"""

from __future__ import annotations

from bisect import bisect_right
from math import isfinite, log, prod
from statistics import fmean, median

from glasswork.doctor.rules._course import Course, course, longest_phase, places
from glasswork.doctor.rules._sizes import natural_size, update_ratio
from glasswork.doctor.rules._words import part_of, shown
from glasswork.doctor.vitals import BatchVitals, LossFacts, StepVitals, Vitals

__all__ = [
    "AMOUNTS",
    "BOUNDED_BELOW",
    "Course",
    "baseline",
    "beside_guessing",
    "came_down",
    "course",
    "example_count",
    "in_the_data",
    "longest_phase",
    "looked_at",
    "main_loss",
    "natural_size",
    "part_of",
    "parts",
    "places",
    "remaining",
    "right_answers",
    "seen_through",
    "shown",
    "sober_loss",
    "targets_move",
    "update_ratio",
]

AMOUNTS = ("mse", "l1", "smooth_l1", "huber")  # losses whose targets are values
# Losses that cannot be negative, whatever the network says.
BOUNDED_BELOW = frozenset(
    {
        "cross_entropy",
        "nll",
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
        "mse",
        "l1",
        "smooth_l1",
        "huber",
        "hinge",
        "multi_margin",
    }
)
_ROWS_PER_CLASS = 10  # below this the entropy of a few labels is far below that of their source (Miller & Madow 1955)
_TRAINED = 0.5
_FIRST = 3  # how many losses are "the start": one alone is a draw of batch noise
_PAIRS = 5
_TINY = 2  # rows in a batch
_FEW = 4  # likewise
_ROWS_AT_START = 32
_TINY_SAMPLES = 200
_SMALL = 16  # rows; the median of so few squares lies below their mean
_MANY = 64  # rows, from which on one more or less says nothing
_RARELY = 0.1  # of shuffles do as well: what simple models see is there
_LATER = 10  # losses after a step that show what became of it
_ROUNDING = 1e-10
_EARLY_SAMPLES = 12  # the baseline is settled by the first sampled steps, so that it does not move later


def looked_at(vitals: Vitals) -> list[StepVitals]:
    """Return the sampled steps that really moved the weights."""
    return [step for step in vitals.steps if step.sampled and not step.skipped]


def main_loss(vitals: Vitals) -> LossFacts | None:
    """Return the loss that was seen most often, or None."""
    return vitals.losses[0] if vitals.losses else None


def sober_loss(vitals: Vitals) -> LossFacts | None:
    """Return the loss where it is the only one seen and cannot be negative; None for sums, games and own inventions."""
    kinds = {loss.kind for loss in vitals.losses}
    if len(kinds) != 1 or not kinds <= BOUNDED_BELOW or (vitals.losses[0].settings.get("terms") or 1) > 1:
        return None
    return vitals.losses[0]


def seen_through(vitals: Vitals) -> bool:
    """Return whether what the loss compares was seen: a call of torch's, or a gap to targets written by hand.

    A square that stands somewhere in a loss somebody wrote may be one term of several, such as the value's part in
    reinforcement learning, where the sum may rise and be negative, and nothing is wrong.
    """
    loss = main_loss(vitals)
    if loss is None or loss.name != "custom":
        return loss is not None
    if not vitals.models and loss.settings.get("terms") == 1 and "sign" in loss.settings:
        return True  # a square alone, of bare tensors
    seen = [step.batch for step in looked_at(vitals) if step.batch is not None][:_EARLY_SAMPLES]
    return any(batch.targets is not None for batch in seen)


def baseline(vitals: Vitals) -> float | None:
    """Return the loss of the best constant answer, from the first sampled batches; None where it is not known.

    For classes it is the entropy of all labels seen in them, which needs ten labels a class: fewer make guessing look
    better than it is. Where gradients are accumulated and each part's loss is divided by their number, so is this.
    """
    guess = _guess(vitals)
    return guess / parts(vitals) if guess is not None else None


def parts(vitals: Vitals) -> int:
    """Return by how much the training's losses are divided because gradients are accumulated: 1 where they are not."""
    seen, guess = course(vitals), _guess(vitals)
    counts = [step.backwards for step in seen.steps[:_EARLY_SAMPLES] if step.loss is not None]
    count = round(median(counts)) if counts else 1
    if count < 2 or guess is None or guess <= 0 or not len(seen) or seen.start <= 0:
        return 1
    return count if abs(log(seen.start * count / guess)) < abs(log(seen.start / guess)) else 1


def _guess(vitals: Vitals) -> float | None:
    early = [step.batch for step in looked_at(vitals)[:_EARLY_SAMPLES] if step.batch is not None]
    loss = main_loss(vitals)
    if loss is not None and (loss.settings.get("weight") or loss.settings.get("pos_weight")):
        return None
    if loss is not None and len(loss.settings.get("row_weights") or ()) > 1:
        return None  # a sum of several: guessing at one of them says nothing about it
    if loss is not None and loss.kind in ("cross_entropy", "nll") and loss.reduction != "sum":
        counts: dict[int, int] = {}
        for batch in early:
            for value, count in ((batch.targets.counts if batch.targets else None) or {}).items():
                if value != loss.settings.get("ignore_index", -100):
                    counts[value] = counts.get(value, 0) + count
        total = sum(counts.values())
        every = {value: count for value, count in (vitals.labels or {}).items() if count}
        if len(counts) > 1 and total < _ROWS_PER_CLASS * len(counts) and set(counts) <= set(every):
            counts, total = every, sum(every.values())  # those of every step: batches are tiny
        if len(counts) > 1:
            if total < _ROWS_PER_CLASS * len(counts):
                return None
            smooth = float(loss.settings.get("label_smoothing") or 0.0) / len(counts)
            shares = [count / total * (1 - smooth * len(counts)) + smooth for count in counts.values()]
            return -sum(share * log(share) for share in shares)
    pooled = _pooled(vitals) if loss is not None and loss.kind == "mse" else None
    if pooled is not None:
        return pooled
    if any(_rows(batch) <= _SMALL for batch in early):
        early = [step.batch for step in looked_at(vitals)[:_TINY_SAMPLES] if step.batch is not None]
    seen = [guess for guess in map(_fair, early) if guess is not None]
    if not seen:
        return None
    return fmean(seen) if any(_rows(batch) <= _SMALL for batch in early) else median(seen)


def _rows(batch: BatchVitals) -> int:
    return batch.targets.shape[0] if batch.targets is not None and batch.targets.shape else _MANY


def _fair(batch: BatchVitals) -> float | None:
    """Return what the best constant for all data would reach on such a batch; None where it is not known.

    The best constant for a few rows lies nearer to them than that for all: of n rows, by one part in n.
    """
    guess, rows = batch.baseline_loss, _rows(batch)
    if guess is not None and batch.targets is not None and batch.targets.dtype.startswith("float"):
        size = (batch.targets.mean or 0.0) ** 2 + (batch.targets.std or 0.0) ** 2
        if guess <= _ROUNDING * size:
            return 0.0  # one and the same target for all rows, but for rounding: to say it is the task
    if guess is None or not isfinite(guess) or rows < 2:
        return guess if guess is not None and isfinite(guess) else None
    return guess * rows / (rows - 1) if rows < _MANY else guess


def _pooled(vitals: Vitals) -> float | None:
    """Return the variance of the values of many tiny batches taken together; None where batches are not tiny.

    The best constant for a batch of one row is its own value, which says nothing about guessing.
    """
    batches = [step.batch for step in looked_at(vitals) if step.batch is not None and step.batch.targets is not None]
    seen = [batch.targets for batch in batches[:_TINY_SAMPLES] if batch.targets is not None]
    if len(seen) < _EARLY_SAMPLES or any(prod(one.shape) != (*one.shape, 1)[0] or one.shape[0] > _TINY for one in seen):
        return None
    known = [(one.mean, one.std or 0.0) for one in seen if one.shape and one.mean is not None]
    squares = [mean**2 + std**2 for mean, std in known]
    return fmean(squares) - fmean(mean for mean, _ in known) ** 2 if len(known) == len(seen) else None


def remaining(vitals: Vitals, number: int, *, first: int = 5) -> float | None:
    """Return the recent loss up to a step as a part of what an untrained network or the best constant reaches.

    1 says that nothing has been learned, 0 that nothing is left to learn. None before `first` losses, in games, and
    where losses may be negative.
    """
    seen = course(vitals)
    place = bisect_right(seen.numbers, number)
    if place < first or seen.start <= 0:
        return None
    guess, start, now = baseline(vitals), seen.start, seen.recent(place)
    few = example_count(vitals)
    if few is not None and few <= _FEW:  # of so few rows a median of losses is a draw, and lies below their mean
        width = -(-_ROWS_AT_START // few)
        start = max(start, fmean(seen.losses[:width]))
        now = fmean(seen.losses[max(0, place - max(2 * width, min(place // 8, 200))) : place])
    level = min(start, guess) if guess is not None and guess > 0 else start
    if guess is not None and start < _TRAINED * guess:
        level = guess  # it knew a good deal before it started
    return now / level


def example_count(vitals: Vitals) -> int | None:
    """Return how many rows a usual step's loss is of, where its targets were seen."""
    sizes = [
        _rows(step.batch) * step.backwards for step in looked_at(vitals)[:_EARLY_SAMPLES] if step.batch is not None
    ]
    return round(median(sizes)) if sizes else None


def beside_guessing(vitals: Vitals, first: int, last: int) -> float | None:
    """Return the loss in these steps as a part of what guessing would reach on the very same batches, the median.

    It tells far smaller differences than losses of different batches do. Of values only: the few labels of one batch
    make guessing look better than it is.
    """
    loss = main_loss(vitals)
    if loss is None or loss.kind not in AMOUNTS:
        return None
    pairs = [
        (step.loss, _fair(step.batch))
        for step in looked_at(vitals)
        if first <= step.number <= last and step.batch is not None and step.loss is not None
    ]
    found = [said / guess for said, guess in pairs if guess and isfinite(guess) and isfinite(said)]
    return median(found) * parts(vitals) if len(found) >= _PAIRS else None


def targets_move(vitals: Vitals) -> bool:
    """Return whether the values that are aimed at move away by more than they vary: guessing moves with them.

    So it is where the network's own answers are part of them.
    """
    loss = main_loss(vitals)
    if loss is None or loss.kind not in AMOUNTS:
        return False
    seen = [step.batch.targets for step in looked_at(vitals) if step.batch is not None]
    known = [(one.mean, one.std) for one in seen if one is not None and one.mean is not None and one.std is not None]
    third = len(known) // 3
    if third < _PAIRS:
        return False
    early, late = (median(mean for mean, _ in part) for part in (known[:third], known[-third:]))
    return abs(late - early) > median(std for _, std in known)


def came_down(vitals: Vitals, number: int, *, to: float = 0.5, by: float = 0.7, later: int = _LATER) -> bool:
    """Return whether the loss has fallen well since a step: whatever was wrong then did no lasting harm.

    The recent loss must be below `to` of guessing and below `by` of what it was at that step, there must have been time
    to see it (`later` steps), and where validation has a loss it must have come down as far (below the start, where
    guessing is not known).
    """
    seen = course(vitals)
    place, count = bisect_right(seen.numbers, number), len(seen)
    if count < place + later or place < _FIRST:
        return False
    left, guess = remaining(vitals, seen.numbers[-1]), _guess(vitals)
    judged = [e.loss for e in vitals.evaluations if e.loss is not None]
    if judged and guess is not None and guess > 0 and not judged[-1] < to * guess:
        return False
    # What guessing would reach is not known of a few labels: validation has got nowhere if it is above the start.
    unknown = guess is None and sober_loss(vitals) is not None
    if judged and unknown and judged[-1] > seen.start * max(step.backwards for step in seen.steps):
        return False
    return left is not None and left < to and seen.recent(count) < by * seen.recent(place)


def in_the_data(vitals: Vitals) -> float | None:
    """Return the part of the targets' variance that simple models find in the inputs; None where they were not asked.

    Where they do no better than on shuffled targets, it is 0: a network that finds no more either may be right.
    """
    probe = vitals.probes.get("shuffled-labels")
    score, chance = (probe.figures.get(name) if probe else None for name in ("score", "p"))
    if score is None or chance is None:
        return None
    return max(score, 0.0) if chance <= _RARELY else 0.0


def right_answers(vitals: Vitals) -> float:
    """Return the part of the answers that were right in the end, in validation or else in training; 0 if not known."""
    judged = [e.correct for e in vitals.evaluations if e.correct is not None]
    if judged:
        return judged[-1]
    batches = [s.batch.correct for s in looked_at(vitals) if s.batch is not None and s.batch.correct is not None]
    return fmean(batches[-10:]) if batches else 0.0
