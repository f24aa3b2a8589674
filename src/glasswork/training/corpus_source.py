"""CorpusSource: one long text, read in windows by a language model."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from glasswork.checks import check_at_least, check_dimensions
from glasswork.records import Batch
from glasswork.training.order import example_keys
from glasswork.training.tensor_source import as_index

__all__ = ["CorpusSource"]


class CorpusSource:
    """Batches of windows: ``tokens[i : i + context]`` and, as targets, the same one token later.

    In training all windows of an epoch are moved back by one random number of tokens below `context`, so that the
    cuts fall elsewhere in each epoch while every token is still seen once; none is moved before `first`.

    Args:
        tokens: (T,) the whole corpus.
        context: tokens in a window.
        first: where the training part begins; windows never reach back beyond it.
        jitter: whether training windows are moved at all.
        seed: of the moves.
        device: where the tokens are kept.

    >>> source = CorpusSource(torch.arange(10), context=3)
    >>> batch = source.batch(np.array([3]))
    >>> batch.inputs["tokens"], batch.targets
    (tensor([[3, 4, 5]]), tensor([[4, 5, 6]]))
    """

    def __init__(
        self,
        tokens: Tensor,
        *,
        context: int,
        first: int = 0,
        jitter: bool = True,
        seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> None:
        check_dimensions("CorpusSource", 1, tokens=tokens)
        check_at_least("CorpusSource", 1, context=context)
        self.device = torch.device(device)
        self.tokens = tokens.to(self.device)
        self.context = context
        self.first = first
        self.jitter = jitter
        self.seed = seed
        self._steps = torch.arange(context + 1, device=self.device)

    def __len__(self) -> int:
        """Return the number of tokens."""
        return len(self.tokens)

    def batch(self, index: np.ndarray | Tensor, *, epoch: int | None = None) -> Batch:
        """Return the windows that start at these tokens (in training: a little before them)."""
        rows = as_index(index, self.device)
        starts = rows
        if epoch is not None and self.jitter:
            key = int(example_keys(np.zeros(1, dtype=np.int64), seed=self.seed, epoch=epoch)[0])
            starts = (rows - key % self.context).clamp(min=self.first)
        window = self.tokens[starts[:, None] + self._steps].to(torch.int64)
        return Batch({"tokens": window[:, :-1]}, window[:, 1:], None, rows)
