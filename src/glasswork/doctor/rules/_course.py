"""The losses of a training, in order: which steps belong together, where they began, how they scatter."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isfinite
from statistics import median

from glasswork.doctor.vitals import StepVitals, Vitals

__all__ = ["Course", "course", "longest_phase", "places"]

_FIRST = 3  # how many losses are "the start": one alone is a draw of batch noise


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
