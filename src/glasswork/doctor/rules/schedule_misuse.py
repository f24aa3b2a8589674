"""A learning-rate schedule that is not what was meant.

Looks at:     the learning rate of every step, the facts of the scheduler, and what a scheduler that waits for a plateau
              is given.
Fires when:   such a scheduler is given right answers or a score and waits for it to fall, or is given a loss and waits
              for it to rise; the scheduler is stepped before the optimizer; the rate is 0 for the first FIRST steps or
              longer; a function that was to return a factor returns the rate (the first rate is then its square); an
              annealing as long as the training has batches was stepped once in SELDOM of them or less; it lies at its
              floor (below FLOOR of its highest) for LONG of the training; a step or exponential decay has let it fall
              below FLOOR within EARLY of the training (where the end is not known: would let it, within EPOCHS passes
              over the data); an annealing that had come down climbs up again; a decay makes it grow; or it has grown
              without a fall by GROWN since the loss was best, and the loss has risen by RISEN, above HARM of the first
              one, and not RECOVERED. Where the scheduler is stepped in every step and its settings say the rest, the
              step named is the one after SURE.
Why it hurts: at a rate near 0 steps cost time and change nothing; at a rate that grows the training falls apart.
Try first:    step the scheduler once per epoch if its lengths are counted in epochs, once per batch if in batches, and
              always after ``optimizer.step()``. ``ReduceLROnPlateau(mode="max")`` for scores, ``mode="min"`` for
              losses.
Can be wrong: when many small late steps are meant. Warm-up from 0, and decay to 0 at the very end, are no faults.
Source:       DLCheck; torch's documentation of ``lr_scheduler``. FLOOR: at a thousandth of the rate a thousand steps do
              the work of one. LONG: a cosine spends its last 2 % below FLOOR, a square its last 3 %, a step decay by 10
              four times seldom more than its last quarter. TOGETHER: what is no loss or score that was seen is judged
              by whether COUNTS of them are whole numbers of the rows, or by the company they keep, over SEVERAL values:
              a rank correlation as high as this is no chance.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from math import ceil, log
from statistics import StatisticsError, correlation
from typing import Any

from glasswork.doctor.rules._history import came_down, course, places, shown
from glasswork.doctor.vitals import StepVitals, Vitals
from glasswork.records import Finding, Severity, Treatment

__all__ = ["schedule_misuse"]

FLOOR = 1e-3
LONG = 0.3
EARLY = 0.2
FIRST = 10
SELDOM = 4
NEARLY = 1.5
ENOUGH = 20  # steps below which nothing is said about a course
GROWN = 2.0
RECOVERED = 0.85  # of guessing, and of the loss then: the rate has come down in time
CLIMB = 10.0
RISEN = 2.0
HARM = 0.1  # of the first loss
SURE = 3  # steps, each with its fall
EPOCHS = 2.0  # a decay that is over within so many passes
BEST = 10  # losses: the best of so many in a row is no lucky batch
SAME = 1e-5  # relative: the same number, printed or averaged another way
SEVERAL = 6
COUNTS = 3  # different numbers that must all be whole: by chance one in 10^8 would
WHOLE = 1e-3
HALF = 0.5  # shares that rise past it are of right answers, such as fall below it are of wrong ones
TOGETHER = 0.9
ENOUGH_WATCHED = 30  # values that do not tell by then what they are never will

DECAYS = ("StepLR", "MultiStepLR", "ExponentialLR")


def schedule_misuse(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first thing about the learning rate's course that cannot be meant."""
    if vitals.steps and vitals.scheduler.get("before_optimizer"):
        yield _finding(
            "warning",
            0.9,
            "The scheduler was stepped before the optimizer's first step: the first learning rate was skipped.",
            "Call scheduler.step() after optimizer.step().",
            vitals.steps[0].number,
        )
        return
    for name in list(vitals.optimizers) or ["optimizer"]:
        steps = [s for s in vitals.steps if s.optimizer == name and s.learning_rates]
        rates = [max(s.learning_rates) for s in steps]
        found = (
            _wrong_way(vitals)
            or _asleep(vitals, name, steps, rates)
            or _squared(vitals, name, steps, rates)
            or _headlong(vitals, steps, rates)
            or _course(vitals, steps, rates)
            or _climbing(vitals)
            or _floor(vitals, steps, rates)
            or _unfinished(vitals, steps)
        )
        if found:
            yield found
            return


def _asleep(vitals: Vitals, name: str, steps: list[StepVitals], rates: list[float]) -> Finding | None:
    """Return the finding if the rate stays 0 from the first step on, and a schedule may have made it so."""
    known = vitals.optimizers.get(name)
    meant = max((float(group.get("initial_lr") or 0) for group in known.groups), default=0.0) if known else 0.0
    if len(rates) < FIRST or any(rates[:FIRST]) or not (vitals.scheduler or any(rates) or meant):
        return None
    of = f", where a schedule was made for {shown(meant)}" if meant else ""
    return _finding(
        "warning" if any(rates) or not meant else "critical",
        0.9 if meant else 0.8,
        f"The learning rate was 0 in each of the first {FIRST} steps{of}.",
        "Step the scheduler in every step, or let its warm-up begin above 0.",
        steps[FIRST - 1].number,
    )


def _squared(vitals: Vitals, name: str, steps: list[StepVitals], rates: list[float]) -> Finding | None:
    """Return the finding for a function of LambdaLR that returns a rate, where a factor is asked for."""
    known, kind = vitals.optimizers.get(name), vitals.scheduler.get("kind")
    meant = max((float(group.get("initial_lr") or 0) for group in known.groups), default=0.0) if known else 0.0
    if kind not in ("LambdaLR", "MultiplicativeLR") or not 0 < meant < HALF or not rates:
        return None
    if abs(rates[0] - meant**2) > SAME * meant**2:
        return None
    moved = next((place for place, rate in enumerate(rates) if rate != rates[0]), None)
    if rates[moved or 0] > rates[0] or (moved is None and not (vitals.finished and len(rates) >= ENOUGH)):
        return None  # a warm-up may begin at such a factor
    return _finding(
        "warning",
        0.85,
        f"{kind} made {shown(rates[0])} of a learning rate of {shown(meant)}, its square, and never more: its function "
        "returns a rate, and the optimizer's own is multiplied by it.",
        "Return a factor, 1 at first (divide what it returns by the optimizer's rate).",
        steps[moved or 0].number,
    )


def _unfinished(vitals: Vitals, steps: list[StepVitals]) -> Finding | None:
    """Return the finding for a schedule whose length is counted in batches, and that was stepped once an epoch."""
    settings: dict[str, Any] = vitals.scheduler.get("settings") or {}
    kind, made = vitals.scheduler.get("kind"), vitals.scheduler.get("steps") or 0
    length = settings.get({"OneCycleLR": "total_steps", "CosineAnnealingLR": "T_max"}.get(str(kind), ""))
    if not vitals.finished or not isinstance(length, int) or not steps:
        return None
    if made * SELDOM > min(len(steps), length) or not len(steps) / NEARLY < length < NEARLY * len(steps):
        return None
    return _finding(
        "warning",
        0.85,
        f"{kind} was made for {length} steps and stepped {made} times in {len(steps)} steps of the optimizer: it never "
        "left its beginning.",
        "Step the scheduler after every batch, or count its length in epochs.",
        steps[-1].number,
    )


def _wrong_way(vitals: Vitals) -> Finding | None:
    """Return the finding for a scheduler that takes every gain for a loss, or every loss for a gain."""
    watched: list[tuple[int, float]] = vitals.scheduler.get("watched") or []
    mode = (vitals.scheduler.get("settings") or {}).get("mode")
    if mode not in ("min", "max") or not watched:
        return None
    for count, (step, value) in enumerate(watched[:ENOUGH_WATCHED], 1):
        what = _what(vitals, watched[:count])
        if what is None:
            continue
        if (what == "score") == (mode == "max"):
            return None
        rates = [max(s.learning_rates) for s in vitals.steps if s.learning_rates]
        cut = f"; so far the rate has been cut from {shown(max(rates))} to {shown(rates[-1])}" if rates else ""
        cut = cut if rates and rates[-1] < max(rates) else ""
        said = (
            "the share of right answers or a score like it, and waits for it to fall"
            if what == "score"
            else "a loss or a share of wrong answers, and waits for it to rise"
        )
        evidence = (
            f"The scheduler is given {shown(value)} after step {step}: {said}, so that it cuts the rate while all goes "
            f"well{cut}."
        )
        advice = f"Make ReduceLROnPlateau with mode={'max' if what == 'score' else 'min'!r}."
        return _finding("warning", 0.9, evidence, advice, step)
    return None


def _what(vitals: Vitals, watched: list[tuple[int, float]]) -> str | None:
    """Return what a scheduler is given, "score" or "loss": from a validation of the same number, else by its course."""
    step, value = watched[-1]
    for evaluation in vitals.evaluations:
        if evaluation.step != step:
            continue
        of_classes = evaluation.correct
        if (
            of_classes is not None
            and any(_same(value, scale * of_classes) for scale in (1, 100))
            and 0 < of_classes < 1
        ):
            return "score"
        if evaluation.loss is not None and _same(value, evaluation.loss):
            return "loss"
    if _counted(vitals, watched):
        values = [value for _, value in watched]
        if min(values[1:]) > values[0] and values[-1] > HALF:
            return "score"
        return "loss" if max(values[1:]) < values[0] and values[-1] < HALF else None
    if len(watched) < SEVERAL:
        return None
    at = [
        (value, evaluation.loss, evaluation.correct)
        for step, value in watched
        for evaluation in vitals.evaluations
        if evaluation.step == step
    ]
    with_loss = _together([(value, loss) for value, loss, _ in at if loss is not None])
    with_right = _together([(value, right) for value, _, right in at if right is not None])
    if with_right > TOGETHER or with_loss < -TOGETHER:
        return "score"
    if with_loss > TOGETHER or with_right < -TOGETHER:
        return "loss"
    seen = course(vitals)
    trained = [(value, seen.recent(bisect_right(seen.numbers, step))) for step, value in watched if len(seen)]
    # Falling along with the training's own loss: a score would rise. The opposite may be a loss that overfits.
    return "loss" if not at and _together(trained) > TOGETHER else None


def _counted(vitals: Vitals, watched: list[tuple[int, float]]) -> bool:
    """Return whether what was watched are whole numbers of rows, divided by how many rows were evaluated."""
    rows = {e.step: e.inputs.shape[0] for e in vitals.evaluations if e.batches == 1 and e.inputs and e.inputs.shape}
    parts = {value * rows[step] for step, value in watched if step in rows and 0 < value < 1}
    return len(parts) >= COUNTS and all(abs(part - round(part)) < WHOLE for part in parts)


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= SAME * max(abs(one), abs(other))


def _together(pairs: list[tuple[float, float]]) -> float:
    """Return the rank correlation of pairs; 0 of few."""
    if len(pairs) < SEVERAL:
        return 0.0
    ranks = []
    for column in zip(*pairs, strict=True):
        order = sorted(column)
        ranks.append([order.index(x) + (order.count(x) - 1) / 2 for x in column])
    try:
        return correlation(*ranks)
    except StatisticsError:  # one of the two never changed
        return 0.0


def _headlong(vitals: Vitals, steps: list[StepVitals], rates: list[float]) -> Finding | None:
    """Return the finding for a decay whose first steps show that it will be over long before the training."""
    settings: dict[str, Any] = vitals.scheduler.get("settings") or {}
    kind, gamma, size = vitals.scheduler.get("kind"), settings.get("gamma"), settings.get("step_size", 1)
    if kind not in ("StepLR", "ExponentialLR") or not isinstance(gamma, float) or not 0 < gamma < 1 or not size:
        return None
    stair = max(SURE, size)
    last = SURE if _every(vitals, steps) else stair
    if len(rates) <= last or not rates[0]:
        return None
    if any(abs(rate / rates[0] - gamma ** (place // size)) > 1e-6 for place, rate in enumerate(rates[: stair + 1])):
        return None  # it is not stepped with the optimizer, or not from the start
    over = size * ceil(log(FLOOR) / log(gamma))
    end = vitals.planned_steps or (len(rates) if vitals.finished else None)
    rows, batch = vitals.loader.get("rows") or 0, vitals.loader.get("batch_size") or 1
    if end is not None:
        early, of = end >= 2 * ENOUGH and over < EARLY * end, f"{end}"
    else:
        early, of = over < EPOCHS * rows / batch, f"{ceil(rows / batch)} an epoch"
    if not early:
        return None
    evidence = (
        f"{kind} is stepped in every step: from {shown(rates[0])} the learning rate falls to a thousandth within "
        f"{over} steps, of {of}"
    )
    evidence += f"; at step {steps[last].number} it was {shown(rates[last])}." if rates[last] < rates[0] else "."
    advice = "Step the scheduler once per epoch, or count its lengths in batches."
    return _finding("critical", 0.9, evidence, advice, steps[last].number)


def _course(vitals: Vitals, steps: list[StepVitals], rates: list[float]) -> Finding | None:
    """Return the finding for a decay that grows, one that is over too early, and an annealing that climbs again."""
    kind = str(vitals.scheduler.get("kind") or "")
    high, low = 0.0, float("inf")
    for place, (step, rate) in enumerate(zip(steps, rates, strict=True)):
        high = max(high, rate)
        if kind in DECAYS and rate > GROWN * rates[0] > 0:
            evidence = f"{kind} has raised the learning rate from {shown(rates[0])} to {shown(rate)}."
            return _finding("critical", 0.9, evidence, "Give the decay a gamma below 1.", step.number)
        if kind == "CosineAnnealingLR" and low < high / CLIMB and rate > CLIMB * low and place >= ENOUGH:
            length = (vitals.scheduler.get("settings") or {}).get("T_max")
            every = _every(vitals, steps) and length is not None
            how = f"{kind}(T_max={length}) is stepped in every step: by step {step.number} the" if every else "The"
            evidence = f"{how} learning rate had come down to {shown(low)} and climbed to {shown(rate)} again."
            advice = "Set T_max to the number of steps of the scheduler."
            return _finding("warning", 0.85, evidence, advice, steps[SURE].number if every else step.number)
        low = min(low, rate)
        end = vitals.planned_steps or (len(rates) if vitals.finished else None)
        early = end is not None and end >= 2 * ENOUGH and place < EARLY * end
        if kind in DECAYS and early and rate < FLOOR * high * (1 + SAME):  # three cuts to a tenth are enough
            evidence = (
                f"{kind} let the learning rate fall from {shown(high)} to {shown(rate)} by step {step.number} of {end}."
            )
            advice = "Step the scheduler once per epoch, or count its lengths in batches."
            return _finding("critical", 0.9, evidence, advice, _shown_at(vitals, steps, step))
    return None


def _every(vitals: Vitals, steps: list[StepVitals]) -> bool:
    """Return whether the scheduler was stepped with every step of the only optimizer."""
    made = vitals.scheduler.get("steps") or 0
    return len(steps) == len(vitals.steps) > SURE and len(steps) - 1 <= made <= len(steps)


def _shown_at(vitals: Vitals, steps: list[StepVitals], step: StepVitals) -> int:
    """Return the step at which it shows that a decay will be over too early: the first ones, if it falls in each."""
    known = vitals.scheduler.get("kind") in DECAYS and vitals.scheduler.get("settings")
    return steps[SURE].number if known and _every(vitals, steps) else step.number


def _climbing(vitals: Vitals) -> Finding | None:
    """Return the finding for a rate that grows and grows past what the training bore best."""
    seen = course(vitals)
    by_number = {step.number: step for step in seen.steps}
    best = best_rate = start_rate = 0.0
    for place in places(len(seen), first=BEST):
        rates = by_number[seen.numbers[place - 1]].learning_rates
        now, rate = seen.recent(place, width=BEST), max(rates, default=0.0)
        start_rate = start_rate or rate
        if not best or now < best:
            best, best_rate = now, rate
        late = [max(by_number[number].learning_rates, default=0.0) for number in seen.numbers[place - BEST : place]]
        climbing = all(b > a for a, b in pairwise(late)) and rate > GROWN * max(best_rate, start_rate) > 0
        after = seen.numbers[place - 1]
        harm = now > HARM * seen.start > 0  # next to nothing may double
        if climbing and harm and now > RISEN * best > 0 and not came_down(vitals, after, to=RECOVERED, by=RECOVERED):
            evidence = (
                f"The learning rate has grown from {shown(start_rate)} to {shown(rate)} by step "
                f"{seen.numbers[place - 1]} and still grows; at {shown(best_rate)} the loss was at its best, "
                f"{shown(best)}, and now it is {shown(now)}."
            )
            advice = f"Let the schedule rise to {best_rate:.2g} at most, and fall from there."
            return _finding(
                "critical",
                0.9,
                evidence,
                advice,
                seen.numbers[place - 1],
                (Treatment(advice, {"schedule.name": "cosine"}),),
            )
    return None


def _floor(vitals: Vitals, steps: list[StepVitals], rates: list[float]) -> Finding | None:
    """Return the finding when the rate has lain near 0 for a good part of the training."""
    end = vitals.planned_steps or (len(rates) if vitals.finished else None)
    if end is None or end < ENOUGH:
        return None
    high, below = 0.0, 0
    for step, rate in zip(steps, rates, strict=True):
        high = max(high, rate)
        below += high > 0 and rate < FLOOR * high
        if below >= max(FIRST, LONG * end):
            advice = "Stretch the schedule over the whole training, or give it a floor."
            first = _shown_at(vitals, steps, step)
            how = f"{vitals.scheduler['kind']} is stepped in every step: by" if first < step.number else "By"
            return _finding(
                "warning",
                0.85,
                f"{how} step {step.number} of {end} the learning rate had been below a thousandth of its highest value "
                f"({shown(high)}) in {below} steps.",
                advice,
                first,
                (Treatment(advice, {"schedule.name": "cosine"}),),
            )
    return None


def _finding(
    severity: Severity,
    confidence: float,
    evidence: str,
    advice: str,
    step: int,
    treatments: tuple[Treatment, ...] = (),
) -> Finding:
    return Finding("schedule-misuse", severity, confidence, "optimizer", evidence, advice, step, treatments)
