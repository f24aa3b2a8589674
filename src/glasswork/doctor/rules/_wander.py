"""A loss that goes up and down from one stretch of the training to the next, and brings nothing.

Batch noise, however large, hardly moves the median of a stretch. Where the medians of a steady training go up and down
by far more than noise explains, the steps themselves throw the network to and fro.
"""

from __future__ import annotations

import itertools
from statistics import median
from typing import NamedTuple

from glasswork.doctor.rules._history import Course, course, places, remaining, seen_through, sober_loss, targets_move
from glasswork.doctor.vitals import Vitals

__all__ = ["Wander", "wander"]

STRETCHES = 8
LONG = 160  # losses: twenty a stretch, the first fifth left out
WIDE = 0.25
BEYOND = 3.0  # standard errors of the difference of two stretches
STEADY = 0.5  # of the highest rate
STUCK = 0.25  # of guessing
TURNS = 2
GAINED = 0.9
RISEN = 1.4
ASKED = 4  # times


class Wander(NamedTuple):
    """By which step the loss had wandered, between which medians, of how many, each known how well, and which way."""

    step: int
    low: float
    high: float
    stretches: int
    error: float
    way: str


def wander(vitals: Vitals) -> Wander | None:
    """Return how the loss wanders at a steady rate, or None: its medians go far, and get no lower."""
    seen = course(vitals)
    if sober_loss(vitals) is None or not seen_through(vitals) or _answers_itself(vitals) or targets_move(vitals):
        return None
    rates = {step.number: max(step.learning_rates, default=0.0) for step in seen.steps}
    for place in places(len(seen), first=LONG):
        now = [rates[number] for number in seen.numbers[place // 5 : place]]
        left = remaining(vitals, seen.numbers[place - 1])
        if left is None or left < STUCK or min(now) < STEADY * max(now):
            continue
        stretches = _stretches(vitals, seen, place)
        if len(stretches) < STRETCHES:
            continue
        middles = [median(stretch) for stretch in stretches]
        error = 1.25 * seen.noise(place) / min(len(stretch) for stretch in stretches) ** 0.5
        changes = [b - a for a, b in itertools.pairwise(middles)]
        plain = [change for change in changes if abs(change) > BEYOND * 2**0.5 * error]
        turns = sum(a * b < 0 for a, b in itertools.pairwise(plain))
        third = len(middles) // 3
        gained = median(middles[-third:]) < GAINED * median(middles[:third])
        inner = sorted(middles)[1:-1]  # one stretch that stands out is an accident
        late = median(middles[-third:])
        back = late > RISEN * min(middles[:-third]) and late - min(middles[:-third]) > 2 * BEYOND * error
        about = turns >= TURNS and inner[-1] - inner[0] > WIDE * median(middles) and not gained
        if about or back:
            way = "up and down" if about else "up again"
            return Wander(seen.numbers[place - 1], min(middles), max(middles), len(middles), error, way)
    return None


def _answers_itself(vitals: Vitals) -> bool:
    """Return whether the model was asked, without gradient, before nearly each of the first steps.

    Its own answers are then part of the targets, or the data: these move as it learns, and the loss goes up with them.
    """
    bare = {e.step for e in vitals.evaluations if e.batches == 1 and e.loss is None and e.correct is None}
    return len(bare & set(range(1, ASKED + 2))) >= ASKED


def _stretches(vitals: Vitals, seen: Course, place: int) -> list[list[float]]:
    """Return the losses in stretches, the first fifth left out: whole passes over the data, where they are known."""
    start = place // 5
    epochs = {step.number: step.epoch for step in seen.steps}
    groups: dict[int, list[float]] = {}
    for number, loss in zip(seen.numbers[start:place], seen.losses[start:place], strict=True):
        epoch = epochs[number]
        if epoch is not None:
            groups.setdefault(epoch, []).append(loss)
    most = max(map(len, groups.values()), default=0)
    whole = [losses for losses in groups.values() if len(losses) >= GAINED * most]
    if len(whole) >= STRETCHES:
        return whole
    if vitals.loader.get("shuffle") is False:
        return []  # a stretch of the data is not like the next
    width = (place - start) // STRETCHES
    return [seen.losses[place - (at + 1) * width : place - at * width] for at in reversed(range(STRETCHES))]
