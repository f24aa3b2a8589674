"""What several metrics count: a confusion table, and the way down a ranking.

Letters in shapes: N examples, K classes.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["confusion_counts", "one_against_rest", "ranking_scores"]


def confusion_counts(probabilities: Tensor, targets: Tensor) -> Tensor:
    """Return how often each class (row) was taken for each class (column), as (K, K) floats.

    >>> confusion_counts(torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]]), torch.tensor([0, 1, 1]))
    tensor([[1., 0.],
            [1., 1.]])
    """
    classes = probabilities.shape[1]
    cells = targets.long() * classes + probabilities.argmax(dim=1)
    counts = torch.zeros(classes * classes, device=cells.device)
    return counts.index_add_(0, cells, torch.ones_like(cells, dtype=counts.dtype)).view(classes, classes)


def ranking_scores(scores: Tensor, members: Tensor) -> tuple[Tensor, Tensor]:
    """Return ROC AUC and average precision of scores that should be high for members; equal scores are one step.

    >>> ranking_scores(torch.tensor([0.1, 0.6, 0.3]), torch.tensor([False, True, True]))
    (tensor(1., dtype=torch.float64), tensor(1., dtype=torch.float64))
    """
    ordered, order = torch.sort(scores, descending=True, stable=True)
    last = torch.ones_like(ordered, dtype=torch.bool)
    last[:-1] = ordered[1:] != ordered[:-1]
    found = members[order].double().cumsum(0)[last]
    above = torch.arange(1, len(scores) + 1, device=scores.device, dtype=torch.float64)[last]
    false = above - found
    gained = torch.diff(found, prepend=found.new_zeros(1))
    before = torch.cat([false.new_zeros(1), false[:-1]])
    positives, negatives = found[-1], false[-1]
    # 0 / 0 where there are no members or no others: not a number, as it should be.
    auc = (gained * (negatives - (false + before) / 2)).sum() / (positives * negatives)
    precision = (gained * found / above).sum() / positives
    return auc, torch.where(negatives > 0, precision, torch.nan)


def one_against_rest(probabilities: Tensor, targets: Tensor, *, positive: int) -> tuple[Tensor, Tensor]:
    """Return ROC AUC and average precision: of the positive class of two, else the mean over the classes."""
    classes = [positive] if probabilities.shape[1] == 2 else range(probabilities.shape[1])
    pairs = [ranking_scores(probabilities[:, k], targets == k) for k in classes]
    auc, precision = torch.stack([a for a, _ in pairs]), torch.stack([p for _, p in pairs])
    return auc.nanmean().to(probabilities.dtype), precision.nanmean().to(probabilities.dtype)
