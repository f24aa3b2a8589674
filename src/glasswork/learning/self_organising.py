"""Self-organising: the winner moves towards the input and takes its neighbours on the grid along.

Course: MEM-03.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from glasswork.checks import check_above, check_between
from glasswork.learning.rule import Rule
from glasswork.models import SelfOrganisingMap

if TYPE_CHECKING:
    from glasswork.records import Batch, StepRecord

__all__ = ["SelfOrganising", "self_organising_update"]


def self_organising_update(w: Tensor, x: Tensor, grid_distance: Tensor, *, lr: float, radius: float) -> Tensor:
    """Return the steps of all units' weights ``(U, I)`` for one input ``(I,)``.

    >>> w, away = torch.zeros(2, 1), torch.tensor([0.0, 1.0])
    >>> self_organising_update(w, torch.tensor([2.0]), away, lr=0.5, radius=1.0).T  # 1 and e^(-1/2)
    tensor([[1.0000, 0.6065]])
    """
    h = torch.exp(-grid_distance.square() / (2 * radius**2))
    return lr * h.unsqueeze(1) * (x - w)


class SelfOrganising(Rule):
    r"""Kohonen's rule: competition for the input, co-operation of neighbours, update.

    With :math:`d_{k}` the distance on the grid between unit k and the winner,

    .. math:: \Delta w_k = \eta_t\, e^{-d_k^2 / 2 r_t^2}\,(x - w_k)

    Rate and radius fall along a straight line to a hundredth of the rate and to `end_radius`, over as many steps as
    there will be; where that is unknown they stay. The batch is taken one example at a time. A step reports half the
    mean squared distance between inputs and their winners, before these moved.

    Args:
        model: a ``SelfOrganisingMap``.
        learning_rate: :math:`\eta` at the start, at most 1.
        radius: r at the start, in units of the grid; None: half the grid's longer side.
        end_radius: r at the end.
        steps: how many batches there will be; the loop fills it in.

    Source: Kohonen 1982, "Self-Organized Formation of Topologically Correct Feature Maps".

    >>> from glasswork.records import Batch
    >>> model = SelfOrganisingMap(inputs=1, rows=1, columns=2)
    >>> _ = model.weight.copy_(torch.tensor([[0.0], [1.0]]))
    >>> learner = SelfOrganising(model, learning_rate=0.5, radius=1.0)
    >>> learner.step(Batch({"x": torch.tensor([[3.0]])})).loss.item()  # (3 - 1)^2 / 2
    2.0
    >>> [round(value, 4) for value in model.weight.flatten().tolist()]  # 0.5 * e^(-1/2) * 3; 1 + 0.5 * 2
    [0.9098, 2.0]
    """

    teaches = (SelfOrganisingMap,)

    def __init__(
        self,
        model: nn.Module,
        *,
        learning_rate: float = 0.5,
        radius: float | None = None,
        end_radius: float = 0.3,
        steps: int | None = None,
    ) -> None:
        super().__init__(model, learning_rate=learning_rate)
        check_between("SelfOrganising", 0, 1, learning_rate=learning_rate)
        self.radius = max(self.unit.rows, self.unit.columns) / 2 if radius is None else radius
        self.end_radius = end_radius
        check_above("SelfOrganising", 0, radius=self.radius, end_radius=end_radius)
        self.steps = steps

    @torch.no_grad()
    def step(self, batch: Batch) -> StepRecord:
        """Present the batch's inputs in their order."""
        gone = min(1.0, self.number / self.steps) if self.steps else 0.0
        self.number += 1
        rate = self.learning_rate * (1 - 0.99 * gone)
        radius = self.radius + (self.end_radius - self.radius) * gone
        x_BI = self.features(batch)
        weight_UI = self.unit.weight
        distances = []
        for x_I in x_BI:
            winner = int(self.unit.winners(x_I.unsqueeze(0)))
            distances.append(0.5 * (x_I - weight_UI[winner]).square().sum())
            away = self.unit.grid_distances[winner].to(weight_UI.dtype)
            weight_UI += self_organising_update(weight_UI, x_I, away, lr=rate, radius=radius)
        return self.record(batch, torch.stack(distances).mean() if distances else x_BI.new_zeros(()))
