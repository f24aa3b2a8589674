"""Normal: random numbers of one chosen spread, whatever the layer's size.

Course: INIT-01, INIT-16.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from glasswork.checks import check_at_least

__all__ = ["normal"]


@torch.no_grad()
def normal(tensor: Tensor, *, mean: float = 0.0, deviation: float = 0.02, generator: Generator | None = None) -> Tensor:
    r"""Normal with mean and deviation as given.

    .. math:: w \sim \mathcal N(\mu, \sigma^2)

    Args:
        tensor: any shape, filled in place.
        mean: the middle.
        deviation: the spread; at least 0.
        generator: where the random numbers come from; torch's own if not said.

    Returns:
        The tensor itself.

    Source: Radford et al. 2018, "Improving Language Understanding by Generative Pre-Training": deviation 0.02.

    >>> round(normal(torch.empty(10000), generator=torch.Generator().manual_seed(0)).std().item(), 2)
    0.02
    """
    check_at_least("normal", 0, deviation=deviation)
    return tensor.normal_(mean, deviation, generator=generator)
