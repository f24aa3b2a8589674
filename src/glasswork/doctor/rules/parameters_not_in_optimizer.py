"""Weights that no optimizer holds.

Looks at:     which parameters want a gradient and took part in the training, and which of them an optimizer holds.
Fires when:   the optimizer holds none of the model's parameters (it was made for another model, or before the model was
              made anew), none of what it holds ever gets a gradient though another optimizer's did, parameters that get
              gradients are left out, a layer of which it holds the weights by name gets gradients and is not moved from
              some step on, while others are (the layer was replaced; what it holds is the old one's), or ``backward``
              runs and no optimizer ever steps.
Why it hurts: what no optimizer holds never changes, however long the training takes.
Try first:    make the optimizer from ``model.parameters()`` after the model is complete, and call its ``step()``.
Can be wrong: when the body of a network is left out on purpose and only its head learns. A left-out body that looks
              trained already, with the head held, is a note; one with freshly drawn weights is a fault.
Source:       Jiang et al. 2025, "TrainCheck", OSDI; FEW: a model of which less than a tenth is held was not meant.
              MOST: an optimizer without most of the layers was made for the wrong part; with most, it lacks a layer.
              UNSTEPPED: gradients are seldom accumulated over more batches than that.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from statistics import median

from glasswork.doctor.rules._anatomy import looks_untrained, matrix, ordered, parameters
from glasswork.doctor.rules._history import part_of
from glasswork.doctor.vitals import LayerFacts, LayerVitals, ModelFacts, ParameterFacts, StepVitals, Vitals
from glasswork.records import Finding

__all__ = ["parameters_not_in_optimizer"]

FEW = 0.1
MOST = 0.5
UNSTEPPED = 100
LIKE = 1e-3  # of the others' gradients, relative to the weights: a smaller one may move nothing
ROUNDED = 1e-5  # of the weights: steps that small are lost in single precision where a weight is large
LOOKS = 3


def parameters_not_in_optimizer(vitals: Vitals) -> Iterator[Finding]:
    """Yield, for each model, what no optimizer holds; or that no optimizer ever stepped."""
    if not vitals.steps:
        over = vitals.finished and vitals.error is None
        if vitals.optimizers and (vitals.backwards >= UNSTEPPED or (over and vitals.backwards > 1)):
            yield Finding(
                "parameters-not-in-optimizer",
                "critical",
                0.9,
                "loop",
                f"backward() was called {vitals.backwards} times, and no optimizer made a step.",
                "Call optimizer.step() after backward().",
            )
        return
    yield from _idle(vitals)
    for model in vitals.models.values():
        out = [p for p in model.parameters.values() if p.trainable and p.optimized is False]
        held = [p for p in model.parameters.values() if p.trainable and p.optimized]
        if out and (held or len(vitals.models) == 1 or _gets_gradients(vitals, model)):
            yield from _judge(vitals, model, out, held)
        yield from _replaced(vitals, model)


def _replaced(vitals: Vitals, model: ModelFacts) -> Iterator[Finding]:
    """Yield layers that get gradients and are no longer moved by the optimizer that holds them by name."""
    for layer in model.layers.values():
        still: list[StepVitals] = []
        for step in vitals.steps:
            seen = step.layers.get(layer.name) if step.sampled and not step.skipped else None
            if seen is None or seen.update is None:
                continue
            if seen.update:
                still = []
            elif min(step.learning_rates, default=0.0) > 0 and _should_move(step, seen):
                still.append(step)
        if len(still) < LOOKS or not _held_by(vitals, model, layer, still):
            continue
        last = still[LOOKS - 1]
        yield Finding(
            "parameters-not-in-optimizer",
            "critical",
            0.9,
            layer.name,
            f"In {LOOKS} sampled steps of {last.optimizer} up to {last.number} {layer.name} had a gradient and did not "
            "move by a single bit, though others did: it was replaced after the optimizer was made, which still holds "
            "what was there before.",
            f"Make {last.optimizer} after the last layer has been replaced, from the parameters that are to learn.",
            last.number,
        )
        return


def _should_move(step: StepVitals, layer: LayerVitals) -> bool:
    """Return whether the step moves weights by more than what rounding may swallow, and this gradient is as others."""
    known = [one.gradient / one.weight for one in step.layers.values() if one.gradient and one.weight and one.update]
    if not known or not layer.gradient or layer.gradient < LIKE * median(known) * (layer.weight or 0.0):
        return False
    return (step.update_norm or 0.0) > ROUNDED * (step.weight_norm or 0.0)


def _held_by(vitals: Vitals, model: ModelFacts, layer: LayerFacts, steps: list[StepVitals]) -> bool:
    """Return whether the optimizers of these steps hold a layer's weights, by their names."""
    mine = {one.name for one in parameters(model, layer.name)}
    makers = {step.optimizer for step in steps}
    return bool(mine) and all(
        name in vitals.optimizers and mine & set(vitals.optimizers[name].parameters) for name in makers
    )


def _idle(vitals: Vitals) -> Iterator[Finding]:
    """Yield an optimizer whose tensors get no gradient in its own steps, while those of another one did."""
    for name in vitals.optimizers:
        own = [
            s for s in vitals.steps if s.optimizer == name and s.sampled and s.weight_norm is not None and s.backwards
        ]
        others = any(s.optimizer != name and (s.gradient_norm or 0) > 0 for s in vitals.steps)
        if others and len(own) >= LOOKS and not any(s.gradient_norm or s.update_norm for s in own[:LOOKS]):
            yield Finding(
                "parameters-not-in-optimizer",
                "critical",
                0.9,
                "optimizer",
                f"In {LOOKS} sampled steps up to {own[LOOKS - 1].number} nothing that {name} holds had a gradient, "
                "though backward() was called: what learns now is not what it was made for.",
                f"Make {name} after the last layer has been replaced, from the parameters that are to learn.",
                own[LOOKS - 1].number,
            )
            return


def _judge(
    vitals: Vitals, model: ModelFacts, out: list[ParameterFacts], held: list[ParameterFacts]
) -> Iterator[Finding]:
    size_out, size_held = _size(out), _size(held)
    share = size_out / (size_out + size_held)
    foreign = sum(optimizer.foreign for optimizer in vitals.optimizers.values())
    step = min(step.number for step in vitals.steps)
    if share > 1 - FEW and (foreign or not held):
        extra = f"; it holds {foreign} tensors of no model that runs" if foreign else ""
        yield Finding(
            "parameters-not-in-optimizer",
            "critical",
            0.95,
            "optimizer",
            f"Of the {size_out + size_held:,} trainable numbers of {model.name} the optimizer holds "
            f"{size_held:,}{extra}.",
            f"Make the optimizer from {model.name}.parameters() after the model is complete.",
            step,
        )
        return
    layers = ordered(model)
    left_out = [layer for layer in layers if layer.runs and _all_in(parameters(model, layer.name), out)]
    parts = [layer for layer in layers if layer.runs and any(p in out for p in parameters(model, layer.name))]
    if not parts:
        return
    most = len(left_out) > MOST * sum(bool(layer.runs and parameters(model, layer.name)) for layer in layers)
    body = _is_body(layers, left_out, model) and all(layer in left_out for layer in parts)
    fresh = [looks_untrained(model, layer.name) for layer in left_out if matrix(model, layer.name)]
    # Small layers cannot tell (None); nobody has pretrained those.
    trained = body and fresh.count(False) > fresh.count(True)
    names = ", ".join(layer.name for layer in parts[:3]) + (f" and {len(parts) - 3} more" if len(parts) > 3 else "")
    yield Finding(
        "parameters-not-in-optimizer",
        "note" if trained else "critical",
        0.5 if trained else 0.75 if body else 0.92,
        "optimizer" if most and not trained else parts[0].name,
        f"{names}: {part_of(share)} of the trainable numbers get gradients, and no optimizer holds them.",
        "If they are to stay as they are, set requires_grad to False, which saves their gradients; else give them to "
        "the optimizer."
        if body
        else "Make the optimizer from all of model.parameters().",
        step,
    )


def _is_body(layers: list[LayerFacts], left_out: list[LayerFacts], model: ModelFacts) -> bool:
    """Return whether what is left out is the network's lower part, and all above it is held."""
    having = [layer for layer in layers if parameters(model, layer.name)]
    marks = [layer in left_out for layer in having]
    return bool(marks) and marks[0] and not marks[-1] and marks == sorted(marks, reverse=True)


def _all_in(some: list[ParameterFacts], out: list[ParameterFacts]) -> bool:
    return bool(some) and all(p in out for p in some)


def _gets_gradients(vitals: Vitals, model: ModelFacts) -> bool:
    return any(
        (step.layers[name].gradient or 0) > 0 for step in vitals.steps for name in step.layers.keys() & model.layers
    )


def _size(some: list[ParameterFacts]) -> int:
    return sum(prod(p.shape) for p in some)
