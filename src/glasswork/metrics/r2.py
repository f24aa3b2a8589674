"""R squared: the share of the variance that a prediction explains.

Letters in shapes: N examples, T targets.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.checks import check_not_empty, check_same_shape

__all__ = ["r2"]


def r2(outputs: Tensor, targets: Tensor) -> Tensor:
    r"""1 for a perfect prediction, 0 for the mean of the targets; the mean over the targets.

    .. math:: 1 - \frac{\sum_i (y_i - \hat y_i)^2}{\sum_i (y_i - \bar y)^2}

    Args:
        outputs: (N,) or (N, T), in the targets' own units.
        targets: the same shape.

    Returns:
        A scalar, shape ``()``, not a number where a target does not vary.

    Source: Wright 1921, "Correlation and Causation".

    >>> r2(torch.tensor([1.0, 2.0, 5.0]), torch.tensor([1.0, 2.0, 3.0]))  # 1 - 4 / 2
    tensor(-1.)
    """
    check_same_shape("r2", outputs=outputs, targets=targets)
    check_not_empty("r2", outputs=outputs)
    left = ((outputs - targets) ** 2).sum(dim=0)
    spread = ((targets - targets.mean(dim=0)) ** 2).sum(dim=0)
    return torch.mean(1 - left / torch.where(spread > 0, spread, torch.nan))
