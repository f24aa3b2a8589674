"""Ridge: L2 with its strength spread over the rows of the data, so that more data count for more.

Course: REG-03.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor

from glasswork.checks import check_at_least
from glasswork.regularizers.l2 import l2

__all__ = ["Ridge", "ridge"]


def ridge(parameters: Iterable[Tensor], *, strength: float, rows: int) -> Tensor:
    r"""Return the penalty to add to a mean loss over `rows` examples.

    .. math:: \frac{\lambda}{2n} \sum_w w^2

    Derivative:

    .. math:: \frac{\lambda}{n} w

    Args:
        parameters: the tensors to keep small; as a rule weights, not biases.
        strength: :math:`\lambda`; at least 0.
        rows: :math:`n`, the number of examples (not of weights); at least 1.

    Source: Hoerl & Kennard 1970, "Ridge Regression: Biased Estimation for Nonorthogonal Problems".

    Differs from `l2` by the factor :math:`1/n`.

    >>> import torch
    >>> ridge([torch.tensor([1.0, -2.0, 3.0])], strength=0.1, rows=10)  # 0.1 / 20 * 14
    tensor(0.0700)
    """
    check_at_least("ridge", 0, strength=strength)
    check_at_least("ridge", 1, rows=rows)
    return l2(parameters, strength=strength / rows)


@dataclass(frozen=True)
class Ridge:
    """`ridge` that remembers its settings.

    >>> import torch
    >>> Ridge(strength=0.1, rows=10)([torch.tensor([1.0, -2.0, 3.0])])
    tensor(0.0700)
    """

    strength: float = 1e-4
    rows: int = 1

    def __post_init__(self) -> None:
        check_at_least("Ridge", 0, strength=self.strength)
        check_at_least("Ridge", 1, rows=self.rows)

    def __call__(self, parameters: Iterable[Tensor]) -> Tensor:
        """Return the penalty."""
        return ridge(parameters, strength=self.strength, rows=self.rows)
