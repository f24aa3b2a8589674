"""Loss: what all losses share: how many numbers become one, and how much each example counts.

Letters in shapes: B examples; ``...`` any number of other dimensions.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, dtype

from glasswork.checks import check_choice, check_not_empty, check_same_shape, check_size
from glasswork.errors import ShapeError

__all__ = ["REDUCTIONS", "check_loss", "of_type", "reduced", "spread_over"]

REDUCTIONS = ("mean", "sum", "none")


def check_loss(who: str, reduction: str, **tensors: Any) -> None:
    """Require what every loss requires: tensors of one shape that hold something, and a known reduction.

    >>> import torch
    >>> check_loss("huber", "maen", predictions=torch.zeros(2), targets=torch.zeros(2))
    Traceback (most recent call last):
    glasswork.errors.UnknownNameError: huber: no reduction 'maen'; did you mean 'mean'? Known: mean, sum, none.
    """
    check_same_shape(who, **tensors)
    check_not_empty(who, **tensors)
    check_choice(who, REDUCTIONS, reduction=reduction)


def of_type(tensor: Tensor, wanted: dtype) -> Tensor:
    """Return the tensor in another type; where it has that type already, nothing at all is called."""
    return tensor if tensor.dtype == wanted else tensor.to(wanted)


def reduced(who: str, values: Tensor, reduction: str, weights: Tensor | None = None) -> Tensor:
    r"""Make one number of many: the cost of the losses.

    With a weight :math:`w` for each of the B examples, of M values each, the mean is

    .. math:: \frac{\sum_i w_i \sum_m \ell_{im}}{M \sum_i w_i}

    so that an example of weight 2 counts as if it were there twice.

    Args:
        who: the loss, for its messages.
        values: (B, ...) the losses.
        reduction: ``mean``, ``sum`` or ``none``.
        weights: (B,) how much each example counts, not all 0; None: all alike.

    >>> import torch
    >>> reduced("huber", torch.tensor([1.0, 5.0]), "mean", torch.tensor([3.0, 1.0]))  # (3 * 1 + 1 * 5) / 4
    tensor(2.)
    """
    if weights is None:
        return values.mean() if reduction == "mean" else values.sum() if reduction == "sum" else values
    weights = spread_over(who, weights, values).to(values.dtype)
    weighed = values * weights
    if reduction == "none":
        return weighed
    total = weighed.sum()
    return total if reduction == "sum" else total / (weights.sum() * (values.numel() // weights.numel()))


def spread_over(who: str, weights: Tensor, values: Tensor) -> Tensor:
    """Return weights (B,) in a shape that broadcasts over values (B, ...)."""
    if weights.dim() != 1 or values.dim() == 0:
        wanted = f"({values.shape[0]},)" if values.dim() else "of one example, so none at all"
        raise ShapeError(f"{who}: weights must be one an example, {wanted}, got shape {tuple(weights.shape)}.")
    check_size(who, 0, values.shape[0], weights=weights)
    return weights.reshape(-1, *(1,) * (values.dim() - 1))
