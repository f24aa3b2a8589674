"""Binary cross entropy: how surprised a yes-or-no prediction is by the answer.

Course: LOSS-08, LOSS-11, LOSS-21, NL-13.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_above
from glasswork.losses.loss import check_loss, of_type, reduced

__all__ = ["BinaryCrossEntropy", "binary_cross_entropy", "binary_cross_entropy_formula"]


def binary_cross_entropy(
    logits: Tensor,
    targets: Tensor,
    *,
    positive_weight: float = 1.0,
    weights: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Mean negative log-probability of the right answers, from one logit each.

    With :math:`p = \sigma(z)` and the weight :math:`w` of a yes, averaged over all elements:

    .. math:: \ell = -w\,y \log p - (1 - y) \log (1 - p)

    Derivative:

    .. math:: \frac{\partial \ell}{\partial z} = p - y

    for :math:`w = 1`.

    Args:
        logits: any shape, raw scores; no sigmoid before.
        targets: the same shape, 0 or 1 or a share between.
        positive_weight: how much a yes counts against a no; above 0.
        weights: (B,) how much each example counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number an element.

    Returns:
        A scalar, shape ``()``.

    Units: nats.

    Source: Good 1952, "Rational Decisions"; as the loss of a logistic unit: Cox 1958.

    Differs from `binary_cross_entropy_from_probabilities`, which takes the sigmoid's output, in that no logit is too
    large for it.

    >>> binary_cross_entropy(torch.tensor([0.0, 2.0]), torch.tensor([1.0, 0.0]))  # (0.6931 + 2.1269) / 2
    tensor(1.4100)
    """
    check_above("binary_cross_entropy", 0, positive_weight=positive_weight)
    check_loss("binary_cross_entropy", reduction, logits=logits, targets=targets)
    values = functional.binary_cross_entropy_with_logits(
        logits,
        of_type(targets, logits.dtype),
        pos_weight=None if positive_weight == 1 else logits.new_full((), positive_weight),
        reduction=reduction if weights is None else "none",
    )
    return values if weights is None else reduced("binary_cross_entropy", values, reduction, weights)


def binary_cross_entropy_formula(logits: Tensor, targets: Tensor, *, positive_weight: float = 1.0) -> Tensor:
    """The same in plain operations: minus log p is the softplus of minus z.

    >>> binary_cross_entropy_formula(torch.tensor([0.0, 2.0]), torch.tensor([1.0, 0.0]))
    tensor(1.4100)
    """
    zero = torch.zeros_like(logits)
    yes, no = torch.logaddexp(-logits, zero), torch.logaddexp(logits, zero)
    return (positive_weight * targets * yes + (1 - targets) * no).mean()


class BinaryCrossEntropy(nn.Module):
    """`binary_cross_entropy` that remembers its weight.

    >>> BinaryCrossEntropy(positive_weight=3.0)(torch.tensor([0.0]), torch.tensor([1.0]))  # 3 log 2
    tensor(2.0794)
    """

    def __init__(self, *, positive_weight: float = 1.0) -> None:
        super().__init__()
        check_above("BinaryCrossEntropy", 0, positive_weight=positive_weight)
        self.positive_weight = positive_weight

    def forward(self, logits: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return binary_cross_entropy(logits, targets, positive_weight=self.positive_weight, weights=weights)

    def extra_repr(self) -> str:
        """Show the setting."""
        return f"positive_weight={self.positive_weight}"
