"""Steps too large to go down.

Looks at:     how far each step moves the weights as a part of their size, the loss against its start and against that
              of guessing, and the learning-rate probe where it was made.
Fires when:   sampled steps move the weights by more than FAR (the median of those so far) and the loss is not below
              UNMOVED of its start or of guessing, after WAIT losses; or the loss stops being finite after such steps;
              or the probe, from a copy of the model, does better by GAIN at a rate several times lower.
Why it hurts: the step overshoots the valley: the loss jumps about or climbs, ReLUs die, and nothing settles.
Try first:    divide the learning rate by 10, or take the probe's best; warm up.
Can be wrong: small weights that have to grow move fast at first, in sound trainings too; so the loss must show the
              harm.
Source:       torchmortem and TheDeepChecker (ratio above 0.1; 1e-3 is usual); Goyal et al. 2017 on warm-up.
Probe:        ``learning-rate``: figures ``current`` and ``best`` (rates), ``gain`` (loss at the current rate over
              that at the best one, after as many steps), ``diverged`` (1 where the current rate's loss rose).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from statistics import median

from glasswork.doctor.rules._history import course, remaining, update_ratio
from glasswork.doctor.vitals import StepVitals, Vitals
from glasswork.records import Finding, Treatment

__all__ = ["learning_rate_too_high"]

FAR = 0.1
WAIT = 8
UNMOVED = 0.95
GAIN = 1.5
LOWER = 3.0
WORSE = 2.0
TRIED = 3  # sampled steps that show how far steps go; the first alone starts from weights of 0


def learning_rate_too_high(vitals: Vitals) -> Iterator[Finding]:
    """Yield the step by which large steps had brought nothing."""
    found = _seen(vitals) or _probed(vitals)
    if found:
        yield found


def _seen(vitals: Vitals) -> Finding | None:
    seen = course(vitals)
    if not len(seen):
        return None
    ratios: list[float] = []
    for step in seen.steps:
        ratio = update_ratio(step) if step.sampled else None
        if ratio is not None:
            ratios.append(ratio)
        if len(ratios) < TRIED or median(ratios) < FAR:
            continue
        blown = step.loss is not None and not isfinite(step.loss)
        if not step.sampled and not blown:
            continue
        left = remaining(vitals, step.number, first=WAIT)
        if blown or (left is not None and left > UNMOVED):
            bad = blown or (left or 0) > WORSE
            said = f"is {step.loss}" if blown else f"is {left:.2f} times that of guessing or of the start"
            return Finding(
                "learning-rate-too-high",
                "critical",
                0.9 if bad else 0.8,
                "optimizer",
                f"Each step moves the weights by {median(ratios):.0%} of their size (median of {len(ratios)} "
                "sampled steps), "
                f"and the loss at step {step.number} {said}.",
                "Divide the learning rate by 10, or begin with a warm-up.",
                step.number,
                _treatments(step),
            )
    return None


def _probed(vitals: Vitals) -> Finding | None:
    probe = vitals.probes.get("learning-rate")
    if probe is None:
        return None
    current, best, gain = (probe.figures.get(name) for name in ("current", "best", "gain"))
    if not current or not best or gain is None or current < LOWER * best:
        return None
    if gain < GAIN and not probe.figures.get("diverged"):
        return None
    return Finding(
        "learning-rate-too-high",
        "critical" if probe.figures.get("diverged") else "warning",
        0.85,
        "optimizer",
        f"On a copy a learning rate of {best:g} reached a loss {gain:.1f} times lower than the script's {current:g}.",
        f"Lower the learning rate to about {best:g}.",
        vitals.steps[-1].number if vitals.steps else None,
        (Treatment(f"Lower the learning rate to {best:g}.", {"optimizer.lr": best}),),
    )


def _treatments(step: StepVitals) -> tuple[Treatment, ...]:
    if not step.learning_rates:
        return ()
    rate = max(step.learning_rates) / 10
    return (
        Treatment(f"Lower the learning rate to {rate:g}.", {"optimizer.lr": rate}),
        Treatment("Warm up over the first tenth.", {"schedule.name": "cosine", "schedule.warmup": 0.1}),
    )
