"""He (Kaiming) normal: weights for layers with ReLU.

Course: INIT-06, INIT-11.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from glasswork.initializers.fan import fan_in_and_out

__all__ = ["he_normal"]


@torch.no_grad()
def he_normal(tensor: Tensor, *, generator: Generator | None = None) -> Tensor:
    r"""Normal, with the variance that makes up for the half that ReLU cuts off.

    .. math:: w \sim \mathcal N\left(0, \frac{2}{\text{in}}\right)

    Args:
        tensor: (O, I) or (O, I, ...), filled in place.
        generator: where the random numbers come from; torch's own if not said.

    Returns:
        The tensor itself.

    Source: He, Zhang, Ren & Sun 2015, "Delving Deep into Rectifiers".

    >>> round(he_normal(torch.empty(100, 50), generator=torch.Generator().manual_seed(0)).std().item(), 2)
    0.2
    """
    fan_in, _ = fan_in_and_out("he_normal", tensor)
    if tensor.numel() == 0:
        return tensor
    return tensor.normal_(0.0, math.sqrt(2 / fan_in), generator=generator)
