"""Competitive layer: units that compete for each input; the one that answers most strongly wins.

Letters in shapes: B batch, I inputs, U units.

Course: MEM-02.
Source: Rumelhart & Zipser 1985, "Feature Discovery by Competitive Learning"; Haykin 1999, section 2.5.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_size

__all__ = ["Competitive"]


class Competitive(nn.Module):
    r"""Return how strongly each unit answers; the winner takes all.

    .. math:: v_k = \sum_j w_{kj} x_j, \qquad
              y_k = \begin{cases} 1 & v_k > v_j \text{ for all } j \ne k \\ 0 & \text{otherwise} \end{cases}

    Each unit's weights are positive and add up to 1 at the start; the learner ``competitive_learning`` moves the
    winner's towards the input, which keeps the sum where the inputs add up to 1 as well.

    Args:
        inputs: numbers in one example, I; more dimensions are flattened.
        units: how many compete, U.

    >>> model = Competitive(inputs=2, units=2)
    >>> _ = model.weight.copy_(torch.tensor([[0.2, 0.8], [0.6, 0.4]]))
    >>> model(torch.tensor([[1.0, 0.0]])), model.winners(torch.tensor([[1.0, 0.0]])).item()
    (tensor([[0.2000, 0.6000]]), 1)
    """

    def __init__(self, *, inputs: int, units: int) -> None:
        super().__init__()
        check_at_least("Competitive", 1, inputs=inputs, units=units)
        self.size = inputs
        weight_UI = torch.rand(units, inputs) + 1e-3
        self.weight = nn.Parameter(weight_UI / weight_UI.sum(dim=1, keepdim=True), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the potentials v, shape ``(B, U)``, from ``x`` of shape ``(B, I)`` or ``(B, ...)``."""
        x_BI = x.flatten(1)
        check_size("Competitive", 1, self.size, x=x_BI)
        return x_BI @ self.weight.T

    def winners(self, x: Tensor) -> Tensor:
        """Return the number of the unit that wins each example, shape ``(B,)``."""
        return self(x).argmax(dim=1)

    def extra_repr(self) -> str:
        """Say the sizes."""
        return f"inputs={self.size}, units={len(self.weight)}"
