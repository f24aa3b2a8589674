"""Schedules: which scheduler there is, how often it steps, and whether it did before the optimizer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["on_schedule"]

MOST_WATCHED = 1000  # values that a scheduler was given, kept


def on_schedule(observer: Observer, scheduler: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> None:
    """See a scheduler step.

    Args:
        observer: whom to tell.
        scheduler: the scheduler.
        args: what its step was called with.
        kwargs: likewise, by name.
    """
    plateau = isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau)
    if observer.deaf or (not plateau and getattr(scheduler, "_step_count", 0) < 1):
        return  # its constructor calls it once
    with observer.guarded("a scheduler"):
        vitals = observer.vitals
        facts = vitals.scheduler
        if not facts:
            facts["kind"] = type(scheduler).__name__
            facts["settings"] = {
                key: value
                for key, value in vars(scheduler).items()
                if not key.startswith("_") and isinstance(value, bool | int | float | str)
            }
            facts["steps"] = 0
            facts["before_optimizer"] = observer.steps_taken == 0 and vitals.backwards > 0
            observer.place("scheduler")
            total_steps = getattr(scheduler, "total_steps", None)
            if isinstance(total_steps, int):
                vitals.planned_steps = total_steps
        facts["steps"] += 1
        given = args[0] if args else (kwargs or {}).get("metrics")
        if plateau and (isinstance(given, int | float) or (isinstance(given, Tensor) and given.numel() == 1)):
            watched = facts.setdefault("watched", [])
            if len(watched) < MOST_WATCHED:
                watched.append((observer.steps_taken, float(given)))
