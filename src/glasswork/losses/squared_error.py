"""Squared error: the loss whose best constant prediction is the mean."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_not_empty, check_same_shape

__all__ = ["SquaredError", "squared_error", "squared_error_formula"]


def squared_error(predictions: Tensor, targets: Tensor) -> Tensor:
    r"""Mean squared error, in which a large error weighs far more than a small one.

    Averaged over all :math:`n` elements:

    .. math:: \ell = \frac1n \sum_i (\hat y_i - y_i)^2

    Args:
        predictions: any shape.
        targets: the same shape; broadcasting is refused, as it hides mistakes.

    Returns:
        A scalar, shape ``()``.

    Source: Legendre 1805 and Gauss 1809, the method of least squares.

    >>> squared_error(torch.tensor([1.0, 5.0]), torch.tensor([2.0, 2.0]))  # (1 + 9) / 2
    tensor(5.)
    """
    check_same_shape("squared_error", predictions=predictions, targets=targets)
    check_not_empty("squared_error", predictions=predictions)
    return torch.nn.functional.mse_loss(predictions, targets)


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

    def forward(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss."""
        return squared_error(predictions, targets)
