"""Rows: which examples were seen in training, by a fingerprint each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

__all__ = ["Rows", "companions"]

MOST_ROWS = 500_000
SHORTEST = 32  # tokens; shorter pieces of text come up twice by themselves
MOST_PLACES = 256  # of an example; a longer one is thinned out by a fixed stride
SHARE = 0.005  # of the training's processor time that fingerprints may take
TOGETHER = 32  # batches that are compared at once
SMALL = 1 << 13  # numbers; of smaller batches copies are kept, and fingerprints are taken together
LONGEST = 1024  # batches that are passed over at once where nothing new came
ALLOWANCE = 0.03  # seconds beyond that


class Rows:
    """Fingerprints of the rows that were trained on.

    >>> rows = Rows()
    >>> rows.learn(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    >>> rows.share_known(torch.tensor([[3.0, 4.0], [5.0, 6.0]]))
    0.5
    """

    def __init__(self) -> None:
        self._known: set[float] = set()
        self._parts: set[float] = set()  # of the first tensor alone, where others stand beside it
        self._waiting: list[Tensor] = []
        self._copies: list[Tensor] = []
        self._batches = 0
        self._pause = self._left = 0
        self._count = 0
        self.asked: list[float] = []  # fingerprints of the batch that was asked about last
        self._weights: dict[tuple[int, torch.device], Tensor] = {}
        self._own = 0.0
        self._began = time.thread_time()
        self.complete = True

    @property
    def known(self) -> int:
        """How many different rows are known."""
        return len(self._known)

    @property
    def parts(self) -> int | None:
        """How many different rows the first of several tensors had; None where there was one."""
        return len(self._parts) or None

    def passed_over(self) -> bool:
        """Whether the batch that comes now need not be remembered: nothing new came lately."""
        if self._left:
            self._left -= 1
            return True
        return False

    def learn(self, batch: Tensor, ours: bool = False, beside: Sequence[Tensor] = ()) -> None:
        """Remember the rows of a batch, while that is cheap.

        Args:
            batch: of training.
            ours: whether nobody else will write into it.
            beside: what else the examples are made of, a row each.
        """
        if not self.complete or not _has_rows(batch):
            return
        self._batches += 1
        if not beside and batch.numel() <= SMALL and (not self._copies or self._copies[0].shape[1:] == batch.shape[1:]):
            self._copies.append(batch if ours else batch.detach().clone())
        else:
            started = time.thread_time()
            self._waiting.append(self._marks(batch, beside, learning=True))
            self._own += time.thread_time() - started
        self._count += len(batch)
        if self._batches >= TOGETHER:
            self._compare()

    def _compare(self) -> None:
        """Take what waits to what is known; where all of it was known, later batches are passed over."""
        started = time.thread_time()
        copies, self._copies, self._batches = self._copies, [], 0
        if copies:
            self._waiting.append(self._marks(torch.cat(copies)))
        if self._waiting:
            before = len(self._known)
            self._known.update(torch.cat(self._waiting).tolist())
            self._waiting.clear()
            self._pause = min(2 * self._pause + TOGETHER, LONGEST) if len(self._known) == before else 0
            self._left = self._pause
        now = time.thread_time()
        self._own += now - started
        self.complete = self._count < MOST_ROWS and self._own <= ALLOWANCE + SHARE * (now - self._began)

    def share_known(self, batch: Tensor, beside: Sequence[Tensor] = ()) -> float | None:
        """Return the fraction of a batch's rows that were trained on; None where that cannot be told.

        Args:
            batch: of an evaluation.
            beside: what else its examples are made of, a row each.
        """
        self.asked = []
        if not self._count or not self.complete or not _has_rows(batch):
            return None
        if self._batches:
            self._compare()
        self.asked = self._marks(batch, beside).tolist()
        return sum(value in self._known for value in self.asked) / len(self.asked)

    def marks(self, batch: Tensor) -> list[float]:
        """Return a fingerprint of each row of a batch that is not trained on, of any kind; none where it has none."""
        if not batch.dim() or not len(batch) or batch.is_sparse or batch.is_complex():
            return []
        return self._marks(batch.reshape(len(batch), -1)).tolist() if batch.numel() else []

    def _marks(self, batch: Tensor, beside: Sequence[Tensor] = (), *, learning: bool = False) -> Tensor:
        found = self._sums(batch)
        if beside and learning:
            self._parts.update(found.tolist())
        for place, other in enumerate(beside, 1):
            found = found + (2 + place) ** 0.5 * self._sums(other.reshape(len(other), -1)).to(found.device)
        return found

    def _sums(self, batch: Tensor) -> Tensor:
        x = batch.detach().flatten(1)
        if x.shape[1] > MOST_PLACES:
            x = x[:, :: -(-x.shape[1] // MOST_PLACES)]
        key = (x.shape[1], x.device)
        if key not in self._weights:
            places = torch.arange(1, x.shape[1] + 1, dtype=torch.float64, device=x.device)
            # Spread evenly without a random draw, and such that no two sums of a few of them are equal, as they would
            # be were a weight proportional to its place: rows of zeros and ones would then look alike.
            self._weights[key] = ((places * 12.9898).sin() * 43758.5453).frac() + 1.5
        # The order of a sum, and so its last digits, would be another for rows that lie in memory column by column.
        return (x.double().contiguous() * self._weights[key]).sum(1)


def companions(inputs: Sequence[Any]) -> list[Tensor]:
    """Return what stands beside the first of a model's inputs and has a row for each of its rows.

    A row of one of them alone, such as a patient who is given another dose, is no whole example.
    """
    return [
        one.detach()
        for one in inputs[1:]
        if isinstance(one, Tensor) and one.dim() and one.numel() and len(one) == len(inputs[0])
        if not one.is_sparse and not one.is_complex()
    ]


def _has_rows(batch: Tensor) -> bool:
    if batch.dim() < 2 or not len(batch) or batch.is_sparse or batch.is_complex():
        return False
    return batch.is_floating_point() or batch.shape[1] >= SHORTEST
