"""Column scale: numbers of any size and spread brought to about mean 0 and deviation 1, column by column.

Letters in shapes: N training rows, B batch, F columns, K knots.
Source: the quantile kind follows scikit-learn's ``QuantileTransformer(output_distribution="normal")``.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

from glasswork.checks import check_above, check_at_least, check_choice, check_size
from glasswork.layers.statistics import column_quantiles, mean_and_deviation

__all__ = ["ColumnScale"]

IQR_OF_NORMAL = 1.3489795003921634  # the middle half of a standard normal is this wide


class ColumnScale(nn.Module):
    r"""Scale each column by statistics of the training rows.

    - ``standard``: :math:`z = (x - \text{mean}) / \text{deviation}`.
    - ``robust``: :math:`z = (x - \text{median}) / \text{spread}`, where spread is the interquartile range over 1.349
      (the deviation, where that range is 0): an outlier moves neither.
    - ``quantile``: :math:`z = \Phi^{-1}(\text{rank of } x \text{ among the training rows})`: whatever its shape, the
      column comes out bell-shaped. Between knots ranks are interpolated; tied values share their middle rank.

    - ``none``: the numbers as they are, for comparison, or where they were scaled before.

    All kinds: missing values stay missing. All but ``none``: results are clipped to ``[-clip, clip]``, and a column
    that never changed in training is always 0.

    Args:
        size: columns.
        kind: ``standard``, ``robust``, ``quantile`` or ``none``.
        clip: the largest size of a result; above 0.
        knots: how finely ``quantile`` knows the ranks.

    >>> scale = ColumnScale(2).fit(torch.tensor([[1.0, 7.0], [3.0, 7.0]]))
    >>> scale(torch.tensor([[4.0, 9.0], [1e9, 7.0]])).tolist()
    [[2.0, 0.0], [8.0, 0.0]]
    """

    center: Tensor
    multiplier: Tensor
    knots: Tensor | None

    def __init__(
        self,
        size: int,
        *,
        kind: Literal["standard", "robust", "quantile", "none"] = "standard",
        clip: float = 8.0,
        knots: int = 257,
    ) -> None:
        super().__init__()
        check_choice("ColumnScale", ["standard", "robust", "quantile", "none"], kind=kind)
        check_at_least("ColumnScale", 0, size=size)
        check_at_least("ColumnScale", 2, knots=knots)
        check_above("ColumnScale", 0, clip=clip)
        self.size, self.kind, self.clip = size, kind, clip
        self.register_buffer("center", torch.zeros(size))
        self.register_buffer("multiplier", torch.ones(size))
        self.register_buffer("knots", torch.linspace(-1, 1, knots).repeat(size, 1) if kind == "quantile" else None)

    @torch.no_grad()
    def fit(self, values_NF: Tensor) -> ColumnScale:
        """Take the statistics from training rows, shape ``(N, F)``; return itself."""
        check_size("ColumnScale", -1, self.size, values=values_NF)
        if self.kind == "none":
            return self
        center_F, spread_F = mean_and_deviation(values_NF)
        if self.kind == "robust":
            quarters_FQ = column_quantiles(values_NF, torch.tensor([0.25, 0.5, 0.75], device=values_NF.device))
            width_F = (quarters_FQ[:, 2] - quarters_FQ[:, 0]) / IQR_OF_NORMAL
            center_F = quarters_FQ[:, 1]
            spread_F = width_F.where((width_F > 0) & (spread_F > 0), spread_F)
        self.center.copy_(center_F)
        self.multiplier.copy_((1 / spread_F).where(spread_F > 0, 0.0))
        if self.knots is not None:
            share_K = torch.linspace(0, 1, self.knots.shape[1], dtype=torch.float64, device=values_NF.device)
            self.knots.copy_(column_quantiles(values_NF, share_K))
        return self

    def forward(self, values_BF: Tensor) -> Tensor:
        """Return scaled numbers of the same shape; NaN where the value is missing."""
        check_size("ColumnScale", -1, self.size, values=values_BF)
        values_BF = values_BF.to(self.center.dtype)
        if self.kind == "none":
            return values_BF
        if self.knots is None:
            return ((values_BF - self.center) * self.multiplier).clamp(-self.clip, self.clip)
        share_BF = _rank(values_BF, self.knots)
        inside = 0.5 / self.knots.shape[1]  # the ends would be infinitely far out
        normal_BF = math.sqrt(2) * torch.erfinv(2 * share_BF.clamp(inside, 1 - inside) - 1)
        return normal_BF.clamp(-self.clip, self.clip) * (self.multiplier > 0)

    def extra_repr(self) -> str:
        """Say the settings."""
        return f"size={self.size}, kind={self.kind!r}, clip={self.clip}"


def _rank(values_BF: Tensor, knots_FK: Tensor) -> Tensor:
    """The share of training values below each value, in [0, 1]; NaN stays NaN."""
    last = knots_FK.shape[1] - 1
    values_FB = values_BF.T.contiguous()
    below_FB = (torch.searchsorted(knots_FK, values_FB, right=True) - 1).clamp(0, last)  # last knot <= value
    above_FB = torch.searchsorted(knots_FK, values_FB).clamp(0, last)  # first knot >= value
    low_FB, high_FB = knots_FK.gather(1, below_FB), knots_FK.gather(1, above_FB)
    gap_FB = high_FB - low_FB
    # Between two knots: linear. On a knot, or on several that are tied: the middle of them.
    part_FB = ((values_FB - low_FB) / gap_FB).where(gap_FB > 0, 0.5)
    share_FB = (below_FB + part_FB * (above_FB - below_FB)) / last
    return share_FB.where(values_FB.isfinite(), torch.nan).T
