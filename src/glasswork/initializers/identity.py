"""Identity: each unit begins as a copy of one input; a recurrent network with it begins by remembering.

Course: PROB-13.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.checks import check_dimensions

__all__ = ["identity"]


@torch.no_grad()
def identity(tensor: Tensor, *, gain: float = 1.0) -> Tensor:
    r"""`gain` on the diagonal, 0 elsewhere: recurrent weights of a network of ReLU units (IRNN), with biases 0.

    .. math:: w_{ij} = g \, [\, i = j \,]

    Without input, such a network keeps its state (gain 1) or lets it fade by a factor each step (gain below 1); the
    gradient flows back through time by the same factor.

    Args:
        tensor: (O, I), filled in place.
        gain: the number on the diagonal.

    Returns:
        The tensor itself.

    Source: Le, Jaitly & Hinton 2015, "A Simple Way to Initialize Recurrent Networks of Rectified Linear Units".

    >>> identity(torch.empty(2, 3))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    check_dimensions("identity", 2, tensor=tensor)
    tensor.zero_()
    tensor.diagonal().fill_(gain)
    return tensor
