"""A loss that lies flat where guessing would be.

Looks at:     medians of stretches of the loss, against the loss of the best constant answer (or the start, where that
              is not known), and the curvature probe where it was made.
Fires when:   after PART of the planned steps, and LONG of them at least, the loss is above LEVEL of that (of values: of
              guessing on the same batches, and not below ALMOST of it; of a start that three noisy losses tell, above
              what they may be off) and no stretch differs from the next by more than the noise, nor has validation
              become better by FELL. A note where it has come down from there since, or is as low as simple models find
              in the data; silent where it has crept down all the way, by more than the noise, before and after: that is
              slow, not flat; and where targets move away by more than they vary, as those do that are made of the
              network's own answers.
Why it hurts: the network says the same for every example; more steps of this kind will not change it.
Try first:    look for the cause among the other findings; else another initialisation, momentum or Adam, or a larger
              rate.
Can be wrong: where there is nothing to learn in the data, or where learning sets in late, after a long flat start.
Source:       torchmortem (slope 1e-5 over 20 steps), TheDeepChecker (5 % in 5); Dauphin et al. 2014 on saddles.
Probe:        ``curvature``: figures ``lowest`` and ``highest`` (eigenvalues), ``gradient_norm``: a small gradient with
              negative curvature is a saddle, with positive curvature a minimum; ``shuffled-labels``: ``score``, ``p``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from statistics import fmean, median

from glasswork.doctor.rules._history import (
    Course,
    baseline,
    beside_guessing,
    course,
    in_the_data,
    seen_through,
    shown,
    sober_loss,
    targets_move,
)
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding, Treatment

__all__ = ["plateau"]

PART = 0.6
LONG = 60
LEVEL = 0.97
STRETCHES = 4
STILL = 2.0  # standard errors between stretches
NEAR = 2.0
ALMOST = 0.9
VAGUE = 0.07  # of the start
FELL = 0.02  # the same rows each time: no noise of batches hides so little
LEFT_IT = 0.1  # of that of guessing, by which a loss that has found its way down lies below the flat stretch


def plateau(vitals: Vitals) -> Iterator[Finding]:
    """Yield that the loss has not left the level of guessing."""
    seen = course(vitals)
    planned = vitals.planned_steps or (len(seen) if vitals.finished else None)
    if (
        sober_loss(vitals) is None
        or not seen_through(vitals)
        or planned is None
        or not len(seen)
        or targets_move(vitals)
    ):
        return
    place = max(LONG, round(PART * planned))
    guess = baseline(vitals)
    level = guess if guess is not None and guess > 0 else seen.start
    while place <= len(seen):
        width = place // (2 * STRETCHES)
        tail = seen.losses[place - STRETCHES * width : place]
        medians = [median(tail[i * width : (i + 1) * width]) for i in range(STRETCHES)]
        error = 1.25 * seen.noise(place) / width**0.5
        flat = max(medians) - min(medians) <= max(STILL * 2 * error, 0.01 * level)
        same = beside_guessing(vitals, seen.numbers[place // 4], seen.numbers[place - 1])
        vague = 0.0 if guess is not None else min(STILL * 1.25 * seen.noise(place) / 3**0.5, VAGUE * level)
        high = min(medians) > LEVEL * level - vague or (
            same is not None and same > LEVEL and min(medians) > ALMOST * min(level, seen.start)
        )
        high = high and (same is None or same > ALMOST)
        near = min(medians) < NEAR * level or min(medians) > LEVEL * seen.start  # else its floor is another's: a sum's
        still = near and high and flat and max(medians) < 2 * max(level, seen.start)
        if still and not _better(vitals, seen.numbers[place - STRETCHES * width], seen.numbers[place - 1]):
            below = min(medians) - seen.recent(len(seen))
            past = len(seen) >= place + width and below > max(STILL * 2 * error, LEFT_IT * level)
            since = beside_guessing(vitals, seen.numbers[place - 1] + 1, seen.numbers[-1])
            past = past or (since is not None and since < 1 - 2 * LEFT_IT)  # the same batches: far less noise
            fell = fmean(tail[-width:]) - fmean(seen.losses[-width:])
            clearly = fell > 2 * STILL * seen.noise(place) / width**0.5
            past = past or (len(seen) >= place + width and clearly and fell > 2 * LEFT_IT * level)
            past = past or seen.recent(len(seen)) <= (1 - (in_the_data(vitals) or 1.0)) * level
            if vitals.finished and not past and _crept(seen, place):
                return  # slow, not flat
            yield Finding(
                "plateau",
                "note" if past else "warning",
                0.55 if guess is not None else 0.4,
                "loop",
                f"Up to step {seen.numbers[place - 1]} the loss is flat at {shown(medians[-1])}, where "
                + (f"guessing would have {shown(level)}" if guess is not None else f"it began at {shown(level)}")
                + _curvature(vitals)
                + ".",
                "See the other findings for a cause; else use Adam or momentum, another initialisation, a larger rate.",
                seen.numbers[place - 1],
                (Treatment("Use Adam.", {"optimizer.name": "adam", "optimizer.lr": 1e-3}),),
            )
            return
        place += max(1, place // 10)


def _crept(seen: Course, place: int) -> bool:
    """Return whether the loss has crept down all the way, by more than the noise, before this place and after it."""
    marks = [place // 4, place // 2, place, len(seen)]
    widths = [max(5, place // 6)] * 3 + [max(5, min(place // 6, (len(seen) - place) // 2))]
    levels = [fmean(seen.losses[max(0, end - width) : end]) for end, width in zip(marks, widths, strict=True)]
    errors = [seen.noise(end) / width**0.5 for end, width in zip(marks, widths, strict=True)]
    falls = all(b < a for a, b in pairwise(levels))
    return falls and levels[0] - levels[2] > STILL * errors[2] and levels[2] - levels[3] > STILL * errors[3]


def _better(vitals: Vitals, first: int, last: int) -> bool:
    """Return whether the validation loss has fallen between these steps, or since the one before."""
    judged = [(e.step, e.loss) for e in vitals.evaluations if e.loss is not None and e.step <= last]
    before = [loss for step, loss in judged if step < first][-1:]
    within = before + [loss for step, loss in judged if step >= first]
    return len(within) >= 2 and within[-1] < (1 - FELL) * within[0]


def _curvature(vitals: Vitals) -> str:
    probe = vitals.probes.get("curvature")
    lowest = probe.figures.get("lowest") if probe else None
    if lowest is None:
        return ""
    return f"; the lowest curvature is {shown(lowest)}, " + ("a saddle" if lowest < 0 else "no saddle")
