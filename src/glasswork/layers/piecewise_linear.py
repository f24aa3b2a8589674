"""Piecewise-linear embedding: each number becomes a vector that bends only at knots taken from the training rows.

Letters in shapes: N training rows, B batch, F features, T pieces, W width of an embedding.
Source: Gorishniy, Rubachev & Babenko 2022, "On Embeddings for Numerical Features in Tabular Deep Learning",
section 3.2; the linear part beside it: Gorishniy et al. 2024 (TabM), appendix.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_size
from glasswork.layers.statistics import column_quantiles

__all__ = ["PiecewiseLinear", "knots_of"]

BEYOND = 3.0  # how far the end pieces go on, in their own lengths: a little extrapolation, bounded
FEW = 0.75  # quantiles have collapsed when no more than this share of them differ
ROWS_FOR_A_BIN = 8


class PiecewiseLinear(nn.Module):
    r"""Embed each number by a learned function that is linear between knots.

    .. math:: e(x) = a x + b + \sum_{t=1}^{T} w_t z_t, \qquad
              z_t = \min\bigl(1, \max\bigl(0, \tfrac{x - k_{t-1}}{k_t - k_{t-1}}\bigr)\bigr)

    with vectors a, b and w of each feature's own. Below its piece a number counts 0, above it 1, inside its share of
    the way. The two end pieces go on for three more of their lengths. How the knots k are chosen: :func:`knots_of`.

    Args:
        features: numbers in a row, F, already of about unit size.
        width: length of each embedding, W.
        bins: pieces of a feature whose training values all differ.
        pieces: pieces that a feature can have at most, T; not below `bins`.

    >>> embed = PiecewiseLinear(2, width=4, bins=8, pieces=10)
    >>> embed(torch.zeros(3, 2)).shape, sum(p.numel() for p in embed.parameters())  # 2 * 4 * (10 + 2)
    (torch.Size([3, 8]), 96)
    """

    start: Tensor
    slope: Tensor
    low: Tensor
    high: Tensor

    def __init__(self, features: int, *, width: int = 16, bins: int = 64, pieces: int = 128) -> None:
        super().__init__()
        check_at_least("PiecewiseLinear", 0, features=features)
        check_at_least("PiecewiseLinear", 1, width=width, bins=bins)
        check_at_least("PiecewiseLinear", bins, pieces=pieces)
        self.features, self.width, self.bins, self.pieces = features, width, bins, pieces
        self.register_buffer("start", torch.zeros(features, pieces))
        self.register_buffer("slope", torch.zeros(features, pieces))
        self.register_buffer("low", torch.zeros(features, pieces))
        self.register_buffer("high", torch.zeros(features, pieces))
        for f in range(features):
            self._set(f, torch.linspace(-2, 2, bins + 1))
        self.weight = nn.Parameter(torch.empty(features, pieces, width).uniform_(-1, 1) / math.sqrt(bins))
        self.linear = nn.Parameter(torch.empty(features, width).uniform_(-1, 1))
        self.bias = nn.Parameter(torch.zeros(features, width))

    @property
    def outputs(self) -> int:
        """Numbers that come out for a row: features x width."""
        return self.features * self.width

    @torch.no_grad()
    def fit(self, numbers_NF: Tensor) -> PiecewiseLinear:
        """Take the knots from training rows (missing values left out); return itself."""
        check_size("PiecewiseLinear", -1, self.features, numbers=numbers_NF)
        for f, column_N in enumerate(numbers_NF.unbind(1)):
            self._set(f, knots_of(column_N, bins=self.bins, pieces=self.pieces))
        return self

    def forward(self, numbers_BF: Tensor) -> Tensor:
        """Return the embeddings side by side, shape ``(B, F * W)``."""
        check_size("PiecewiseLinear", -1, self.features, numbers=numbers_BF)
        x_BF1 = numbers_BF.unsqueeze(2)
        z_BFT = ((x_BF1 - self.start) * self.slope).clamp(self.low, self.high)
        bent_BFW = torch.einsum("bft,ftw->bfw", z_BFT, self.weight)
        return (bent_BFW + x_BF1 * self.linear + self.bias).flatten(1)

    def _set(self, f: int, knots: Tensor) -> None:
        used = len(knots) - 1
        for buffer in (self.start, self.slope, self.low, self.high):
            buffer[f].zero_()
        self.start[f, :used] = knots[:-1]
        self.slope[f, :used] = 1 / knots.diff()
        self.high[f, :used] = 1
        self.low[f, 0] = -BEYOND
        self.high[f, used - 1] = BEYOND

    def extra_repr(self) -> str:
        """Say the sizes."""
        return f"features={self.features}, width={self.width}, bins={self.bins}, pieces={self.pieces}"


def knots_of(column_N: Tensor, *, bins: int, pieces: int) -> Tensor:
    """Choose knots for one column: its quantiles and, where many of those are equal, its distinct values too.

    Without the distinct values a column that is mostly 0 would keep two knots, and all its other values would share
    one piece. Columns with few rows get fewer bins, eight rows to a bin, but at least four.

    Returns:
        Ascending float32 knots, at least 2 and at most ``pieces + 1``, no two equal.

    >>> knots_of(torch.tensor([0.0] * 60 + [1.0, 5.0, 9.0]), bins=4, pieces=8).tolist()
    [0.0, 1.0, 5.0, 9.0]
    """
    known_N = column_N[column_N.isfinite()]
    bins = min(bins, max(4, len(known_N) // ROWS_FOR_A_BIN))
    knots = _quantiles(known_N, bins)
    if len(knots) <= FEW * bins:
        distinct = known_N.unique().float()
        room = pieces + 1 - len(knots)
        knots = torch.cat([knots, distinct if len(distinct) <= room else _quantiles(distinct, room - 1)]).unique()
    if not len(knots):
        return torch.tensor([0.0, 1.0], device=column_N.device)
    return knots if len(knots) > 1 else torch.stack([knots[0], knots[0] + 1])


def _quantiles(values_N: Tensor, bins: int) -> Tensor:
    if not len(values_N):
        return values_N.float()
    share = torch.linspace(0, 1, bins + 1, dtype=torch.float64, device=values_N.device)
    return column_quantiles(values_N.unsqueeze(1), share)[0].float().unique()
