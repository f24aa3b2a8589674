"""Accuracy: the share of right answers.

Letters in shapes: N examples, K classes.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.checks import check_not_empty, check_same_shape

__all__ = ["accuracy"]


def accuracy(probabilities: Tensor, targets: Tensor) -> Tensor:
    r"""Share of examples whose most probable class is the right one.

    .. math:: \frac1N \#\{i : \arg\max_k p_{ik} = y_i\}

    Args:
        probabilities: (N, K), rows sum to 1.
        targets: (N,) class indices.

    Returns:
        A scalar, shape ``()``.

    Source: Sokolova & Lapalme 2009, "A Systematic Analysis of Performance Measures for Classification Tasks".

    >>> probabilities = torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]])
    >>> accuracy(probabilities, torch.tensor([0, 1, 1]))  # 2 of 3
    tensor(0.6667)
    """
    check_same_shape("accuracy", probabilities_of_one_class=probabilities[:, 0], targets=targets)
    check_not_empty("accuracy", probabilities=probabilities)
    return torch.mean((probabilities.argmax(dim=1) == targets).to(torch.float32))
