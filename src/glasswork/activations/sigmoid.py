"""Sigmoid: any number becomes a share between 0 and 1.

Course: ACT-03.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["Sigmoid", "sigmoid_formula"]


class Sigmoid(nn.Module):
    r"""The logistic curve; its slope is :math:`f(1 - f)`, at most 1/4.

    .. math:: f(x) = \frac{1}{1 + e^{-x}}

    Derivative:

    .. math:: f'(x) = f(x)\,(1 - f(x)) \le \tfrac14

    Shapes: any shape in, the same shape out.

    Source: Rumelhart, Hinton & Williams 1986, "Learning Representations by Back-Propagating Errors".

    >>> Sigmoid()(torch.tensor([0.0, 2.0]))
    tensor([0.5000, 0.8808])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        return torch.sigmoid(x)


def sigmoid_formula(x: Tensor) -> Tensor:
    """The same in plain operations.

    >>> sigmoid_formula(torch.tensor([0.0, 2.0]))
    tensor([0.5000, 0.8808])
    """
    # Not 1 / (1 + e^-x): e^-x leaves float32 at x = -89, and its gradient becomes inf * 0.
    return torch.exp(-torch.logaddexp(-x, torch.zeros_like(x)))
