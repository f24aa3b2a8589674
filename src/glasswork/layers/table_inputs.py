"""Table inputs: a row of numbers and category codes becomes one vector of features.

Letters in shapes: N training rows, B batch, F columns of numbers, C columns of codes, O outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from glasswork.layers.category_inputs import CategoryInputs
from glasswork.layers.number_inputs import NumberInputs

__all__ = ["TableInputs"]


class TableInputs(nn.Module):
    r"""Impute, scale and embed a table's columns; all statistics are buffers, fitted on training rows.

    Numbers go through :class:`NumberInputs` (median for gaps, missing indicators, scaling, embedding), codes through
    :class:`CategoryInputs` (one-hot for few categories, learned vectors for many); results stand side by side.

    Args:
        numbers: columns of numbers, F.
        categories: how many categories each column of codes has (code 0, missing or never seen, not counted).
        scaling: ``standard``, ``robust``, ``quantile`` or ``none``.
        clip: largest size of a scaled number.
        number_embedding: ``none``, ``piecewise-linear`` or ``periodic``.
        number_width: length of each number's embedding.
        bins: pieces of the piecewise-linear embedding.
        frequencies: waves of the periodic embedding.
        sigma: spread of the first frequencies of the periodic embedding.
        indicators: whether missing numbers are told apart from the median.
        one_hot_limit: columns with at most this many categories are one-hot, others get learned vectors.
        category_width: length of those vectors; None chooses it by the number of categories.

    >>> inputs = TableInputs(numbers=2, categories=[3], one_hot_limit=8)
    >>> _ = inputs.fit(numbers=torch.tensor([[1.0, 5.0], [3.0, 5.0]]))
    >>> inputs.outputs  # 2 numbers, 2 missing indicators, 3 one-hot slots
    7
    >>> inputs(numbers=torch.tensor([[3.0, 5.0]]), codes=torch.tensor([[2]])).tolist()
    [[1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]]
    """

    def __init__(
        self,
        *,
        numbers: int,
        categories: Sequence[int] = (),
        scaling: Literal["standard", "robust", "quantile", "none"] = "standard",
        clip: float = 8.0,
        number_embedding: Literal["none", "piecewise-linear", "periodic"] = "none",
        number_width: int = 16,
        bins: int = 64,
        frequencies: int = 24,
        sigma: float = 0.1,
        indicators: bool = True,
        one_hot_limit: int = 0,
        category_width: int | None = None,
    ) -> None:
        super().__init__()
        self.numbers = NumberInputs(
            numbers,
            scaling=scaling,
            clip=clip,
            embedding=number_embedding,
            width=number_width,
            bins=bins,
            frequencies=frequencies,
            sigma=sigma,
            indicators=indicators,
        )
        self.codes = CategoryInputs(categories, one_hot_limit=one_hot_limit, width=category_width)

    @property
    def outputs(self) -> int:
        """Features that come out for a row."""
        return self.numbers.outputs + self.codes.outputs

    @torch.no_grad()
    def fit(self, numbers: Tensor | None = None, codes: Tensor | None = None) -> TableInputs:
        """Take statistics from training rows, shapes ``(N, F)`` and ``(N, C)``; codes have none. Return itself."""
        if numbers is not None:
            self.numbers.fit(numbers)
        return self

    def forward(self, numbers: Tensor | None = None, codes: Tensor | None = None) -> Tensor:
        """Return features, shape ``(B, O)``; a kind of column that the table lacks may be left out."""
        if numbers is None:
            numbers = self.numbers.median.new_empty(0 if codes is None else len(codes), 0)
        features_BO = self.numbers(numbers)
        if not self.codes.categories:
            return features_BO
        if codes is None:
            codes = torch.empty(len(numbers), 0, dtype=torch.int64, device=numbers.device)
        return torch.cat([features_BO, self.codes(codes).to(features_BO.dtype)], dim=1)
