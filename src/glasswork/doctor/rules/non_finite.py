"""A loss, gradient or activation that is NaN or infinite.

Looks at:     the loss of every step; in sampled steps also the outputs and gradients of each layer; the first
              weights.
Fires when:   a loss is not finite, or a gradient is not finite in a step that was taken, or first weights are not.
Why it hurts: one such number in the gradient makes every weight NaN, and all later steps are lost.
Try first:    find what the named layer divides by, takes the logarithm or the root of; put an epsilon there, compute
              losses from raw scores, lower the learning rate, clip the gradient.
Can be wrong: hardly. Steps that a mixed-precision scaler left out are no fault, nor are infinite outputs (a mask) as
              long as loss and gradient are finite. A single bad loss that the loop skipped is a warning.
Source:       IEEE 754. The place is the first in time: the data, if they hold such numbers; else the first layer in the
              order of the forward pass; else the loss, if it is not finite though all outputs are or if what comes out
              of it is not; else the first layer going backward.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from glasswork.doctor.rules._anatomy import ordered
from glasswork.doctor.vitals import LayerFacts, StepVitals, TensorVitals, Vitals
from glasswork.records import Finding, Treatment

__all__ = ["non_finite"]

LEAP = 0.3  # of a layer's size: a step below it does not make numbers outgrow float32
AFTER = 3  # finite losses after a bad one that show that the loop had skipped it


def non_finite(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first number that is not finite, and where."""
    broken = next((p for m in vitals.models.values() for p in m.parameters.values() if not p.finite), None)
    if broken is not None:
        yield Finding(
            "non-finite",
            "critical",
            0.97,
            broken.layer,
            f"Before the first step {broken.name} held numbers that are not finite.",
            "Look at how it is initialised or loaded.",
            vitals.steps[0].number if vitals.steps else None,
        )
        return
    for place, step in enumerate(vitals.steps):
        if step.skipped:
            continue
        bad_loss = step.loss is not None and not isfinite(step.loss)
        bad_gradient = step.gradient_norm is not None and not isfinite(step.gradient_norm)
        if not bad_loss and not bad_gradient:
            continue
        later = [s.loss for s in vitals.steps[place + 1 :] if s.loss is not None][:AFTER]
        passed = len(later) == AFTER and all(isfinite(loss) for loss in later)
        where, seen = _place(vitals, step, place)
        what = f"the loss is {step.loss}" if bad_loss else "the gradient is not finite"
        advice = "Compute the loss from raw scores, guard divisions, logarithms and roots, and lower the learning rate."
        yield Finding(
            "non-finite",
            "warning" if passed else "critical",
            0.97,
            where,
            f"At step {step.number} {what}{seen}.",
            advice,
            step.number,
            (*_slower(step), Treatment("Clip the gradient norm at 1.", {"training.clip_norm": 1.0})),
        )
        return


def _place(vitals: Vitals, step: StepVitals, place: int) -> tuple[str, str]:
    """Return the layer to look at first, with what was seen there."""
    if any(tensor.bad for tensor in _data(step)):
        return "data", ", and so are numbers of its batch"
    layers = [layer for model in vitals.models.values() for layer in ordered(model) if layer.name in step.layers]
    bad = [layer for layer in layers if step.layers[layer.name].bad]
    if bad and len(bad) < len(layers):
        before = layers[: layers.index(bad[0])]
        fed = ", and what came before it was finite" if before else ""
        return bad[0].name, f"; the first layer with such an output is {bad[0].name} ({bad[0].kind}){fed}"
    wrong = [layer for layer in reversed(layers) if step.layers[layer.name].bad_gradient]
    if layers and not bad:
        lost = step.loss is not None and not isfinite(step.loss)
        if lost or not wrong or wrong[0].last or wrong[0] is _highest(step, layers):
            return "loss", "; every layer's output was finite, so it comes from the loss itself or from its slope"
        seen = f"; going backward, the first layer with such a gradient is {wrong[0].name} ({wrong[0].kind})"
        return wrong[0].name, seen
    earlier = next((s for s in reversed(vitals.steps[:place]) if s.layers and s.update_norm), None)
    if earlier is not None:
        names = [n for n, seen in earlier.layers.items() if seen.update and seen.weight and isfinite(seen.update)]
        if names:
            worst = max(names, key=lambda n: (earlier.layers[n].update or 0) / (earlier.layers[n].weight or 1))
            ratio = (earlier.layers[worst].update or 0) / (earlier.layers[worst].weight or 1)
            if ratio < LEAP:
                return "model", f"; no layer had moved by more than {ratio:.1%} of its size in step {earlier.number}"
            return worst, f"; in step {earlier.number} {worst} moved most, by {ratio:.1%} of its size"
    return "model", ""


def _data(step: StepVitals) -> list[TensorVitals]:
    """Return the step's inputs and targets; masks of 0 and -inf are none."""
    if step.batch is None:
        return []
    named = [tensor for name, tensor in step.batch.inputs.items() if "mask" not in name.lower()]
    targets = [step.batch.targets] if step.batch.targets is not None else []
    return [tensor for tensor in named + targets if not (tensor.std == 0 and tensor.high == 0)]


def _highest(step: StepVitals, layers: list[LayerFacts]) -> LayerFacts | None:
    """Return the last layer that has a gradient: what reaches it comes straight from the loss."""
    return next((layer for layer in reversed(layers) if step.layers[layer.name].gradient is not None), None)


def _slower(step: StepVitals) -> tuple[Treatment, ...]:
    if not step.learning_rates:
        return ()
    rate = max(step.learning_rates) / 10
    return (Treatment(f"Lower the learning rate to {rate:g}.", {"optimizer.lr": rate}),)
