"""Average precision: the area under the precision-recall curve.

Letters in shapes: N examples, K classes.
"""

from __future__ import annotations

from torch import Tensor

from glasswork.checks import check_not_empty, check_same_shape
from glasswork.metrics.counting import one_against_rest

__all__ = ["average_precision"]


def average_precision(probabilities: Tensor, targets: Tensor, *, positive: int = 1) -> Tensor:
    r"""Precision at each new member found, going down the scores, weighed by the recall gained.

    .. math:: \sum_n (R_n - R_{n-1})\,P_n

    Args:
        probabilities: (N, K), rows sum to 1.
        targets: (N,) class indices.
        positive: the class that is meant when there are two.

    Returns:
        A scalar, shape ``()``; of more than two classes the mean of each against the rest; NaN for one class only.

    Source: Zhu 2004, "Recall, Precision and Average Precision".

    >>> import torch
    >>> probabilities = torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]])
    >>> average_precision(probabilities, torch.tensor([0, 1, 1]))  # both members come first
    tensor(1.)
    """
    check_same_shape("average_precision", probabilities_of_one_class=probabilities[:, 0], targets=targets)
    check_not_empty("average_precision", probabilities=probabilities)
    return one_against_rest(probabilities, targets, positive=positive)[1]
