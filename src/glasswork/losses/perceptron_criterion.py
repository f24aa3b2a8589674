"""Perceptron criterion: a wrong answer costs as much as it was sure of itself, a right one nothing.

Also called: perceptron loss.

Course: NL-12, LOSS-12, NL-13.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.losses.loss import check_loss, reduced

__all__ = ["PerceptronCriterion", "perceptron_criterion", "perceptron_criterion_formula"]


def perceptron_criterion(
    scores: Tensor, targets: Tensor, *, weights: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    r"""Mean perceptron criterion; its descent, one example at a time, is the perceptron's learning rule.

    With the score :math:`f` and the class :math:`y \in \{-1, +1\}`, averaged over all elements:

    .. math:: \ell = \max(0, -y f)

    Derivative:

    .. math:: \frac{\partial \ell}{\partial f} = \begin{cases} -y & y f < 0 \\ 0 & y f \ge 0 \end{cases}

    Args:
        scores: any shape, one raw score each; its sign is the prediction.
        targets: the same shape, -1 or +1 (classes 0 and 1 are ``2 * targets - 1``).
        weights: (B,) how much each example counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number an element.

    Returns:
        A scalar, shape ``()``.

    Units: the score's.

    Source: Rosenblatt 1958, "The Perceptron"; as a criterion: Duda & Hart 1973, section 5.5.

    Differs from `hinge` in asking for no margin.

    >>> perceptron_criterion(torch.tensor([0.5, 2.0, -1.0]), torch.tensor([1.0, 1.0, 1.0]))  # (0 + 0 + 1) / 3
    tensor(0.3333)
    """
    check_loss("perceptron_criterion", reduction, scores=scores, targets=targets)
    return reduced("perceptron_criterion", functional.relu(-targets * scores), reduction, weights)


def perceptron_criterion_formula(scores: Tensor, targets: Tensor) -> Tensor:
    """The same in plain operations.

    >>> perceptron_criterion_formula(torch.tensor([0.5, 2.0, -1.0]), torch.tensor([1.0, 1.0, 1.0]))
    tensor(0.3333)
    """
    wrong = -targets * scores
    return torch.where(wrong > 0, wrong, torch.zeros_like(wrong)).mean()


class PerceptronCriterion(nn.Module):
    """`perceptron_criterion` as a module.

    >>> PerceptronCriterion()(torch.tensor([0.5, 2.0, -1.0]), torch.tensor([1.0, 1.0, 1.0]))
    tensor(0.3333)
    """

    def forward(self, scores: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return perceptron_criterion(scores, targets, weights=weights)
