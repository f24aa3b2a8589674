"""What a training's own history says: its losses, where it started, where it is, and what guessing would reach.

Everything here is computed from the steps up to a place, never from later ones, so that a rule that is asked again as
the training goes on gives the same answer about what it has already seen.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isfinite, log, prod, sqrt
from statistics import fmean, median

from glasswork.doctor.vitals import LossFacts, StepVitals, Vitals

__all__ = [
    "BOUNDED_BELOW",
    "Course",
    "baseline",
    "beside_guessing",
    "came_down",
    "course",
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
_PAIRS = 5
_RARELY = 0.1  # of shuffles do as well: what simple models see is there
_LATER = 10  # losses after a step that show what became of it
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
        """The median of the first three losses; where the first steps blew the loss up, three times the first."""
        return min(median(self.losses[:_FIRST]), 3 * abs(self.losses[0])) if self.losses else 0.0

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
    phases after each other (train, then fine-tune) are two trainings: the first is looked at. Several that always step
    after the same ``backward`` (one for the table, one for the rest) are one training. LBFGS is left out: its losses
    are of trial points along its searches.
    """
    if any(optimizer.kind.lower() == "lbfgs" for optimizer in vitals.optimizers.values()):
        return Course(())
    names = list(dict.fromkeys(step.optimizer for step in vitals.steps))
    if len(names) <= 1 and len(vitals.optimizers) <= 1:
        return Course(vitals.steps)
    if len(names) == len(vitals.optimizers) and _together(vitals.steps, len(names)):
        return Course([step for step in vitals.steps if step.optimizer == names[0]])
    turns = sum(a.optimizer != b.optimizer for a, b in zip(vitals.steps, vitals.steps[1:], strict=False))
    if len(names) < len(vitals.optimizers) or turns != len(names) - 1:
        return Course(())
    return Course([step for step in vitals.steps if step.optimizer == names[0]])


def longest_phase(vitals: Vitals) -> Vitals:
    """Return what was seen of the longest of several trainings after each other; all of it where there are no phases.

    A short training beforehand (on other labels, of a part of the network) need not arrive anywhere.
    """
    if len(vitals.optimizers) < 2:
        return vitals
    counts = Counter(step.optimizer for step in vitals.steps)
    turns = sum(a.optimizer != b.optimizer for a, b in itertools.pairwise(vitals.steps))
    if len(counts) < 2 or len(counts) < len(vitals.optimizers) or turns != len(counts) - 1:
        return vitals
    name = counts.most_common(1)[0][0]
    steps = [step for step in vitals.steps if step.optimizer == name]
    return replace(vitals, steps=steps, optimizers={name: vitals.optimizers[name]})


def _together(steps: Sequence[StepVitals], optimizers: int) -> bool:
    """Return whether each round of steps, one an optimizer, had one loss; the last round may be under way."""
    whole = len(steps) - len(steps) % optimizers
    rounds = [steps[at : at + optimizers] for at in range(0, whole, optimizers)]
    return bool(rounds) and all(
        len({step.optimizer for step in one}) == optimizers and len({(step.number, step.loss) for step in one}) == 1
        for one in rounds
    )


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


def beside_guessing(vitals: Vitals, first: int, last: int) -> float | None:
    """Return the loss in these steps as a part of what guessing would reach on the very same batches, the median.

    It tells far smaller differences than losses of different batches do. Of values only: the few labels of one batch
    make guessing look better than it is.
    """
    loss = main_loss(vitals)
    if loss is None or loss.kind not in ("mse", "l1", "smooth_l1", "huber"):
        return None
    pairs = [
        (step.loss, step.batch.baseline_loss)
        for step in looked_at(vitals)
        if first <= step.number <= last and step.batch is not None and step.loss is not None
    ]
    found = [said / guess for said, guess in pairs if guess and isfinite(guess) and isfinite(said)]
    return median(found) * parts(vitals) if len(found) >= _PAIRS else None


def came_down(vitals: Vitals, number: int, *, to: float = 0.5, by: float = 0.7, later: int = _LATER) -> bool:
    """Return whether the loss has fallen well since a step: whatever was wrong then did no lasting harm.

    The recent loss must be below `to` of guessing and below `by` of what it was at that step, there must have been time
    to see it (`later` steps), and where validation has a loss it must have come down as far.
    """
    seen = course(vitals)
    place, count = bisect_right(seen.numbers, number), len(seen)
    if count < place + later or place < _FIRST:
        return False
    left, guess = remaining(vitals, seen.numbers[-1]), _guess(vitals)
    judged = [e.loss for e in vitals.evaluations if e.loss is not None]
    if judged and guess is not None and guess > 0 and not judged[-1] < to * guess:
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


def natural_size(vitals: Vitals) -> float:
    """Return the norm that freshly drawn weights of the training's models would have.

    A model that begins near 0 (as a logistic regression does) moves by many times its own size in its first steps, and
    soundly: steps are measured against this as well. A table of vectors (one a word, one a user) counts with vectors of
    length 1: torch draws them longer, factor models begin shorter.
    """
    squares = 0.0
    for model in vitals.models.values():
        tables = {layer.name.rpartition("/")[2] for layer in model.layers.values() if layer.family == "embedding"}
        for p in model.parameters.values():
            if not p.trainable or p.optimized is False:
                continue
            if p.fan_in:
                squares += prod(p.shape) / (3 * p.fan_in)
            elif len(p.shape) == 2 and p.layer.rpartition("/")[2] in tables:
                squares += p.shape[0]
    # Of bare tensors a matrix counts as inputs by units; whether a vector is a bias or weights, nobody can tell.
    for optimizer in vitals.optimizers.values():
        squares += sum(
            (prod(shape) / shape[0] if len(shape) > 1 else 1) / 3 for shape in optimizer.shapes if all(shape)
        )
    return sqrt(squares)


def right_answers(vitals: Vitals) -> float:
    """Return the part of the answers that were right in the end, in validation or else in training; 0 if not known."""
    judged = [e.correct for e in vitals.evaluations if e.correct is not None]
    if judged:
        return judged[-1]
    batches = [s.batch.correct for s in looked_at(vitals) if s.batch is not None and s.batch.correct is not None]
    return fmean(batches[-10:]) if batches else 0.0


def update_ratio(step: StepVitals, least: float = 0.0) -> float | None:
    """Return how far the step moved the weights, as a part of their size; None where it was not seen.

    Args:
        step: the step.
        least: a size below which the weights' own does not count.
    """
    if step.update_norm is None or not step.weight_norm or not isfinite(step.update_norm):
        return None
    return step.update_norm / max(step.weight_norm, least)


def part_of(share: float) -> str:
    """Write a share for a sentence; one that is not 0 never reads as 0.

    >>> part_of(0.423), part_of(0.0004), part_of(0.9999), part_of(1.0)
    ('42%', 'less than 1%', 'more than 99%', '100%')
    """
    if 0 < share < 0.01:
        return "less than 1%"
    return "more than 99%" if 0.99 < share < 1 else f"{share:.0%}"


def shown(value: float) -> str:
    """Write a number for a sentence.

    >>> shown(0.123456), shown(12345.6), shown(3e-7), shown(2.0)
    ('0.123', '12,346', '3e-07', '2')
    """
    if isfinite(value) and 1000 <= abs(value) < 1e6:
        return f"{value:,.0f}"
    return f"{value:.3g}"
