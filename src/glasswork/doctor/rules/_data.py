"""What a batch is made of: which of the inputs are data, and whether the first layer saw them as they came."""

from __future__ import annotations

from math import sqrt

from glasswork.doctor.rules._anatomy import matrix, ordered
from glasswork.doctor.vitals import LayerFacts, ModelFacts, StepVitals, TensorVitals, Vitals

__all__ = ["entered", "entry", "main_input", "rows_of", "scaled_inside", "size_of"]

# Arguments that steer a model and are no data: masks of 0 and -inf, positions, diffusion times, lengths, states.
_STEERING = ("mask", "position", "time", "len", "index", "idx", "weight", "hidden", "state", "memory", "step", "bias")
_INSIDE = 0.2  # a first layer whose output is this much smaller than its input demands saw a smaller input
_USUAL = 3.0  # root mean square of what preprocessing within a model makes of data of any size


def main_input(step: StepVitals) -> TensorVitals | None:
    """Return the floating input that carries the data: the one with most numbers an example; None without one."""
    if step.batch is None:
        return None
    found = [
        tensor
        for name, tensor in step.batch.inputs.items()
        if len(tensor.shape) >= 2 and not any(word in name.lower() for word in _STEERING)
    ]
    return max(found, key=_numbers, default=None)


def entered(vitals: Vitals, step: StepVitals) -> TensorVitals | None:
    """Return what the first weights are given; None where that was not seen, or may be another model's."""
    return step.batch.entered if step.batch is not None and len(vitals.models) == 1 else None


def entry(model: ModelFacts) -> LayerFacts | None:
    """Return the first layer that ran and does more than pass its input on."""
    for layer in ordered(model):
        if layer.family != "dropout" and layer.kind.lower() not in ("flatten", "identity", "unflatten"):
            return layer
    return None


def rows_of(step: StepVitals) -> int | None:
    """Return how many examples a step's last batch had: the longest first dimension, as some inputs are time first."""
    if step.batch is None:
        return None
    tensors = [*step.batch.inputs.values(), *step.batch.tokens.values()]
    return max((tensor.shape[0] for tensor in tensors if tensor.shape), default=None)


def size_of(tensor: TensorVitals) -> float | None:
    """Return the root mean square of a tensor's elements."""
    if tensor.mean is None or tensor.std is None:
        return None
    return sqrt(tensor.mean**2 + tensor.std**2)


def scaled_inside(vitals: Vitals, step: StepVitals, size: float) -> bool | None:
    """Return whether the model scales its inputs before its first weights; None where that cannot be seen.

    A dense layer whose weights have root mean square w and fan-in n turns inputs of size s into outputs of size about
    w sqrt(n) s. Far less says that something smaller came in, such as ``x / 255`` at the top of ``forward``.
    """
    if len(vitals.models) != 1:
        return None
    model = next(iter(vitals.models.values()))
    first = entry(model)
    if first is None:
        return None
    if first.family == "norm":
        return True
    weight = matrix(model, first.name)
    seen = step.layers.get(first.name)
    if first.family == "other" and weight is None:
        if seen is None or seen.mean is None or seen.std is None:
            return None  # preprocessing within the model: what it does is not known
        return True if sqrt(seen.mean**2 + seen.std**2) < min(_USUAL, _INSIDE * size) else None
    if weight is None or weight.fan_in is None or seen is None or seen.weight is None or None in (seen.mean, seen.std):
        return None
    if first.family != "linear":
        return False  # recurrent and attention layers have bounded outputs: only their inputs tell
    got = sqrt((seen.mean or 0) ** 2 + (seen.std or 0) ** 2)
    return got < _INSIDE * seen.weight * sqrt(weight.fan_in) * size


def _numbers(tensor: TensorVitals) -> int:
    product = 1
    for size in tensor.shape[1:]:
        product *= size
    return product
