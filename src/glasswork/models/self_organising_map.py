"""Self-organising map: prototypes on a grid, neighbours on the grid alike.

Letters in shapes: B batch, I inputs, U units of the grid.

Course: MEM-03.
Source: Kohonen 1982, "Self-Organized Formation of Topologically Correct Feature Maps".
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_size

__all__ = ["SelfOrganisingMap"]


class SelfOrganisingMap(nn.Module):
    r"""Return how near each unit's prototype is: minus half the squared distance.

    .. math:: v_k = -\tfrac12 \lVert x - w_k \rVert^2, \qquad \text{winner} = \arg\max_k v_k

    The learner ``self_organising`` moves the winner and, less, its neighbours on the grid.

    Args:
        inputs: numbers in one example, I; more dimensions are flattened.
        rows: of the grid.
        columns: of the grid; units U = rows times columns, counted row by row.

    >>> model = SelfOrganisingMap(inputs=1, rows=1, columns=3)
    >>> _ = model.weight.copy_(torch.tensor([[0.0], [1.0], [4.0]]))
    >>> model(torch.tensor([[3.0]])).tolist(), model.winners(torch.tensor([[3.0]])).item()
    ([[-4.5, -2.0, -0.5]], 2)
    >>> model.grid_distances[0].tolist()  # from the left unit, along the grid
    [0.0, 1.0, 2.0]
    """

    grid_distances: Tensor

    def __init__(self, *, inputs: int, rows: int, columns: int) -> None:
        super().__init__()
        check_at_least("SelfOrganisingMap", 1, inputs=inputs, rows=rows, columns=columns)
        self.size = inputs
        self.rows, self.columns = rows, columns
        self.weight = nn.Parameter(torch.rand(rows * columns, inputs), requires_grad=False)
        down, right = torch.arange(rows, dtype=torch.float32), torch.arange(columns, dtype=torch.float32)
        places = torch.cartesian_prod(down, right).reshape(-1, 2)
        self.register_buffer("grid_distances", torch.linalg.vector_norm(places[:, None] - places, dim=2))

    def forward(self, x: Tensor) -> Tensor:
        """Return the nearness of every unit, shape ``(B, U)``, from ``x`` of shape ``(B, I)`` or ``(B, ...)``."""
        x_BI = x.flatten(1)
        check_size("SelfOrganisingMap", 1, self.size, x=x_BI)
        return -0.5 * (x_BI.unsqueeze(1) - self.weight).square().sum(dim=2)

    def winners(self, x: Tensor) -> Tensor:
        """Return the number of the nearest unit, shape ``(B,)``."""
        return self(x).argmax(dim=1)

    def topology_error(self, x: Tensor) -> Tensor:
        """Return the share of examples whose two nearest units are no neighbours on the grid (diagonals count)."""
        first, second = self(x).topk(2, dim=1).indices.unbind(dim=1)
        return (self.grid_distances[first, second] > 1.5).float().mean()

    def extra_repr(self) -> str:
        """Say the sizes."""
        return f"inputs={self.size}, rows={self.rows}, columns={self.columns}"
