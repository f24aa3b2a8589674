"""L2 pooling: each window becomes its length as a vector.

Letters in shapes: B batch, C channels, T time or H height and W width.

Course: POOL-04.
Source: Hyvärinen & Köster 2007, "Complex Cell Pooling and the Statistics of Natural Images"; Goodfellow, Bengio &
Courville 2016, "Deep Learning", section 9.3.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.layers.pooling_size import check_pooling
from glasswork.layers.windows import windows

__all__ = ["L2Pool", "l2_pool", "l2_pool_formula"]


def l2_pool(x: Tensor, *, size: int = 2, stride: int | None = None, padding: int = 0) -> Tensor:
    r"""Take the root of the sum of squares of each window. 1-D and 2-D.

    .. math:: y_{i,j} = \sqrt{\sum_{u,v < m} x_{s i + u,\; s j + v}^2}

    Derivative: each place pulls in proportion to its share of the length; a window of zeros passes on nothing,

    .. math:: \frac{\partial y_{i,j}}{\partial x_{a,b}} = \frac{x_{a,b}}{y_{i,j}} \quad (0 \text{ where } y_{i,j} = 0)

    Args:
        x: shape ``(B, C, T)`` or ``(B, C, H, W)``.
        size: places of the window along each side, m.
        stride: steps from one window to the next, s; None means windows side by side. At least 1.
        padding: zeros added at each end; at most half a window.

    Returns:
        Shape ``(B, C, T')`` or ``(B, C, H', W')``.

    Differs from ``torch.nn.functional.lp_pool2d`` with p = 2 in running on fewer operations, and in padding. At a
    window of zeros, as behind any ReLU, both pass on a gradient of 0; torch's is infinite on its way there.

    >>> l2_pool(torch.tensor([[[3.0, 4.0, 0.0, 0.0]]])).tolist()
    [[[5.0, 0.0]]]
    """
    stride = check_pooling("l2_pool", size, stride, padding, x)
    squares = x * x
    if x.dim() == 3:
        total = functional.avg_pool1d(squares, size, stride, padding) * size
    else:
        total = functional.avg_pool2d(squares, size, stride, padding, divisor_override=1)
    # The root of 0 has no slope: it is taken of 1 there, and the 0 put back.
    nothing = total == 0
    return total.masked_fill(nothing, 1.0).sqrt().masked_fill(nothing, 0.0)


def l2_pool_formula(x: Tensor, *, size: int = 2, stride: int | None = None, padding: int = 0) -> Tensor:
    """The same as :func:`l2_pool` with every window written out.

    >>> l2_pool_formula(torch.tensor([[[3.0, 4.0, 0.0, 2.0]]])).tolist()
    [[[5.0, 2.0]]]
    """
    stride = check_pooling("l2_pool", size, stride, padding, x)
    sides = x.dim() - 2
    x = functional.pad(x, [padding] * 2 * sides)
    return torch.linalg.vector_norm(windows(x, [size] * sides, stride=stride).flatten(-sides), dim=-1)


class L2Pool(nn.Module):
    r"""Take the root of the sum of squares of each window.

    Args:
        size: places of the window along each side.
        stride: steps from one window to the next; None means windows side by side.
        padding: zeros added at each end.

    Shapes: ``(B, C, T)`` to ``(B, C, T')``, or ``(B, C, H, W)`` to ``(B, C, H', W')``.

    >>> L2Pool()(torch.tensor([[[[1.0, 1.0], [1.0, 1.0]]]])).tolist()
    [[[[2.0]]]]
    """

    def __init__(self, *, size: int = 2, stride: int | None = None, padding: int = 0) -> None:
        super().__init__()
        self.size, self.stride, self.padding = size, check_pooling("L2Pool", size, stride, padding), padding

    def forward(self, x: Tensor) -> Tensor:
        """Return the pooled maps."""
        return l2_pool(x, size=self.size, stride=self.stride, padding=self.padding)

    def extra_repr(self) -> str:
        """Say the settings."""
        return f"size={self.size}, stride={self.stride}, padding={self.padding}"
