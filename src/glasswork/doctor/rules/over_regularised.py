"""Weight decay that outweighs the task.

Looks at:     the size of the decay term against the gradient (or, where decay is decoupled, against the whole
              update), layer by layer, how the weights shrink (also by more than the optimizer takes from them, as under
              a penalty by hand), and the loss.
Fires when:   in TIMES sampled steps in a row the decay is more than SHARE of what moves most layers, the weights have
              shrunk to SHRUNK of their first size, and the loss is above HIGH of that of guessing or of the start; or
              layers shrink by themselves, step by step, until they are at SHRUNK and the loss is above HIGH, from half
              way on above STILL_HIGH, or until they are at GONE and the answers spread by less than ALIKE of what the
              targets do (scores of classes by less than ALIKE): then the loss may be low, the penalty being part of it.
              Likewise where the loss falls as the square of the weights does, from the first step on, that part being
              MAINLY of it at first and at the end, and the weights are at GONE; or where another part of a regression's
              loss counts TIMES_MORE times as much as the errors, and answers spread by less than FAINT of what the
              targets do, though simple models explain KNOWN of them.
Why it hurts: the weights are pulled to 0 faster than the data pull them away: the network forgets as it learns.
Try first:    divide the weight decay by 10.
Can be wrong: at the end of a sound training gradient and decay balance; there the loss is low, and the rule is
              silent.
Source:       TheDeepChecker (regularisation gradient against loss gradient); Krogh & Hertz 1992. SHARE: half of the
              motion.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import isfinite
from statistics import StatisticsError, correlation, linear_regression, median

from glasswork.doctor.rules._anatomy import weighted
from glasswork.doctor.rules._drift import Drift, drift
from glasswork.doctor.rules._history import (
    AMOUNTS,
    in_the_data,
    looked_at,
    main_loss,
    natural_size,
    part_of,
    remaining,
    shown,
)
from glasswork.doctor.vitals import OptimizerFacts, StepVitals, Vitals
from glasswork.records import Finding, Treatment

__all__ = ["over_regularised"]

SHARE = 0.5
TIMES = 3
GREW_BACK = 1.2  # times: nothing holds such weights down
SHRUNK = 0.7
HIGH = 0.7
STILL_HIGH = 0.5
FIRST = 8
STEADY = 8  # sampled steps
SLIGHT = 1e-3
LARGE = 3.0  # times a fresh draw
GONE = 0.3
ALIKE = 0.02
MAINLY = 0.5  # of the loss
FIT = 0.98  # of the variance of the loss
TIMES_MORE = 3.0
FAINT = 0.2
KNOWN = 0.5


def over_regularised(vitals: Vitals) -> Iterator[Finding]:
    """Yield the step by which decay had been in command for a while."""
    found = _by_hand(vitals) or _of_weights(vitals) or _outweighed(vitals)
    if found:
        yield found
        return
    for optimizer in vitals.optimizers.values():
        decay = max((float(group.get("weight_decay") or 0) for group in optimizer.groups), default=0.0)
        if decay <= 0:
            continue
        steps = [step for step in looked_at(vitals) if step.optimizer == optimizer.name and step.weight_norm]
        row = 0
        for step in steps:
            shares = _shares(vitals, optimizer, step)
            if not shares:
                continue
            row = row + 1 if median(shares) > SHARE else 0
            shrunk = (step.weight_norm or 0) / (steps[0].weight_norm or 1)
            left = remaining(vitals, step.number, first=FIRST)
            if row >= TIMES and shrunk < SHRUNK and left is not None and left > HIGH:
                advice = f"Divide the weight decay of {decay:g} by 10."
                yield Finding(
                    "over-regularised",
                    "critical" if left > 0.9 else "warning",
                    0.85,
                    "optimizer",
                    f"At step {step.number} weight decay ({decay:g}) is {shown(median(shares))} times what moves "
                    "the weights "
                    f"otherwise; they have shrunk to {shrunk:.0%} of their first size, and the loss is at "
                    f"{left:.0%} of "
                    "that of guessing.",
                    advice,
                    step.number,
                    (Treatment(advice, {"optimizer.weight_decay": decay / 10}),),
                )
                return


def _by_hand(vitals: Vitals) -> Finding | None:
    """Return the finding for weights that something other than the optimizer makes smaller in every step."""
    steps = [step for step in looked_at(vitals) if step.weight_norm]
    seen = drift(vitals, grows=False) or _steady(vitals, steps)
    planned = vitals.planned_steps or (vitals.steps[-1].number if vitals.finished and vitals.steps else None)
    if seen is None or not steps:
        return None
    for step in steps:
        shrunk = (step.weight_norm or 0) / (steps[0].weight_norm or 1)
        left = remaining(vitals, step.number, first=FIRST)
        late = planned is not None and step.number > planned / 2
        high = left is not None and left > (STILL_HIGH if late else HIGH)
        mute = _mute(step) if shrunk < GONE and not high else ""
        if step.number >= seen.step and shrunk < SHRUNK and (high or mute):
            back = (steps[-1].weight_norm or 0) > GREW_BACK * (step.weight_norm or 0)  # a draw that had to turn round
            return Finding(
                "over-regularised",
                "note" if back else "critical" if mute or (left or 0.0) > 0.9 else "warning",
                0.85,
                "optimizer",
                f"At step {step.number} the weights have shrunk to {part_of(shrunk)} of their first size "
                f"({seen.layer} by {1 - seen.factor:.1%} a step, more than the optimizer takes from it), and "
                + (mute or f"the loss is at {left or 0.0:.0%} of that of guessing")
                + ".",
                "Divide what shrinks the weights after the step (an L1 or L2 penalty, a projection) by 10.",
                step.number,
            )
    return None


def _of_weights(vitals: Vitals) -> Finding | None:
    """Return the finding for a loss that is mostly a multiple of the weights' own squares, and falls as they do."""
    steps = [s for s in looked_at(vitals) if s.weight_norm and s.loss is not None and isfinite(s.loss)]
    if len(steps) < STEADY or not vitals.finished or _steady(vitals, steps) is None:
        return None
    squares, losses = [(s.weight_norm or 0.0) ** 2 for s in steps], [s.loss or 0.0 for s in steps]
    if squares[-1] > GONE**2 * squares[0] or losses[-1] <= 0:
        return None
    try:
        slope, _ = linear_regression(squares, losses)
        alike = correlation(squares, losses) ** 2
    except StatisticsError:
        return None
    shares = [slope * squares[place] / losses[place] for place in (0, -1)]
    if slope <= 0 or alike < FIT or min(shares) < MAINLY:
        return None
    return Finding(
        "over-regularised",
        "warning",
        0.75,
        "loss",
        f"The loss falls as the square of the weights does ({slope:.2g} times it, which explains {alike:.0%} of its "
        f"course, and is {min(shares[-1], 1.0):.0%} of it at step {steps[-1].number}); they have shrunk to "
        f"{part_of((squares[-1] / squares[0]) ** 0.5)} of their first size.",
        "Divide the penalty on the weights by 10; a prior counts once for all rows, not once for each batch's mean.",
        steps[-1].number,
    )


def _outweighed(vitals: Vitals) -> Finding | None:
    """Return the finding for a regression whose errors count little beside another part of the loss."""
    loss, steps = main_loss(vitals), [s for s in looked_at(vitals) if s.batch is not None]
    if loss is None or len(vitals.losses) != 1 or not vitals.finished or len(steps) < STEADY:
        return None
    parts = [weight for weight, _ in loss.settings.get("row_weights") or ()]
    found = in_the_data(vitals)
    if loss.kind not in AMOUNTS or len(parts) != 2 or parts[1] < TIMES_MORE * parts[0] or (found or 0.0) < KNOWN:
        return None
    spreads = [
        (s.batch.outputs.std or 0.0, s.batch.targets.std or 0.0)
        for s in steps[-STEADY:]
        if s.batch and s.batch.outputs and s.batch.targets and s.batch.outputs.shape == s.batch.targets.shape
    ]
    if len(spreads) < TIMES or any(out > FAINT * aim for out, aim in spreads):
        return None
    out, aim = spreads[-1]
    return Finding(
        "over-regularised",
        "warning",
        0.8,
        "loss",
        f"The second part of the loss counts {parts[1] / parts[0]:.3g} times as much as the errors, and at step "
        f"{steps[-1].number} the answers spread by {shown(out)}, where the targets spread by {shown(aim)}: simple "
        f"models explain {found:.0%} of them.",
        "Divide the weight of the penalty by 10, until the answers follow the targets.",
        steps[-1].number,
    )


def _mute(step: StepVitals) -> str:
    """Return what to say of answers that hardly differ, where the targets do; empty where they differ.

    The loss tells nothing then: with a penalty in it, it falls with the weights.
    """
    batch = step.batch
    if batch is None or batch.outputs is None or batch.targets is None or batch.outputs.std is None:
        return ""
    if batch.targets.dtype.startswith("int"):
        if (batch.targets.distinct or 0) < 2 or batch.outputs.std > ALIKE:
            return ""
        return f"its scores spread by {shown(batch.outputs.std)}: they say the same for every row"
    spread = batch.targets.std or 0.0
    if batch.targets.shape != batch.outputs.shape or batch.outputs.std > ALIKE * spread:
        return ""
    return f"its answers spread by {shown(batch.outputs.std)}, where the targets spread by {shown(spread)}"


def _steady(vitals: Vitals, steps: list[StepVitals]) -> Drift | None:
    """Return how weights shrink step by step although the optimizer has no decay; None where they do not."""
    decays = any(float(g.get("weight_decay") or 0) for o in vitals.optimizers.values() for g in o.groups)
    numbers = [step.number for step in steps]
    if (
        len(vitals.optimizers) != 1
        or any(b <= a for a, b in pairwise(numbers))
        or not all(s.weight_norm for s in steps)
    ):
        return None
    if decays or len(steps) < STEADY or (steps[0].weight_norm or 0) > LARGE * natural_size(vitals):
        return None  # weights that began too large come down by themselves
    first = steps[:STEADY]
    factors = [((b.weight_norm or 0) / (a.weight_norm or 1)) ** (1 / (b.number - a.number)) for a, b in pairwise(first)]
    if max(factors) > 1 - SLIGHT:
        return None
    return Drift(first[-1].number, "the model", median(factors), 1)


def _shares(vitals: Vitals, optimizer: OptimizerFacts, step: StepVitals) -> list[float]:
    """Return, for each layer, the decay's size against that of the gradient, or of the update where it is decoupled."""
    apart = optimizer.kind.lower() in ("adamw", "muon", "lion") or any(
        group.get("decoupled_weight_decay") for group in optimizer.groups
    )
    rate = max(step.learning_rates, default=0.0)
    found = []
    for model in vitals.models.values():
        for layer in weighted(model):
            seen = step.layers.get(layer.name)
            if seen is None or seen.decay is None:
                continue
            if apart and seen.update:
                found.append(rate * seen.decay / seen.update)
            elif not apart and seen.gradient is not None:
                found.append(seen.decay / max(seen.gradient, 1e-12))
    return found
