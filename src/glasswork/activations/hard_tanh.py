"""Hard tanh: the hyperbolic tangent drawn with a ruler.

Course: ACT-04.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["HardTanh", "hard_tanh_formula"]


class HardTanh(nn.Module):
    r"""Passes what lies between -1 and 1, and cuts off the rest.

    .. math:: f(x) = \max(-1, \min(1, x))

    Derivative:

    .. math:: f'(x) = \begin{cases} 1 & |x| < 1 \\ 0 & |x| \ge 1 \end{cases}

    Shapes: any shape in, the same shape out.

    Source: Collobert 2004, "Large Scale Machine Learning".

    >>> HardTanh()(torch.tensor([-4.0, 1.5]))
    tensor([-1.,  1.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        return functional.hardtanh(x)


def hard_tanh_formula(x: Tensor) -> Tensor:
    """The same in plain operations.

    >>> hard_tanh_formula(torch.tensor([-4.0, 1.5]))
    tensor([-1.,  1.])
    """
    return torch.where(x.abs() < 1, x, torch.sign(x))
