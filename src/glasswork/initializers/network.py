"""Networks: one initializer for all weights of a network, another for all its biases."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from glasswork.initializers.zeros import zeros

__all__ = ["initialize"]


def initialize(
    model: nn.Module, weights: Callable[[Tensor], Tensor], biases: Callable[[Tensor], Tensor] = zeros
) -> nn.Module:
    """Fill the weights and biases of every linear and convolutional layer, in the order of the modules.

    Normalisation, embeddings and recurrent cells keep what they have: their numbers mean something else.

    Args:
        model: changed in place.
        weights: an initializer for the matrices and filters.
        biases: an initializer for the biases.

    Returns:
        The model itself.

    >>> from glasswork.initializers import constant
    >>> model = initialize(nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1)), lambda w: constant(w, value=1.0))
    >>> [p.tolist() for p in model.parameters()]
    [[[1.0, 1.0], [1.0, 1.0]], [0.0, 0.0], [[1.0, 1.0]], [0.0]]
    """
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.modules.conv._ConvNd):
            weights(module.weight)
            if module.bias is not None:
                biases(module.bias)
    return model
