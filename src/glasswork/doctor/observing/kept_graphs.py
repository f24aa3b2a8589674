"""Kept graphs: whether losses that were learned from are still held with their graph, as totals of them are."""

from __future__ import annotations

import weakref
from collections import deque
from typing import Any

from torch import Tensor

__all__ = ["KeptGraphs"]

LAST = 64
EVERY = 8  # the later ones are marked once in so many: a mark takes microseconds
_KEY = "glasswork.doctor"


class _Mark:
    __slots__ = ("__weakref__",)


class KeptGraphs:
    """The last graphs that ``backward`` went through; a mark on the last node of each lives as long as the graph.

    >>> import torch
    >>> kept, held = KeptGraphs(), []
    >>> for _ in range(5):
    ...     loss = torch.ones(1, requires_grad=True).sum()
    ...     kept.see(loss)
    ...     held.append(loss)
    >>> kept.alive()
    5
    """

    def __init__(self) -> None:
        self._seen = 0
        self._marks: deque[weakref.ref[_Mark]] = deque(maxlen=LAST)

    def see(self, loss: Tensor) -> None:
        """Mark a loss's graph; where the graph already has a mark, it is the same loss again."""
        self._seen += 1
        if self._seen > LAST and self._seen % EVERY:
            return
        node = loss.grad_fn
        if node is None:
            return
        notes: Any = node.metadata
        if _KEY not in notes:
            mark = notes[_KEY] = _Mark()
            self._marks.append(weakref.ref(mark))

    def alive(self) -> int:
        """Return how many of the last graphs still exist."""
        return sum(mark() is not None for mark in self._marks)
