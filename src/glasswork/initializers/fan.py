"""Fans: how many numbers enter and leave one unit of a weight tensor."""

from __future__ import annotations

from torch import Tensor

from glasswork.checks import check_at_least

__all__ = ["fan_in_and_out"]


def fan_in_and_out(who: str, tensor: Tensor) -> tuple[int, int]:
    """Return the inputs and outputs of a unit: of a matrix (O, I), or of filters (O, I, ...), whose cells count too.

    >>> import torch
    >>> fan_in_and_out("he_normal", torch.empty(8, 3, 5, 5))
    (75, 200)
    """
    check_at_least(who, 2, dimensions=tensor.ndim)
    cells = tensor[0, 0].numel() if tensor.numel() else 1
    return tensor.shape[1] * cells, tensor.shape[0] * cells
