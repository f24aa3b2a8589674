"""Leaky ReLU: below 0 a thin slope remains, so that no unit dies.

Course: ACT-07, HP-12.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["LeakyReLU", "leaky_relu_formula"]


class LeakyReLU(nn.Module):
    r"""Passes what is above 0 and a small share of what is below, so that a gradient always flows.

    .. math:: f(x) = \begin{cases} x & x > 0 \\ s\,x & x \le 0 \end{cases}

    Derivative:

    .. math:: f'(x) = \begin{cases} 1 & x > 0 \\ s & x \le 0 \end{cases}

    Args:
        slope: the share :math:`s` that passes below 0.

    Shapes: any shape in, the same shape out.

    Source: Maas, Hannun & Ng 2013, "Rectifier Nonlinearities Improve Neural Network Acoustic Models".
    Differs from ``torch.nn.LeakyReLU`` in the setting's name only (`slope` for ``negative_slope``).

    >>> LeakyReLU(slope=0.1)(torch.tensor([-2.0, 3.0]))
    tensor([-0.2000,  3.0000])
    """

    def __init__(self, *, slope: float = 0.01) -> None:
        super().__init__()
        self.slope = slope

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        return functional.leaky_relu(x, self.slope)

    def extra_repr(self) -> str:
        """Show the setting."""
        return f"slope={self.slope}"


def leaky_relu_formula(x: Tensor, *, slope: float = 0.01) -> Tensor:
    """The same in plain operations.

    >>> leaky_relu_formula(torch.tensor([-2.0, 3.0]), slope=0.1)
    tensor([-0.2000,  3.0000])
    """
    return torch.where(x > 0, x, slope * x)
