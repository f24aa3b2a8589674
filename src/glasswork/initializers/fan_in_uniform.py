"""Fan-in uniform: the plainest rule that looks at a layer's size, and what `torch.nn.Linear` begins with.

Course: INIT-07.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from glasswork.initializers.fan import fan_in_and_out

__all__ = ["fan_in_uniform"]


@torch.no_grad()
def fan_in_uniform(tensor: Tensor, *, generator: Generator | None = None) -> Tensor:
    r"""Uniform, as wide as one over the root of the number of inputs; both ends look at the inputs.

    .. math:: w \sim \mathcal U(-b, b), \qquad b = \frac{1}{\sqrt{\text{in}}}, \qquad
              \operatorname{Var} w = \frac{1}{3\,\text{in}}

    The variance is a third of what keeps a signal's: through each linear layer it falls by that factor.

    Args:
        tensor: (O, I) or (O, I, ...), filled in place.
        generator: where the random numbers come from; torch's own if not said.

    Returns:
        The tensor itself.

    Source: Glorot & Bengio 2010, "Understanding the Difficulty of Training Deep Feedforward Neural Networks",
    equation 1: "the commonly used heuristic".

    >>> bool((fan_in_uniform(torch.empty(50, 16)).abs() <= 1 / 4).all())
    True
    """
    fan_in, _ = fan_in_and_out("fan_in_uniform", tensor)
    if tensor.numel() == 0:
        return tensor
    bound = 1 / math.sqrt(fan_in)
    return tensor.uniform_(-bound, bound, generator=generator)
