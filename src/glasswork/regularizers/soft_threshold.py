"""Soft threshold: the step of L1 that makes weights exactly 0.

Course: REG-02, REG-13.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from glasswork.checks import check_at_least

__all__ = ["SoftThreshold", "soft_threshold", "soft_threshold_formula"]


@torch.no_grad()
def soft_threshold(parameters: Iterable[Tensor], *, amount: float) -> None:
    r"""Move every weight, in place, towards 0 by `amount`, but not past it; to be called after each step.

    .. math:: w \leftarrow \operatorname{sign}(w) \max(|w| - t, 0)

    A gradient step on :math:`\lambda |w|` jumps back and forth across 0. After a step of size :math:`\eta` on the
    loss alone, this with :math:`t = \eta\lambda` is the exact step of the penalty, and weights of little use stay 0.

    Args:
        parameters: the tensors to thin out; as a rule weights, not biases.
        amount: :math:`t`; at least 0.

    Source: Donoho 1995, "De-Noising by Soft-Thresholding"; Daubechies, Defrise & De Mol 2004.

    >>> weight = torch.tensor([1.0, 0.25, 0.5])
    >>> soft_threshold([weight], amount=0.5)
    >>> weight
    tensor([0.5000, 0.0000, 0.0000])
    """
    check_at_least("soft_threshold", 0, amount=amount)
    for parameter in parameters:
        parameter.copy_(functional.softshrink(parameter, amount))


def soft_threshold_formula(weight: Tensor, *, amount: float) -> Tensor:
    """The same for one tensor, in plain operations, not in place.

    >>> soft_threshold_formula(torch.tensor([1.0, -2.0]), amount=0.5)
    tensor([ 0.5000, -1.5000])
    """
    return weight.sign() * (weight.abs() - amount).clamp(min=0)


@dataclass(frozen=True)
class SoftThreshold:
    """`soft_threshold` that remembers its amount.

    >>> weight = torch.tensor([1.0, -2.0])
    >>> SoftThreshold(amount=0.5)([weight])
    >>> weight
    tensor([ 0.5000, -1.5000])
    """

    amount: float = 1e-4

    def __post_init__(self) -> None:
        check_at_least("SoftThreshold", 0, amount=self.amount)

    def __call__(self, parameters: Iterable[Tensor]) -> None:
        """Move the weights towards 0."""
        soft_threshold(parameters, amount=self.amount)
