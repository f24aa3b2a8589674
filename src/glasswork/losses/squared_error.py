"""Squared error: the loss whose best constant prediction is the mean.

Also called: quadratic loss.

Course: LOSS-02, LOSS-18, LOSS-01.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.losses.loss import check_loss, reduced

__all__ = ["SquaredError", "squared_error", "squared_error_formula"]


def squared_error(
    predictions: Tensor, targets: Tensor, *, weights: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    r"""Mean squared error, in which a large error weighs far more than a small one.

    Averaged over all :math:`n` elements:

    .. math:: \ell = \frac1n \sum_i (\hat y_i - y_i)^2

    Derivative:

    .. math:: \frac{\partial \ell}{\partial \hat y_i} = \frac2n (\hat y_i - y_i)

    Args:
        predictions: any shape.
        targets: the same shape; broadcasting is refused, as it hides mistakes.
        weights: (B,) how much each example counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number an element.

    Returns:
        A scalar, shape ``()``.

    Units: the square of the target's.

    Source: Legendre 1805 and Gauss 1809, the method of least squares.

    >>> squared_error(torch.tensor([1.0, 5.0]), torch.tensor([2.0, 2.0]))  # (1 + 9) / 2
    tensor(5.)
    """
    check_loss("squared_error", reduction, predictions=predictions, targets=targets)
    if weights is None:
        return torch.nn.functional.mse_loss(predictions, targets, reduction=reduction)
    values = torch.nn.functional.mse_loss(predictions, targets, reduction="none")
    return reduced("squared_error", values, reduction, weights)


def squared_error_formula(predictions: Tensor, targets: Tensor) -> Tensor:
    """The same in plain operations.

    >>> squared_error_formula(torch.tensor([1.0, 5.0]), torch.tensor([2.0, 2.0]))
    tensor(5.)
    """
    return ((predictions - targets) ** 2).mean()


class SquaredError(nn.Module):
    """`squared_error` as a module.

    >>> SquaredError()(torch.tensor([1.0, 5.0]), torch.tensor([2.0, 2.0]))
    tensor(5.)
    """

    def forward(self, predictions: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return squared_error(predictions, targets, weights=weights)
