"""Binary cross entropy: how surprised a yes-or-no prediction is by the answer."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_above, check_not_empty, check_same_shape

__all__ = ["BinaryCrossEntropy", "binary_cross_entropy", "binary_cross_entropy_formula"]


def binary_cross_entropy(logits: Tensor, targets: Tensor, *, positive_weight: float = 1.0) -> Tensor:
    r"""Mean negative log-probability of the right answers, from one logit each.

    With :math:`p = \sigma(z)` and the weight :math:`w` of a yes, averaged over all elements:

    .. math:: \ell = -w\,y \log p - (1 - y) \log (1 - p)

    Args:
        logits: any shape, raw scores; no sigmoid before.
        targets: the same shape, 0 or 1 or a share between.
        positive_weight: how much a yes counts against a no; above 0.

    Returns:
        A scalar, shape ``()``.

    Source: Good 1952, "Rational Decisions"; as the loss of a logistic unit: Cox 1958.

    >>> binary_cross_entropy(torch.tensor([0.0, 2.0]), torch.tensor([1.0, 0.0]))  # (0.6931 + 2.1269) / 2
    tensor(1.4100)
    """
    check_above("binary_cross_entropy", 0, positive_weight=positive_weight)
    check_same_shape("binary_cross_entropy", logits=logits, targets=targets)
    check_not_empty("binary_cross_entropy", logits=logits)
    weight = None if positive_weight == 1 else logits.new_tensor(positive_weight)
    return functional.binary_cross_entropy_with_logits(logits, targets.to(logits.dtype), pos_weight=weight)


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

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss."""
        return binary_cross_entropy(logits, targets, positive_weight=self.positive_weight)

    def extra_repr(self) -> str:
        """Show the setting."""
        return f"positive_weight={self.positive_weight}"
