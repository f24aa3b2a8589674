"""Schedules: the learning rate over a run."""

from __future__ import annotations

from typing import Any

from glasswork.portraits.portrait import Curve, Portrait

__all__ = ["schedule_portrait"]

_STEPS = 200


def schedule_portrait(part: Any, name: str) -> Portrait | None:
    """Return what the learning rate is multiplied with at each of 200 steps; None where that depends on the run."""
    schedule = part()
    try:
        y = [float(schedule(step, _STEPS)) for step in range(_STEPS)]
    except TypeError:  # it watches a figure of the run
        return None
    curve = Curve(name, [float(step) for step in range(_STEPS)], y)
    return Portrait(f"{name} over a run of {_STEPS} steps.", "step", "times the learning rate", [curve])
