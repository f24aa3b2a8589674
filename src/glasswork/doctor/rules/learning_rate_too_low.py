"""Steps too small to arrive.

Looks at:     how far each step moves the weights as a part of their size, how much the loss has fallen, how many
              steps are planned, and the learning-rate probe where it was made.
Fires when:   the learning rate is 0 in all of the first NONE steps; or, PART of the way, all steps that are planned
              would move the weights by less than REACH of their size and the loss would keep more than KEPT of what
              there is to lose; or, from step EARLY on, steps move them by less than TINY and the loss is above
              UNMOVED of that of guessing, the rate not rising any more; or all steps of a training of MANY have
              moved the weights by less than PATH of their size, and it ended above HALF of guessing with the loss
              still falling; or the probe does better by GAIN at a rate several times higher, and the training itself
              has ended above HIGH of that of guessing (a note below that: a short look ahead from the start always
              favours long steps). Silent where outputs are the same for every row, and where plain descent has a rate
              above LARGE (with what momentum makes of it): then it is the gradient that is small, and no rate would
              help.
Why it hurts: the training ends long before it has arrived.
Try first:    multiply the learning rate by 10, or take the probe's best.
Can be wrong: a network that is trained already needs small steps; it has a small loss, which keeps the rule silent.
              Where the loss comes down later after all, it is a note. Weights that have leapt before are large, not
              slow.
Source:       torchmortem (ratio 1e-5), TheDeepChecker (1e-4). REACH: trained weights differ from their first draw by
              about their own size, in wide networks by a few per cent (Jacot et al. 2018).
Probe:        ``learning-rate``: figures ``current`` and ``best`` (rates), ``gain`` (loss at the current rate over
              that at the best one, after as many steps).
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from glasswork.doctor.rules._history import came_down, course, places, remaining, right_answers, update_ratio
from glasswork.doctor.rules.too_few_epochs import ONE_PASS
from glasswork.doctor.vitals import StepVitals, Vitals
from glasswork.records import Finding, Severity, Treatment

__all__ = ["learning_rate_too_low"]

NONE = 10
FEW = 60  # steps: so short a training is short, at any rate
PART = 0.1
LATEST = 0.5  # of the way: a loss that has stood still for longer has another cause
FIRST = 20
REACH = 0.25
KEPT = 0.7
TINY = 1e-4
EARLY = 40
STEADY = 20
UNMOVED = 0.95
RIGHT = 0.85  # of the answers: then it has learned, however little the loss has fallen
HIGH = 0.75  # of guessing: a lower loss needs no larger steps
GAIN = 1.5
HIGHER = 3.0
USUAL = 10  # passes
FALLING = 0.1  # of the loss, over the last fifth of the training: it has not arrived
ARRIVED = 0.3  # of guessing
PATH = 0.15
STILL = 3.0  # standard errors
MANY = 100
HALF = 0.5
LOOKS = 8  # sampled batches after the first: a last layer of zeros answers alike at first
ALIKE = 1e-5
LARGE = 0.3


def learning_rate_too_low(vitals: Vitals) -> Iterator[Finding]:
    """Yield the step by which it was plain that the steps lead nowhere in time."""
    found = _zero(vitals)
    if found is None and not _for_another_reason(vitals):
        found = _slow(vitals) or _crawling(vitals) or _under_way(vitals) or _probed(vitals)
    if found:
        yield found


def _for_another_reason(vitals: Vitals) -> bool:
    """Return whether steps are small because gradients are: the rows' answers are all alike, or the rate is large."""
    batches = [step.batch for step in vitals.sampled() if step.batch is not None][1 : 1 + LOOKS]
    alike = [b.outputs.rows_alike for b in batches if b.outputs is not None and b.outputs.rows_alike is not None]
    if len(alike) >= LOOKS // 2 and max(alike) < ALIKE:
        return True
    if len(vitals.optimizers) != 1:
        return False
    optimizer = next(iter(vitals.optimizers.values()))
    if optimizer.kind.lower() not in ("sgd", "momentum", "nesterov", "by hand") or not optimizer.groups:
        return False
    momentum = min(float(group.get("momentum") or 0) for group in optimizer.groups)
    dampening = max(float(group.get("dampening") or 0) for group in optimizer.groups)
    rates = [min(step.learning_rates) for step in vitals.steps if step.learning_rates]
    along = (1 - dampening) / (1 - momentum) if 0 < momentum < 1 else 1.0
    return bool(rates) and median(rates) * along >= LARGE


def _zero(vitals: Vitals) -> Finding | None:
    for name in vitals.optimizers:
        steps = [step for step in vitals.steps if step.optimizer == name and step.learning_rates][:NONE]
        if len(steps) == NONE and not any(max(step.learning_rates) for step in steps):
            evidence = f"The learning rate of {name} was 0 in each of the first {NONE} steps."
            if vitals.scheduler:
                return None  # the schedule's doing
            return Finding(
                "learning-rate-too-low",
                "critical",
                0.95,
                "optimizer",
                evidence,
                "Give the optimizer a learning rate: 1e-3 for Adam, 1e-2 for plain descent.",
                steps[-1].number,
                (Treatment("Learn at the default rate of the optimizer.", {"optimizer.lr": 1e-3}),),
            )
    return None


def _crawling(vitals: Vitals) -> Finding | None:
    """Return the finding for steps so small that no usual number of them leads anywhere."""
    seen, moved = course(vitals), _moved(vitals)
    for place in places(len(seen), first=EARLY):
        number = seen.numbers[place - 1]
        usual = _usual(moved, number)
        if usual is None or usual >= TINY:
            continue
        late = [step for step in seen.steps if number - STEADY <= step.number <= number]
        rates, left = [max(step.learning_rates, default=0.0) for step in late], remaining(vitals, number)
        if left is not None and left >= UNMOVED and rates[-1] <= min(rates):  # else a warm-up goes on
            evidence = (
                f"Each step moves the weights by {usual:.1g} of their size, and by step {number} the loss is still at "
                f"{left:.0%} of that of guessing."
            )
            return _finding(vitals, late[-1], 0.85, evidence)
    return None


def _finding(vitals: Vitals, step: StepVitals, confidence: float, evidence: str) -> Finding:
    rate = max(step.learning_rates, default=0.0)
    advice = f"Multiply the learning rate by 10 ({rate:g} now), or more." if rate else "Raise the learning rate."
    treatments = (Treatment(advice, {"optimizer.lr": rate * 10}),) if rate else ()
    well = (came_down(vitals, step.number, to=HIGH, by=0.85) and not _on_its_way(vitals)) or _mostly_right(vitals)
    severity: Severity = "note" if well else "critical"
    sure = 0.4 if well else confidence
    return Finding("learning-rate-too-low", severity, sure, "optimizer", evidence, advice, step.number, treatments)


def _on_its_way(vitals: Vitals) -> bool:
    """Return whether the training has ended with much left to gain, and the loss still falling as fast as ever."""
    seen = course(vitals)
    width = len(seen) // 5
    if not vitals.finished or width < STEADY or right_answers(vitals) > 0:
        return False
    left = remaining(vitals, seen.numbers[-1])
    falls = seen.recent(len(seen), width=width) < (1 - FALLING) * seen.recent(len(seen) - width, width=width)
    return falls and left is not None and left > ARRIVED


def _mostly_right(vitals: Vitals) -> bool:
    """Return whether far more answers are right in the end than the most frequent class alone would make."""
    counts: dict[int, int] = {}
    for step in vitals.sampled()[:STEADY]:
        targets = step.batch.targets if step.batch else None
        for value, count in ((targets.counts if targets else None) or {}).items():
            counts[value] = counts.get(value, 0) + count
    most = max(counts.values(), default=0) / max(1, sum(counts.values()))
    return 0 < most < 0.7 and right_answers(vitals) > RIGHT


def _slow(vitals: Vitals) -> Finding | None:
    seen, moved = course(vitals), _moved(vitals)
    planned = vitals.planned_steps or (seen.numbers[-1] if vitals.finished and len(seen) else None)
    if not planned:
        return None
    by_number = {step.number: step for step in seen.steps}
    highest, until = 0.0, 0
    for place in places(len(seen), first=max(FIRST, round(PART * planned))):
        step = by_number[seen.numbers[place - 1]]
        if step.number > max(FIRST, LATEST * planned):
            return None
        highest = max([highest, *(max(s.learning_rates, default=0.0) for s in seen.steps[until:place])])
        until = place
        usual = _usual(moved, step.number)
        if (
            usual is None
            or usual * planned * _passes(vitals) >= REACH
            or max(step.learning_rates, default=0.0) < highest / 2
        ):
            continue
        left, fallen = remaining(vitals, step.number), 1 - seen.recent(place) / seen.start
        if left is not None and left < HIGH:
            continue  # for good, or by the noise of a few batches
        if left is not None and 1 - fallen * planned / step.number > KEPT:
            evidence = (
                f"Each step moves the weights by {usual:.1g} of their size, all {planned} by {usual * planned:.1%}; "
                "by step "
                f"{step.number} the loss had " + (f"fallen by {fallen:.1%}." if fallen > 0 else "not fallen.")
            )
            return _finding(vitals, step, 0.85, evidence)
    return None


def _under_way(vitals: Vitals) -> Finding | None:
    """Return the finding for a training that has ended on its way, and had not got far from where it began."""
    seen, width = course(vitals), len(course(vitals)) // 5
    if not vitals.finished or len(seen) < MANY:
        return None
    last, usual = seen.numbers[-1], _usual(_moved(vitals), seen.numbers[-1])
    left, rates = remaining(vitals, last), [max(s.learning_rates) for s in seen.steps if s.learning_rates]
    if usual is None or usual * last >= PATH or left is None or left < HALF or not rates or rates[-1] < max(rates) / 2:
        return None
    now, before = seen.recent(len(seen), width=width), seen.recent(len(seen) - width, width=width)
    if before - now < STILL * 1.25 * seen.noise(len(seen)) * (2 / width) ** 0.5:
        return None
    evidence = (
        f"All {last} steps have moved the weights by {usual * last:.1%} of their size at most ({usual:.1g} each); the "
        f"loss is at {left:.0%} of where it began or of that of guessing, and still falling."
    )
    return _finding(vitals, seen.steps[-1], 0.75, evidence)


def _passes(vitals: Vitals) -> int:
    """Return how many passes to reckon with for each that is made: a single one is short, and so are FEW steps.

    Then it is the number of passes that is at fault, as long as a usual number of such steps would arrive.
    """
    last = max((step.epoch for step in vitals.steps if step.epoch is not None), default=None)
    over = vitals.finished and (
        (last == 0 and vitals.loader.get("rows") is not None) or (last is None and len(vitals.steps) < FEW)
    )
    return USUAL if over and len(vitals.steps) < ONE_PASS else 1


def _moved(vitals: Vitals) -> list[tuple[int, float]]:
    """Return how far each step that was looked at moved the weights: all of them, or the middle layer if that is more.

    One enormous weight (a bias of 1000) makes all steps look small against the whole.
    """
    found = []
    for step in course(vitals).steps:
        ratio = update_ratio(step) if step.sampled else None
        if ratio is not None:
            layers = [x.update / x.weight for x in step.layers.values() if x.update is not None and x.weight]
            found.append((step.number, max(ratio, median(layers) if layers else 0.0)))
    return found


def _usual(moved: list[tuple[int, float]], number: int) -> float | None:
    """Return how far steps up to this one usually went: the median of all, or of the last five if that is more.

    None where a step has moved the weights by as much as all are expected to.
    """
    so_far = [ratio for n, ratio in moved if n <= number]
    if not so_far or max(so_far) > REACH:
        return None
    return max(median(so_far), median(so_far[-5:]))


def _probed(vitals: Vitals) -> Finding | None:
    probe = vitals.probes.get("learning-rate")
    if probe is None:
        return None
    current, best, gain = (probe.figures.get(name) for name in ("current", "best", "gain"))
    if not current or not best or gain is None or best < HIGHER * current or gain < GAIN:
        return None
    left = remaining(vitals, vitals.steps[-1].number) if vitals.steps else None
    little = left is not None and left > HIGH
    return Finding(
        "learning-rate-too-low",
        "warning" if little else "note",
        0.7 if little else 0.4,
        "optimizer",
        f"On a copy a learning rate of {best:g} reached a loss {gain:.1f} times lower than the script's {current:g}.",
        f"Raise the learning rate to about {best:g}.",
        vitals.steps[-1].number if vitals.steps else None,
        (Treatment(f"Raise the learning rate to {best:g}.", {"optimizer.lr": best}),),
    )
