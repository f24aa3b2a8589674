"""ELU: a line above 0, an exponential that levels off below.

Course: ACT-09.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_above

__all__ = ["ELU", "elu_formula"]


class ELU(nn.Module):
    r"""Bends smoothly towards `-alpha`, which brings the mean of a layer's outputs closer to 0.

    .. math:: f(x) = \begin{cases} x & x > 0 \\ \alpha\,(e^x - 1) & x \le 0 \end{cases}

    Derivative:

    .. math:: f'(x) = \begin{cases} 1 & x > 0 \\ \alpha\,e^x = f(x) + \alpha & x \le 0 \end{cases}

    Args:
        alpha: how far below 0 the curve levels off; above 0.

    Shapes: any shape in, the same shape out.

    Source: Clevert, Unterthiner & Hochreiter 2015, "Fast and Accurate Deep Network Learning by Exponential
    Linear Units".

    >>> ELU()(torch.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """

    def __init__(self, *, alpha: float = 1.0) -> None:
        super().__init__()
        check_above("ELU", 0, alpha=alpha)
        self.alpha = alpha

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        return functional.elu(x, self.alpha)

    def extra_repr(self) -> str:
        """Show the setting."""
        return f"alpha={self.alpha}"


def elu_formula(x: Tensor, *, alpha: float = 1.0) -> Tensor:
    """The same in plain operations.

    >>> elu_formula(torch.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """
    # The exponential sees only x <= 0: above, it could overflow, and 0 * inf would make the gradient NaN.
    return torch.where(x > 0, x, alpha * torch.expm1(x.clamp(max=0)))
