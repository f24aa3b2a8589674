"""McCulloch-Pitts unit: fixed weights and a threshold; it computes and does not learn.

Letters in shapes: B batch, I inputs.

Course: NL-02, NL-06, NL-07.
Source: McCulloch & Pitts 1943, "A Logical Calculus of the Ideas Immanent in Nervous Activity".
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from glasswork.activations import Threshold
from glasswork.checks import check_at_least, check_size

__all__ = ["McCullochPitts"]


class McCullochPitts(nn.Module):
    r"""Fire when the weighted sum of the inputs reaches the threshold.

    .. math:: V = \sum_j w_j x_j, \qquad y = \begin{cases} 1 & V \ge \theta \\ 0 & V < \theta \end{cases}

    Args:
        weights: one an input, w; 1 excites, -1 inhibits.
        threshold: :math:`\theta`.
        at_zero: what the unit does at the threshold itself, where nothing is left over: ``fires`` as above, or
            ``rests`` (then y = 1 needs V > :math:`\theta`).

    >>> AND = McCullochPitts(weights=[1, 1], threshold=2)
    >>> AND(torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])).tolist()
    [0.0, 0.0, 0.0, 1.0]
    """

    weight: Tensor

    def __init__(self, *, weights: Sequence[float], threshold: float, at_zero: str = "fires") -> None:
        super().__init__()
        check_at_least("McCullochPitts", 1, inputs=len(weights))
        self.threshold = threshold
        self.activation = Threshold(at_zero=at_zero)
        self.register_buffer("weight", torch.tensor([float(weight) for weight in weights]))

    def potential(self, x: Tensor) -> Tensor:
        """Return the weighted sums V, shape ``(B,)``."""
        x_BI = x.flatten(1)
        check_size("McCullochPitts", 1, len(self.weight), x=x_BI)
        return x_BI @ self.weight

    def forward(self, x: Tensor) -> Tensor:
        """Return 1 or 0 for each example, shape ``(B,)``, from ``x`` of shape ``(B, I)``."""
        return self.activation(self.potential(x) - self.threshold)

    def extra_repr(self) -> str:
        """Say weights and threshold."""
        return f"weights={self.weight.tolist()}, threshold={self.threshold}"
