"""Balanced accuracy: every class counts alike, however rare.

Letters in shapes: N examples, K classes.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.checks import check_not_empty, check_same_shape
from glasswork.metrics.counting import confusion_counts

__all__ = ["balanced_accuracy"]


def balanced_accuracy(probabilities: Tensor, targets: Tensor) -> Tensor:
    r"""Mean over the classes that occur of the share of their examples that were recognised.

    .. math:: \frac1K \sum_k \frac{\text{right}_k}{\text{members}_k}

    Args:
        probabilities: (N, K), rows sum to 1.
        targets: (N,) class indices.

    Returns:
        A scalar, shape ``()``.

    Source: Brodersen, Ong, Stephan & Buhmann 2010, "The Balanced Accuracy and Its Posterior Distribution".

    >>> probabilities = torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]])
    >>> balanced_accuracy(probabilities, torch.tensor([0, 1, 1]))  # (1/1 + 1/2) / 2
    tensor(0.7500)
    """
    check_same_shape("balanced_accuracy", probabilities_of_one_class=probabilities[:, 0], targets=targets)
    check_not_empty("balanced_accuracy", probabilities=probabilities)
    counts_KK = confusion_counts(probabilities, targets)
    members = counts_KK.sum(dim=1)
    seen = members > 0
    return torch.mean(counts_KK.diagonal()[seen] / members[seen])
