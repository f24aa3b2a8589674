"""Two linear layers with nothing between them.

Looks at:     which dense or convolutional layer takes another's output as it is, or through dropout or batch norm.
Fires when:   the first layer is at least as wide as its input or as the second's output, its output goes nowhere
              else, and neither layer is grouped.
Why it hurts: two linear maps after each other are one linear map: the weights of one of them are wasted, and the
              network is less deep than it looks.
Try first:    put an activation (ReLU, GELU, tanh) between them.
Can be wrong: a narrow layer between wide ones is a bottleneck and has a purpose (the code of an autoencoder, a
              low-rank product, a depthwise-separable convolution); it is not reported. A residual sum that could not
              be seen may use the first layer's output as well; where that is likely the rule is silent.
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

PASSING = ("identity", "flatten", "unflatten")


def missing_nonlinearity(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first pair of linear layers that amount to one."""
    if not vitals.steps:
        return
    for model in vitals.models.values():
        next_of = followers(model)
        for first in ordered(model):
            second = _second(model, first, next_of)
            if second:
                yield Finding(
                    "missing-nonlinearity",
                    "warning",
                    0.85,
                    first.name,
                    f"The output of {first.name} ({first.kind}) is the input of {second.name} ({second.kind}), with no "
                    "activation between them: together they are one linear layer.",
                    f"Put an activation such as ReLU between {first.name} and {second.name}.",
                    vitals.steps[0].number,
                )
                return


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
        nothing = kind(here) in ("identity", "flatten", "unflatten")
        if (
            not (nothing or here.family == "dropout" or (here.family == "norm" and "batchnorm" in kind(here)))
            or here.last
        ):
            return None
    other = matrix(model, here.name)
    if other is None or not other.trainable or _special(first) or _special(here):
        return None
    if first.consumers is None and not here.last and not next_of.get(here.name):
        return None  # what follows cannot be seen: perhaps a sum with the first layer's own output
    narrow = weight.shape[0] < min(_inputs(weight.shape), other.shape[0])
    return None if narrow else here


def _inputs(shape: tuple[int, ...]) -> int:
    return prod(shape[1:])


def _special(layer: LayerFacts) -> bool:
    """Return whether a layer is one factor of a product that is meant: grouped, or long in one direction."""
    size = layer.settings.get("kernel_size")
    uneven = isinstance(size, tuple | list) and len(set(size)) > 1
    return int(layer.settings.get("groups") or 1) > 1 or uneven
