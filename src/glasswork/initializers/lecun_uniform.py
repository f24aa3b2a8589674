"""LeCun uniform: weights that keep a signal's variance, for SELU and for linear layers.

Course: INIT-13.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from glasswork.initializers.fan import fan_in_and_out

__all__ = ["lecun_uniform"]


@torch.no_grad()
def lecun_uniform(tensor: Tensor, *, generator: Generator | None = None) -> Tensor:
    r"""Uniform, with the variance at which a sum of inputs of variance 1 has variance 1.

    .. math:: w \sim \mathcal U(-b, b), \qquad b = \sqrt{\frac{3}{\text{in}}}

    Args:
        tensor: (O, I) or (O, I, ...), filled in place.
        generator: where the random numbers come from; torch's own if not said.

    Returns:
        The tensor itself.

    Source: LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", section 4.6.

    >>> bool((lecun_uniform(torch.empty(50, 12)).abs() <= 1 / 2).all())
    True
    """
    fan_in, _ = fan_in_and_out("lecun_uniform", tensor)
    if tensor.numel() == 0:
        return tensor
    bound = math.sqrt(3 / fan_in)
    return tensor.uniform_(-bound, bound, generator=generator)
