"""Piecewise-linear embedding: a number as how far it has climbed through each of its bins.

Letters in shapes: N training rows, B batch, F features, T bins.
Source: Gorishniy, Rubachev & Babenko 2022, "On Embeddings for Numerical Features in Tabular Deep Learning",
section 3.2.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_size
from glasswork.layers.statistics import column_quantiles

__all__ = ["PiecewiseLinear"]


class PiecewiseLinear(nn.Module):
    r"""Encode each number by its bins, whose edges are quantiles of the training rows.

    .. math:: e_t = \min\bigl(1, \max\bigl(0, \tfrac{x - b_{t-1}}{b_t - b_{t-1}}\bigr)\bigr), \qquad t = 1 \dots T

    Below its bin a number counts 0, above it 1, inside its share of the way. A linear layer on top can draw any line
    with a bend at each edge. Bins of no width (many equal training values) are always 0.

    Args:
        features: numbers in a row.
        bins: bins for each.

    Differs from the paper: the first and last bins end at the training minimum and maximum, so that no outlier can
    push the encoding past 1.

    >>> embed = PiecewiseLinear(1, bins=2).fit(torch.tensor([[0.0], [2.0], [10.0]]))  # edges 0, 2, 10
    >>> embed(torch.tensor([[1.0], [4.0], [99.0]])).tolist()
    [[0.5, 0.0], [1.0, 0.25], [1.0, 1.0]]
    """

    start: Tensor
    slope: Tensor

    def __init__(self, features: int, *, bins: int = 16) -> None:
        super().__init__()
        check_at_least("PiecewiseLinear", 0, features=features)
        check_at_least("PiecewiseLinear", 1, bins=bins)
        self.features, self.bins = features, bins
        edges_T = torch.linspace(-2, 2, bins + 1)
        self.register_buffer("start", edges_T[:-1].repeat(features, 1))
        self.register_buffer("slope", (1 / edges_T.diff()).repeat(features, 1))

    @property
    def outputs(self) -> int:
        """Numbers that come out for a row: features x bins."""
        return self.features * self.bins

    @torch.no_grad()
    def fit(self, numbers_NF: Tensor) -> PiecewiseLinear:
        """Take the edges from training rows (missing values left out); return itself."""
        check_size("PiecewiseLinear", -1, self.features, numbers=numbers_NF)
        edges_FT = column_quantiles(numbers_NF, torch.linspace(0, 1, self.bins + 1, dtype=torch.float64))
        width_FT = edges_FT.diff(dim=1)
        # In float32 a bin this thin has an infinite slope or none.
        wide_FT = width_FT > 1e-6 * edges_FT.abs().amax(1, keepdim=True).clamp(min=1e-30)
        self.start.copy_(edges_FT[:, :-1])
        self.slope.copy_((1 / width_FT).where(wide_FT, 0.0))
        return self

    def forward(self, numbers_BF: Tensor) -> Tensor:
        """Return the encodings side by side, shape ``(B, F * T)``, each in [0, 1]."""
        check_size("PiecewiseLinear", -1, self.features, numbers=numbers_BF)
        return ((numbers_BF.unsqueeze(-1) - self.start) * self.slope).clamp(0, 1).flatten(1)

    def extra_repr(self) -> str:
        """Say the sizes."""
        return f"features={self.features}, bins={self.bins}"
