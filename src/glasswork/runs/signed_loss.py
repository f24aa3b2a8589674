"""SignedLoss: a loss of one score and a side, asked of the two scores and the class that a classifier has."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from glasswork.checks import check_size

__all__ = ["SIGNED", "SignedLoss"]

SIGNED = ("exponential", "hinge", "perceptron_criterion", "squared_hinge")  # losses whose targets are -1 and +1


class SignedLoss(nn.Module):
    r"""Ask a loss of the difference of two scores, with the class as a sign.

    .. math:: f = s_1 - s_0, \qquad y = 2c - 1, \qquad \ell = \text{loss}(f, y)

    Args:
        loss: ``loss(scores, targets)`` with targets of -1 and +1.

    Shapes: scores ``(B, 2)`` and classes ``(B,)`` in, a scalar out.

    >>> import torch
    >>> from glasswork.losses import Hinge
    >>> SignedLoss(Hinge())(torch.tensor([[1.0, 1.5], [0.0, 2.0]]), torch.tensor([1, 0]))  # (0.5 + 3) / 2
    tensor(1.7500)
    """

    def __init__(self, loss: Callable[..., Tensor]) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, scores: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        check_size("SignedLoss", 1, 2, scores=scores)
        sides_B = (2 * targets.reshape(-1) - 1).to(scores.dtype)
        return self.loss(scores[:, 1] - scores[:, 0], sides_B, weights=weights)
