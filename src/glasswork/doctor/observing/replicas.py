"""Replicas: whether processes that train together still have the same weights, without an exchange that could hang.

Each process writes a short summary of its weights into the store that the processes met by; the first one reads those
of the same step that are there already, and waits for none.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["Replicas"]

MOST_PARAMETERS = 500
MOST_WEIGHTS = 1 << 20  # of a larger parameter the beginning is compared
PENDING = 4  # steps whose summaries may still be on their way


class Replicas:
    """The watch over the other processes.

    Args:
        observer: whom to tell.
    """

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self._waiting: dict[str, list[float]] = {}
        self._undo: Any = None

    def compare(self, step: int, roots: list[nn.Module]) -> None:
        """Write this process's weights in a few numbers, and look at those of the others that are there.

        Args:
            step: of the optimizer; the same in every process.
            roots: the models that it moves.
        """
        distributed = torch.distributed
        if not distributed.is_available() or not distributed.is_initialized():
            return
        vitals, store = self.observer.vitals, _store()
        vitals.processes, vitals.rank = distributed.get_world_size(), distributed.get_rank()
        if vitals.processes < 2 or store is None:
            return
        numbers = _summary(roots)
        key = f"glasswork/{step}"
        store.set(f"{key}/{vitals.rank}", struct.pack(f"{len(numbers)}d", *numbers))
        self._waiting[key] = numbers
        self._look(store)

    def _look(self, store: Any) -> None:
        vitals = self.observer.vitals
        for key, mine in list(self._waiting.items()):
            others = [f"{key}/{rank}" for rank in range(vitals.processes) if rank != vitals.rank]
            if not store.check(others):
                continue
            del self._waiting[key]
            for other in others:
                packed = store.get(other)
                theirs = struct.unpack(f"{len(packed) // 8}d", packed)
                if len(theirs) == len(mine):
                    gap = max((abs(a - b) for a, b in zip(mine, theirs, strict=True)), default=0.0)
                    vitals.replicas_differ = max(vitals.replicas_differ or 0.0, gap)
                    if gap > 0 and vitals.replicas_step is None:
                        vitals.replicas_step = int(key.rsplit("/", 1)[-1])
        while len(self._waiting) > PENDING:
            self._waiting.pop(next(iter(self._waiting)))

    def before_group_ends(self) -> None:
        """Look once more while the store is there."""
        store = _store()
        if store is not None and self._waiting:
            with self.observer.guarded("the other processes"):
                self._look(store)

    def close(self) -> None:
        """See the end."""
        vitals = self.observer.vitals
        distributed = torch.distributed
        if distributed.is_available() and distributed.is_initialized():
            vitals.processes, vitals.rank = distributed.get_world_size(), distributed.get_rank()
            self.before_group_ends()
        elif vitals.processes < 2:
            vitals.rank = int(os.environ.get("RANK", "0") or 0)


def _store() -> Any:
    try:
        return torch.distributed.distributed_c10d._get_default_store()
    except (AttributeError, RuntimeError, ValueError):
        return None


def _summary(roots: list[nn.Module]) -> list[float]:
    """Return mean absolute weight, first and last weight of each parameter."""
    found: list[Tensor] = []
    parameters = [parameter for root in roots for parameter in root.parameters()][:MOST_PARAMETERS]
    with torch.no_grad():
        for parameter in parameters:
            flat = parameter.detach().flatten()[:MOST_WEIGHTS].double()
            if len(flat):
                found += [flat.mean(), flat[0], flat[-1]]
    return torch.stack([one.cpu() for one in found]).tolist() if found else []
