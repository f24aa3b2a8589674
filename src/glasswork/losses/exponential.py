"""Exponential loss: the cost grows without bound the surer a wrong answer is.

Course: LOSS-15.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.losses.loss import check_loss, reduced

__all__ = ["Exponential", "exponential", "exponential_formula"]


def exponential(scores: Tensor, targets: Tensor, *, weights: Tensor | None = None, reduction: str = "mean") -> Tensor:
    r"""Mean exponential loss, which boosting lowers; its best score is half the log-odds.

    With the score :math:`f` and the class :math:`y \in \{-1, +1\}`, averaged over all elements:

    .. math:: \ell = e^{-y f}

    Derivative:

    .. math:: \frac{\partial \ell}{\partial f} = -y\,e^{-y f}

    Args:
        scores: any shape, one raw score each; its sign is the prediction.
        targets: the same shape, -1 or +1 (classes 0 and 1 are ``2 * targets - 1``).
        weights: (B,) how much each example counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number an element.

    Returns:
        A scalar, shape ``()``.

    Units: the score's exponential: it leaves float32 at -y f = 89.

    Source: Freund & Schapire 1997, "A Decision-Theoretic Generalization of On-Line Learning"; as a loss:
    Friedman, Hastie & Tibshirani 2000.

    >>> exponential(torch.tensor([0.5, 2.0, -1.0]), torch.tensor([1.0, 1.0, 1.0]))  # (0.6065 + 0.1353 + 2.7183) / 3
    tensor(1.1534)
    """
    check_loss("exponential", reduction, scores=scores, targets=targets)
    return reduced("exponential", torch.exp(-targets * scores), reduction, weights)


def exponential_formula(scores: Tensor, targets: Tensor) -> Tensor:
    """The same in plain operations.

    >>> exponential_formula(torch.tensor([0.5, 2.0, -1.0]), torch.tensor([1.0, 1.0, 1.0]))
    tensor(1.1534)
    """
    return (torch.e ** (-targets * scores)).mean()


class Exponential(nn.Module):
    """`exponential` as a module.

    >>> Exponential()(torch.tensor([0.5, 2.0, -1.0]), torch.tensor([1.0, 1.0, 1.0]))
    tensor(1.1534)
    """

    def forward(self, scores: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return exponential(scores, targets, weights=weights)
