"""A loss that falls, but far too slowly.

Looks at:     the loss half way through and at the end, against the start and against guessing, and the learning-rate
              probe.
Fires when:   at HALF of the planned steps the loss is still above HIGH of that of guessing (or of the start), and
              falling; a warning where even the end is above HIGH of guessing, though simple models find more in the
              data (to within AS_GOOD) or were not asked, or above LEFT and the probe says that another rate does
              better by GAIN. Also where, at half way, it is above LEFT and still falls by the end by a TENTH, and the
              gradient is clipped to a CUT of itself in most sampled steps of an optimizer that does not divide by its
              size, which so moves the weights by less than CRAWL of their size; or steps that are so small lead in the
              end to more than LEFT of guessing, and BEHIND what simple models reach.
Why it hurts: the time is spent and the network is not there.
Try first:    a higher learning rate, Adam instead of plain descent, scaled inputs, norm layers.
Can be wrong: for tasks whose loss cannot come far below that of guessing: noisy targets, next words. Where guessing's
              loss is not known, as of sums with a penalty, only the probe makes it a warning.
Source:       AUTOTRAINER's slow-converge. HIGH: a tenth gained in half the time leaves most of the work undone.
Probe:        ``learning-rate``: figures ``current``, ``best``, ``gain``; ``shuffled-labels``: figures ``score``, ``p``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from statistics import median

from glasswork.doctor.rules._history import (
    baseline,
    course,
    in_the_data,
    longest_phase,
    looked_at,
    remaining,
    shown,
    sober_loss,
)
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding, Treatment

__all__ = ["slow_convergence"]

HALF = 0.5
HIGH = 0.9
GAIN = 2.0
LEFT = 0.6
BEHIND = 0.05  # of the loss of guessing
AS_GOOD = 0.1  # of the loss of guessing
ENOUGH = 40
CUT = 0.1
CRAWL = 1e-3
MOST = 0.8  # of the sampled steps
TENTH = 0.9
SCALED = ("adam", "rms", "adagrad", "adadelta", "lion", "lamb", "lars", "muon", "rprop", "sophia", "lbfgs")
FALLEN = 0.98  # of what it was at a quarter of the way: by then, or in the end


def slow_convergence(vitals: Vitals) -> Iterator[Finding]:
    """Yield, half way through, that little has been gained; of several trainings in a row, by the longest."""
    vitals = longest_phase(vitals)
    seen = course(vitals)
    planned = vitals.planned_steps or (seen.numbers[-1] if vitals.finished and len(seen) else None)
    if sober_loss(vitals) is None or planned is None or len(seen) < ENOUGH or seen.start <= 0:
        return
    middle = next((number for number in seen.numbers if number >= HALF * planned), None)
    if middle is None:
        return
    left, place = remaining(vitals, middle), bisect_right(seen.numbers, middle)
    quarter = seen.recent(max(5, place // 2))
    ends = seen.recent(len(seen), width=max(5, len(seen) // 5)) if vitals.finished else seen.recent(place)
    falls = min(ends, seen.recent(place)) <= FALLEN * quarter
    if left is not None and LEFT < left < HIGH and vitals.finished and ends < TENTH * quarter:
        clipped = _clipped(vitals, middle, left) if ends < TENTH * seen.recent(place) else []
        yield from clipped or _outrun(vitals, middle, left)
        return
    if left is None or left < HIGH or not falls or seen.recent(place) > seen.start:
        return
    probe = vitals.probes.get("learning-rate")
    gain = (probe.figures.get("gain") or 0.0) if probe else 0.0
    end = remaining(vitals, seen.numbers[-1]) if vitals.finished else None
    known = baseline(vitals) is not None  # else there may be terms in the loss that never come down
    found = in_the_data(vitals)
    little = end is not None and end > HIGH and known and (found is None or end > 1 - found + AS_GOOD)
    sure = little or (gain > GAIN and (end is None or end > LEFT))
    yield Finding(
        "slow-convergence",
        "warning" if sure else "note",
        0.6 if sure else 0.4,
        "optimizer",
        f"At step {middle} of {planned} the loss is {shown(seen.recent(place))}, {left:.0%} of that of guessing, "
        "and falling.",
        "Raise the learning rate, use Adam, scale the inputs, or add norm layers.",
        middle,
        (Treatment("Use Adam.", {"optimizer.name": "adam", "optimizer.lr": 1e-3}),),
    )


def _outrun(vitals: Vitals, middle: int, left: float) -> list[Finding]:
    """Return that steps crawl so that in the end, and still falling, the loss is where simple models leave it."""
    found, end = in_the_data(vitals), remaining(vitals, vitals.steps[-1].number)
    moves = [s.update_norm / s.weight_norm for s in looked_at(vitals) if s.update_norm and s.weight_norm]
    if found is None or end is None or not moves or median(moves) > CRAWL or end < max(LEFT, 1 - found + BEHIND):
        return []
    return [
        Finding(
            "slow-convergence",
            "warning",
            0.65,
            "optimizer",
            f"At step {middle} the loss is still at {left:.0%} of that of guessing, and falling, and at the end at "
            f"{end:.0%}, where simple models leave {1 - found:.0%}: a step moves the weights by {median(moves):.2%} "
            "of their size.",
            "Raise the learning rate (ten times, to begin with), or use momentum or Adam.",
            middle,
            (Treatment("Use Adam.", {"optimizer.name": "adam", "optimizer.lr": 1e-3}),),
        )
    ]


def _clipped(vitals: Vitals, middle: int, left: float) -> list[Finding]:
    """Return that clipping leaves of each gradient so little that the steps crawl."""
    if any(word in optimizer.kind.lower() for optimizer in vitals.optimizers.values() for word in SCALED):
        return []
    steps = [(s.gradient_norm, s.before_clip, s.update_norm, s.weight_norm) for s in looked_at(vitals)]
    kept = [now / before if now and before else 1.0 for now, before, _, _ in steps]
    moves = [update / weight for _, _, update, weight in steps if update and weight]
    if not kept or not moves or sum(one < CUT for one in kept) < MOST * len(kept) or median(moves) > CRAWL:
        return []
    finding = Finding(
        "slow-convergence",
        "warning",
        0.7,
        "optimizer",
        f"At step {middle} the loss is still at {left:.0%} of that of guessing, and falling: clipping leaves "
        f"{median(kept):.1%} of each gradient, and a step moves the weights by {median(moves):.2%} of their size.",
        "Clip at a norm that few gradients reach (1 is usual), or raise the learning rate as many times.",
        middle,
    )
    return [finding]
