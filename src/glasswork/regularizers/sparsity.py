"""Sparsity: how much of a network is 0, weights or activations.

Course: REG-13.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from glasswork.checks import check_at_least, check_not_empty

__all__ = ["sparsity"]


@torch.no_grad()
def sparsity(tensors: Iterable[Tensor], *, tolerance: float = 0.0) -> Tensor:
    r"""Return the share of entries that are 0, or as good as 0.

    .. math:: \frac{1}{n} \sum_{i=1}^{n} [\, |w_i| \le \tau \,]

    L1 makes sparse weights; ReLU makes sparse activations: about half of them 0 on centred sums.

    Args:
        tensors: weights, or outputs of a layer.
        tolerance: :math:`\tau`, the largest size that still counts as 0; at least 0.

    Returns:
        A scalar, shape ``()``, in [0, 1].

    Source: Hurley & Rickard 2009, "Comparing Measures of Sparsity".

    >>> sparsity([torch.tensor([0.0, 0.001, -2.0]), torch.tensor([0.0])])
    tensor(0.5000)
    """
    check_at_least("sparsity", 0, tolerance=tolerance)
    counted = list(tensors)
    for tensor in counted:
        check_not_empty("sparsity", tensors=tensor)
    zeros = torch.stack([(tensor.abs() <= tolerance).sum() for tensor in counted]).sum()
    return zeros / sum(tensor.numel() for tensor in counted)
