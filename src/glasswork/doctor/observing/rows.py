"""Rows: which examples were seen in training, by a fingerprint each."""

from __future__ import annotations

import time

import torch
from torch import Tensor

__all__ = ["Rows"]

MOST_ROWS = 500_000
SHORTEST = 32  # tokens; shorter pieces of text come up twice by themselves
MOST_PLACES = 256  # of an example; a longer one is thinned out by a fixed stride
SHARE = 0.005  # of the training's time that fingerprints may take
ALLOWANCE = 0.01  # seconds beyond that


class Rows:
    """Fingerprints of the rows that were trained on.

    >>> rows = Rows()
    >>> rows.learn(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    >>> rows.share_known(torch.tensor([[3.0, 4.0], [5.0, 6.0]]))
    0.5
    """

    def __init__(self) -> None:
        self._known: set[float] = set()
        self._waiting: list[Tensor] = []
        self._count = 0
        self._weights: dict[tuple[int, torch.device], Tensor] = {}
        self._own = 0.0
        self._began = time.perf_counter()
        self.complete = True

    def learn(self, batch: Tensor) -> None:
        """Remember the rows of a batch, while that is cheap."""
        started = time.perf_counter()
        if self._count >= MOST_ROWS or self._own > ALLOWANCE + SHARE * (started - self._began):
            self.complete = False
            return
        marks = self._marks(batch)
        if marks is not None:
            self._waiting.append(marks)
            self._count += len(marks)
        self._own += time.perf_counter() - started

    def share_known(self, batch: Tensor) -> float | None:
        """Return the fraction of a batch's rows that were trained on; None where that cannot be told."""
        if not self._count or not self.complete:
            return None
        marks = self._marks(batch)
        if marks is None:
            return None
        if self._waiting:
            self._known.update(torch.cat(self._waiting).tolist())
            self._waiting.clear()
        values = marks.tolist()
        return sum(value in self._known for value in values) / len(values)

    def _marks(self, batch: Tensor) -> Tensor | None:
        if batch.dim() < 2 or not len(batch) or batch.is_sparse or batch.is_complex():
            return None
        if not batch.is_floating_point() and batch.shape[1] < SHORTEST:
            return None
        x = batch.detach().flatten(1)
        if x.shape[1] > MOST_PLACES:
            x = x[:, :: x.shape[1] // MOST_PLACES]
        key = (x.shape[1], x.device)
        if key not in self._weights:
            places = torch.arange(1, x.shape[1] + 1, dtype=torch.float64, device=x.device)
            self._weights[key] = (places * 0.6180339887498949).frac() + 0.5  # spread evenly, without a random draw
        return (x.double() * self._weights[key]).sum(1)
