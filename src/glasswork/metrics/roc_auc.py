"""ROC AUC: how often a member of a class scores above a non-member.

Letters in shapes: N examples, K classes.
"""

from __future__ import annotations

from torch import Tensor

from glasswork.checks import check_not_empty, check_same_shape
from glasswork.metrics.counting import one_against_rest

__all__ = ["roc_auc"]


def roc_auc(probabilities: Tensor, targets: Tensor, *, positive: int = 1) -> Tensor:
    r"""Probability that a random member scores above a random non-member, ties counting half.

    .. math:: P(s_+ > s_-) + \tfrac12 P(s_+ = s_-)

    Args:
        probabilities: (N, K), rows sum to 1.
        targets: (N,) class indices.
        positive: the class that is meant when there are two.

    Returns:
        A scalar, shape ``()``; of more than two classes the mean of each against the rest; NaN for one class only.

    Source: Hanley & McNeil 1982, "The Meaning and Use of the Area under a ROC Curve".

    >>> import torch
    >>> probabilities = torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]])
    >>> roc_auc(probabilities, torch.tensor([0, 1, 1]))  # both members score above the other
    tensor(1.)
    """
    check_same_shape("roc_auc", probabilities_of_one_class=probabilities[:, 0], targets=targets)
    check_not_empty("roc_auc", probabilities=probabilities)
    return one_against_rest(probabilities, targets, positive=positive)[0]
