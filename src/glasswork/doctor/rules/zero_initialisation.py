"""Weights that all begin at 0 and keep their units alike.

Looks at:     weight matrices, embeddings and scales that were exactly 0 at first, and whether their gradient is the
              same for every unit, or 0.
Fires when:   such a layer's gradient is equal in all its rows, in two sampled steps; or at least TOGETHER tables
              (embeddings or matrices) are 0 and get a gradient of exactly 0 in TIMES sampled steps while something else
              has moved, or nothing gets any (of tables that belong to no layer: the outputs are exactly equal for all
              rows in LOOKS sampled steps after something has moved): factors of one product, each with the other's
              0 for a slope. Likewise a norm layer whose scales (and shifts) began at 0 and get a gradient of exactly 0.
Why it hurts: units with equal weights and equal gradients stay equal for ever: the layer is one unit, or, where two
              layers are 0, nothing at all learns.
Try first:    leave torch's own initialisation, or draw by Xavier (tanh) or He (ReLU).
Can be wrong: hardly. Starting the *last* layer of a network or of a residual branch at 0 is good practice: there the
              gradients of the units differ from the first step on, and the rule is silent; so it is where a branch
              waits for a last layer of 0, which leaves 0 with the first step that moves anything.
Source:       SageMaker Debugger's AllZero; Goodfellow et al. 2016, section 8.4; Zhang et al. 2019, "Fixup" (the
              exception).
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._anatomy import ordered, parameters
from glasswork.doctor.rules._history import looked_at
from glasswork.doctor.rules.symmetric_initialisation import alike_layers
from glasswork.doctor.vitals import ModelFacts, ParameterFacts, Vitals
from glasswork.records import Finding

__all__ = ["zero_initialisation"]

TOGETHER = 2
TIMES = 2
LOOKS = 4
ROWS = 4


def zero_initialisation(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first layer of weights 0 whose units stay alike, else scales or tables that are held at 0."""
    found = list(alike_layers(vitals, zero=True))
    if not found:
        scale = next(_scales(vitals), None)
        yield from [scale] if scale else _factors(vitals)
    else:
        name, step = found[0]
        others = f"; so are those of {len(found) - 1} more layers" if len(found) > 1 else ""
        yield Finding(
            "zero-initialisation",
            "critical",
            0.95,
            name,
            f"All weights of {name} were 0 at first, and at step {step} the gradient is the same for each of its "
            f"units{others}.",
            "Draw the weights at random: torch.nn.init.kaiming_uniform_ for ReLU, xavier_uniform_ for tanh.",
            step,
        )


def _scales(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first norm layer whose scales began at 0 and get no gradient at all, though something else moves."""
    for model in vitals.models.values():
        for layer in ordered(model):
            held = [p for p in parameters(model, layer.name) if len(p.shape) == 1 and p.trainable]
            if layer.family != "norm" or not held or any(p.zeros != 1.0 or p.optimized is False for p in held):
                continue
            number = _held(vitals, layer.name)
            if number is None:
                continue
            yield Finding(
                "zero-initialisation",
                "critical",
                0.95,
                layer.name,
                f"All scales of {layer.name} ({layer.kind}) were 0 at first, so that it gives the same for every row, "
                f"and up to step {number} their gradient is exactly 0.",
                "Start a norm layer's scales at 1; draw only matrices, and set only biases to 0.",
                number,
            )
            return


def _factors(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first of several tables that began at 0 and get no gradient, though others move or nothing does."""
    for model in vitals.models.values():
        stuck = [(name, step) for name in _tables(model) if (step := _held(vitals, name)) is not None]
        bare = [] if stuck else [p for p in _zeros(model) if model.layers[p.layer].family == "other"]
        silent = _silent(vitals) if len(bare) >= TOGETHER else None
        if silent is not None:
            held = " and ".join(p.name for p in bare[:TOGETHER])
            yield Finding(
                "zero-initialisation",
                "critical",
                0.9,
                bare[0].layer,
                f"{held} were all 0 at first, and up to step {silent} the outputs are exactly equal for every row: "
                "where they are multiplied, each has the other's 0 for its slope.",
                f"Draw at least one of them at random: torch.randn(…) * 0.1 for {bare[0].name}.",
                silent,
            )
            return
        if len(stuck) >= TOGETHER:
            names, number = [name for name, _ in stuck], max(step for _, step in stuck)
            yield Finding(
                "zero-initialisation",
                "critical",
                0.95,
                names[0],
                f"All weights of {' and '.join(names[:2])} were 0 at first, and at step {number} their gradient is "
                "exactly 0: where they are multiplied, each has the other's 0 for its slope.",
                f"Draw at least one of them at random: torch.nn.init.normal_({names[0]}.weight, std=0.1).",
                number,
            )
            return


def _tables(model: ModelFacts) -> list[str]:
    """Return the layers that have weights of several numbers a row, all 0 at first."""
    found = [weight.layer for weight in _zeros(model)]
    return [name for name in dict.fromkeys(found) if model.layers[name].family in ("embedding", "linear")]


def _zeros(model: ModelFacts) -> list[ParameterFacts]:
    """Return the trained matrices that were 0 at first, of layers that were seen."""
    return [
        weight
        for weight in model.parameters.values()
        if weight.trainable and weight.optimized is not False and weight.zeros == 1.0 and weight.layer in model.layers
        if len(weight.shape) >= 2 and min(weight.shape) > 1
    ]


def _silent(vitals: Vitals) -> int | None:
    """Return the step by which outputs had been equal LOOKS times, although something had moved before."""
    row, moved = 0, False
    for step in looked_at(vitals):
        outputs = step.batch.outputs if step.batch else None
        if outputs is None or outputs.std is None or not outputs.shape or outputs.shape[0] < ROWS:
            continue
        if outputs.std != 0:
            return None
        row += moved
        moved = moved or (step.update_norm or 0.0) > 0
        if row == LOOKS:
            return step.number
    return None


def _held(vitals: Vitals, name: str) -> int | None:
    """Return the step by which a layer at 0 had got no gradient, although something else had moved meanwhile."""
    row, moved = 0, False
    for step in looked_at(vitals):
        seen = step.layers.get(name)
        if seen is None or seen.gradient is None or seen.weight is None:
            continue
        if seen.gradient != 0 or seen.weight != 0:
            return None
        if row == 0 or moved:
            row += 1
        moved = moved or (step.update_norm or 0.0) > 0 or step.gradient_norm == 0
        if row == TIMES:
            return step.number
    return None
