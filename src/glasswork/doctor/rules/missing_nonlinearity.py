"""Two linear layers with nothing between them, or an activation whose result is thrown away.

Looks at:     which dense or convolutional layer takes another's output as it is, or through dropout or batch norm (in
              a model without a single activation, any norm); and which activations return what nobody takes.
Fires when:   the first layer is at least as wide as its input or as the second's output, its output goes nowhere
              else, and neither layer is grouped (a leaky ReLU with a negative slope within NEARLY of 1 is nothing
              between them); or an activation is called, its result is gone when the model
              returns, and its input is used as it was (``F.relu(x)`` without ``x =``).
Why it hurts: two linear maps after each other are one linear map: the weights of one of them are wasted, and the
              network is less deep than it looks.
Try first:    put an activation (ReLU, GELU, tanh) between them.
Can be wrong: a narrow layer between wide ones is a bottleneck and has a purpose (the code of an autoencoder, a
              low-rank product, a depthwise-separable convolution); it is not reported. Nor is a dense layer that gives
              a code the form of a picture for convolutions to come, as in decoders and generators: the two are one
              map, but a cheap way to write a large one. A residual sum that could not be seen may use the first
              layer's output as well; where that is likely the rule is silent.
Source:       UMLAUT (Schoop et al. 2021), NeuraLint (Nikanjam et al. 2021); the width condition is the rank of a
              product.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from glasswork.doctor.rules._anatomy import followers, kind, matrix, ordered
from glasswork.doctor.vitals import LayerFacts, ModelFacts, Vitals
from glasswork.records import Finding

__all__ = ["missing_nonlinearity"]

READ_OFF = ("softmax", "logsoftmax", "logsigmoid")  # shares, as a rule: for a look, not for the next layer
PASSING = ("identity", "flatten", "unflatten")
NEARLY = 0.05


def missing_nonlinearity(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first pair of linear layers that amount to one."""
    if not vitals.steps:
        return
    for model in vitals.models.values():
        next_of = followers(model)
        thrown = _thrown_away(model, vitals.steps[0].number)
        if thrown:
            yield thrown
            return
        for first in ordered(model):
            second = _second(model, first, next_of)
            if second:
                idle = any(_straight(layer) for layer in next_of.get(first.name, []))
                yield Finding(
                    "missing-nonlinearity",
                    "warning",
                    0.9 if idle else 0.85,
                    first.name,
                    f"The output of {first.name} ({first.kind}) is the input of {second.name} ({second.kind}), with "
                    + (
                        "a leaky ReLU between them whose negative slope is 1, which changes nothing"
                        if idle
                        else "no activation between them"
                    )
                    + ": together they are one linear layer.",
                    f"Put an activation such as ReLU between {first.name} and {second.name}.",
                    vitals.steps[0].number,
                )
                return


def _thrown_away(model: ModelFacts, step: int) -> Finding | None:
    """Return the finding for activations that were called for nothing."""
    lost = []
    for layer in ordered(model):
        source = model.layers.get(layer.after[0]) if len(layer.after) == 1 else None
        if layer.dropped and source is not None and (source.consumers or 0) > 1 and kind(layer) not in READ_OFF:
            lost.append((source.name, layer))
    if not lost:
        return None
    name, first = lost[0]
    act = kind(first)
    more = f"; likewise {len(lost) - 1} more" if len(lost) > 1 else ""
    evidence = (
        f"{act} is called with the output of {name} and nothing takes its result: what follows gets {name}'s output as "
        f"it was{more}, of {sum(layer.family == 'activation' for layer in ordered(model))} activations."
    )
    return Finding(
        "missing-nonlinearity",
        "warning",
        0.92,
        name,
        evidence,
        f"Keep the result: x = {act}(x), then go on with x.",
        step,
    )


def _second(model: ModelFacts, first: LayerFacts, next_of: dict[str, list[LayerFacts]]) -> LayerFacts | None:
    """Return the linear layer that follows, if the two are one linear map that loses no rank."""
    weight = matrix(model, first.name)
    if first.family != "linear" or weight is None or first.last or first.runs == 0 or not weight.trainable:
        return None
    here = first
    while True:
        takers = next_of.get(here.name, [])
        if len(takers) != 1 or (here.consumers or 1) > 1:
            return None
        here = takers[0]
        if here.family == "linear":
            break
        nothing = kind(here) in PASSING or _straight(here)
        normed = here.family == "norm" and ("batchnorm" in kind(here) or _nowhere(model))
        if not (nothing or normed or here.family == "dropout") or here.last:
            return None
    other = matrix(model, here.name)
    if other is None or not other.trainable or _special(first) or _special(here):
        return None
    if first.consumers is None and not here.last and not next_of.get(here.name):
        return None  # what follows cannot be seen: perhaps a sum with the first layer's own output
    if len(weight.shape) == 2 and len(other.shape) > 2 and weight.shape[0] > _inputs(weight.shape):
        return None  # it lifts a code to the form of a picture
    narrow = weight.shape[0] < min(_inputs(weight.shape), other.shape[0])
    return None if narrow else here


def _nowhere(model: ModelFacts) -> bool:
    """Return whether a model has nothing but dense layers, convolutions, norms and what passes its input on."""
    plain = ("linear", "norm", "dropout")
    return all(layer.family in plain or kind(layer) in PASSING for layer in ordered(model))


def _straight(layer: LayerFacts) -> bool:
    """Return whether an activation is a straight line: a leaky ReLU that leaks all."""
    slope = layer.settings.get("negative_slope")
    return kind(layer).startswith("leakyrelu") and isinstance(slope, int | float) and abs(slope - 1) < NEARLY


def _inputs(shape: tuple[int, ...]) -> int:
    return prod(shape[1:])


def _special(layer: LayerFacts) -> bool:
    """Return whether a layer is one factor of a product that is meant: grouped, or long in one direction."""
    size = layer.settings.get("kernel_size")
    uneven = isinstance(size, tuple | list) and len(set(size)) > 1
    return int(layer.settings.get("groups") or 1) > 1 or uneven
