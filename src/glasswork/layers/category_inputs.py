"""Category inputs: codes become one-hot features where there are few categories, learned vectors where there are many.

Letters in shapes: B batch, C columns, S one-hot slots, O outputs.
Source: entity embeddings: Guo & Berkhahn 2016, "Entity Embeddings of Categorical Variables".
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_dimensions, check_size

__all__ = ["CategoryInputs", "embedding_width"]


SPREAD = 0.3  # of the first learned vectors


def embedding_width(categories: int) -> int:
    r"""How long a learned vector is by default: a little more than half as many as categories, from 2 to 16.

    >>> [embedding_width(k) for k in (2, 7, 10_000)]
    [2, 5, 16]
    """
    return min(16, max(2, (categories + 1) // 2 + 1))


class CategoryInputs(nn.Module):
    r"""Turn codes into features, column by column.

    Code 0 means missing or never seen, codes 1 … K are the column's categories. Code 0 is all zeros in a one-hot
    column, and in a learned column a vector that starts at zero (and moves only if training rows have gaps). Codes
    beyond K are taken as never seen.

    Args:
        categories: K of each column.
        one_hot_limit: columns with at most this many categories are one-hot, others get learned vectors; 0 for none.
        width: length of the learned vectors; None chooses :func:`embedding_width` for each column.

    >>> inputs = CategoryInputs([3, 100], one_hot_limit=8, width=2)
    >>> inputs.outputs, sum(p.numel() for p in inputs.parameters())  # 3 slots and a vector of 2; 101 * 2
    (5, 202)
    >>> inputs(torch.tensor([[2, 0], [0, 0]])).tolist()
    [[0.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]]
    """

    sizes: Tensor
    slot_column: Tensor
    slot_code: Tensor

    def __init__(self, categories: Sequence[int], *, one_hot_limit: int = 0, width: int | None = None) -> None:
        super().__init__()
        for size in categories:
            check_at_least("CategoryInputs", 0, categories=size)
        check_at_least("CategoryInputs", 0, one_hot_limit=one_hot_limit)
        self.categories = tuple(categories)
        slots = [(c, code) for c, k in enumerate(categories) if k <= one_hot_limit for code in range(1, k + 1)]
        self.learned_columns = [c for c, k in enumerate(categories) if k > one_hot_limit]
        table = torch.tensor(slots, dtype=torch.int64).reshape(-1, 2)
        # Known from the constructor, so they need not travel in the state.
        self.register_buffer("sizes", torch.tensor(self.categories, dtype=torch.int64), persistent=False)
        self.register_buffer("slot_column", table[:, 0].contiguous(), persistent=False)
        self.register_buffer("slot_code", table[:, 1].contiguous(), persistent=False)
        widths = [width or embedding_width(categories[c]) for c in self.learned_columns]
        self.outputs = len(slots) + sum(widths)  # features that come out for a row
        self.vectors = nn.ModuleList()
        for c, length in zip(self.learned_columns, widths, strict=True):
            vectors = nn.Embedding(categories[c] + 1, length)
            with torch.no_grad():
                vectors.weight.mul_(SPREAD)
                vectors.weight[0] = 0
            self.vectors.append(vectors)

    def forward(self, codes: Tensor) -> Tensor:
        """Return features, shape ``(B, O)``, from codes of shape ``(B, C)``."""
        check_dimensions("CategoryInputs", 2, codes=codes)
        check_size("CategoryInputs", 1, len(self.categories), codes=codes)
        codes = codes.where(codes <= self.sizes, 0)
        parts = [codes[:, self.slot_column] == self.slot_code]
        parts += [vectors(codes[:, c]) for c, vectors in zip(self.learned_columns, self.vectors, strict=True)]
        if not self.vectors:
            return parts[0].to(torch.get_default_dtype())
        parts[0] = parts[0].to(parts[1].dtype)
        return torch.cat(parts, dim=1)

    def extra_repr(self) -> str:
        """Say the sizes."""
        return f"categories={list(self.categories)}"
