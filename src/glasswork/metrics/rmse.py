"""Root mean squared error: the size of an error, in the target's units.

Letters in shapes: N examples, T targets.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.checks import check_not_empty, check_same_shape

__all__ = ["rmse"]


def rmse(outputs: Tensor, targets: Tensor) -> Tensor:
    r"""Root of the mean squared error of each target, averaged over the targets.

    .. math:: \frac1T \sum_t \sqrt{\frac1N \sum_i (\hat y_{it} - y_{it})^2}

    Args:
        outputs: (N,) or (N, T), in the targets' own units.
        targets: the same shape.

    Returns:
        A scalar, shape ``()``.

    Source: Gauss 1809, the method of least squares.

    >>> rmse(torch.tensor([1.0, 2.0, 5.0]), torch.tensor([1.0, 2.0, 3.0]))  # sqrt(4 / 3)
    tensor(1.1547)
    """
    check_same_shape("rmse", outputs=outputs, targets=targets)
    check_not_empty("rmse", outputs=outputs)
    return torch.sqrt(((outputs - targets) ** 2).mean(dim=0)).mean()
