"""Huber loss: squared for small errors, straight for large ones.

Also called: smooth absolute error.

Course: LOSS-05, HP-17.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_above
from glasswork.losses.loss import check_loss, reduced

__all__ = ["Huber", "huber", "huber_formula"]


def huber(
    predictions: Tensor,
    targets: Tensor,
    *,
    delta: float = 1.0,
    weights: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Mean Huber loss, which lets an outlier pull with force `delta` at most.

    With :math:`e = \text{prediction} - \text{target}`, averaged over all elements:

    .. math:: \ell(e) = \begin{cases} \tfrac12 e^2 & |e| \le \delta \\
              \delta\,(|e| - \tfrac12\delta) & |e| > \delta \end{cases}

    Derivative:

    .. math:: \ell'(e) = \begin{cases} e & |e| \le \delta \\ \delta \operatorname{sign}(e) & |e| > \delta \end{cases}

    Args:
        predictions: any shape.
        targets: the same shape; broadcasting is refused, as it hides mistakes.
        delta: where the parabola turns into a line, in the target's units; above 0.
        weights: (B,) how much each example counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number an element.

    Returns:
        A scalar, shape ``()``.

    Units: the square of the target's.

    Source: Huber 1964, "Robust Estimation of a Location Parameter".

    Differs from ``torch.nn.SmoothL1Loss`` by a factor ``delta``.

    >>> huber(torch.tensor([0.5, -3.0]), torch.zeros(2))  # (0.125 + 2.5) / 2
    tensor(1.3125)
    """
    check_above("huber", 0, delta=delta)
    check_loss("huber", reduction, predictions=predictions, targets=targets)
    if weights is None:
        return torch.nn.functional.huber_loss(predictions, targets, delta=delta, reduction=reduction)
    values = torch.nn.functional.huber_loss(predictions, targets, delta=delta, reduction="none")
    return reduced("huber", values, reduction, weights)


def huber_formula(predictions: Tensor, targets: Tensor, *, delta: float = 1.0) -> Tensor:
    """The same in plain operations.

    >>> huber_formula(torch.tensor([0.5, -3.0]), torch.zeros(2))
    tensor(1.3125)
    """
    error = (predictions - targets).abs()
    near = error.clamp(max=delta)
    return (near * (error - near / 2)).mean()


class Huber(nn.Module):
    """`huber` that remembers its `delta`.

    >>> Huber(delta=0.5)(torch.tensor([2.0]), torch.zeros(1))  # 0.5 * (2 - 0.25)
    tensor(0.8750)
    """

    def __init__(self, *, delta: float = 1.0) -> None:
        super().__init__()
        check_above("Huber", 0, delta=delta)
        self.delta = delta

    def forward(self, predictions: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return huber(predictions, targets, delta=self.delta, weights=weights)

    def extra_repr(self) -> str:
        """Show the setting."""
        return f"delta={self.delta}"
