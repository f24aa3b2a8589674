"""Min pooling: of each window only the smallest value is kept.

Letters in shapes: B batch, C channels, T time or H height and W width.

Course: POOL-02.
"""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn import functional

from glasswork.layers.max_pool import max_pool
from glasswork.layers.pooling_size import check_pooling
from glasswork.layers.windows import windows

__all__ = ["MinPool", "min_pool", "min_pool_formula"]


def min_pool(x: Tensor, *, size: int = 2, stride: int | None = None, padding: int = 0) -> Tensor:
    r"""Keep the smallest value of each window: max pooling seen in a mirror, on torch's kernel.

    .. math:: y = -\max(-x) = \min_{u,v < m} x_{s i + u,\; s j + v}

    Args:
        x: shape ``(B, C, T)`` or ``(B, C, H, W)``.
        size: places of the window along each side, m.
        stride: steps from one window to the next, s; None means windows side by side. At least 1.
        padding: places added at each end, which never win; at most half a window.

    Returns:
        Shape ``(B, C, T')`` or ``(B, C, H', W')``.

    >>> import torch
    >>> min_pool(torch.tensor([[[[3.0, 1.0, 1.0, 3.0], [2.0, 5.0, 0.0, 2.0]]]])).tolist()
    [[[[1.0, 0.0]]]]
    """
    stride = check_pooling("min_pool", size, stride, padding, x)
    if x.is_floating_point():
        return -max_pool(-x, size=size, stride=stride, padding=padding)
    return ~max_pool(~x, size=size, stride=stride, padding=padding)  # -0 is 0 in bytes; ~x turns the order round


def min_pool_formula(x: Tensor, *, size: int = 2, stride: int | None = None, padding: int = 0) -> Tensor:
    """The same as :func:`min_pool` with every window written out.

    >>> import torch
    >>> min_pool_formula(torch.tensor([[[3.0, 1.0, 5.0, 4.0]]])).tolist()
    [[[1.0, 4.0]]]
    """
    stride = check_pooling("min_pool", size, stride, padding, x)
    sides = x.dim() - 2
    x = functional.pad(x, [padding] * 2 * sides, value=math.inf)
    return windows(x, [size] * sides, stride=stride).flatten(-sides).min(-1).values


class MinPool(nn.Module):
    r"""Keep the smallest value of each window.

    Args:
        size: places of the window along each side.
        stride: steps from one window to the next; None means windows side by side.
        padding: places added at each end, which never win.

    Shapes: ``(B, C, T)`` to ``(B, C, T')``, or ``(B, C, H, W)`` to ``(B, C, H', W')``.

    >>> import torch
    >>> MinPool()(torch.arange(16.0).reshape(1, 1, 4, 4)).tolist()
    [[[[0.0, 2.0], [8.0, 10.0]]]]
    """

    def __init__(self, *, size: int = 2, stride: int | None = None, padding: int = 0) -> None:
        super().__init__()
        self.size, self.stride, self.padding = size, check_pooling("MinPool", size, stride, padding), padding

    def forward(self, x: Tensor) -> Tensor:
        """Return the pooled maps."""
        return min_pool(x, size=self.size, stride=self.stride, padding=self.padding)

    def extra_repr(self) -> str:
        """Say the settings."""
        return f"size={self.size}, stride={self.stride}, padding={self.padding}"
