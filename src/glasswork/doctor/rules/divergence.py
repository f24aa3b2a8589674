"""A loss that climbs away from where it was.

Looks at:     medians of the recent losses against the start, the best so far, the noise, and the loss of guessing.
Fires when:   the recent median exceeds the start by WORSE (and the best by as much) and has been rising for LONG
              places in a row; or a loss reaches HUGE times the start.
Why it hurts: the training undoes what it has learned; what is saved last is not what was best.
Try first:    divide the learning rate by 3 to 10, clip the gradient, warm up, and go back to the best weights.
Can be wrong: where targets move, as in reinforcement learning: so the loss is compared with that of guessing as well.
              Games of networks, and losses of no known kind that may be negative, are left out. Where the loss comes
              down again it is a note.
Source:       TheDeepChecker (twice the minimum); AUTOTRAINER (1e3). WORSE: untrained networks differ among themselves
              by less than twice; NOISE: six deviations of batch noise.
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._history import Course, baseline, came_down, course, looked_at, places, shown
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding, Treatment

__all__ = ["divergence"]

WORSE = 2.0
NOISE = 6.0
HUGE = 1000.0
LONG = 3
FIRST = 8


def divergence(vitals: Vitals) -> Iterator[Finding]:
    """Yield the step by which the loss had left for good."""
    seen = course(vitals)
    if len(seen) < FIRST or min(seen.losses[:FIRST]) <= 0:
        return
    guess = baseline(vitals)
    moving = _targets_grow(vitals)
    best = seen.start
    before, row = seen.start, 0
    for place in places(len(seen), first=FIRST):
        now = seen.recent(place)
        best = min(best, now)
        level = max(WORSE * seen.start, WORSE * best, best + NOISE * seen.noise(place), guess or 0.0)
        row = row + 1 if now > level and now >= before else 0
        before = now
        huge = now > HUGE * seen.start
        if (row >= LONG or huge) and not moving:
            yield _finding(vitals, seen, place, now, best)
            return


def _finding(vitals: Vitals, seen: Course, place: int, now: float, best: float) -> Finding:
    rates = next((s.learning_rates for s in vitals.steps if s.number == seen.numbers[place - 1]), ())
    rate = max(rates) / 5 if rates else None
    advice = "Divide the learning rate by 3 to 10, clip the gradient norm, and go back to the best weights."
    treatments = (Treatment(f"Lower the learning rate to {rate:g}.", {"optimizer.lr": rate}),) if rate else ()
    return Finding(
        "divergence",
        "note" if came_down(vitals, seen.numbers[place - 1]) else "critical",
        0.85,
        "optimizer",
        f"At step {seen.numbers[place - 1]} the loss is about {shown(now)}; it began at {shown(seen.start)}, and "
        "its best "
        f"was {shown(best)}.",
        advice,
        seen.numbers[place - 1],
        (*treatments, Treatment("Clip the gradient norm at 1.", {"training.clip_norm": 1.0})),
    )


def _targets_grow(vitals: Vitals) -> bool:
    """Return whether the loss of guessing has grown as well: then the question has changed, not the answer."""
    guesses = [step.batch.baseline_loss for step in looked_at(vitals) if step.batch and step.batch.baseline_loss]
    return len(guesses) >= 6 and max(guesses[-3:]) > WORSE * max(guesses[:3])
