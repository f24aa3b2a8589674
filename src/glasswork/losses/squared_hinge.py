"""Squared hinge loss: a hinge that is smooth at its corner and stricter far off.

Course: LOSS-12.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.losses.loss import check_loss, reduced

__all__ = ["SquaredHinge", "squared_hinge", "squared_hinge_formula"]


def squared_hinge(scores: Tensor, targets: Tensor, *, weights: Tensor | None = None, reduction: str = "mean") -> Tensor:
    r"""Mean squared hinge loss, whose slope has no jump.

    With the score :math:`f` and the class :math:`y \in \{-1, +1\}`, averaged over all elements:

    .. math:: \ell = \max(0, 1 - y f)^2

    Derivative:

    .. math:: \frac{\partial \ell}{\partial f} = -2\,y \max(0, 1 - y f)

    Args:
        scores: any shape, one raw score each; its sign is the prediction.
        targets: the same shape, -1 or +1 (classes 0 and 1 are ``2 * targets - 1``).
        weights: (B,) how much each example counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number an element.

    Returns:
        A scalar, shape ``()``.

    Units: the score's, squared.

    Source: Lee & Mangasarian 2001, "SSVM: A Smooth Support Vector Machine for Classification".

    >>> squared_hinge(torch.tensor([0.5, 2.0, -1.0]), torch.tensor([1.0, 1.0, 1.0]))  # (0.25 + 0 + 4) / 3
    tensor(1.4167)
    """
    check_loss("squared_hinge", reduction, scores=scores, targets=targets)
    return reduced("squared_hinge", functional.relu(1 - targets * scores).square(), reduction, weights)


def squared_hinge_formula(scores: Tensor, targets: Tensor) -> Tensor:
    """The same in plain operations.

    >>> squared_hinge_formula(torch.tensor([0.5, 2.0, -1.0]), torch.tensor([1.0, 1.0, 1.0]))
    tensor(1.4167)
    """
    short = 1 - targets * scores
    return torch.where(short > 0, short**2, torch.zeros_like(short)).mean()


class SquaredHinge(nn.Module):
    """`squared_hinge` as a module.

    >>> SquaredHinge()(torch.tensor([0.5, 2.0, -1.0]), torch.tensor([1.0, 1.0, 1.0]))
    tensor(1.4167)
    """

    def forward(self, scores: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return squared_hinge(scores, targets, weights=weights)
