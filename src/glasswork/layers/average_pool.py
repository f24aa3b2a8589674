"""Average pooling: each window becomes its mean.

Letters in shapes: B batch, C channels, T time or H height and W width.

Course: POOL-03.
Source: LeCun et al. 1989, "Backpropagation Applied to Handwritten Zip Code Recognition".
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from glasswork.layers.pooling_size import check_pooling
from glasswork.layers.windows import windows

__all__ = ["AveragePool", "average_pool", "average_pool_formula"]


def average_pool(x: Tensor, *, size: int = 2, stride: int | None = None, padding: int = 0) -> Tensor:
    r"""Take the mean of each window, on torch's kernel. 1-D and 2-D.

    .. math:: y_{i,j} = \frac{1}{m^2} \sum_{u,v < m} x_{s i + u,\; s j + v}

    Derivative: each place of a window has an equal share,

    .. math:: \frac{\partial y_{i,j}}{\partial x_{a,b}} = \frac{1}{m^2} \quad \text{inside the window}

    Args:
        x: shape ``(B, C, T)`` or ``(B, C, H, W)``.
        size: places of the window along each side, m.
        stride: steps from one window to the next, s; None means windows side by side. At least 1.
        padding: zeros added at each end, which count in the mean; at most half a window.

    Returns:
        Shape ``(B, C, T')`` or ``(B, C, H', W')``.

    >>> import torch
    >>> average_pool(torch.tensor([[[[3.0, 1.0, 1.0, 3.0], [2.0, 5.0, 0.0, 2.0]]]])).tolist()
    [[[[2.75, 1.5]]]]
    """
    stride = check_pooling("average_pool", size, stride, padding, x)
    pool = functional.avg_pool1d if x.dim() == 3 else functional.avg_pool2d
    return pool(x, size, stride, padding)


def average_pool_formula(x: Tensor, *, size: int = 2, stride: int | None = None, padding: int = 0) -> Tensor:
    """The same as :func:`average_pool` with every window written out.

    >>> import torch
    >>> average_pool_formula(torch.tensor([[[3.0, 1.0, 5.0, 4.0]]])).tolist()
    [[[2.0, 4.5]]]
    """
    stride = check_pooling("average_pool", size, stride, padding, x)
    sides = x.dim() - 2
    x = functional.pad(x, [padding] * 2 * sides)
    return windows(x, [size] * sides, stride=stride).flatten(-sides).mean(-1)


class AveragePool(nn.Module):
    r"""Take the mean of each window.

    Args:
        size: places of the window along each side.
        stride: steps from one window to the next; None means windows side by side.
        padding: zeros added at each end, which count in the mean.

    Shapes: ``(B, C, T)`` to ``(B, C, T')``, or ``(B, C, H, W)`` to ``(B, C, H', W')``.

    >>> import torch
    >>> AveragePool()(torch.arange(16.0).reshape(1, 1, 4, 4)).tolist()
    [[[[2.5, 4.5], [10.5, 12.5]]]]
    """

    def __init__(self, *, size: int = 2, stride: int | None = None, padding: int = 0) -> None:
        super().__init__()
        self.size, self.stride, self.padding = size, check_pooling("AveragePool", size, stride, padding), padding

    def forward(self, x: Tensor) -> Tensor:
        """Return the pooled maps."""
        return average_pool(x, size=self.size, stride=self.stride, padding=self.padding)

    def extra_repr(self) -> str:
        """Say the settings."""
        return f"size={self.size}, stride={self.stride}, padding={self.padding}"
