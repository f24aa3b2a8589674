"""He (Kaiming) uniform: weights for layers with ReLU.

Course: INIT-12.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from glasswork.initializers.fan import fan_in_and_out

__all__ = ["he_uniform"]


@torch.no_grad()
def he_uniform(tensor: Tensor, *, generator: Generator | None = None) -> Tensor:
    r"""Uniform, with the variance that makes up for the half that ReLU cuts off.

    .. math:: w \sim \mathcal U(-b, b), \qquad b = \sqrt{\frac{6}{\text{in}}}

    Args:
        tensor: (O, I) or (O, I, ...), filled in place.
        generator: where the random numbers come from; torch's own if not said.

    Returns:
        The tensor itself.

    Source: He, Zhang, Ren & Sun 2015, "Delving Deep into Rectifiers".

    >>> bool((he_uniform(torch.empty(50, 8)).abs() <= math.sqrt(6 / 8)).all())
    True
    """
    fan_in, _ = fan_in_and_out("he_uniform", tensor)
    if tensor.numel() == 0:
        return tensor
    bound = math.sqrt(6 / fan_in)
    return tensor.uniform_(-bound, bound, generator=generator)
