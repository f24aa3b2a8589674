"""Constant: the same number everywhere.

Course: INIT-03, INIT-17.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["constant"]


@torch.no_grad()
def constant(tensor: Tensor, *, value: float = 0.0) -> Tensor:
    r"""Every entry `value`.

    .. math:: w = c

    Args:
        tensor: any shape, filled in place.
        value: the number.

    Returns:
        The tensor itself.

    Source: Gers, Schmidhuber & Cummins 2000, "Learning to Forget", for forget-gate biases above 0.

    >>> constant(torch.empty(2), value=1.5)
    tensor([1.5000, 1.5000])
    """
    return tensor.fill_(value)
