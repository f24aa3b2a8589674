"""Small random: fine for one hidden layer; in a deep network the signal dies away.

Course: INIT-04.
"""

from __future__ import annotations

from torch import Generator, Tensor

from glasswork.initializers.normal import normal

__all__ = ["small_random"]


def small_random(tensor: Tensor, *, deviation: float = 0.01, generator: Generator | None = None) -> Tensor:
    r"""Normal numbers near 0: a part to learn from what goes wrong with it.

    .. math:: w \sim \mathcal N(0, 0.01^2)

    A layer of n inputs multiplies a signal's variance by :math:`n \sigma^2`, half of that with ReLU: 0.01 at 100
    inputs, so that ten such layers leave nothing to learn from.

    Args:
        tensor: any shape, filled in place.
        deviation: the spread :math:`\sigma`; at least 0.
        generator: where the random numbers come from; torch's own if not said.

    Returns:
        The tensor itself.

    Source: Glorot & Bengio 2010, "Understanding the Difficulty of Training Deep Feedforward Neural Networks".

    >>> import torch
    >>> round(small_random(torch.empty(10000), generator=torch.Generator().manual_seed(0)).std().item(), 3)
    0.01
    """
    return normal(tensor, mean=0.0, deviation=deviation, generator=generator)
