"""Logistic: the sigmoid with a slope, which leads from a flat S to the threshold unit.

Course: NL-04.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_above

__all__ = ["Logistic", "logistic_formula"]


class Logistic(nn.Module):
    r"""The sigmoid of `slope` times x: the larger the slope, the nearer to the threshold unit.

    .. math:: f(v) = \frac{1}{1 + e^{-a v}}

    Derivative:

    .. math:: f'(v) = a\,f(v)\,(1 - f(v)) \le \tfrac{a}{4}

    Args:
        slope: :math:`a`, four times the steepness at 0; above 0.

    Shapes: any shape in, the same shape out.

    Source: Haykin 2009, "Neural Networks and Learning Machines", introduction, section 3.
    Differs from `Sigmoid` in the slope, which that one fixes at 1.

    >>> Logistic(slope=2.0)(torch.tensor([0.0, 1.0]))
    tensor([0.5000, 0.8808])
    """

    def __init__(self, *, slope: float = 1.0) -> None:
        super().__init__()
        check_above("Logistic", 0, slope=slope)
        self.slope = slope

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        return torch.sigmoid(x if self.slope == 1 else self.slope * x)

    def extra_repr(self) -> str:
        """Show the setting."""
        return f"slope={self.slope}"


def logistic_formula(x: Tensor, *, slope: float = 1.0) -> Tensor:
    """The same in plain operations.

    >>> logistic_formula(torch.tensor([0.0, 1.0]), slope=2.0)
    tensor([0.5000, 0.8808])
    """
    # As in the sigmoid, not 1 / (1 + e^-ax), which overflows.
    return torch.exp(-torch.logaddexp(-slope * x, torch.zeros_like(x)))
