"""Softplus: the smooth curve of which ReLU is the sharp limit.

Course: ACT-11.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_above

__all__ = ["Softplus", "softplus_formula"]


class Softplus(nn.Module):
    r"""Always above 0, with the sigmoid as its slope.

    .. math:: f(x) = \frac1\beta \log\left(1 + e^{\beta x}\right)

    Derivative:

    .. math:: f'(x) = \sigma(\beta x)

    Args:
        beta: how sharp the bend is; above 0.

    Shapes: any shape in, the same shape out.

    Source: Dugas, Bengio, Bélisle, Nadeau & Garcia 2000, "Incorporating Second-Order Functional Knowledge".
    Differs from ``torch.nn.Softplus`` in becoming a straight line only above ``beta * x = 40``, where float64 ends.

    >>> Softplus()(torch.tensor([0.0, 2.0]))
    tensor([0.6931, 2.1269])
    """

    def __init__(self, *, beta: float = 1.0) -> None:
        super().__init__()
        check_above("Softplus", 0, beta=beta)
        self.beta = beta

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        return functional.softplus(x, self.beta, threshold=40.0)

    def extra_repr(self) -> str:
        """Show the setting."""
        return f"beta={self.beta}"


def softplus_formula(x: Tensor, *, beta: float = 1.0) -> Tensor:
    """The same in plain operations.

    >>> softplus_formula(torch.tensor([0.0, 2.0]))
    tensor([0.6931, 2.1269])
    """
    # Not log(1 + e^x): e^x leaves float32 at x = 89. Not clamp + log1p either: it is
    # safe, but its gradient at x = 0 comes out as 1, where the true slope is 1/2.
    return torch.logaddexp(beta * x, torch.zeros_like(x)) / beta
