"""Mean squared error.

Letters in shapes: N examples, T targets.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.checks import check_not_empty, check_same_shape

__all__ = ["mse"]


def mse(outputs: Tensor, targets: Tensor) -> Tensor:
    r"""Mean of the squared errors over all elements.

    .. math:: \frac1N \sum_i (\hat y_i - y_i)^2

    Args:
        outputs: (N,) or (N, T), in the targets' own units.
        targets: the same shape.

    Returns:
        A scalar, shape ``()``.

    Source: Gauss 1809, the method of least squares.

    >>> mse(torch.tensor([1.0, 2.0, 5.0]), torch.tensor([1.0, 2.0, 3.0]))  # (0 + 0 + 4) / 3
    tensor(1.3333)
    """
    check_same_shape("mse", outputs=outputs, targets=targets)
    check_not_empty("mse", outputs=outputs)
    return torch.mean((outputs - targets) ** 2)
