"""Fan-in scaled: standard normal numbers, divided by the root of the number of inputs.

Course: INIT-10.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from glasswork.initializers.fan import fan_in_and_out

__all__ = ["fan_in_scaled"]


@torch.no_grad()
def fan_in_scaled(tensor: Tensor, *, generator: Generator | None = None) -> Tensor:
    r"""Standard normal weights, scaled so that a sum of inputs of variance 1 has variance 1, however many there are.

    .. math:: w \leftarrow z \sqrt{\frac{1}{\text{in}}}, \qquad z \sim \mathcal N(0, 1)

    Sometimes called Xavier's rule; it is LeCun's, from which Xavier's differs by averaging inputs and outputs. The
    numbers are those of `lecun_normal`, but for rounding.

    Args:
        tensor: (O, I) or (O, I, ...), filled in place.
        generator: where the random numbers come from; torch's own if not said.

    Returns:
        The tensor itself.

    Source: LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", section 4.6.

    >>> round(fan_in_scaled(torch.empty(100, 100), generator=torch.Generator().manual_seed(0)).std().item(), 2)
    0.1
    """
    fan_in, _ = fan_in_and_out("fan_in_scaled", tensor)
    if tensor.numel() == 0:
        return tensor
    return tensor.normal_(0.0, 1.0, generator=generator).mul_(math.sqrt(1 / fan_in))
