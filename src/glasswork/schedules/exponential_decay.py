"""Exponential decay: the same share is lost in every step.

Course: SCHED-01.
"""

from __future__ import annotations

from dataclasses import dataclass

from glasswork.checks import check_above, check_between
from glasswork.schedules.warmup import progress, warm

__all__ = ["ExponentialDecay"]


@dataclass(frozen=True)
class ExponentialDecay:
    r"""A straight warm-up, then from 1 down to `floor` in equal ratios.

    With :math:`p` the progress after the warm-up, from 0 to 1 at the last step:

    .. math:: f = c^{\,p}

    Args:
        floor: the factor :math:`c` of the last step; above 0, at most 1.
        warmup: the share of all steps in which the factor rises to 1; in [0, 1].

    Source: Robbins & Monro 1951 ask for steps that shrink; this way of shrinking is common usage.

    >>> [round(ExponentialDecay(floor=0.0001)(step, 5), 6) for step in range(5)]
    [1.0, 0.1, 0.01, 0.001, 0.0001]
    """

    floor: float = 0.01
    warmup: float = 0.0

    def __post_init__(self) -> None:
        check_between("ExponentialDecay", 0, 1, floor=self.floor, warmup=self.warmup)
        check_above("ExponentialDecay", 0, floor=self.floor)

    def __call__(self, step: int, steps: int) -> float:
        """Return the factor of a step, from 0 to `steps` - 1."""
        return warm(step, steps, self.warmup) * self.floor ** progress(step, steps, self.warmup)
