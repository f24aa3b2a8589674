"""Labels: how often each class is a target in the first pass over the data, counted at every step."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["Labels"]

COUNTED = frozenset({"cross_entropy", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits"})
MOST_LABELS = 100_000
MOST_CALLS = 1000
MOST_UNKNOWN = 400  # calls, where no loader says when the first pass ends
MOST_CLASSES = 1000
TOGETHER = 64  # batches that are counted at once


class Labels:
    """The watch over targets that are classes.

    Args:
        observer: whom to tell.
    """

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.open = True
        self._counts: list[int] | None = None
        self._waiting: list[tuple[torch.Size, Tensor]] = []
        self._classes, self._ignored = 0, -100
        self._seen = 0
        self._calls = 0

    def see(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """See a loss being called in training."""
        observer = self.observer
        if observer.deaf or not torch.is_grad_enabled():
            return
        started = time.perf_counter()
        try:
            scores, targets = kwargs.get("input", args[0] if args else None), kwargs.get("target")
            if targets is None and len(args) > 1:
                targets = args[1]
            if isinstance(scores, Tensor) and isinstance(targets, Tensor) and scores.requires_grad:
                # Scores that were made without gradients are an evaluation's, wherever their loss is taken.
                self._take(scores, targets, kwargs.get("ignore_index", -100))
        except Exception as error:
            self.open = False
            observer.failed("labels", error)
        observer.own += time.perf_counter() - started

    def _take(self, scores: Tensor, targets: Tensor, ignored: int) -> None:
        observer = self.observer
        self._calls += 1
        self._seen += targets.numel()
        most = MOST_UNKNOWN if observer.epoch is None else MOST_CALLS
        over = self._seen > MOST_LABELS or self._calls > most or targets.requires_grad
        if over or observer.epoch or observer.loaders.is_again():
            self._close()
            return
        self._ignored = ignored
        self._waiting.append((scores.shape, targets.clone()))  # the script may use its memory again
        if len(self._waiting) >= TOGETHER or self._calls == 1:
            self._count()

    def _count(self) -> None:
        """Count what was taken: many batches at once, which costs no more than one."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        targets = [one for _, one in waiting]
        values = targets[0].is_floating_point()
        classes = 2 if values else max(shape[1] if len(shape) > 1 else shape[0] for shape, _ in waiting)
        if classes > MOST_CLASSES or any(one.is_floating_point() != values for one in targets):
            self.open = False
            return
        if values and any(one.dim() > 2 or (one.dim() == 2 and one.shape[1] != 1) for one in targets):
            self.open = False  # several labels at once, or shares of classes
            return
        self._classes = max(classes, self._classes)
        flat = torch.cat([one.flatten() for one in targets])
        if values:
            if not bool(((flat == 0) | (flat == 1)).all()):
                self._counts, self.open = None, False
                return
            flat = flat.long()
        flat = flat[(flat >= 0) & (flat < self._classes) & (flat != self._ignored)]
        counts = torch.bincount(flat, minlength=self._classes).tolist()
        earlier = self._counts or []
        self._counts = [count + (earlier[place] if place < len(earlier) else 0) for place, count in enumerate(counts)]

    def _close(self) -> None:
        self._count()
        self.open = False

    def settle(self) -> None:
        """Write what was counted so far."""
        self._count()
        if self._counts is not None:
            self.observer.vitals.labels = {place: n for place, n in enumerate(self._counts) if n} or None
