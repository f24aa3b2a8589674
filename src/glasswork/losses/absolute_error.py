"""Absolute error: the loss whose best constant prediction is the median."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_not_empty, check_same_shape

__all__ = ["AbsoluteError", "absolute_error", "absolute_error_formula"]


def absolute_error(predictions: Tensor, targets: Tensor) -> Tensor:
    r"""Mean absolute error, in which every unit of error weighs the same.

    Averaged over all :math:`n` elements:

    .. math:: \ell = \frac1n \sum_i |\hat y_i - y_i|

    Args:
        predictions: any shape.
        targets: the same shape; broadcasting is refused, as it hides mistakes.

    Returns:
        A scalar, shape ``()``.

    Source: Laplace 1774, on the mean to choose among several observations.

    >>> absolute_error(torch.tensor([1.0, 5.0]), torch.tensor([2.0, 2.0]))  # (1 + 3) / 2
    tensor(2.)
    """
    check_same_shape("absolute_error", predictions=predictions, targets=targets)
    check_not_empty("absolute_error", predictions=predictions)
    return torch.nn.functional.l1_loss(predictions, targets)


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

    def forward(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss."""
        return absolute_error(predictions, targets)
