"""Schedules: which scheduler there is, how often it steps, and whether it did before the optimizer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["on_schedule"]


def on_schedule(observer: Observer, scheduler: Any) -> None:
    """See a scheduler step."""
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
