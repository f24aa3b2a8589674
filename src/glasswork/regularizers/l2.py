"""L2: a pull towards 0 that grows with the weight.

Course: REG-03.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from glasswork.checks import check_at_least

__all__ = ["L2", "l2"]


def l2(parameters: Iterable[Tensor], *, strength: float) -> Tensor:
    r"""Return the penalty to add to a loss; its gradient is :math:`\lambda w`, as that of `SGD`'s weight decay.

    .. math:: \frac{\lambda}{2} \sum_w w^2

    Derivative:

    .. math:: \lambda w

    Args:
        parameters: the tensors to keep small; as a rule weights, not biases.
        strength: :math:`\lambda`; at least 0.

    Source: Krogh & Hertz 1992, "A Simple Weight Decay Can Improve Generalization".

    >>> l2([torch.tensor([1.0, -2.0]), torch.tensor([3.0])], strength=0.1)  # 0.05 * 14
    tensor(0.7000)
    """
    check_at_least("l2", 0, strength=strength)
    sums = [parameter.square().sum() for parameter in parameters]
    check_at_least("l2", 1, parameters=len(sums))
    return strength / 2 * torch.stack(sums).sum()


@dataclass(frozen=True)
class L2:
    """`l2` that remembers its strength.

    >>> L2(strength=0.1)([torch.tensor([1.0, -2.0])])
    tensor(0.2500)
    """

    strength: float = 1e-4

    def __post_init__(self) -> None:
        check_at_least("L2", 0, strength=self.strength)

    def __call__(self, parameters: Iterable[Tensor]) -> Tensor:
        """Return the penalty."""
        return l2(parameters, strength=self.strength)
