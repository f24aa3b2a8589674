"""Binary cross entropy from probabilities: the log loss of numbers that are already between 0 and 1.

Course: LOSS-08, LOSS-11.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.losses.loss import check_loss, of_type, reduced

__all__ = [
    "BinaryCrossEntropyFromProbabilities",
    "binary_cross_entropy_from_probabilities",
    "binary_cross_entropy_from_probabilities_formula",
]


def binary_cross_entropy_from_probabilities(
    probabilities: Tensor, targets: Tensor, *, weights: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    r"""Mean negative log-likelihood of the right answers, from the probability of a yes.

    Averaged over all :math:`n` elements:

    .. math:: \ell = -\frac1n \sum_i \left[ y_i \log p_i + (1 - y_i) \log (1 - p_i) \right]

    Derivative:

    .. math:: \frac{\partial \ell}{\partial p_i} = \frac1n \cdot \frac{p_i - y_i}{p_i\,(1 - p_i)}

    Args:
        probabilities: any shape, from 0 to 1; a logarithm below -100 counts as -100, so that a sure error stays finite.
        targets: the same shape, 0 or 1 or a share between.
        weights: (B,) how much each example counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number an element.

    Returns:
        A scalar, shape ``()``.

    Units: nats.

    Source: Good 1952, "Rational Decisions"; as a likelihood: Bishop 2006, "Pattern Recognition and Machine Learning",
    equation 4.90.

    Differs from `binary_cross_entropy` in what it takes; train on logits where you can: a sigmoid rounds to 1 above
    17 (float32), and its slope to 0.

    >>> binary_cross_entropy_from_probabilities(torch.tensor([0.5, 0.8]), torch.tensor([1.0, 0.0]))
    tensor(1.1513)
    """
    check_loss("binary_cross_entropy_from_probabilities", reduction, probabilities=probabilities, targets=targets)
    values = functional.binary_cross_entropy(
        probabilities, of_type(targets, probabilities.dtype), reduction=reduction if weights is None else "none"
    )
    if weights is None:
        return values
    return reduced("binary_cross_entropy_from_probabilities", values, reduction, weights)


def binary_cross_entropy_from_probabilities_formula(probabilities: Tensor, targets: Tensor) -> Tensor:
    """The same in plain operations.

    >>> binary_cross_entropy_from_probabilities_formula(torch.tensor([0.5, 0.8]), torch.tensor([1.0, 0.0]))
    tensor(1.1513)
    """
    yes = torch.log(probabilities).clamp(min=-100)
    no = torch.log1p(-probabilities).clamp(min=-100)
    return -(targets * yes + (1 - targets) * no).mean()


class BinaryCrossEntropyFromProbabilities(nn.Module):
    """`binary_cross_entropy_from_probabilities` as a module.

    >>> BinaryCrossEntropyFromProbabilities()(torch.tensor([0.5, 0.8]), torch.tensor([1.0, 0.0]))
    tensor(1.1513)
    """

    def forward(self, probabilities: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return binary_cross_entropy_from_probabilities(probabilities, targets, weights=weights)
