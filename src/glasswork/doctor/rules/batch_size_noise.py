"""A batch too small for its noise, or needlessly large.

Looks at:     how many examples make a step, how much the loss varies from batch to batch against what was gained
              since the start, and the noise scale where the curvature probe measured it.
Fires when:   a step is made of at most FEW examples, and the loss of a batch varies by more than its level while less
              than GAINED has been gained, or it ends above what simple models find in the data by MORE; or of at most
              SMALL, no more has been gained in all, and the probe's noise scale is SCALE times the batch (of larger
              ones, and where simple models find no more in the data, it is rather the signal that is missing). A batch
              of the whole set that leaves only a few steps is a note; it is a warning, as is one of HALF the set, if it
              has learned little by then, or less by LESS than simple models find in the data.
Why it hurts: steps along mostly noise go to and fro; steps along hardly any waste passes over the data.
Try first:    batches of 16 to 128, or gradients accumulated over several; a lower rate does as well.
Can be wrong: small batches with a small rate are sound, only slow; so they must show their harm.
Source:       McCandlish et al. 2018, "An empirical model of large-batch training"; Keskar et al. 2017.
Probe:        ``curvature``: figure ``noise_scale`` (in examples), where it was measured; ``shuffled-labels``:
              figures ``score`` and ``p``.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean, median, pstdev

from glasswork.doctor.rules._data import rows_of
from glasswork.doctor.rules._history import (
    baseline,
    course,
    in_the_data,
    looked_at,
    places,
    remaining,
    shown,
    sober_loss,
)
from glasswork.doctor.vitals import StepVitals, Vitals
from glasswork.records import Finding, Severity, Treatment

__all__ = ["batch_size_noise"]

FEW = 4
FIRST = 60
GAINED = 0.2
SCALE = 50.0
SMALL = 16
MANY = 128
LEARNED = 0.6
HALF = 0.5
LESS = 0.15  # of the loss of guessing
MORE = 0.25  # likewise
STEPS = 50  # in all: fewer steps than that are few, however large the batch


def batch_size_noise(vitals: Vitals) -> Iterator[Finding]:
    """Yield that the batch is out of proportion to its noise."""
    sizes = [size for size in map(_rows, looked_at(vitals)[:20]) if size]
    if not sizes:
        return
    size = round(median(sizes))
    probe = vitals.probes.get("curvature")
    scale = probe.figures.get("noise_scale") if probe else None
    kept = remaining(vitals, vitals.steps[-1].number) if vitals.finished else None
    little = kept is not None and kept > 1 - GAINED and not 1 - kept > (in_the_data(vitals) or 1.0)
    if scale is not None and scale > SCALE * size and size <= SMALL and little:
        evidence = f"The gradient's noise scale is {shown(scale)} examples, and a step is made of {size}."
        yield _finding("warning", 0.6, evidence, vitals.steps[-1].number, size)
        return
    seen = course(vitals)
    if size <= FEW and min(seen.losses, default=0.0) >= 0:  # below 0 the rows are not all that it is made of
        for place in places(len(seen), first=FIRST):
            number = seen.numbers[place - 1]
            left = remaining(vitals, number)
            level = seen.recent(place)
            if left is not None and left > 1 - GAINED and seen.noise(place) > level > 0 and not _gained(vitals, place):
                evidence = (
                    f"A step is made of {size} examples; up to step {number} the loss of a batch varies by "
                    f"{shown(seen.noise(place))} "
                    f"around {shown(level)}, and {max(0.0, 1 - left):.0%} has been gained."
                )
                yield _finding("warning", 0.6, evidence, number, size)
                return
        found = _outdone(vitals, size)
        if found:
            yield found
            return
    rows = vitals.loader.get("rows")
    largest = max(sizes)  # the last batch of each round may be a small rest
    if vitals.finished and rows and rows > MANY and largest >= HALF * rows and len(vitals.steps) < STEPS:
        last = vitals.steps[-1].number
        left = remaining(vitals, last, first=2)
        hardly = left is not None and (left > LEARNED or (in_the_data(vitals) or 0.0) > 1 - left + LESS)
        if largest < rows and not hardly:
            return
        used = f"all {rows}" if largest >= rows else f"up to {largest:,} of {rows:,}"
        evidence = f"Each step uses {used} rows, and there were {len(vitals.steps)} steps" + (
            f", after which the loss is at {left:.0%} of that of guessing." if left is not None else "."
        )
        yield _finding("warning" if hardly else "note", 0.75 if hardly else 0.5, evidence, last, largest)


def _gained(vitals: Vitals, place: int) -> bool:
    """Return whether the means of many losses say that something was gained, up to there or since.

    The median of the first three of so few examples is a draw, and the median of squares lies far below their mean.
    """
    seen, guess = course(vitals), baseline(vitals)
    start = fmean(seen.losses[: FIRST // 4])
    level = min(start, guess) if guess is not None and guess > 0 else start
    ends = [
        seen.losses[place - place // 4 : place],
        *([seen.losses[-len(seen) // 4 :]] if len(seen) >= 2 * FIRST else []),
    ]
    found = in_the_data(vitals)
    enough = GAINED if found is None else min(GAINED, max(found, GAINED / 2))  # what is there to be gained
    return any(fmean(end) <= (1 - enough) * level for end in ends)


def _outdone(vitals: Vitals, size: int) -> Finding | None:
    """Return the finding for a training by few examples that ends far above what simple models find in the data."""
    seen, guess, found = course(vitals), baseline(vitals), in_the_data(vitals)
    late = seen.losses[-len(seen) // 4 :]
    if not vitals.finished or len(seen) < FIRST or not guess or not found or sober_loss(vitals) is None:
        return None
    level = fmean(late)  # of single rows: the median of squares is far below their mean
    if level / guess < 1 - found + MORE or pstdev(late) < level:
        return None
    evidence = (
        f"A step is made of {size} examples; over the last {len(late)} steps the loss varies by {shown(pstdev(late))} "
        f"around {shown(level)}, {level / guess:.0%} of that of guessing, where simple models reach {1 - found:.0%}."
    )
    return _finding("warning", 0.6, evidence, seen.numbers[-1], size)


def _rows(step: StepVitals) -> int | None:
    return (rows_of(step) or 0) * max(1, step.backwards) or None


def _finding(severity: Severity, confidence: float, evidence: str, step: int, size: int) -> Finding:
    return Finding(
        "batch-size-noise",
        severity,
        confidence,
        "loop",
        evidence,
        "Use batches of 16 to 128 examples, or accumulate gradients over several."
        if size <= 16
        else "Use smaller batches.",
        step,
        (Treatment("Batches of 32.", {"training.batch_size": 32}),),
    )
