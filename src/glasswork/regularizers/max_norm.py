"""Max-norm: no unit's weights may grow longer than a limit.

Course: REG-05.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from glasswork.checks import check_above

__all__ = ["MaxNorm", "max_norm"]


@torch.no_grad()
def max_norm(parameters: Iterable[Tensor], *, limit: float) -> None:
    r"""Shorten, in place, the weights of each unit that are longer than `limit`; to be called after each step.

    .. math:: w \leftarrow w \min\left(1, \frac{c}{\|w\|}\right)

    Args:
        parameters: tensors (O, ...), one row a unit; those of one dimension, such as biases, are left alone.
        limit: the longest length :math:`c`; above 0.

    Source: Srivastava et al. 2014, "Dropout", section 5.1; Srebro, Rennie & Jaakkola 2005.

    >>> weight = torch.tensor([[3.0, 4.0], [0.3, 0.4]])
    >>> max_norm([weight], limit=1.0)
    >>> weight
    tensor([[0.6000, 0.8000],
            [0.3000, 0.4000]])
    """
    check_above("max_norm", 0, limit=limit)
    for parameter in parameters:
        if parameter.ndim >= 2:
            length = torch.linalg.vector_norm(parameter, dim=tuple(range(1, parameter.ndim)), keepdim=True)
            parameter.mul_(limit / length.clamp(min=limit))


@dataclass(frozen=True)
class MaxNorm:
    """`max_norm` that remembers its limit.

    >>> weight = torch.tensor([[3.0, 4.0]])
    >>> MaxNorm(limit=1.0)([weight])
    >>> weight
    tensor([[0.6000, 0.8000]])
    """

    limit: float = 3.0

    def __post_init__(self) -> None:
        check_above("MaxNorm", 0, limit=self.limit)

    def __call__(self, parameters: Iterable[Tensor]) -> None:
        """Shorten what is too long."""
        max_norm(parameters, limit=self.limit)
