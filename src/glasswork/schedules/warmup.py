"""The way up that schedules share: a straight line from almost 0 to 1.

Course: SCHED-01.
"""

from __future__ import annotations

__all__ = ["progress", "warm"]


def warm(step: int, steps: int, share: float) -> float:
    """Return the factor of the warm-up: a straight line that reaches 1 at its last step, and 1 from then on.

    >>> [warm(step, 8, 0.25) for step in range(3)]
    [0.5, 1.0, 1.0]
    """
    rising = round(share * steps)
    return min(1.0, (step + 1) / rising) if rising else 1.0


def progress(step: int, steps: int, share: float) -> float:
    """Return how far the way down has come: 0 until the warm-up is over, 1 at the last step and after it.

    >>> [progress(step, 5, 0.2) for step in range(5)]
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    first = max(0, round(share * steps) - 1)
    return min(1.0, max(0.0, (step - first) / max(1, steps - 1 - first)))
