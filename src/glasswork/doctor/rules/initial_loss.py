"""A first loss that is far from the loss of guessing.

Looks at:     the first loss, against that of an untrained network that gives each class an equal share (ln K), or, in
              a regression, against that of the best constant answer; of counts (Poisson, log rates) against that of
              a network that says a rate of 1.
Fires when:   the loss of the first step exceeds FAR times the expected one and WIDE units of it (a warning), or NEAR
              times (a note).
Why it hurts: the first steps go into unlearning confident nonsense; a later fall of the loss says little.
Try first:    scale the inputs; draw the last layer's weights small and set its bias to the share of each class.
Can be wrong: where the loss comes down far all the same it is a note, unless it began above EXTREME. Losses with
              weights or further terms begin elsewhere, and so does one that was multiplied: where outputs in the
              range seen could not have such a loss, it is silent, as it is of a loss that compares something made of
              the outputs (their derivatives), and of amounts that a network comes to in AGAIN steps of the same
              layers, or more, each upon the last. A small first loss is the sign of a trained network and never
              reported.
Source:       Karpathy 2019, "A recipe for training neural networks"; TheDeepChecker. FAR: scores of a first draw
              whose deviation is 3 instead of below 1 give about three times ln K.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, isfinite, log

from glasswork.doctor.rules._data import size_of
from glasswork.doctor.rules._history import AMOUNTS, came_down, looked_at, main_loss, shown, sober_loss
from glasswork.doctor.vitals import LossFacts, StepVitals, Vitals
from glasswork.records import Finding

__all__ = ["initial_loss"]

FAR = 4.0
WIDE = 3.0
NEAR = 2.0
EXTREME = 20.0
WAIT = 4  # losses, before which it cannot have come down
WELL = 0.3  # of guessing, in the end
ROUNDING = 1.01
AGAIN = 4  # a small excess of each grows with every one
COUNTS = "poisson_nll"


def initial_loss(vitals: Vitals) -> Iterator[Finding]:
    """Yield that the first loss is out of proportion."""
    loss = sober_loss(vitals) or _counts(vitals)
    first = vitals.steps[0] if vitals.steps else None
    if loss is None or first is None or first.loss is None or not isfinite(first.loss) or loss.reduction == "sum":
        return
    if loss.settings.get("weight") or loss.settings.get("pos_weight") or first not in looked_at(vitals)[:1]:
        return
    if loss.kind in AMOUNTS and _rolled_out(vitals):
        return
    expected, most = _expected(loss, first), _most(loss, first)
    if expected is None or first.loss <= NEAR * expected or (most is not None and first.loss > ROUNDING * most):
        return
    far = first.loss > FAR * expected and (loss.kind in AMOUNTS or first.loss > expected + WIDE)
    extreme = first.loss > EXTREME * expected
    yield Finding(
        "initial-loss",
        "warning" if far and (extreme or not came_down(vitals, first.number + WAIT, to=WELL)) else "note",
        (0.9 if extreme else 0.75) if far else 0.5,
        "model",
        f"The first loss is {shown(first.loss)}, where an untrained network should begin at about {shown(expected)}.",
        "Scale the inputs, draw the last layer's weights smaller, and set its bias to what is usual in the targets.",
        first.number,
    )


def _expected(loss: LossFacts, step: StepVitals) -> float | None:
    """Return what a network that says nothing would begin with."""
    outputs, targets = (step.batch.outputs, step.batch.targets) if step.batch else (None, None)
    if outputs is None or len(outputs.shape) < 1:
        return None
    if loss.kind == COUNTS:
        return 1.0
    if step.batch is not None and step.batch.baseline_loss is None:
        return None  # a sum of several losses, or of a loss and a penalty
    if loss.kind in ("cross_entropy", "nll"):
        return log(outputs.shape[1]) if len(outputs.shape) > 1 and outputs.shape[1] > 1 else None
    if loss.kind.startswith("binary_cross_entropy"):
        return log(2)
    if loss.name == "custom" and "sign" not in loss.settings:
        return None  # what it compares is not the output itself
    guess = step.batch.baseline_loss if step.batch else None
    if loss.kind not in AMOUNTS or not guess or targets is None or targets.mean is None or targets.std is None:
        return None
    size = size_of(outputs)
    # Targets far from 0 make the first loss large, whatever the network says; that has a page of its own.
    excess = (targets.mean**2 + targets.std**2) / max(targets.std**2, 1e-12)
    return guess * max(1.0, excess) if size is not None and size > 2 * (size_of(targets) or 0) else None


def _rolled_out(vitals: Vitals) -> bool:
    """Return whether the layers with weights run again and again in a pass, as those of a solver or a rollout do."""
    runs = [
        layer.runs
        for model in vitals.models.values()
        for layer in model.layers.values()
        if layer.family == "linear" and layer.runs
    ]
    return bool(runs) and max(runs) >= AGAIN


def _counts(vitals: Vitals) -> LossFacts | None:
    """Return the loss of counts where the outputs are logarithms of rates."""
    loss = main_loss(vitals)
    found = loss is not None and loss.kind == COUNTS and loss.settings.get("log_input", True)
    return loss if found and not (loss and loss.settings.get("full")) else None


def _most(loss: LossFacts, step: StepVitals) -> float | None:
    """Return the greatest loss that outputs and targets in the range seen could have; None where that is not known."""
    outputs, targets = (step.batch.outputs, step.batch.targets) if step.batch else (None, None)
    if outputs is None or outputs.low is None or outputs.high is None:
        return 0.0 if loss.kind == COUNTS else None
    low, high = outputs.low, outputs.high
    if loss.kind == "cross_entropy" and len(outputs.shape) > 1:
        return log(max(2, outputs.shape[1])) + high - low
    if loss.kind == "nll":
        return -low
    if loss.kind == "binary_cross_entropy_with_logits":
        return log(2) + max(abs(low), abs(high))
    if targets is None or targets.low is None or targets.high is None:
        return 0.0 if loss.kind == COUNTS else None
    apart = max(abs(high - targets.low), abs(targets.high - low))
    if loss.kind in AMOUNTS:
        return apart**2 if loss.kind == "mse" else apart if loss.kind == "l1" else max(apart, apart**2)
    if loss.kind == COUNTS:
        return exp(min(high, 700.0)) - min(0.0, low) * targets.high
    return None
