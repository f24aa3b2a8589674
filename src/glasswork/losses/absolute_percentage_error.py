"""Absolute percentage error: how wrong, as a share of the true size.

Also called: MAPE.

Course: LOSS-04.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_above
from glasswork.losses.loss import check_loss, of_type, reduced

__all__ = ["AbsolutePercentageError", "absolute_percentage_error", "absolute_percentage_error_formula"]


def absolute_percentage_error(
    predictions: Tensor,
    targets: Tensor,
    *,
    floor: float = 1e-6,
    weights: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Mean absolute error as a share of the actual value (times 100, it is the percentage).

    With the actual value :math:`A`, the forecast :math:`F` and the floor :math:`\epsilon`, averaged over all elements:

    .. math:: \ell = \frac{|A - F|}{\max(|A|, \epsilon)}

    Derivative:

    .. math:: \frac{\partial \ell}{\partial F} = \frac{\operatorname{sign}(F - A)}{\max(|A|, \epsilon)}

    Args:
        predictions: any shape.
        targets: the same shape; broadcasting is refused, as it hides mistakes.
        floor: the smallest size that is divided by, in the target's units, as a share of 0 means nothing; above 0.
        weights: (B,) how much each example counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number an element.

    Returns:
        A scalar, shape ``()``.

    Units: none, a share: 0.1 is ten per cent.

    Source: Hyndman & Koehler 2006, "Another Look at Measures of Forecast Accuracy".

    >>> absolute_percentage_error(torch.tensor([1.0, 5.0]), torch.tensor([2.0, 4.0]))  # (1/2 + 1/4) / 2
    tensor(0.3750)
    """
    check_above("absolute_percentage_error", 0, floor=floor)
    check_loss("absolute_percentage_error", reduction, predictions=predictions, targets=targets)
    own = of_type(targets, predictions.dtype)
    share = own.abs().clamp_(min=floor).reciprocal_()
    error = (predictions - own).abs()
    if reduction == "mean" and weights is None:  # a scalar product multiplies and adds in one pass over memory
        return torch.dot(error.reshape(-1), share.reshape(-1)) / error.numel()
    return reduced("absolute_percentage_error", error * share, reduction, weights)


def absolute_percentage_error_formula(predictions: Tensor, targets: Tensor, *, floor: float = 1e-6) -> Tensor:
    """The same in plain operations.

    >>> absolute_percentage_error_formula(torch.tensor([1.0, 5.0]), torch.tensor([2.0, 4.0]))
    tensor(0.3750)
    """
    return ((predictions - targets).abs() / targets.abs().clamp(min=floor)).mean()


class AbsolutePercentageError(nn.Module):
    """`absolute_percentage_error` that remembers its floor.

    >>> AbsolutePercentageError(floor=2.0)(torch.tensor([1.0]), torch.tensor([0.0]))  # 1 / 2
    tensor(0.5000)
    """

    def __init__(self, *, floor: float = 1e-6) -> None:
        super().__init__()
        check_above("AbsolutePercentageError", 0, floor=floor)
        self.floor = floor

    def forward(self, predictions: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return absolute_percentage_error(predictions, targets, floor=self.floor, weights=weights)

    def extra_repr(self) -> str:
        """Show the setting."""
        return f"floor={self.floor}"
