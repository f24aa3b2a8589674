"""F1: one number for finding the members of a class and for not crying wolf.

Letters in shapes: N examples, K classes.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.checks import check_not_empty, check_same_shape
from glasswork.metrics.counting import confusion_counts

__all__ = ["f1"]


def f1(probabilities: Tensor, targets: Tensor, *, positive: int = 1) -> Tensor:
    r"""F1 of the positive class of two; with more classes the mean over those that occur or were predicted.

    .. math:: F_1 = \frac{2 \cdot \text{right}_k}{\text{members}_k + \text{predicted}_k}

    Args:
        probabilities: (N, K), rows sum to 1.
        targets: (N,) class indices.
        positive: the class that is meant when there are two.

    Returns:
        A scalar, shape ``()``.

    Source: van Rijsbergen 1979, "Information Retrieval".

    >>> probabilities = torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]])
    >>> f1(probabilities, torch.tensor([0, 1, 1]))  # 2 * 1 / (2 + 1)
    tensor(0.6667)
    """
    check_same_shape("f1", probabilities_of_one_class=probabilities[:, 0], targets=targets)
    check_not_empty("f1", probabilities=probabilities)
    counts_KK = confusion_counts(probabilities, targets)
    named = counts_KK.sum(dim=0) + counts_KK.sum(dim=1)
    scores = 2 * counts_KK.diagonal() / named.clamp(min=1)
    return scores[positive] if len(scores) == 2 else torch.mean(scores[named > 0])
