"""Elastic net: L1 and L2 together, so that weights that do the same work share it instead of one taking all.

Course: REG-04.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor

from glasswork.checks import check_at_least, check_between
from glasswork.regularizers.l1 import l1
from glasswork.regularizers.l2 import l2

__all__ = ["ElasticNet", "elastic_net"]


def elastic_net(parameters: Iterable[Tensor], *, strength: float, share: float = 0.5) -> Tensor:
    r"""Return the penalty to add to a loss.

    .. math:: \lambda \left( \rho \sum_w |w| + \frac{1 - \rho}{2} \sum_w w^2 \right)

    Derivative:

    .. math:: \lambda \left( \rho \operatorname{sign}(w) + (1 - \rho)\,w \right)

    Args:
        parameters: the tensors to keep small; as a rule weights, not biases.
        strength: :math:`\lambda`; at least 0.
        share: :math:`\rho`, the share of L1; in [0, 1].

    Source: Zou & Hastie 2005, "Regularization and Variable Selection via the Elastic Net".

    >>> import torch
    >>> elastic_net([torch.tensor([1.0, -2.0])], strength=0.1)  # 0.1 * (0.5 * 3 + 0.25 * 5)
    tensor(0.2750)
    """
    check_at_least("elastic_net", 0, strength=strength)
    check_between("elastic_net", 0, 1, share=share)
    tensors = list(parameters)
    return l1(tensors, strength=strength * share) + l2(tensors, strength=strength * (1 - share))


@dataclass(frozen=True)
class ElasticNet:
    """`elastic_net` that remembers its settings.

    >>> import torch
    >>> ElasticNet(strength=0.1)([torch.tensor([1.0, -2.0])])
    tensor(0.2750)
    """

    strength: float = 1e-4
    share: float = 0.5

    def __post_init__(self) -> None:
        check_at_least("ElasticNet", 0, strength=self.strength)
        check_between("ElasticNet", 0, 1, share=self.share)

    def __call__(self, parameters: Iterable[Tensor]) -> Tensor:
        """Return the penalty."""
        return elastic_net(parameters, strength=self.strength, share=self.share)
