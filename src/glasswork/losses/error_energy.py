"""Error energy: half the squared error of all outputs, of one example at an instant or on the average.

Letters in shapes: B examples; ``...`` the outputs of one example.

Also called: half squared error.

Course: LOSS-19.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from glasswork.losses.loss import check_loss, reduced

__all__ = ["ErrorEnergy", "error_energy", "error_energy_formula"]


def error_energy(
    predictions: Tensor, targets: Tensor, *, weights: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    r"""Average error energy; with ``reduction="none"`` the instantaneous energy of each example.

    With the errors :math:`e_j = d_j - y_j` of the outputs :math:`C`, for each of the :math:`N` examples and on the
    average:

    .. math:: E(n) = \tfrac12 \sum_{j \in C} e_j(n)^2 \qquad E_{av} = \frac1N \sum_{n=1}^N E(n)

    Derivative:

    .. math:: \frac{\partial E(n)}{\partial y_j} = -e_j(n)

    Args:
        predictions: (B, ...) the outputs :math:`y`; (B,) is one output each.
        targets: the same shape, the desired responses :math:`d`; broadcasting is refused, as it hides mistakes.
        weights: (B,) how much each example counts; None: all alike.
        reduction: ``mean`` and ``sum`` over the examples, or ``none`` for one energy an example, shape (B,).

    Returns:
        A scalar, shape ``()``.

    Units: the square of the target's.

    Source: Widrow & Hoff 1960, "Adaptive Switching Circuits"; Haykin 2009, "Neural Networks and Learning Machines".

    Differs from `squared_error` by the factor 1/2, and in adding up an example's outputs instead of averaging them.

    >>> import torch
    >>> error_energy(torch.tensor([[1.0, 5.0]]), torch.tensor([[2.0, 2.0]]))  # (1 + 9) / 2
    tensor(5.)
    """
    check_loss("error_energy", reduction, predictions=predictions, targets=targets)
    if weights is None and reduction != "none":
        share = 0.5 if reduction == "sum" or predictions.dim() == 0 else 0.5 / len(predictions)
        return share * functional.mse_loss(predictions, targets, reduction="sum")
    squares = functional.mse_loss(predictions, targets, reduction="none")
    energies = 0.5 * (squares.flatten(1).sum(1) if squares.dim() > 1 else squares)
    return reduced("error_energy", energies, reduction, weights)


def error_energy_formula(predictions: Tensor, targets: Tensor) -> Tensor:
    """The same in plain operations.

    >>> import torch
    >>> error_energy_formula(torch.tensor([[1.0, 5.0]]), torch.tensor([[2.0, 2.0]]))
    tensor(5.)
    """
    return ((targets - predictions) ** 2).sum() / 2 / len(predictions)


class ErrorEnergy(nn.Module):
    """`error_energy` as a module.

    >>> import torch
    >>> ErrorEnergy()(torch.tensor([[1.0, 5.0]]), torch.tensor([[2.0, 2.0]]))
    tensor(5.)
    """

    def forward(self, predictions: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the average energy."""
        return error_energy(predictions, targets, weights=weights)
