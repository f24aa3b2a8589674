"""Lessons: which worked examples the trace can do again, and doing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glasswork import course
from glasswork.tracing.worked import backpropagation, composites, perceptrons, steps_of_optimizers
from glasswork.tracing.worked.lesson import Lesson

__all__ = ["lesson", "lessons"]

_ROOMS = (perceptrons, backpropagation, steps_of_optimizers, composites)


def lessons() -> list[str]:
    """Return the ids of the examples that describe a step, in the course's order.

    >>> "WE-10" in lessons(), "WE-22" in lessons()
    (True, False)
    """
    return [id for id in course.worked_examples() if _find(id) is not None]


def lesson(id: str) -> Lesson | None:
    """Trace a worked example and read its numbers; None for one that describes no step.

    Raises:
        UnknownNameError: no such example; the nearest one is offered.
    """
    example = course.worked(id)
    found = _find(id)
    return None if found is None else found(example["inputs"])


def _find(id: str) -> Callable[[dict[str, Any]], Lesson] | None:
    name = id.lower().replace("-", "_")
    for room in _ROOMS:
        if name in room.__all__:
            found: Callable[[dict[str, Any]], Lesson] = getattr(room, name)
            return found
    return None
