"""Cosine schedule: down along half a cosine, slow at both ends.

Course: SCHED-01.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from glasswork.checks import check_between
from glasswork.schedules.warmup import progress, warm

__all__ = ["Cosine"]


@dataclass(frozen=True)
class Cosine:
    r"""A straight warm-up, then half a cosine from 1 down to `floor`.

    With :math:`p` the progress after the warm-up, from 0 to 1 at the last step:

    .. math:: f = c + \frac{1 - c}{2} (1 + \cos \pi p)

    Args:
        warmup: the share of all steps in which the factor rises to 1; in [0, 1].
        floor: the factor :math:`c` of the last step; in [0, 1].

    Source: Loshchilov & Hutter 2017, "SGDR: Stochastic Gradient Descent with Warm Restarts" (one period of it).

    >>> [round(Cosine()(step, 5), 4) for step in range(5)]
    [1.0, 0.8536, 0.5, 0.1464, 0.0]
    """

    warmup: float = 0.0
    floor: float = 0.0

    def __post_init__(self) -> None:
        check_between("Cosine", 0, 1, warmup=self.warmup, floor=self.floor)

    def __call__(self, step: int, steps: int) -> float:
        """Return the factor of a step, from 0 to `steps` - 1."""
        down = (1 + math.cos(math.pi * progress(step, steps, self.warmup))) / 2
        return warm(step, steps, self.warmup) * (self.floor + (1 - self.floor) * down)
