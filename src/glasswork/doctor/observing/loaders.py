"""Loaders: which batch a data loader gave last, which pass this is, and what the loader is like."""

from __future__ import annotations

import time
import weakref
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils.data import RandomSampler, SequentialSampler, WeightedRandomSampler
from torch.utils.data.dataloader import _DatasetKind

from glasswork.doctor.observing.code import user_place
from glasswork.doctor.observing.rounds import tensors_in

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["Loaders"]

MOST_PLACES = 100
ALIKE = 2  # such rounds in a row in which every worker gave the same batch
ROUNDS = 4  # of batches, one a worker, that are compared when a pass begins


class Loaders:
    """The watch over data loaders.

    Args:
        observer: whom to tell.
    """

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.current: Any = None
        self.item: list[Tensor] = []
        self.passes = 0
        self.iterator: int = 0
        self.training: set[int] = set()
        self._epoch = -1
        self._learned_from = 0
        self._iterator: Any = None  # a weak reference
        self._round: list[Tensor] = []
        self._same = 0
        self._places: dict[int, tuple[str, str]] = {}  # where the loader of a data set was made

    def on_made(self, loader: Any) -> None:
        """See a loader being made."""
        if not self.observer.deaf:
            with self.observer.guarded("a data loader"):
                place = user_place(3)
                if place is not None and len(self._places) < MOST_PLACES:
                    self._places[id(loader.dataset)] = place

    def on_item(self, iterator: Any, item: Any) -> None:
        """See a batch leave a loader."""
        observer = self.observer
        if observer.deaf:
            return
        started = time.perf_counter()
        observer.deaf = True
        try:
            if observer.passes.open is not None:
                observer.passes.before_item()
            if self._iterator is None or self._iterator() is not iterator or iterator._num_yielded == 1:
                self._iterator = weakref.ref(iterator)
                self.iterator += 1
                self.current = self._key(iterator)
            self.item = tensors_in(item)
            if iterator._num_workers > 1 and iterator._num_yielded <= ROUNDS * iterator._num_workers:
                self._compare_workers(iterator)
        except Exception as error:
            observer.failed("a data loader", error)
        finally:
            observer.deaf = False
        observer.own += time.perf_counter() - started

    def _compare_workers(self, iterator: Any) -> None:
        """See whether workers that share a stream each give the whole of it: their batches come in turns."""
        if iterator._dataset_kind != _DatasetKind.Iterable:
            return
        place = (iterator._num_yielded - 1) % iterator._num_workers
        if not place:
            self._round = []
            self._same = 0 if iterator._num_yielded == 1 else self._same
        first = next((tensor for tensor in self.item if tensor.is_floating_point() or tensor.dim() > 1), None)
        if first is None or len(self._round) != place:
            return
        self._round.append(first)
        if place == iterator._num_workers - 1:
            alike = all(one.shape == first.shape and torch.equal(one, first) for one in self._round)
            self._same = self._same + 1 if alike and len(first) > 1 and bool((first[1:] != first[:1]).any()) else 0
            if self._same >= ALIKE and self.current in self.training:
                self.observer.vitals.loader["workers_repeat"] = True
            self._round = []

    def _key(self, iterator: Any) -> int:
        return id(iterator._dataset)

    def on_training(self) -> int | None:
        """Note that the last batch was learned from; return which pass over the loader this is."""
        if self.current is None or not self.item:
            return None
        iterator = self._iterator() if self._iterator is not None else None
        if self.current not in self.training and iterator is not None:
            self.training.add(self.current)
            with self.observer.guarded("a data loader's settings"):
                vitals = self.observer.vitals
                vitals.loader.update(_facts(iterator))
                place = self._places.get(self.current)
                if place is not None and "loader" not in vitals.places:
                    vitals.places["loader"], vitals.code["loader"] = place
        if self._learned_from != self.iterator:
            self._learned_from = self.iterator
            self._epoch += 1
        return self._epoch

    def is_again(self) -> bool:
        """Whether the last batch begins another pass over data that was learned from."""
        return self.current in self.training and self._learned_from != self.iterator

    def targets_for(self, inputs: list[Tensor]) -> Tensor | None:
        """Return the part of the last batch that is not an input and has as many rows; None if that is not one."""
        if not self.item or not inputs:
            return None
        known = {tensor.data_ptr() for tensor in inputs}
        rows = len(inputs[0]) if inputs[0].dim() else 0
        matches = any(tensor.data_ptr() in known for tensor in self.item) or any(
            tensor.numel() == inputs[0].numel() for tensor in self.item
        )
        others = [
            tensor
            for tensor in self.item
            if tensor.dim()
            and len(tensor) == rows
            and tensor.data_ptr() not in known
            and tensor.numel() != inputs[0].numel()
        ]
        return others[0] if matches and len(others) == 1 else None


def _facts(iterator: Any) -> dict[str, Any]:
    batches = iterator._index_sampler
    sampler = getattr(batches, "sampler", batches)
    shuffle: bool | None = None
    if isinstance(sampler, RandomSampler | WeightedRandomSampler):
        shuffle = True
    elif isinstance(sampler, SequentialSampler):
        shuffle = False
    elif hasattr(sampler, "shuffle"):
        shuffle = bool(sampler.shuffle)
    facts: dict[str, Any] = {
        "batch_size": getattr(batches, "batch_size", None),
        "shuffle": shuffle,
        "sampler": type(sampler).__name__,
        "workers": iterator._num_workers,
        "drop_last": getattr(batches, "drop_last", None),
        "dataset": type(iterator._dataset).__name__,
    }
    try:
        facts["rows"] = len(iterator._dataset)
    except (TypeError, NotImplementedError):
        facts["rows"] = None
    return facts
