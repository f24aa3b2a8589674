"""Windows: every patch that a convolution or a pooling looks at, laid out one beside the other.

Letters in shapes: B batch, C channels, T time or H height and W width (before), u and v places inside a window.

Course: CNN-03, CNN-13.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from glasswork.checks import check_dimensions, check_same_length
from glasswork.layers.convolution_size import convolution_size

__all__ = ["windows"]


def windows(x: Tensor, sizes: Sequence[int], *, stride: int = 1, dilation: int = 1) -> Tensor:
    r"""Return all windows as a view: nothing is copied.

    .. math:: y_{b,c,h,w,i,j} = x_{b,\; c,\; s h + d i,\; s w + d j}

    with stride s and dilation d.

    Args:
        x: shape ``(B, C, T)`` or ``(B, C, H, W)``.
        sizes: places of a window along each side.
        stride: steps from one window to the next.
        dilation: steps between two places of a window.

    Returns:
        Shape ``(B, C, T', u)`` or ``(B, C, H', W', u, v)``.

    >>> import torch
    >>> windows(torch.arange(5.0).reshape(1, 1, 5), [3], stride=2).tolist()
    [[[[0.0, 1.0, 2.0], [2.0, 3.0, 4.0]]]]
    """
    check_dimensions("windows", (3, 4), x=x)
    check_same_length("windows", sides=x.shape[2:], sizes=sizes)
    for side, size in enumerate(sizes, start=2):
        convolution_size(x.shape[side], kernel=size, stride=stride, dilation=dilation)  # refuses what does not fit
        x = x.unfold(side, dilation * (size - 1) + 1, stride)[..., ::dilation]
    return x
