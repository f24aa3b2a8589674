"""Memory-based learning: every example is stored as it is.

Course: MEM-01, MEM-04.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from glasswork.checks import check_whole
from glasswork.errors import DataError
from glasswork.learning.rule import Rule
from glasswork.models import NearestNeighbours

if TYPE_CHECKING:
    from glasswork.records import Batch, StepRecord

__all__ = ["MemoryBased"]


class MemoryBased(Rule):
    r"""Put each example and its label into the memory of a nearest-neighbour model; nothing else is learned.

    .. math:: \text{memory} \leftarrow \text{memory} \cup \{(x_i, d_i)\}

    One pass over the examples is enough; once the memory is full, later ones are not stored. A step reports the share
    of its examples that the memory got wrong before they were stored, and ``stored``, how many it holds now.

    Args:
        model: a ``NearestNeighbours``, or a ``Network`` around one, with room for all examples.

    Source: Cover & Hart 1967, "Nearest Neighbor Pattern Classification".

    >>> from glasswork.records import Batch
    >>> model = NearestNeighbours(inputs=1, outputs=2, capacity=3)
    >>> learner = MemoryBased(model)
    >>> _ = learner.step(Batch({"x": torch.tensor([[0.0], [5.0]])}, torch.tensor([0, 1])))
    >>> record = learner.step(Batch({"x": torch.tensor([[3.0]])}, torch.tensor([0])))  # nearer to 5, so taken for 1
    >>> record.loss.item(), record.extra["stored"].item(), model(torch.tensor([[2.0]])).argmax().item()
    (1.0, 3.0, 0)
    """

    teaches = (NearestNeighbours,)

    def __init__(self, model: nn.Module) -> None:
        super().__init__(model, learning_rate=1.0)

    @torch.no_grad()
    def step(self, batch: Batch) -> StepRecord:
        """Store the batch's examples."""
        self.number += 1
        if batch.targets is None:
            raise DataError("MemoryBased: the batch has no labels to remember.")
        check_whole("MemoryBased", targets=batch.targets)
        x_BI, labels_B = self.features(batch), batch.targets.reshape(-1)
        wrong = self.loss(self.unit(x_BI), labels_B)
        self.unit.remember(x_BI, labels_B)
        return self.record(batch, wrong, stored=self.unit.stored.to(x_BI.dtype))

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the share of examples whose label is another."""
        return (outputs.argmax(dim=1) != targets.reshape(-1)).to(outputs.dtype).mean()
