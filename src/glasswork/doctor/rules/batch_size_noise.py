"""A batch too small for its noise, or needlessly large.

Looks at:     how many examples make a step, how much the loss varies from batch to batch against what was gained
              since the start, and the noise scale where the curvature probe measured it.
Fires when:   a step is made of at most FEW examples, and the loss of a batch varies by more than its level while less
              than GAINED has been gained; or of at most SMALL, no more has been gained in all, and the probe's noise
              scale is SCALE times the batch (of larger ones it is rather the signal that is missing). A batch of the
              whole set that leaves only a few steps is a note; it is a warning, as is one of HALF the set, if it has
              learned little by then, or less by LESS than simple models find in the data.
Why it hurts: steps along mostly noise go to and fro; steps along hardly any waste passes over the data.
Try first:    batches of 16 to 128, or gradients accumulated over several; a lower rate does as well.
Can be wrong: small batches with a small rate are sound, only slow; so they must show their harm.
Source:       McCandlish et al. 2018, "An empirical model of large-batch training"; Keskar et al. 2017.
Probe:        ``curvature``: figure ``noise_scale`` (in examples), where it was measured; ``shuffled-labels``:
              figures ``score`` and ``p``.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from glasswork.doctor.rules._history import course, in_the_data, looked_at, places, remaining, shown
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
    if scale is not None and scale > SCALE * size and size <= SMALL and kept is not None and kept > 1 - GAINED:
        evidence = f"The gradient's noise scale is {shown(scale)} examples, and a step is made of {size}."
        yield _finding("warning", 0.6, evidence, vitals.steps[-1].number, size)
        return
    seen = course(vitals)
    if size <= FEW:
        for place in places(len(seen), first=FIRST):
            number = seen.numbers[place - 1]
            left = remaining(vitals, number)
            level = seen.recent(place)
            if left is not None and left > 1 - GAINED and seen.noise(place) > level > 0:
                evidence = (
                    f"A step is made of {size} examples; up to step {number} the loss of a batch varies by "
                    f"{shown(seen.noise(place))} "
                    f"around {shown(level)}, and {max(0.0, 1 - left):.0%} has been gained."
                )
                yield _finding("warning", 0.6, evidence, number, size)
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


def _rows(step: StepVitals) -> int | None:
    if step.batch is None:
        return None
    tensors = [*step.batch.inputs.values(), *step.batch.tokens.values()]
    rows = max((tensor.shape[0] for tensor in tensors if tensor.shape), default=0)
    return rows * max(1, step.backwards) or None


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
