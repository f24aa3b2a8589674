"""A training that stops while the loss is still falling.

Looks at:     the loss over the last stretches of a training that has ended, the learning rate at the end, and the
              evaluations.
Fires when:   over its last fifth the loss fell by more than FALL of itself and by more than the noise (of fewer than
              ONE_PASS steps: or the last evaluation was better than the one before by as much, and the loss fell by
              half of FALL), or there was a single pass of fewer than ONE_PASS steps in which it did not rise, or fewer
              than FEW steps in all in which it fell, or than SHORT in no more than one known pass, at whose end it did
              by more than the noise, and by FALL in all; the learning rate had not been taken down, the loss is above
              LEFT of that of guessing (above LITTLE of it, where that evaluation says so; EARLY, where a single pass
              of fewer than SHORT steps ends in twice such a fall), fewer than RIGHT of the
              answers are right, and validation was still getting better. Where a schedule had taken the rate down, the
              loss is looked at while the rate was still above HIGH of its highest: of at most PASSES passes of fewer
              than ONE_PASS steps, when it was falling as steeply then, a longer schedule would go on there. A note for
              a body that was trained before or is frozen, once the loss is below TUNED of that of guessing or KNOWN of
              the answers that guessing leaves are right.
Why it hurts: more of the same would have given a better network.
Try first:    train twice as long, or until validation stops getting better.
Can be wrong: where time is up, or where a short training was meant. A loss that is small already may fall for ever.
Source:       DeepFD's label "epochs"; Prechelt 1998. FALL: at such a pace the loss halves again within the time that
              was spent.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from glasswork.doctor.rules._anatomy import looks_untrained, parameters, weighted
from glasswork.doctor.rules._history import (
    Course,
    baseline,
    course,
    right_answers,
    shown,
    sober_loss,
)
from glasswork.doctor.rules._labels import beyond_guessing
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding, Treatment

__all__ = ["too_few_epochs"]

FALL = 0.12
LEFT = 0.5
LITTLE = 0.4
EARLY = 0.15
RIGHT = 0.85
ENOUGH = 3
FEW = 20
SHORT = 50
NOISE = 3.0
ONE_PASS = 200  # steps: a single pass of fewer is hardly a training
DOWN = 0.3  # of the highest learning rate
HIGH = 0.5  # likewise: the time when the schedule still let it learn
PASSES = 2
TUNED = 0.7  # of the loss of guessing: below it, few passes over a body that is trained or frozen are a recipe
KNOWN = 0.5


def too_few_epochs(vitals: Vitals) -> Iterator[Finding]:
    """Yield, at the end, that the loss was still on its way."""
    seen = course(vitals)
    if not vitals.finished or vitals.error or sober_loss(vitals) is None or len(seen) < ENOUGH or seen.start <= 0:
        return
    if vitals.steps[-1].loss is not None and not isfinite(vitals.steps[-1].loss):
        return  # it did not stop too early: it broke
    width = max(2, len(seen) // 5)
    now, before = seen.recent(len(seen), width=width), seen.recent(len(seen) - width, width=width)
    error = 1.25 * seen.noise(len(seen)) * (2 / width) ** 0.5
    guess = baseline(vitals)
    level = min(seen.start, guess) if guess is not None and guess > 0 else seen.start
    epochs = max((step.epoch for step in seen.steps if step.epoch is not None), default=None)
    short = len(seen) < FEW or (epochs == 0 and len(seen) < ONE_PASS)
    single = epochs == 0 and len(seen) < ONE_PASS and vitals.loader.get("rows") is not None
    short |= len(seen) < SHORT and not epochs and before - now > error and now < (1 - FALL) * seen.start
    once = short and (now < min(before, seen.start - error) or (single and now <= seen.start))
    falling = now <= (1 - FALL) * before and before - now >= NOISE * error
    judged = [e.loss for e in vitals.evaluations if e.loss is not None]
    steep = (
        len(seen) < ONE_PASS
        and now < (1 - FALL / 2) * before
        and len(judged) >= 2
        and judged[-1] < (1 - FALL) * judged[-2]
    )
    least = EARLY if short and len(seen) < SHORT and now <= (1 - 2 * FALL) * before else LITTLE if steep else LEFT
    if now < least * level or right_answers(vitals) > RIGHT:
        return
    rates = [max(step.learning_rates) for step in seen.steps if step.learning_rates]
    ended = bool(rates) and rates[-1] < DOWN * max(rates)
    if ended and not _cut_short(seen, epochs):
        return  # the schedule has come to its end, and the loss with it
    if not (ended or falling or steep or once):
        return
    if len(judged) >= 2 and judged[-1] > min(judged[:-1]):
        return
    said = f"Over the last {width} of {len(seen)} steps the loss still fell by {1 - now / before:.0%}, to {shown(now)}."
    if not now < before:
        said = f"The data were seen once, in {len(seen)} steps, and the loss is {shown(now)}, {now / level:.0%} of " + (
            "that of guessing." if guess is not None else "the first."
        )
    advice = "Train twice as long, or until validation stops getting better."
    learned = now < TUNED * level or (beyond_guessing(vitals) or 0.0) > KNOWN
    if ended:
        said = (
            f"The schedule ended with pass {(epochs or 0) + 1} over the data, after {len(seen)} steps: the loss was "
            f"falling steeply when the rate was taken down, and is {shown(now)}, {now / level:.0%} of "
            + ("that of guessing." if guess is not None else "the first.")
        )
        advice = "Train several times as long, with the schedule as long as the training."
    yield Finding(
        "too-few-epochs",
        "note" if learned and (_trained_before(vitals) or _frozen(vitals)) else "warning",
        0.7,
        "loop",
        said,
        advice,
        seen.numbers[-1],
        (Treatment(advice, {"training.epochs": 2 * (epochs + 1)}),) if epochs is not None else (),
    )


def _trained_before(vitals: Vitals) -> bool:
    """Return whether the dense and convolutional layers came with trained weights, all but those of the new head."""
    fresh = [
        looks_untrained(model, layer.name)
        for model in vitals.models.values()
        for layer in weighted(model)
        if layer.family == "linear" and not layer.last
    ]
    return False in fresh and True not in fresh


def _frozen(vitals: Vitals) -> bool:
    """Return whether the first layers with weights are frozen, and later ones learn."""
    for model in vitals.models.values():
        learn = [
            any(p.trainable for p in parameters(model, layer.name) if len(p.shape) > 1) for layer in weighted(model)
        ]
        if learn and not learn[0] and True in learn:
            return True
    return False


def _cut_short(seen: Course, epochs: int | None) -> bool:
    """Return whether a schedule of few passes took the rate down while the loss was falling steeply."""
    if epochs is None or epochs + 1 > PASSES or len(seen) >= ONE_PASS * (epochs + 1):
        return False
    rates = {step.number: max(step.learning_rates, default=0.0) for step in seen.steps}
    most = max(rates.values())
    place = max(at for at, number in enumerate(seen.numbers, 1) if rates[number] >= HIGH * most or at == 1)
    width = place // 3
    if width < ENOUGH:
        return False
    now, before = seen.recent(place, width=width), seen.recent(place - width, width=width)
    error = 1.25 * seen.noise(place) * (2 / width) ** 0.5
    return now <= (1 - FALL) * before and before - now >= NOISE * error
