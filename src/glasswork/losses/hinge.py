"""Hinge loss: right is not enough, it must be right by a margin of 1.

Course: LOSS-12, NL-13.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.losses.loss import check_loss, reduced

__all__ = ["Hinge", "hinge", "hinge_formula"]


def hinge(scores: Tensor, targets: Tensor, *, weights: Tensor | None = None, reduction: str = "mean") -> Tensor:
    r"""Mean hinge loss, the loss of a support vector machine.

    With the score :math:`f` and the class :math:`y \in \{-1, +1\}`, averaged over all elements:

    .. math:: \ell = \max(0, 1 - y f)

    Derivative:

    .. math:: \frac{\partial \ell}{\partial f} = \begin{cases} -y & y f < 1 \\ 0 & y f \ge 1 \end{cases}

    Args:
        scores: any shape, one raw score each; its sign is the prediction.
        targets: the same shape, -1 or +1 (classes 0 and 1 are ``2 * targets - 1``).
        weights: (B,) how much each example counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number an element.

    Returns:
        A scalar, shape ``()``.

    Units: the score's.

    Source: Cortes & Vapnik 1995, "Support-Vector Networks".

    Differs from `perceptron_criterion` in the margin of 1, which that one lacks.

    >>> hinge(torch.tensor([0.5, 2.0, -1.0]), torch.tensor([1.0, 1.0, 1.0]))  # (0.5 + 0 + 2) / 3
    tensor(0.8333)
    """
    check_loss("hinge", reduction, scores=scores, targets=targets)
    return reduced("hinge", functional.relu(1 - targets * scores), reduction, weights)


def hinge_formula(scores: Tensor, targets: Tensor) -> Tensor:
    """The same in plain operations.

    >>> hinge_formula(torch.tensor([0.5, 2.0, -1.0]), torch.tensor([1.0, 1.0, 1.0]))
    tensor(0.8333)
    """
    short = 1 - targets * scores
    return torch.where(short > 0, short, torch.zeros_like(short)).mean()


class Hinge(nn.Module):
    """`hinge` as a module.

    >>> Hinge()(torch.tensor([0.5, 2.0, -1.0]), torch.tensor([1.0, 1.0, 1.0]))
    tensor(0.8333)
    """

    def forward(self, scores: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return hinge(scores, targets, weights=weights)
