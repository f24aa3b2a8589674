"""Kept graphs: whether losses that were learned from, or parts of them, are still held with their graph.

Totals and lists of them hold it. A loss that is the sum of several has numbers as parts, each with a graph of its own.
"""

from __future__ import annotations

import weakref
from collections import deque
from typing import Any

from torch import Tensor

__all__ = ["KeptGraphs"]

LAST = 64
EVERY = 8  # the later ones are marked once in so many: a mark takes microseconds
FIRST = 24  # losses whose parts are marked as well
_KEY = "glasswork.doctor"
_SUMS = ("Add", "Sub", "Mul", "Div", "Neg")
MOST_PARTS = 12


class _Mark:
    __slots__ = ("__weakref__",)


class KeptGraphs:
    """The last graphs that ``backward`` went through; a mark on the last nodes of each lives as long as one of these.

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
        if _KEY in notes:
            return
        mark = notes[_KEY] = _Mark()
        self._marks.append(weakref.ref(mark))
        for part in _parts(node) if self._seen <= FIRST else ():
            part.metadata.setdefault(_KEY, mark)

    def alive(self) -> int:
        """Return how many of the last graphs still exist."""
        return sum(mark() is not None for mark in self._marks)


def _parts(whole: Any) -> list[Any]:
    """Return the nodes of single numbers that a loss is added up from."""
    found: list[Any] = []
    waiting = [whole]
    while waiting and len(found) < MOST_PARTS:
        node = waiting.pop()
        if not type(node).__name__.startswith(_SUMS):
            continue
        behind = [part for part, _ in node.next_functions if part is not None and _is_number(part)]
        found += behind
        waiting += behind
    return found


def _is_number(node: Any) -> bool:
    made = node._input_metadata
    return type(node).__name__ != "AccumulateGrad" and len(made) == 1 and tuple(made[0].shape) == ()
