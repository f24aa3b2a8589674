"""L1: a pull of constant force towards 0, under which weights of little use vanish.

Course: REG-01, REG-02.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from glasswork.checks import check_at_least

__all__ = ["L1", "l1"]


def l1(parameters: Iterable[Tensor], *, strength: float) -> Tensor:
    r"""Return the penalty to add to a loss.

    .. math:: \lambda \sum_w |w|

    Derivative:

    .. math:: \lambda \operatorname{sign}(w), \qquad \operatorname{sign}(0) = 0

    Args:
        parameters: the tensors to keep small; as a rule weights, not biases.
        strength: :math:`\lambda`, the force of the pull; at least 0.

    Source: Tibshirani 1996, "Regression Shrinkage and Selection via the Lasso".

    >>> l1([torch.tensor([1.0, -2.0]), torch.tensor([3.0])], strength=0.1)
    tensor(0.6000)
    """
    check_at_least("l1", 0, strength=strength)
    sums = [parameter.abs().sum() for parameter in parameters]
    check_at_least("l1", 1, parameters=len(sums))
    return strength * torch.stack(sums).sum()


@dataclass(frozen=True)
class L1:
    """`l1` that remembers its strength.

    >>> L1(strength=0.1)([torch.tensor([1.0, -2.0])])
    tensor(0.3000)
    """

    strength: float = 1e-4

    def __post_init__(self) -> None:
        check_at_least("L1", 0, strength=self.strength)

    def __call__(self, parameters: Iterable[Tensor]) -> Tensor:
        """Return the penalty."""
        return l1(parameters, strength=self.strength)
