"""Mean absolute error: the size of an error, in the target's units, outliers not stressed.

Letters in shapes: N examples, T targets.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.checks import check_not_empty, check_same_shape

__all__ = ["mae"]


def mae(outputs: Tensor, targets: Tensor) -> Tensor:
    r"""Mean of the absolute errors over all elements.

    .. math:: \frac1N \sum_i |\hat y_i - y_i|

    Args:
        outputs: (N,) or (N, T), in the targets' own units.
        targets: the same shape.

    Returns:
        A scalar, shape ``()``.

    Source: Willmott & Matsuura 2005, "Advantages of the Mean Absolute Error over the Root Mean Square Error".

    >>> mae(torch.tensor([1.0, 2.0, 5.0]), torch.tensor([1.0, 2.0, 3.0]))  # 2 / 3
    tensor(0.6667)
    """
    check_same_shape("mae", outputs=outputs, targets=targets)
    check_not_empty("mae", outputs=outputs)
    return torch.mean((outputs - targets).abs())
