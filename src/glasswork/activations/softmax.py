"""Softmax: scores become shares that add up to 1.

Course: ACT-05.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["Softmax", "softmax_formula"]


class Softmax(nn.Module):
    r"""Exponentiates along one axis and divides by the sum, so that the largest score gets the largest share.

    .. math:: f(x)_k = \frac{e^{x_k}}{\sum_j e^{x_j}}

    Derivative:

    .. math:: \frac{\partial f_i}{\partial x_j} = f_i\,([i = j] - f_j)

    Args:
        dim: the axis whose entries add up to 1.

    Shapes: any shape in, the same shape out.

    Source: Bridle 1990, "Probabilistic Interpretation of Feedforward Classification Network Outputs".

    >>> Softmax()(torch.tensor([0.0, 0.0, 2.0]).log1p())  # shares 1 : 1 : 3
    tensor([0.2000, 0.2000, 0.6000])
    """

    def __init__(self, *, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        return torch.softmax(x, self.dim)

    def extra_repr(self) -> str:
        """Show the setting."""
        return f"dim={self.dim}"


def softmax_formula(x: Tensor, *, dim: int = -1) -> Tensor:
    """The same in plain operations.

    >>> softmax_formula(torch.tensor([0.0, 0.0, 1000.0]))
    tensor([0., 0., 1.])
    """
    # Shifting every score alike changes nothing, and keeps the largest power at e^0 = 1.
    powers = torch.exp(x - x.amax(dim, keepdim=True).detach())
    return powers / powers.sum(dim, keepdim=True)
