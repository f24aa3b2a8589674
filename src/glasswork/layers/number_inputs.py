"""Number inputs: columns of numbers with gaps become complete, scaled features.

Letters in shapes: N training rows, B batch, F columns, O outputs.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_choice, check_dimensions, check_size
from glasswork.layers.column_scale import ColumnScale
from glasswork.layers.periodic import Periodic
from glasswork.layers.piecewise_linear import PiecewiseLinear
from glasswork.layers.statistics import column_quantiles

__all__ = ["NumberInputs"]

ENOUGH = 250_000  # rows that tell where the knots of an embedding belong; of more, every second, third, … is taken


class NumberInputs(nn.Module):
    r"""Fill gaps with the training median, say where they were, scale, and (if wanted) embed.

    The scaled numbers or, if asked for, their embeddings; beside them the missing indicators (F).
    Missing is whatever is not finite. An indicator only speaks for columns that had gaps in training: the weights of
    the others were never trained.

    Args:
        size: columns.
        scaling: ``standard``, ``robust``, ``quantile`` or ``none``; see :class:`ColumnScale`.
        clip: largest size of a scaled number.
        embedding: ``none``; ``piecewise-linear`` (see :class:`PiecewiseLinear`) or ``periodic`` (see
            :class:`Periodic`), which work on the scaled numbers.
        width: length of each embedding.
        bins: pieces of the piecewise-linear embedding.
        frequencies: waves of the periodic embedding.
        sigma: spread of the first frequencies of the periodic embedding.
        indicators: whether to add the missing indicators.

    >>> inputs = NumberInputs(1).fit(torch.tensor([[1.0], [3.0], [float("nan")]]))  # median 2, mean 2, deviation 1
    >>> inputs(torch.tensor([[3.0], [float("nan")]])).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    median: Tensor
    had_gaps: Tensor

    def __init__(
        self,
        size: int,
        *,
        scaling: Literal["standard", "robust", "quantile", "none"] = "standard",
        clip: float = 8.0,
        embedding: Literal["none", "piecewise-linear", "periodic"] = "none",
        width: int = 16,
        bins: int = 64,
        frequencies: int = 24,
        sigma: float = 0.1,
        indicators: bool = True,
    ) -> None:
        super().__init__()
        check_at_least("NumberInputs", 0, size=size)
        check_choice("NumberInputs", ["none", "piecewise-linear", "periodic"], embedding=embedding)
        self.size, self.indicators = size, indicators
        self.register_buffer("median", torch.zeros(size))
        self.register_buffer("had_gaps", torch.zeros(size))
        self.scale = ColumnScale(size, kind=scaling, clip=clip)
        self.embedding: PiecewiseLinear | Periodic | None = None
        if embedding == "piecewise-linear":
            self.embedding = PiecewiseLinear(size, width=width, bins=bins, pieces=max(128, bins))
        elif embedding == "periodic":
            self.embedding = Periodic(size, frequencies=frequencies, width=width, sigma=sigma)

    @property
    def outputs(self) -> int:
        """Features that come out for a row."""
        features = self.size if self.embedding is None else self.embedding.outputs
        return features + (self.size if self.indicators else 0)

    @torch.no_grad()
    def fit(self, numbers: Tensor) -> NumberInputs:
        """Take all statistics from training rows, shape ``(N, F)``; return itself."""
        self._check(numbers)
        finite = numbers.isfinite()
        half = torch.tensor([0.5], dtype=torch.float64, device=numbers.device)
        self.median.copy_(column_quantiles(numbers, half)[:, 0])
        self.had_gaps.copy_(~finite.all(0) & finite.any(0))
        self.scale.fit(numbers)
        if isinstance(self.embedding, PiecewiseLinear):
            step = max(1, len(numbers) // ENOUGH)
            self.embedding.fit(self.scale(numbers[::step].where(finite[::step], torch.nan)))
        return self

    def forward(self, numbers: Tensor) -> Tensor:
        """Return complete features, shape ``(B, O)``."""
        self._check(numbers)
        numbers = numbers.to(self.median.dtype)
        known_BF = numbers.isfinite()
        features_BO = self.scale(numbers.where(known_BF, self.median))
        if self.embedding is not None:
            features_BO = self.embedding(features_BO)
        if not self.indicators:
            return features_BO
        return torch.cat([features_BO, ~known_BF * self.had_gaps], dim=1)

    def _check(self, numbers: Tensor) -> None:
        check_dimensions("NumberInputs", 2, numbers=numbers)
        check_size("NumberInputs", 1, self.size, numbers=numbers)

    def extra_repr(self) -> str:
        """Say the size."""
        return f"size={self.size}, indicators={self.indicators}"
