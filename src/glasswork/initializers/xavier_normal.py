"""Xavier (Glorot) normal: weights for layers with an S-shaped curve.

Course: INIT-08.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from glasswork.initializers.fan import fan_in_and_out

__all__ = ["xavier_normal"]


@torch.no_grad()
def xavier_normal(tensor: Tensor, *, generator: Generator | None = None) -> Tensor:
    r"""Normal, with a variance between what keeps signals and what keeps gradients alike from layer to layer.

    .. math:: w \sim \mathcal N\left(0, \frac{2}{\text{in} + \text{out}}\right)

    Args:
        tensor: (O, I) or (O, I, ...), filled in place.
        generator: where the random numbers come from; torch's own if not said.

    Returns:
        The tensor itself.

    Source: Glorot & Bengio 2010, "Understanding the Difficulty of Training Deep Feedforward Neural Networks".

    >>> round(xavier_normal(torch.empty(100, 100), generator=torch.Generator().manual_seed(0)).std().item(), 2)
    0.1
    """
    fan_in, fan_out = fan_in_and_out("xavier_normal", tensor)
    if tensor.numel() == 0:
        return tensor
    return tensor.normal_(0.0, math.sqrt(2 / (fan_in + fan_out)), generator=generator)
