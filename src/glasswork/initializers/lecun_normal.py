"""LeCun normal: weights that keep a signal's variance, for SELU and for linear layers.

Course: INIT-13.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from glasswork.initializers.fan import fan_in_and_out

__all__ = ["lecun_normal"]


@torch.no_grad()
def lecun_normal(tensor: Tensor, *, generator: Generator | None = None) -> Tensor:
    r"""Normal, with the variance at which a sum of inputs of variance 1 has variance 1.

    .. math:: w \sim \mathcal N\left(0, \frac{1}{\text{in}}\right)

    Args:
        tensor: (O, I) or (O, I, ...), filled in place.
        generator: where the random numbers come from; torch's own if not said.

    Returns:
        The tensor itself.

    Source: LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", section 4.6.

    >>> round(lecun_normal(torch.empty(100, 100), generator=torch.Generator().manual_seed(0)).std().item(), 2)
    0.1
    """
    fan_in, _ = fan_in_and_out("lecun_normal", tensor)
    if tensor.numel() == 0:
        return tensor
    return tensor.normal_(0.0, math.sqrt(1 / fan_in), generator=generator)
