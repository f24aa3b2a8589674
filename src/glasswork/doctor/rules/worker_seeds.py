"""Data loader workers that draw the same random numbers.

Looks at:     whether the loader has several workers, whether their random draws were compared and found equal, and
              whether workers that share a stream gave the same batches.
Fires when:   two workers or more draw the same numbers, or every worker gives the same batches.
Why it hurts: augmentation that should differ from example to example repeats itself across workers, and with numpy
              also from epoch to epoch: there is less variety than it seems.
Try first:    seed numpy and random in ``worker_init_fn`` from ``torch.initial_seed()``, or draw with torch alone; in
              an ``IterableDataset`` take ``get_worker_info().id`` into the seed, and share out the rows by it.
Can be wrong: where equal draws are meant, to compare workers.
Source:       Rogozhnikov 2021 and TrainCheck (OSDI 2025): most projects that used numpy in workers had it.
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["worker_seeds"]


def worker_seeds(vitals: Vitals) -> Iterator[Finding]:
    """Yield that workers were seen to draw alike."""
    workers = int(vitals.loader.get("workers") or 0)
    if workers >= 2 and vitals.loader.get("workers_repeat") is True:
        yield Finding(
            "worker-seeds",
            "warning",
            0.95,
            "data",
            f"The {workers} workers of the training loader give the same batches: every row comes {workers} times in a "
            "pass.",
            "In __iter__, take get_worker_info().id into the seed, or share out the rows by it.",
            vitals.steps[0].number if vitals.steps else None,
        )
        return
    if workers >= 2 and vitals.loader.get("worker_draws_alike") is True:
        yield Finding(
            "worker-seeds",
            "warning",
            0.95,
            "data",
            f"The {workers} workers of the training loader draw the same random numbers.",
            "Seed numpy and random in worker_init_fn from torch.initial_seed(), or draw with torch.",
            vitals.steps[0].number if vitals.steps else None,
        )
