"""Min-max: the smallest number becomes one end of a range, the largest the other.

Course: NORM-09, NORM-10.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.checks import check_above, check_not_empty

__all__ = ["min_max"]


def min_max(x: Tensor, *, low: float = 0.0, high: float = 255.0) -> Tensor:
    r"""Stretch a tensor to exactly fill ``[low, high]``, such as an edge map to the grey levels of a screen.

    .. math:: y = \text{low} + (\text{high} - \text{low}) \frac{x - \min x}{\max x - \min x}

    Where all numbers are equal there is nothing to stretch: all become `low`.

    Args:
        x: any shape, with at least one element.
        low: what the smallest number becomes.
        high: what the largest becomes; above `low`.

    Returns:
        The same shape.

    Source: Gonzalez & Woods 2018, "Digital Image Processing", section 2.6.

    >>> min_max(torch.tensor([-4.0, 0.0, -1.0]))  # 255 * 0, 255 * 1, 255 * 3/4
    tensor([  0.0000, 255.0000, 191.2500])
    """
    check_above("min_max", low, high=high)
    check_not_empty("min_max", x=x)
    least, most = x.aminmax()
    range_ = most - least
    return low + (high - low) * (x - least) / torch.where(range_ > 0, range_, 1)
