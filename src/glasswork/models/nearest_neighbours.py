"""Nearest neighbours: examples that are kept as they are; the nearest ones vote.

Letters in shapes: B batch, I inputs, M places in the memory, K classes.

Course: MEM-01.
Source: Cover & Hart 1967, "Nearest Neighbor Pattern Classification".
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_between, check_size

__all__ = ["NearestNeighbours"]


class NearestNeighbours(nn.Module):
    r"""Answer with the class of the nearest stored example, or with the classes of the nearest few.

    .. math:: x' = \arg\min_{x_i} \lVert x - x_i \rVert_2, \qquad
              s_c = \ln \frac{\text{votes}_c + 1}{k + K}

    One neighbour gives its own class; of k neighbours each has a vote. The scores :math:`s_c` are the logarithms of
    Laplace's shares, which are never 0 or 1, so that they can be judged like those of any classifier. The learner
    ``memory_based`` fills the memory.

    Args:
        inputs: numbers in one example, I; more dimensions are flattened.
        outputs: classes, K.
        capacity: places in the memory, M.
        neighbours: how many have a vote, k; at most M.

    >>> model = NearestNeighbours(inputs=2, outputs=3, capacity=3)
    >>> model.remember(torch.tensor([[0.0, 0.0], [3.0, 4.0], [1.0, 1.0]]), torch.tensor([0, 1, 2]))
    3
    >>> point = torch.tensor([[1.0, 2.0]])
    >>> model.distances(point)  # sqrt(1 + 4), sqrt(4 + 4), 1
    tensor([[2.2361, 2.8284, 1.0000]])
    >>> model(point).argmax(dim=1).item(), model(point).exp().tolist()  # one vote and one each on top, of 4
    (2, [[0.25, 0.25, 0.5]])
    """

    examples: Tensor
    labels: Tensor
    stored: Tensor

    def __init__(self, *, inputs: int, outputs: int, capacity: int, neighbours: int = 1) -> None:
        super().__init__()
        check_at_least("NearestNeighbours", 1, inputs=inputs, outputs=outputs, capacity=capacity)
        check_between("NearestNeighbours", 1, capacity, neighbours=neighbours)
        self.size = inputs
        self.classes = outputs
        self.neighbours = neighbours
        self.register_buffer("examples", torch.zeros(capacity, inputs))
        self.register_buffer("labels", torch.zeros(capacity, dtype=torch.int64))
        self.register_buffer("stored", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def remember(self, x: Tensor, labels: Tensor) -> int:
        """Store examples while there is room, and return how many were stored.

        Args:
            x: shape ``(B, I)``.
            labels: class indices, shape ``(B,)``.
        """
        x_BI = x.flatten(1)
        check_size("NearestNeighbours", 1, self.size, x=x_BI)
        check_size("NearestNeighbours", 0, len(x_BI), labels=labels)
        start = int(self.stored)
        room = min(len(x_BI), len(self.examples) - start)
        self.examples[start : start + room] = x_BI[:room]
        self.labels[start : start + room] = labels[:room]
        self.stored += room
        return room

    def distances(self, x: Tensor) -> Tensor:
        """Return the Euclidean distances to every place of the memory, shape ``(B, M)``; infinite to an empty one."""
        x_BI = x.flatten(1)
        check_size("NearestNeighbours", 1, self.size, x=x_BI)
        kind = torch.promote_types(x_BI.dtype, torch.float32)
        # By differences, not by |a|^2 - 2ab + |b|^2: a stored example must be at distance 0 from itself.
        distances_BM = torch.cdist(x_BI.to(kind), self.examples.to(kind), compute_mode="donot_use_mm_for_euclid_dist")
        empty_M = torch.arange(len(self.examples), device=x_BI.device) >= self.stored
        return distances_BM.masked_fill(empty_M, torch.inf)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores of the classes, shape ``(B, K)``, from ``x`` of shape ``(B, I)`` or ``(B, ...)``."""
        near_BN, place_BN = self.distances(x).topk(self.neighbours, dim=1, largest=False)
        votes_BK = near_BN.new_zeros(len(near_BN), self.classes)
        votes_BK = votes_BK.scatter_add(1, self.labels[place_BN], near_BN.isfinite().to(near_BN.dtype))
        return ((votes_BK + 1) / (votes_BK.sum(dim=1, keepdim=True) + self.classes)).log()

    def extra_repr(self) -> str:
        """Say how many neighbours vote."""
        return f"neighbours={self.neighbours}, capacity={len(self.examples)}"
