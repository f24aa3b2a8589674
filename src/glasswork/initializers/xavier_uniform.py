"""Xavier (Glorot) uniform: weights for layers with an S-shaped curve.

Course: INIT-09.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from glasswork.initializers.fan import fan_in_and_out

__all__ = ["xavier_uniform"]


@torch.no_grad()
def xavier_uniform(tensor: Tensor, *, generator: Generator | None = None) -> Tensor:
    r"""Uniform, with a variance between what keeps signals and what keeps gradients alike from layer to layer.

    .. math:: w \sim \mathcal U(-b, b), \qquad b = \sqrt{\frac{6}{\text{in} + \text{out}}}

    Args:
        tensor: (O, I) or (O, I, ...), filled in place.
        generator: where the random numbers come from; torch's own if not said.

    Returns:
        The tensor itself.

    Source: Glorot & Bengio 2010, "Understanding the Difficulty of Training Deep Feedforward Neural Networks".

    >>> bool((xavier_uniform(torch.empty(50, 8)).abs() <= math.sqrt(6 / 58)).all())
    True
    """
    fan_in, fan_out = fan_in_and_out("xavier_uniform", tensor)
    if tensor.numel() == 0:
        return tensor
    bound = math.sqrt(6 / (fan_in + fan_out))
    return tensor.uniform_(-bound, bound, generator=generator)
