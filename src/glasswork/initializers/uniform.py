"""Uniform: any number between two bounds is as likely as any other."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from glasswork.checks import check_at_least

__all__ = ["uniform"]


@torch.no_grad()
def uniform(tensor: Tensor, *, limit: float = 0.05, generator: Generator | None = None) -> Tensor:
    r"""Uniform between ``-limit`` and ``limit``, whatever the layer's size.

    .. math:: w \sim \mathcal U(-b, b), \qquad \operatorname{Var} w = \frac{b^2}{3}

    Args:
        tensor: any shape, filled in place.
        limit: :math:`b`; at least 0.
        generator: where the random numbers come from; torch's own if not said.

    Returns:
        The tensor itself.

    Source: Rumelhart, Hinton & Williams 1986, "Learning Internal Representations by Error Propagation": start with
    small random weights.

    >>> round(uniform(torch.empty(10000), limit=0.3, generator=torch.Generator().manual_seed(0)).var().item(), 3)
    0.03
    """
    check_at_least("uniform", 0, limit=limit)
    return tensor.uniform_(-limit, limit, generator=generator)
