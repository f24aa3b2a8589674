"""A loss that swings to and fro instead of going down.

Looks at:     how each loss follows the one before, over windows of the training, the medians of its stretches, and the
              validation losses.
Fires when:   in a window the losses alternate (the correlation of one change with the next is below ALTERNATING,
              where mere batch noise has -0.5), by more than SWING of their level, without getting lower; or TURNS
              validation losses in a row turn back by more than BACK of the best, and lie above HIGH of guessing; or at
              a steady rate the stretches of the later part (whole passes, where they are known) go up and down (or
              back up) by more than a quarter of their level and far more than batch noise explains, without getting
              lower, above a quarter of guessing. A note where the loss comes down all the same.
Why it hurts: the steps jump from one side of the valley to the other: the training goes nowhere, and where it ends is
              luck.
Try first:    divide the learning rate by 3; then a larger batch, or momentum.
Can be wrong: where batches of two kinds take turns by design, or the data change on the way; where targets move away by
              more than they vary, nothing is said of stretches. Batch noise, however large, does not alternate.
Source:       AUTOTRAINER (swings of 0.03), TheDeepChecker (half of all changes turn: which noise does, too); for
              plain descent past the edge, one direction flips sign in every step: LeCun et al. 1998, section 5.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from statistics import fmean, median

from glasswork.doctor.rules._history import (
    baseline,
    came_down,
    course,
    looked_at,
    places,
    shown,
    update_ratio,
)
from glasswork.doctor.rules._wander import wander
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding, Treatment

__all__ = ["oscillating_loss"]

WINDOW = 32
ALTERNATING = -0.85
SWING = 0.15
TURNS = 5
BACK = 0.5
HIGH = 0.5  # a sound network at a high rate has validation losses that turn, too, far below guessing
MOVING = 1e-3  # weights that move less cannot be what swings


def oscillating_loss(vitals: Vitals) -> Iterator[Finding]:
    """Yield the step by which the loss had swung for a whole window."""
    found = _steps(vitals) or _evaluations(vitals) or _wanders(vitals)
    if found:
        yield found


def _steps(vitals: Vitals) -> Finding | None:
    seen = course(vitals)
    ratios = {step.number: update_ratio(step) for step in looked_at(vitals)}
    for place in places(len(seen), first=WINDOW + 4):
        window = seen.losses[place - WINDOW : place]
        level = abs(median(window))
        changes = [b - a for a, b in itertools.pairwise(window)]
        middle = fmean(changes)
        power = sum((change - middle) ** 2 for change in changes)
        if power == 0 or level == 0:
            continue
        turn = sum((a - middle) * (b - middle) for a, b in itertools.pairwise(changes)) / power
        swing = median(abs(change) for change in changes) / level
        lower = median(window[WINDOW // 2 :]) < 0.9 * median(window[: WINDOW // 2])
        moved = [ratio for number, ratio in ratios.items() if ratio is not None and number <= seen.numbers[place - 1]]
        if turn < ALTERNATING and swing > SWING and not lower and not (moved and moved[-1] < MOVING):
            return _finding(
                vitals,
                f"In the {WINDOW} steps up to {seen.numbers[place - 1]} the loss jumps to and fro by {swing:.0%} of "
                "its level, "
                f"{shown(level)}, in nearly every step (correlation of successive changes {shown(turn)}).",
                seen.numbers[place - 1],
                0.8,
            )
    return None


def _evaluations(vitals: Vitals) -> Finding | None:
    """Return the finding if validation keeps turning back by much."""
    seen, guess = course(vitals), baseline(vitals)
    if not len(seen):
        return None
    losses = [(step, loss) for step, loss in _last_judged(vitals).items()]
    for end in range(TURNS + 2, len(losses) + 1):
        window = [loss for _, loss in losses[end - TURNS - 2 : end]]
        changes = [b - a for a, b in itertools.pairwise(window)]
        best = min(window)
        flips = all(a * b < 0 for a, b in itertools.pairwise(changes))
        high = median(window) > HIGH * min(seen.start, guess if guess is not None and guess > 0 else seen.start)
        if best > 0 and high and flips and min(abs(change) for change in changes) > BACK * best:
            step = losses[end - 1][0]
            said = f"The last {len(window)} validation losses went up and down in turns, between {shown(best)} and "
            return _finding(vitals, said + f"{shown(max(window))}.", step, 0.7)
    return None


def _last_judged(vitals: Vitals) -> dict[int, float]:
    """Return the loss of the last evaluation after each step: before it some judge the training rows as well."""
    return {e.step: e.loss for e in vitals.evaluations if e.loss is not None}


def _wanders(vitals: Vitals) -> Finding | None:
    """Return the finding for a loss whose stretches go up and down, and bring nothing."""
    seen = wander(vitals)
    if seen is None:
        return None
    said = (
        f"Up to step {seen.step} the loss goes {seen.way} between {shown(seen.low)} and {shown(seen.high)} "
        f"(medians of {seen.stretches} stretches, each known to {shown(seen.error)}), and gets no lower."
    )
    return _finding(vitals, said, seen.step, 0.65)


def _finding(vitals: Vitals, evidence: str, step: int, confidence: float) -> Finding:
    rates = next((s.learning_rates for s in reversed(vitals.steps) if s.number <= step and s.learning_rates), ())
    rate = max(rates) / 3 if rates else None
    return Finding(
        "oscillating-loss",
        "note" if came_down(vitals, step) else "warning",
        confidence,
        "optimizer",
        evidence,
        "Divide the learning rate by 3; then try a larger batch.",
        step,
        (Treatment(f"Lower the learning rate to {rate:.3g}.", {"optimizer.lr": float(f"{rate:.3g}")}),) if rate else (),
    )
