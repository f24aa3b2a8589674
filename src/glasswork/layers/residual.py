"""Residual connection: a branch learns what to add to its input, and the input itself goes by.

Course: CNN-25.
Source: He, Zhang, Ren & Sun 2016, "Deep Residual Learning for Image Recognition", equations 1 and 2.
"""

from __future__ import annotations

from torch import Tensor, nn

from glasswork.checks import check_same_shape

__all__ = ["Residual"]


class Residual(nn.Module):
    r"""Add a branch's answer to its input, so that a gradient has a way round it.

    .. math:: y = x + F(x)

    Derivative: whatever the branch does to the gradient, the identity is added to it,

    .. math:: \frac{\partial y}{\partial x} = I + \frac{\partial F}{\partial x}

    Args:
        branch: F, any module that keeps the shape.
        shortcut: how x itself goes by, where F changes the shape (say, a 1x1 convolution); None is the identity.

    Shapes: what the branch takes; what the branch gives.

    >>> import torch
    >>> double = nn.Linear(1, 1, bias=False)
    >>> _ = nn.init.constant_(double.weight, 2.0)
    >>> Residual(double)(torch.tensor([[5.0]])).item()  # 5 + 2 * 5
    15.0
    """

    def __init__(self, branch: nn.Module, *, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.branch = branch
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum."""
        around = x if self.shortcut is None else self.shortcut(x)
        through = self.branch(x)
        check_same_shape("Residual", branch=through, shortcut=around)
        return around + through
