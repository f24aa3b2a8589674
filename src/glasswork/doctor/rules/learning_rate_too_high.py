"""Steps too large to go down.

Looks at:     how far each step moves the weights as a part of their size (beside an embedding, whose table outweighs
              them, the middle layer if that is more), the loss against its start and against that of guessing, and the
              learning-rate probe where it was made.
Fires when:   sampled steps move the weights by more than FAR (the median of those so far) and the loss is above WORSE
              of its start or of guessing after WAIT losses, or above UNMOVED of it and not falling after LONG; or the
              loss stops being finite after such steps; or the first steps make the weights several times as large and
              the loss does not fall; or the first steps are FAR ones, and the loss then goes up and down at a
              steady rate and gets no lower; or the probe, from a copy of the model, does better by GAIN at a rate
              several times lower. Of several trainings in a row the longest is looked at by itself as well.
Why it hurts: the step overshoots the valley: the loss jumps about or climbs, ReLUs die, and nothing settles.
Try first:    divide the learning rate by 10, or take the probe's best; warm up.
Can be wrong: small weights that have to grow move fast at first, in sound trainings too; so sizes are measured against
              those of a fresh draw as well, and the loss must show the harm. Where it comes down later after all, it is
              a note; so is the probe's rate where the schedule spends PART of the steps below NEARBY of it, and the
              loss ends below LEARNED of that of guessing, or SHARE of what simple models find is learned.
Source:       torchmortem and TheDeepChecker (ratio above 0.1; 1e-3 is usual); Goyal et al. 2017 on warm-up.
Probe:        ``learning-rate``: figures ``current`` and ``best`` (rates), ``gain`` (loss at the current rate over
              that at the best one, after as many steps), ``diverged`` (1 where the current rate's loss rose).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from math import isfinite
from statistics import median

from glasswork.doctor.rules._anatomy import ordered, weighted
from glasswork.doctor.rules._history import (
    Course,
    came_down,
    course,
    in_the_data,
    longest_phase,
    natural_size,
    places,
    remaining,
    update_ratio,
)
from glasswork.doctor.rules._wander import wander
from glasswork.doctor.vitals import LayerFacts, ModelFacts, StepVitals, Vitals
from glasswork.records import Finding, Treatment

__all__ = ["learning_rate_too_high"]

FAR = 0.1
WAIT = 8
LONG = 24
UNMOVED = 0.95
FALLING = 0.93  # of what the loss was a third earlier
GAIN = 1.5
LOWER = 3.0
WORSE = 2.0
TRIED = 3  # sampled steps that show how far steps go; the first alone starts from weights of 0
NEARBY = 2.0
PART = 0.2  # of the steps
LEARNED = 0.8
SHARE = 0.6
LEAP = 1.0  # a step as long as the weights themselves
SEVERAL = 3
TIMES = 4.0  # as large as at first


def learning_rate_too_high(vitals: Vitals) -> Iterator[Finding]:
    """Yield the step by which large steps had brought nothing."""
    phase = longest_phase(vitals)
    found = _seen(vitals) or (_seen(phase) if phase is not vitals else None) or _thrown_about(vitals) or _probed(vitals)
    if found:
        yield found


def _seen(vitals: Vitals) -> Finding | None:
    seen = course(vitals)
    if not len(seen):
        return None
    least, first = natural_size(vitals), next((s.weight_norm for s in seen.steps if s.weight_norm), None) or 0.0
    beside = {layer.name for model in vitals.models.values() for layer in _beside_a_table(model)}
    asked = {seen.numbers[place - 1] for place in places(len(seen), first=WAIT)}
    ratios: list[float] = []
    fast = leapt = False
    for step in seen.steps:
        ratio = update_ratio(step, least) if step.sampled else None
        if ratio is not None:
            ratios.append(max(ratio, _middle(step, beside)))
            grown = (step.weight_norm or 0.0) > TIMES * max(first, least)
            leapt = leapt or (len(ratios) <= LONG and grown and max(ratios) > LEAP)
        far = len(ratios) >= TRIED and median(ratios) >= FAR
        fast = fast or (far and len(ratios) >= WAIT)  # weights that have grown hide it later
        if not (leapt or fast or far):
            continue
        blown = step.loss is not None and not isfinite(step.loss)
        if step.number not in asked and not step.sampled and not blown:
            continue
        left = remaining(vitals, step.number, first=WAIT)
        if (blown and (far or leapt)) or (not blown and left is not None and _stuck(seen, step.number, left, leapt)):
            return _found(vitals, step, ratios, left, blown=blown)
    return None


def _beside_a_table(model: ModelFacts) -> list[LayerFacts]:
    """Return the layers of a network with an embedding: its table outweighs them, and hides how far they are moved."""
    tables = any(layer.family == "embedding" for layer in ordered(model))
    return weighted(model) if tables else []


def _middle(step: StepVitals, names: set[str]) -> float:
    """Return how far the step moved the middle one of these layers, as a part of its size; 0 with too few."""
    known = [step.layers[name] for name in names if name in step.layers]
    found = [layer.update / layer.weight for layer in known if layer.update is not None and layer.weight]
    return median(found) if len(found) >= SEVERAL else 0.0


def _stuck(seen: Course, number: int, left: float, leapt: bool) -> bool:
    """Return whether the loss is far above where it began, or near it for long and not on its way down."""
    if left > WORSE or (leapt and left > UNMOVED):
        return True
    place = bisect_right(seen.numbers, number)
    return left > UNMOVED and place >= LONG and seen.recent(place) > FALLING * seen.recent(place - place // 3)


def _found(vitals: Vitals, step: StepVitals, ratios: list[float], left: float | None, *, blown: bool) -> Finding:
    bad = blown or (left or 0) > WORSE
    said = f"is {step.loss}" if blown else f"is {left:.2f} times that of guessing or of the start"
    well = not blown and came_down(vitals, step.number)
    return Finding(
        "learning-rate-too-high",
        "note" if well else "critical",
        0.5 if well else 0.9 if bad else 0.8,
        "optimizer",
        f"Each step moves the weights by {median(ratios):.0%} of their size (median of {len(ratios)} sampled steps, "
        f"{max(ratios):.0%} at most), and the loss at step {step.number} {said}"
        + (", though it comes down later." if well else "."),
        "Divide the learning rate by 10, or begin with a warm-up.",
        step.number,
        _treatments(step),
    )


def _thrown_about(vitals: Vitals) -> Finding | None:
    """Return the finding for a training that began with far steps and never settled."""
    found = wander(vitals)
    least = natural_size(vitals)
    ratios = [ratio for step in course(vitals).steps if step.sampled and (ratio := update_ratio(step, least))][:WAIT]
    if found is None or len(ratios) < WAIT or median(ratios) < FAR:
        return None
    step = next(step for step in course(vitals).steps if step.number == found.step)
    return Finding(
        "learning-rate-too-high",
        "note" if came_down(vitals, found.step) else "critical",
        0.8,
        "optimizer",
        f"The first steps moved the weights by {median(ratios):.0%} of their size each; up to step {found.step} "
        f"the loss goes {found.way} between {found.low:.3g} and {found.high:.3g}, and gets no lower.",
        "Divide the learning rate by 10, or begin with a warm-up.",
        found.step,
        _treatments(step),
    )


def _probed(vitals: Vitals) -> Finding | None:
    probe = vitals.probes.get("learning-rate")
    if probe is None:
        return None
    current, best, gain = (probe.figures.get(name) for name in ("current", "best", "gain"))
    if not current or not best or gain is None or current < LOWER * best:
        return None
    if gain < GAIN and not probe.figures.get("diverged"):
        return None
    itself = _comes_there(vitals, best)
    return Finding(
        "learning-rate-too-high",
        "note" if itself else "critical" if probe.figures.get("diverged") else "warning",
        0.85,
        "optimizer",
        f"On a copy a learning rate of {best:g} reached a loss {gain:.1f} times lower than the script's {current:g}.",
        f"Lower the learning rate to about {best:g}.",
        vitals.steps[-1].number if vitals.steps else None,
        (Treatment(f"Lower the learning rate to {best:g}.", {"optimizer.lr": best}),),
    )


def _comes_there(vitals: Vitals, best: float) -> bool:
    """Return whether the script's own schedule spends a good part of the steps near this rate, and learns."""
    rates = [max(step.learning_rates) for step in vitals.steps if step.learning_rates]
    near = sum(rate <= NEARBY * best for rate in rates)
    left = remaining(vitals, vitals.steps[-1].number) if vitals.steps else None
    found = in_the_data(vitals) or 0.0
    learned = left is not None and (left < LEARNED or 1 - left > SHARE * found > 0)
    falls = max(rates, default=0.0) > NEARBY * best
    return vitals.finished and falls and near >= PART * len(rates) and learned


def _treatments(step: StepVitals) -> tuple[Treatment, ...]:
    if not step.learning_rates:
        return ()
    rate = max(step.learning_rates) / 10
    return (
        Treatment(f"Lower the learning rate to {rate:g}.", {"optimizer.lr": rate}),
        Treatment("Warm up over the first tenth.", {"schedule.name": "cosine", "schedule.warmup": 0.1}),
    )
