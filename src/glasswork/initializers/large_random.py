"""Large random: the signal explodes from layer to layer, or saturates every S-shaped unit.

Course: INIT-05.
"""

from __future__ import annotations

from torch import Generator, Tensor

from glasswork.initializers.normal import normal

__all__ = ["large_random"]


def large_random(tensor: Tensor, *, deviation: float = 1.0, generator: Generator | None = None) -> Tensor:
    r"""Normal numbers of deviation 1, whatever the layer's size: a part to learn from what goes wrong with it.

    .. math:: w \sim \mathcal N(0, 1)

    A layer of n inputs multiplies a signal's variance by n, half of that with ReLU: 50 at 100 inputs.

    Args:
        tensor: any shape, filled in place.
        deviation: the spread; at least 0.
        generator: where the random numbers come from; torch's own if not said.

    Returns:
        The tensor itself.

    Source: Glorot & Bengio 2010, "Understanding the Difficulty of Training Deep Feedforward Neural Networks".

    >>> import torch
    >>> round(large_random(torch.empty(10000), generator=torch.Generator().manual_seed(0)).std().item(), 1)
    1.0
    """
    return normal(tensor, mean=0.0, deviation=deviation, generator=generator)
