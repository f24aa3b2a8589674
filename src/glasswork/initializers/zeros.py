"""Zeros: for biases, and for layers that should begin without a voice.

Course: INIT-02, PROB-12.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["zeros"]


@torch.no_grad()
def zeros(tensor: Tensor) -> Tensor:
    r"""Every entry 0; a matrix of zeros keeps all units of a layer alike for ever, a bias does not.

    .. math:: w = 0

    Args:
        tensor: any shape, filled in place.

    Returns:
        The tensor itself.

    Source: LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp".

    >>> zeros(torch.empty(2))
    tensor([0., 0.])
    """
    return tensor.zero_()
