"""Flatten: feature maps become one row of numbers, the bridge to dense layers.

Letters in shapes: B batch, C channels, H height, W width.

Course: CNN-16.
"""

from __future__ import annotations

from torch import Tensor, nn

from glasswork.checks import check_dimensions

__all__ = ["Flatten"]


class Flatten(nn.Module):
    r"""Lay all sizes behind the first one in a row; the last index runs fastest.

    .. math:: y_{(c H + h) W + w} = x_{c,h,w}

    Shapes: ``(B, C, H, W)`` to ``(B, C * H * W)``; ``(B, C, T)`` to ``(B, C * T)``; ``(B, F)`` stays.

    >>> import torch
    >>> Flatten()(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])).tolist()
    [[1.0, 2.0, 3.0, 4.0]]
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the rows, a view where memory allows."""
        if x.dim() < 2:  # asked first, as the whole layer takes a few microseconds
            check_dimensions("Flatten", (2, 3, 4, 5), x=x)
        return x.flatten(1)
