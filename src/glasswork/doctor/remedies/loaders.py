"""Loaders: order, batch size and length of what a training loader hands out, and the seeds of its workers."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch

from glasswork.doctor.remedies.remedy import Action

__all__ = ["LoaderSettings", "MorePasses", "seed_worker"]


def seed_worker(worker: int) -> None:
    """Seed numpy and Python's random module in a worker by torch's own seed, which differs from worker to worker."""
    seed = torch.initial_seed() % 2**32
    np.random.seed(seed)  # noqa: NPY002 - what people's transforms draw from
    random.seed(seed)


class _Training(Action):
    """What is done to the loader that is learned from: the one with so many rows and such batches.

    Args:
        rows: of its data set; None where that is not known: then every loader.
        batch: its batch size, likewise.
    """

    def __init__(self, rows: int | None, batch: int | None) -> None:
        self.rows, self.batch = rows, batch

    def fits(self, dataset: Any, batch: Any) -> bool:
        """Tell whether a loader is that one."""
        if self.rows is None:
            return True
        try:
            return len(dataset) == self.rows and (self.batch is None or batch == self.batch)
        except TypeError:
            return False


class LoaderSettings(_Training):
    """Make the training loader with other settings.

    Args:
        rows, batch: how it is known.
        shuffle: whether to shuffle.
        batch_size: how many rows a batch.
        seeded: whether to seed the workers of every loader each by its own number.
    """

    def __init__(
        self,
        rows: int | None = None,
        batch: int | None = None,
        shuffle: bool = False,
        batch_size: int | None = None,
        seeded: bool = False,
    ) -> None:
        super().__init__(rows, batch)
        self.shuffle, self.batch_size, self.seeded = shuffle, batch_size, seeded

    def on_loader(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Change the settings."""
        if self.seeded and settings.get("num_workers"):
            settings = {**settings, "worker_init_fn": seed_worker}
        own = settings.get("sampler") is not None or settings.get("batch_sampler") is not None
        if own or not self.fits(settings.get("dataset"), settings.get("batch_size", 1)):
            return settings
        if self.shuffle:
            settings = {**settings, "shuffle": True}
        if self.batch_size is not None:
            settings = {**settings, "batch_size": self.batch_size}
        return settings


class MorePasses(_Training):
    """Go over the training data several times where the script asks for it once.

    Args:
        rows, batch: how the loader is known.
        times: how many times.
    """

    def __init__(self, rows: int | None, batch: int | None, times: int) -> None:
        super().__init__(rows, batch)
        self.times = times

    def passes(self, loader: Any) -> int:
        """Return how many times this loader goes round."""
        return self.times if self.fits(loader.dataset, loader.batch_size) and torch.is_grad_enabled() else 1
