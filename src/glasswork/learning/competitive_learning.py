"""Competitive learning: the winner moves towards the input, the others stay.

Course: MEM-02, MEM-04.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from glasswork.learning.rule import Rule
from glasswork.models import Competitive

if TYPE_CHECKING:
    from glasswork.records import Batch, StepRecord

__all__ = ["CompetitiveLearning", "competitive_update"]


def competitive_update(w: Tensor, x: Tensor, winner: int, *, lr: float) -> Tensor:
    """Return the steps of all units' weights ``(U, I)`` for one input ``(I,)``: the winner's, and nothing else.

    >>> competitive_update(torch.tensor([[0.2, 0.4], [0.6, 0.4]]), torch.tensor([1.0, 0.5]), 1, lr=0.5)
    tensor([[0.0000, 0.0000],
            [0.2000, 0.0500]])
    """
    won = torch.zeros(len(w), 1, dtype=w.dtype, device=w.device)
    won[winner] = 1.0
    return lr * won * (x - w)


class CompetitiveLearning(Rule):
    r"""Present the inputs in turn; the unit that answers most strongly moves its weights towards the input.

    .. math:: \Delta w_{kj} = \begin{cases} \eta\,(x_j - w_{kj}) & \text{if unit } k \text{ wins} \\
              0 & \text{otherwise} \end{cases}

    No targets are needed. Where the inputs add up to 1, so do the weights of each unit, and go on doing so. The batch
    is taken one example at a time, so its size changes nothing. A step reports half the mean squared distance between
    inputs and their winners, before these moved.

    Args:
        model: a ``Competitive`` layer.
        learning_rate: :math:`\eta`, at most 1: then the winner becomes the input.

    Source: Rumelhart & Zipser 1985, "Feature Discovery by Competitive Learning".

    >>> from glasswork.records import Batch
    >>> model = Competitive(inputs=2, units=2)
    >>> _ = model.weight.copy_(torch.tensor([[0.2, 0.8], [0.6, 0.4]]))
    >>> _ = CompetitiveLearning(model, learning_rate=0.5).step(Batch({"x": torch.tensor([[1.0, 0.0]])}))
    >>> model.weight
    Parameter containing:
    tensor([[0.2000, 0.8000],
            [0.8000, 0.2000]])
    """

    teaches = (Competitive,)

    def __init__(self, model: nn.Module, *, learning_rate: float = 0.1) -> None:
        super().__init__(model, learning_rate=learning_rate)

    @torch.no_grad()
    def step(self, batch: Batch) -> StepRecord:
        """Present the batch's inputs in their order."""
        self.number += 1
        x_BI = self.features(batch)
        weight_UI = self.unit.weight
        distances = []
        for x_I in x_BI:
            winner = int(self.unit.winners(x_I.unsqueeze(0)))
            distances.append(0.5 * (x_I - weight_UI[winner]).square().sum())
            weight_UI += competitive_update(weight_UI, x_I, winner, lr=self.learning_rate)
        return self.record(batch, torch.stack(distances).mean() if distances else x_BI.new_zeros(()))
