"""Max pooling: of each window only the strongest answer is kept.

Letters in shapes: B batch, C channels, T time or H height and W width.

Course: POOL-01, POOL-06, POOL-07, HP-16.
Source: Zhou & Chellappa 1988, "Computation of Optical Flow Using a Neural Network"; Ranzato et al. 2007.
"""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn import functional

from glasswork.layers.pooling_size import check_pooling
from glasswork.layers.windows import windows

__all__ = ["MaxPool", "max_pool", "max_pool_formula"]


def max_pool(x: Tensor, *, size: int = 2, stride: int | None = None, padding: int = 0) -> Tensor:
    r"""Keep the largest value of each window, on torch's kernel. 1-D and 2-D.

    .. math:: y_{i,j} = \max_{u,v < m} x_{s i + u,\; s j + v}

    Derivative: the whole gradient of a window goes to the place of its largest value (the first one of equals),

    .. math:: \frac{\partial y_{i,j}}{\partial x_{a,b}} = \begin{cases} 1 & (a, b) \text{ is the place of the maximum}
              \\ 0 & \text{otherwise} \end{cases}

    Args:
        x: shape ``(B, C, T)`` or ``(B, C, H, W)``.
        size: places of the window along each side, m.
        stride: steps from one window to the next, s; None means windows side by side. At least 1.
        padding: places added at each end, which never win; at most half a window.

    Returns:
        Shape ``(B, C, T')`` or ``(B, C, H', W')``, sizes as :func:`pooling_size` says.

    >>> import torch
    >>> max_pool(torch.tensor([[[[3.0, 1.0, 1.0, 3.0], [2.0, 5.0, 0.0, 2.0]]]])).tolist()
    [[[[5.0, 3.0]]]]
    """
    stride = check_pooling("max_pool", size, stride, padding, x)
    pool = functional.max_pool1d if x.dim() == 3 else functional.max_pool2d
    return pool(x, size, stride, padding)


def max_pool_formula(x: Tensor, *, size: int = 2, stride: int | None = None, padding: int = 0) -> Tensor:
    """The same as :func:`max_pool` with every window written out.

    >>> import torch
    >>> max_pool_formula(torch.tensor([[[3.0, 1.0, 1.0, 4.0]]])).tolist()
    [[[3.0, 4.0]]]
    """
    stride = check_pooling("max_pool", size, stride, padding, x)
    sides = x.dim() - 2
    x = functional.pad(x, [padding] * 2 * sides, value=-math.inf)
    return windows(x, [size] * sides, stride=stride).flatten(-sides).max(-1).values


class MaxPool(nn.Module):
    r"""Keep the largest value of each window.

    Args:
        size: places of the window along each side; 2 means 2 for a series and 2x2 for an image.
        stride: steps from one window to the next; None means windows side by side.
        padding: places added at each end, which never win.

    Shapes: ``(B, C, T)`` to ``(B, C, T')``, or ``(B, C, H, W)`` to ``(B, C, H', W')``.

    >>> import torch
    >>> MaxPool()(torch.arange(16.0).reshape(1, 1, 4, 4)).tolist()
    [[[[5.0, 7.0], [13.0, 15.0]]]]
    """

    def __init__(self, *, size: int = 2, stride: int | None = None, padding: int = 0) -> None:
        super().__init__()
        self.size, self.stride, self.padding = size, check_pooling("MaxPool", size, stride, padding), padding

    def forward(self, x: Tensor) -> Tensor:
        """Return the pooled maps."""
        return max_pool(x, size=self.size, stride=self.stride, padding=self.padding)

    def extra_repr(self) -> str:
        """Say the settings."""
        return f"size={self.size}, stride={self.stride}, padding={self.padding}"
