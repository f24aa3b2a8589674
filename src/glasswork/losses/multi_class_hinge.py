"""Multi-class hinge loss: the right class must lead each other one by a margin of 1.

Letters in shapes: B examples, K classes.

Course: LOSS-12.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_choice, check_dimensions, check_not_empty, check_size, check_whole
from glasswork.losses.loss import REDUCTIONS, of_type, reduced

__all__ = ["MultiClassHinge", "multi_class_hinge", "multi_class_hinge_formula"]


def multi_class_hinge(
    scores: Tensor, targets: Tensor, *, weights: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    r"""Mean multi-class hinge loss, from one score a class.

    With the scores :math:`f` and the right class :math:`y`, averaged over the examples:

    .. math:: \ell = \frac1K \sum_{k \ne y} \max(0, 1 - f_y + f_k)

    Derivative:

    .. math:: \frac{\partial \ell}{\partial f_k} = \frac{v_k}{K} \quad (k \ne y), \qquad
              \frac{\partial \ell}{\partial f_y} = -\frac1K \sum_{k \ne y} v_k

    where :math:`v_k` is 1 for the classes that come too close, else 0.

    Args:
        scores: (B, K) raw scores.
        targets: (B,) class indices from 0 to K - 1.
        weights: (B,) how much each example counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number an example.

    Returns:
        A scalar, shape ``()``.

    Units: the score's.

    A score that is not a number costs 0, as in torch's kernel: watch the scores, or the gradient, for those.

    Source: Weston & Watkins 1999, "Support Vector Machines for Multi-Class Pattern Recognition"; the factor 1/K is
    torch's.

    >>> multi_class_hinge(torch.tensor([[2.0, 1.5, -1.0, 3.0]]), torch.tensor([0]))  # (0.5 + 0 + 2) / 4
    tensor(0.6250)
    """
    check_dimensions("multi_class_hinge", 2, scores=scores)
    check_whole("multi_class_hinge", targets=targets)
    check_dimensions("multi_class_hinge", 1, targets=targets)
    check_size("multi_class_hinge", 0, scores.shape[0], targets=targets)
    check_not_empty("multi_class_hinge", scores=scores)
    check_choice("multi_class_hinge", REDUCTIONS, reduction=reduction)
    if scores.dtype in (torch.float16, torch.bfloat16):  # torch's kernel knows no half precision
        scores = scores.float()
    values = functional.multi_margin_loss(
        scores, of_type(targets, torch.int64), reduction=reduction if weights is None else "none"
    )
    return values if weights is None else reduced("multi_class_hinge", values, reduction, weights)


def multi_class_hinge_formula(scores: Tensor, targets: Tensor) -> Tensor:
    """The same in plain operations.

    >>> multi_class_hinge_formula(torch.tensor([[2.0, 1.5, -1.0, 3.0]]), torch.tensor([0]))
    tensor(0.6250)
    """
    short = 1 - scores.gather(1, targets.unsqueeze(1)) + scores
    other = torch.arange(scores.shape[1], device=scores.device) != targets.unsqueeze(1)
    return torch.where((short > 0) & other, short, torch.zeros_like(short)).mean()


class MultiClassHinge(nn.Module):
    """`multi_class_hinge` as a module.

    >>> MultiClassHinge()(torch.tensor([[2.0, 1.5, -1.0, 3.0]]), torch.tensor([0]))
    tensor(0.6250)
    """

    def forward(self, scores: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return multi_class_hinge(scores, targets, weights=weights)
