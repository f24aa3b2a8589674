"""Where a layer stands in its network: its depth, its weights, its neighbours, and whether anything has trained it."""

from __future__ import annotations

from collections.abc import Iterator
from math import log, pi, sqrt

from glasswork.doctor.vitals import LayerFacts, ModelFacts, ParameterFacts, StepVitals, Vitals

__all__ = [
    "followers",
    "is_batch_norm",
    "kind",
    "last_layers",
    "looks_untrained",
    "matrix",
    "needs_mode",
    "ordered",
    "parameters",
    "trained_at",
    "weighted",
]

_LEARNING = ("linear", "recurrent", "attention")
_TORCHS = 1 / sqrt(3)
_KNOWN_GAINS = (_TORCHS, 1.0, sqrt(2.0))  # torch's default, LeCun, He: std * sqrt(fan in)
_KNOWN_SCALES = (0.02, 0.01, 0.1, 1.0)  # plain normal draws: GPT and DCGAN, early practice, torch.randn
_BOUND = 1.001  # of a uniform draw's end: rounding
_SHORT = 0.7  # standard deviations by which a normal draw's largest of 500 and more is hardly ever less than usual
_FEW = 64
_GAP = 4.0  # widths over count: the largest of a uniform draw is seldom further from the end
_SPREAD = 0.45  # of a uniform draw: standard error of its standard deviation, times the root of the count
_ENOUGH = 500  # elements below which a standard deviation is too uncertain to recognise a recipe by


def kind(layer: LayerFacts) -> str:
    """Return what a layer is, written one way: ``LogSoftmax``, ``log_softmax`` and ``logsoftmax`` are the same.

    >>> kind(LayerFacts("a", "LogSoftmax", "activation")), kind(LayerFacts("b", "leaky_relu", "activation"))
    ('logsoftmax', 'leakyrelu')
    """
    word = layer.kind.lower().replace("_", "")
    return "sigmoid" if word == "logistic" else word


def ordered(model: ModelFacts) -> list[LayerFacts]:
    """Return the layers that ran, in the order in which they first did."""
    return sorted((layer for layer in model.layers.values() if layer.order is not None), key=lambda x: x.order or 0)


def parameters(model: ModelFacts, layer: str) -> list[ParameterFacts]:
    """Return the parameters of a layer; the model's name in front of a path does not matter."""
    bare = layer.rpartition("/")[2]
    return [p for p in model.parameters.values() if p.layer == layer or p.layer.rpartition("/")[2] == bare]


def matrix(model: ModelFacts, layer: str) -> ParameterFacts | None:
    """Return a layer's largest weight matrix or filter bank, or None."""
    found = [p for p in parameters(model, layer) if len(p.shape) >= 2]
    return max(found, key=lambda p: _count(p.shape), default=None)


def weighted(model: ModelFacts) -> list[LayerFacts]:
    """Return the dense, convolutional, recurrent and attention layers that ran, in order."""
    return [layer for layer in ordered(model) if layer.family in _LEARNING and matrix(model, layer.name) is not None]


def followers(model: ModelFacts) -> dict[str, list[LayerFacts]]:
    """Return, for each layer, those that took its output as it was."""
    found: dict[str, list[LayerFacts]] = {name: [] for name in model.layers}
    for layer in ordered(model):
        for name in layer.after:
            found.setdefault(name, []).append(layer)
    return found


def last_layers(vitals: Vitals) -> Iterator[tuple[ModelFacts, LayerFacts]]:
    """Yield each model's last layer, where its output is the model's."""
    for model in vitals.models.values():
        for layer in model.layers.values():
            if layer.last:
                yield model, layer


def is_batch_norm(layer: LayerFacts) -> bool:
    """Return whether a layer keeps running statistics of its batches."""
    tracks = layer.settings.get("track_running_stats", True)
    return layer.family == "norm" and "batchnorm" in kind(layer) and bool(tracks)


def needs_mode(layer: LayerFacts) -> bool:
    """Return whether a layer computes something else in training than in evaluation."""
    if is_batch_norm(layer):
        return True
    if layer.family == "dropout":
        return float(layer.settings.get("p") or 0) > 0
    return layer.family in ("recurrent", "attention") and float(layer.settings.get("dropout") or 0) > 0


def looks_untrained(model: ModelFacts, layer: str) -> bool | None:
    """Return whether a layer's first weights look freshly drawn; None where there are too few to tell.

    Fresh weights have a mean of 0 within its standard error, the spread of a known recipe (torch's, Xavier's, LeCun's,
    He's, a plain normal), and no element beyond the recipe's bound, or else a normal draw's tail. A short training
    hardly changes mean and spread, but pushes elements over the bound.
    """
    weight = matrix(model, layer)
    if weight is None or weight.std is None or weight.mean is None or weight.fan_in is None:
        return None
    count = _count(weight.shape)
    if count < _ENOUGH:
        return _at_the_bound(weight, weight.std, weight.fan_in, count)
    error = 3 / sqrt(2 * count) + 0.01
    fan_out = weight.shape[0] * _count(weight.shape[2:])
    known = [gain / sqrt(weight.fan_in) for gain in _KNOWN_GAINS]
    known += [sqrt(2 / (weight.fan_in + fan_out)), *_KNOWN_SCALES]
    likely = [scale for scale in known if abs(weight.std - scale) <= error * scale]
    default = _TORCHS / sqrt(weight.fan_in)  # a uniform draw: no normal recipe has this spread
    drawn = any(_from_draw(weight.largest, scale, count, bounded=scale == default) for scale in likely)
    return drawn and abs(weight.mean) <= 4 * weight.std / sqrt(count)


def _at_the_bound(weight: ParameterFacts, std: float, fan_in: int, count: int) -> bool | None:
    """Return whether few weights fill torch's default uniform draw to its very end and not beyond; None else.

    Of so many draws the largest lies within a few widths divided by their number of the end; trained weights do so by
    chance alone.
    """
    bound, largest, mean = 1 / sqrt(fan_in), weight.largest or 0.0, weight.mean or 0.0
    if count < _FEW or not bound * (1 - _GAP / count) <= largest <= _BOUND * bound:
        return None
    usual = abs(std - _TORCHS * bound) <= 3 * _SPREAD * std / sqrt(count) and abs(mean) <= 3 * std / sqrt(count)
    return True if usual else None


def _from_draw(largest: float | None, scale: float, count: int, *, bounded: bool = False) -> bool:
    """Return whether the largest of so many weights is one that a uniform draw of this spread has, or a normal one."""
    if largest is None or bounded:
        return largest is None or largest <= _BOUND * sqrt(3) * scale
    tail = sqrt(2 * log(2 * count))
    usual = tail - (log(log(2 * count)) + log(pi)) / (2 * tail)  # expected, of a normal draw
    return largest <= _BOUND * sqrt(3) * scale or largest >= (usual - _SHORT) * scale


def trained_at(steps: list[StepVitals], layer: str) -> bool:
    """Return whether any of these steps changed the layer."""
    return any((step.layers[layer].update or 0) > 0 for step in steps if layer in step.layers)


def _count(shape: tuple[int, ...]) -> int:
    product = 1
    for size in shape:
        product *= size
    return product
