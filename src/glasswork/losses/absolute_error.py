"""Absolute error: the loss whose best constant prediction is the median.

Course: LOSS-03.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.losses.loss import check_loss, reduced

__all__ = ["AbsoluteError", "absolute_error", "absolute_error_formula"]


def absolute_error(
    predictions: Tensor, targets: Tensor, *, weights: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    r"""Mean absolute error, in which every unit of error weighs the same.

    Averaged over all :math:`n` elements:

    .. math:: \ell = \frac1n \sum_i |\hat y_i - y_i|

    Derivative:

    .. math:: \frac{\partial \ell}{\partial \hat y_i} = \frac1n \operatorname{sign}(\hat y_i - y_i)

    with 0, one of the subgradients, where the error is 0.

    Args:
        predictions: any shape.
        targets: the same shape; broadcasting is refused, as it hides mistakes.
        weights: (B,) how much each example counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number an element.

    Returns:
        A scalar, shape ``()``.

    Units: the target's own.

    Source: Laplace 1774, on the mean to choose among several observations.

    >>> absolute_error(torch.tensor([1.0, 5.0]), torch.tensor([2.0, 2.0]))  # (1 + 3) / 2
    tensor(2.)
    """
    check_loss("absolute_error", reduction, predictions=predictions, targets=targets)
    if weights is None:
        return torch.nn.functional.l1_loss(predictions, targets, reduction=reduction)
    values = torch.nn.functional.l1_loss(predictions, targets, reduction="none")
    return reduced("absolute_error", values, reduction, weights)


def absolute_error_formula(predictions: Tensor, targets: Tensor) -> Tensor:
    """The same in plain operations.

    >>> absolute_error_formula(torch.tensor([1.0, 5.0]), torch.tensor([2.0, 2.0]))
    tensor(2.)
    """
    return (predictions - targets).abs().mean()


class AbsoluteError(nn.Module):
    """`absolute_error` as a module.

    >>> AbsoluteError()(torch.tensor([1.0, 5.0]), torch.tensor([2.0, 2.0]))
    tensor(2.)
    """

    def forward(self, predictions: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return absolute_error(predictions, targets, weights=weights)
