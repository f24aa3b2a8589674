"""A softmax between hidden layers.

Looks at:     the kinds of the activations and which layer takes their output.
Fires when:   the output of a softmax or log-softmax goes as it is (or through dropout or a norm layer) into a dense,
              convolutional or recurrent layer.
Why it hurts: a softmax makes its units compete and sum to 1: a wide layer's outputs are tiny and so are their
              gradients.
Try first:    use ReLU, GELU or tanh between layers; keep the softmax for the end.
Can be wrong: where the probabilities of a first network are meant as inputs of a second. Attention is no such case:
              its softmax is multiplied with values. A sigmoid between layers is old but sound, and is not reported
              here: where it does harm, its saturation or the fading gradient is.
Source:       TheDeepChecker and NeuraLint: wrong activation of a hidden layer.
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._anatomy import followers, kind, ordered
from glasswork.doctor.vitals import LayerFacts, Vitals
from glasswork.records import Finding, Treatment

__all__ = ["softmax_in_hidden_layer"]

COMPETING = ("softmax", "logsoftmax", "softmax2d", "softmin")
TAKERS = ("linear", "recurrent")
PASSING = ("dropout", "norm", "pooling")


def softmax_in_hidden_layer(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first softmax whose output is another layer's input."""
    if not vitals.steps:
        return
    for model in vitals.models.values():
        next_of = followers(model)
        for layer in ordered(model):
            taker = _taker(layer, next_of) if kind(layer) in COMPETING and not layer.last else None
            if taker:
                yield Finding(
                    "softmax-in-hidden-layer",
                    "critical",
                    0.9,
                    layer.name,
                    f"{layer.name} is a {layer.kind}, and its output is the input of {taker.name} ({taker.kind}).",
                    f"Put ReLU, GELU or tanh in the place of {layer.name}.",
                    vitals.steps[0].number,
                    (Treatment("Use ReLU between layers.", {"model.activation": "relu"}),),
                )
                return


def _taker(layer: LayerFacts, next_of: dict[str, list[LayerFacts]]) -> LayerFacts | None:
    """Return the layer with weights that the output reaches unchanged, or changed little."""
    seen, open_ends = set(), [layer]
    while open_ends:
        for after in next_of.get(open_ends.pop().name, []):
            if after.family in TAKERS:
                return after
            if after.family in PASSING and after.name not in seen:
                seen.add(after.name)
                open_ends.append(after)
    return None
