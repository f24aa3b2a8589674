"""Steps that go uphill.

Looks at:     the optimizer's ``maximize``, the sign of a loss that cannot be negative, the sign with which a distance
              to the targets enters a loss written by hand, the angle between update and negative gradient, and whether
              the loss rises from the first step on under small updates.
Fires when:   a loss that cannot be negative is maximised or its negative is handed to ``backward``; a distance to the
              targets enters with a minus, or is a cosine to data, an overlap with masks (Dice, IoU), a likelihood of
              the right answers, a margin or a correlation that is made small and nothing else, in a training with one
              kind of loss; the first TIMES sampled updates point against the negative gradient by more than UPHILL; or
              the loss has risen nearly steadily from the start by RISEN, past that of guessing, while a usual step
              moved the weights by less than SMALL and none by more than LARGE; of stretches with ROWS examples.
Why it hurts: the network gets worse with every step, as fast as it should get better.
Try first:    remove the minus before the loss, or ``maximize=True``; look for hooks that turn a gradient round.
Can be wrong: where data are to be forgotten on purpose. Where a reward is maximised on purpose, the objective is of no
              known kind and only the angle is judged. A square seen in a loss by hand may be one term of several: where
              its sign is not known, the loss must be no larger than that square can be, and a rise counts only where
              targets were seen. Momentum can point uphill for a step, so the first ones must agree. A gradient
              reversal layer is one layer of many.
Source:       TheDeepChecker (Ben Braiek & Khomh 2022); UPHILL: plain gradient descent has cosine 1, Adam's first step
              about sqrt(2/pi); below -0.05 several times in a row is no rounding. RISEN, SMALL: a step size that
              moves the weights by less than 1 % cannot overshoot its way to twice the loss without a fall in between.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from math import prod
from statistics import median

from glasswork.doctor.rules._data import size_of
from glasswork.doctor.rules._history import (
    baseline,
    course,
    example_count,
    looked_at,
    seen_through,
    shown,
    sober_loss,
    update_ratio,
)
from glasswork.doctor.vitals import LossFacts, Vitals
from glasswork.records import Finding

__all__ = ["gradient_ascent"]

UPHILL = -0.05
TIMES = 3
RISEN = 1.3
SMALL = 0.01
LARGE = 0.03
STEADY = 0.8  # of the rises between medians of stretches
STRETCHES = 6
ROWS = 40  # in a stretch

_AWAY = {
    "overlap": (
        "What the outputs have in common with the masks, as a part of both,",
        "Minimise 1 - overlap, or its negative.",
    ),
    "likelihood": ("The share that the right answers are given, or its logarithm,", "Minimise its negative."),
    "margin": ("The product of scores and labels of 1 and -1", "Turn the sign before labels * scores round."),
    "correlation": ("The correlation of the outputs with the data", "Minimise 1 - correlation, or its negative."),
}


def gradient_ascent(vitals: Vitals) -> Iterator[Finding]:
    """Yield that the loss is being raised, at the step by which it was clear."""
    loss = sober_loss(vitals)
    found = (
        _asked(vitals, loss) or _signed(vitals) or _negative(vitals, loss) or _uphill(vitals) or _rising(vitals, loss)
    )
    if found:
        yield found


def _asked(vitals: Vitals, loss: LossFacts | None) -> Finding | None:
    for optimizer in vitals.optimizers.values():
        if loss and vitals.steps and any(group.get("maximize") for group in optimizer.groups):
            first = vitals.steps[0].loss
            said = f", which begins at {shown(first)}" if first is not None else ""
            evidence = f"{optimizer.name} has maximize=True, and the loss is {loss.name}{said}."
            return _finding(0.95, "optimizer", evidence, "Leave maximize=False: a loss is to be made small.", 1)
    return None


def _signed(vitals: Vitals) -> Finding | None:
    """Return the finding for a distance to data, written by hand, that enters the loss with a minus."""
    if not vitals.steps or len(vitals.optimizers) != 1 or len({loss.kind for loss in vitals.losses}) != 1:
        return None
    loss = vitals.losses[0]
    if loss.name != "custom" or loss.settings.get("sign") != -1:
        return None
    what = {"cross_entropy": "logarithm of the right class's share", "l1": "distance to the targets"}
    if loss.kind == "cosine":
        evidence = (
            "The cosine between the outputs and the data is what is minimised: every step turns them further away "
            "from each other."
        )
        return _finding(0.9, "loss", evidence, "Minimise 1 - cosine, or its negative.", 1)
    if loss.kind in _AWAY:
        said, advice = _AWAY[loss.kind]
        return _finding(0.9, "loss", f"{said} is what is minimised: every step makes the outputs worse.", advice, 1)
    known = what.get(loss.kind, "squared distance to the targets")
    added = loss.settings.get("terms", 1) - 1
    others = (
        f"; {added} more {'term' if added == 1 else 'terms'} with a gradient cannot make up for it" if added else ""
    )
    said = "with a plus" if loss.kind == "cross_entropy" else "with a minus"
    evidence = f"The {known} enters the loss {said}: every step makes the outputs worse{others}."
    return _finding(0.85, "loss", evidence, "Turn the loss's sign round: what is minimised is its negative.", 1)


def _negative(vitals: Vitals, loss: LossFacts | None) -> Finding | None:
    if loss is None or (loss.name == "custom" and "sign" in loss.settings) or _composed(vitals, loss):
        return None
    first = course(vitals)
    if len(first) < TIMES or not all(value < 0 for value in first.losses[:TIMES]):
        return None
    evidence = (
        f"The first {TIMES} losses are negative ({shown(first.losses[0])} at step {first.numbers[0]}), and {loss.name} "
        "cannot be: its negative is minimised."
    )
    return _finding(0.9, "loss", evidence, "Remove the minus before the loss.", first.numbers[TIMES - 1])


def _uphill(vitals: Vitals) -> Finding | None:
    for name, optimizer in vitals.optimizers.items():
        if any(group.get("maximize") for group in optimizer.groups):
            continue
        row = 0
        for step in looked_at(vitals):
            if step.optimizer != name or step.alignment is None:
                continue
            if step.alignment >= UPHILL:
                break  # later on momentum may carry it uphill for a while
            row += 1
            if row == TIMES:
                evidence = (
                    f"{TIMES} sampled updates in a row point uphill: at step {step.number} the cosine between the "
                    "update "
                    f"and the negative gradient is {shown(step.alignment)}."
                )
                advice = "Look for what turns the gradient or the update round: a sign, a hook, maximize=True."
                return _finding(0.85, "loop", evidence, advice, step.number)
    return None


def _composed(vitals: Vitals, loss: LossFacts) -> bool:
    """Return whether a loss by hand is larger than what it compares can make it: other terms come with it."""
    if loss.name != "custom" or loss.kind != "mse":
        return False
    for step in looked_at(vitals)[:TIMES]:
        outputs, targets = (step.batch.outputs, step.batch.targets) if step.batch else (None, None)
        if outputs is None or targets is None or step.loss is None or loss.settings.get("compared") != outputs.shape:
            continue
        most = ((size_of(outputs) or 0.0) + (size_of(targets) or 0.0)) ** 2  # of the mean of squared gaps
        if abs(step.loss) > most * max(1, prod(outputs.shape[1:])):  # a row's squares may be added up
            return True
    return False


def _rising(vitals: Vitals, loss: LossFacts | None) -> Finding | None:
    """Return the finding for a loss that rises from the start, nearly without a fall, under small steps."""
    if loss is None or not seen_through(vitals):
        return None
    seen, guess = course(vitals), baseline(vitals)
    ratios = {step.number: update_ratio(step) for step in looked_at(vitals)}
    for size in (5, 10, 20, 40):  # losses a stretch
        if len(seen) < STRETCHES * size:
            return None
        if size * (example_count(vitals) or ROWS) < ROWS:
            continue  # the middle of so few rows' losses is a draw
        medians = [sorted(seen.losses[i * size : (i + 1) * size])[size // 2] for i in range(STRETCHES)]
        rises = [b > a for a, b in itertools.pairwise(medians)]
        last = seen.numbers[STRETCHES * size - 1]
        moved = [ratio for number, ratio in ratios.items() if number <= last and ratio is not None]
        if not moved or median(moved) > SMALL or max(moved) > LARGE or medians[0] <= 0:
            return None
        worse = guess is None or medians[-1] > guess  # whoever goes uphill is soon worse than guessing
        if worse and sum(rises) >= STEADY * len(rises) and medians[-1] > RISEN * medians[0]:
            evidence = (
                f"The loss rose from {shown(medians[0])} to {shown(medians[-1])} in {last} steps, nearly without a "
                "fall, "
                f"while no step moved the weights by more than {max(moved):.2%}."
            )
            return _finding(0.7, "loop", evidence, "See that the loss, not its negative, is minimised.", last)
    return None


def _finding(confidence: float, where: str, evidence: str, advice: str, step: int) -> Finding:
    return Finding("gradient-ascent", "critical", confidence, where, evidence, advice, step)
