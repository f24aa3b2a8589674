"""ReLU: what is above 0 passes, what is below is cut off.

Course: ACT-06, ACT-18.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["ReLU", "relu_formula"]


class ReLU(nn.Module):
    r"""Keeps the positive part; the slope is 1 above 0 and 0 below (and at 0).

    .. math:: f(x) = \max(0, x)

    Derivative:

    .. math:: f'(x) = \begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}

    Shapes: any shape in, the same shape out.

    Source: Nair & Hinton 2010, "Rectified Linear Units Improve Restricted Boltzmann Machines".

    >>> ReLU()(torch.tensor([-2.0, 0.0, 3.0]))
    tensor([0., 0., 3.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        return functional.relu(x)


def relu_formula(x: Tensor) -> Tensor:
    """The same in plain operations.

    >>> relu_formula(torch.tensor([-2.0, 0.0, 3.0]))
    tensor([0., 0., 3.])
    """
    return torch.where(x > 0, x, torch.zeros_like(x))
