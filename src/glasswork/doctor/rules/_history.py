"""What a training's own history says: its losses, where it started, where it is, and what guessing would reach.

Everything here is computed from the steps up to a place, never from later ones, so that a rule that is asked again as
the training goes on gives the same answer about what it has already seen.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from math import isfinite, log
from statistics import median

from glasswork.doctor.vitals import LossFacts, StepVitals, Vitals

__all__ = [
    "BOUNDED_BELOW",
    "Course",
    "baseline",
    "course",
    "looked_at",
    "main_loss",
    "places",
    "remaining",
    "shown",
    "sober_loss",
    "update_ratio",
]

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
_EARLY_SAMPLES = 12  # the baseline is settled by the first sampled steps, so that it does not move later


class Course:
    """The losses of one optimizer's steps, in order, with medians of stretches.

    Args:
        steps: the steps.
    """

    def __init__(self, steps: Sequence[StepVitals]) -> None:
        self.steps = list(steps)
        pairs = [(s.number, s.loss) for s in self.steps if s.loss is not None and not s.skipped and isfinite(s.loss)]
        self.numbers = [number for number, _ in pairs]
        self.losses: list[float] = [loss for _, loss in pairs]

    def __len__(self) -> int:
        return len(self.losses)

    @property
    def start(self) -> float:
        """The median of the first three losses."""
        return median(self.losses[:_FIRST])

    def recent(self, place: int, *, width: int | None = None) -> float:
        """Return the median of the losses just before `place` (a count of losses); an eighth of them, at least five."""
        width = width or min(max(5, place // 8), 200)
        return median(self.losses[max(0, place - width) : place])

    def noise(self, place: int) -> float:
        """Return how far a loss near `place` lies from the next, as a standard deviation; the trend drops out."""
        near = self.losses[max(0, place - 60) : place]
        if len(near) < 4:
            return 0.0
        jumps = [abs(b - a) for a, b in itertools.pairwise(near)]
        return median(jumps) / 0.6745 / 2**0.5


def course(vitals: Vitals) -> Course:
    """Return the losses of the training, or an empty course where several optimizers play against each other.

    Where they take turns, as in a GAN, a rising loss of one is the progress of the other: nothing can be concluded. Two
    phases after each other (train, then fine-tune) are two trainings: the first is looked at. LBFGS is left out: its
    losses are of trial points along its searches.
    """
    if any(optimizer.kind.lower() == "lbfgs" for optimizer in vitals.optimizers.values()):
        return Course(())
    names = list(dict.fromkeys(step.optimizer for step in vitals.steps))
    if len(names) <= 1 and len(vitals.optimizers) <= 1:
        return Course(vitals.steps)
    turns = sum(a.optimizer != b.optimizer for a, b in zip(vitals.steps, vitals.steps[1:], strict=False))
    if len(names) < len(vitals.optimizers) or turns != len(names) - 1:
        return Course(())
    return Course([step for step in vitals.steps if step.optimizer == names[0]])


def places(count: int, *, first: int = 5) -> Iterator[int]:
    """Yield the counts of losses at which a slow question is asked: each up to 20, then a tenth further each time.

    >>> list(places(30))[-6:]
    [20, 22, 24, 26, 28, 30]
    """
    place = first
    while place <= count:
        yield place
        place += max(1, place // 10)


def looked_at(vitals: Vitals) -> list[StepVitals]:
    """Return the sampled steps that really moved the weights."""
    return [step for step in vitals.steps if step.sampled and not step.skipped]


def main_loss(vitals: Vitals) -> LossFacts | None:
    """Return the loss that was seen most often, or None."""
    return vitals.losses[0] if vitals.losses else None


def sober_loss(vitals: Vitals) -> LossFacts | None:
    """Return the loss where it is the only one seen and cannot be negative; None for sums, games and own inventions."""
    kinds = {loss.kind for loss in vitals.losses}
    if len(kinds) != 1 or not kinds <= BOUNDED_BELOW:
        return None
    return vitals.losses[0]


def baseline(vitals: Vitals) -> float | None:
    """Return the loss of the best constant answer, from the first sampled batches; None where it is not known.

    For classes it is the entropy of all labels seen in them, which needs ten labels a class: fewer make guessing look
    better than it is.
    """
    early = [step.batch for step in looked_at(vitals)[:_EARLY_SAMPLES] if step.batch is not None]
    loss = main_loss(vitals)
    if loss is not None and (loss.settings.get("weight") or loss.settings.get("pos_weight")):
        return None
    if loss is not None and loss.kind in ("cross_entropy", "nll") and loss.reduction != "sum":
        counts: dict[int, int] = {}
        for batch in early:
            for value, count in ((batch.targets.counts if batch.targets else None) or {}).items():
                if value != loss.settings.get("ignore_index", -100):
                    counts[value] = counts.get(value, 0) + count
        total = sum(counts.values())
        if len(counts) > 1:
            if total < _ROWS_PER_CLASS * len(counts):
                return None
            smooth = float(loss.settings.get("label_smoothing") or 0.0) / len(counts)
            shares = [count / total * (1 - smooth * len(counts)) + smooth for count in counts.values()]
            return -sum(share * log(share) for share in shares)
    seen = [batch.baseline_loss for batch in early if batch.baseline_loss is not None and isfinite(batch.baseline_loss)]
    return median(seen) if seen else None


def remaining(vitals: Vitals, number: int, *, first: int = 5) -> float | None:
    """Return the recent loss up to a step as a part of what an untrained network or the best constant reaches.

    1 says that nothing has been learned, 0 that nothing is left to learn. None before `first` losses, in games, and
    where losses may be negative.
    """
    seen = course(vitals)
    place = bisect_right(seen.numbers, number)
    if place < first or seen.start <= 0:
        return None
    guess = baseline(vitals)
    level = min(seen.start, guess) if guess is not None and guess > 0 else seen.start
    if guess is not None and seen.start < _TRAINED * guess:
        level = guess  # it knew a good deal before it started
    return seen.recent(place) / level


def update_ratio(step: StepVitals) -> float | None:
    """Return how far the step moved the weights, as a part of their size; None where it was not seen."""
    if step.update_norm is None or not step.weight_norm or not isfinite(step.update_norm):
        return None
    return step.update_norm / step.weight_norm


def shown(value: float) -> str:
    """Write a number for a sentence.

    >>> shown(0.123456), shown(12345.6), shown(3e-7), shown(2.0)
    ('0.123', '12,346', '3e-07', '2')
    """
    if isfinite(value) and 1000 <= abs(value) < 1e6:
        return f"{value:,.0f}"
    return f"{value:.3g}"
