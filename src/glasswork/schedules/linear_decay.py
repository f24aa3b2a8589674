"""Linear decay: down along a straight line.

Course: SCHED-01.
"""

from __future__ import annotations

from dataclasses import dataclass

from glasswork.checks import check_between
from glasswork.schedules.warmup import progress, warm

__all__ = ["LinearDecay"]


@dataclass(frozen=True)
class LinearDecay:
    r"""A straight warm-up, then a straight line from 1 down to `floor`.

    With :math:`p` the progress after the warm-up, from 0 to 1 at the last step:

    .. math:: f = 1 - (1 - c)\,p

    Args:
        warmup: the share of all steps in which the factor rises to 1; in [0, 1].
        floor: the factor :math:`c` of the last step; in [0, 1].

    Source: Defazio et al. 2023, "Optimal Linear Decay Learning Rate Schedules and Further Refinements".

    >>> [LinearDecay()(step, 5) for step in range(5)]
    [1.0, 0.75, 0.5, 0.25, 0.0]
    """

    warmup: float = 0.0
    floor: float = 0.0

    def __post_init__(self) -> None:
        check_between("LinearDecay", 0, 1, warmup=self.warmup, floor=self.floor)

    def __call__(self, step: int, steps: int) -> float:
        """Return the factor of a step, from 0 to `steps` - 1."""
        down = 1 - progress(step, steps, self.warmup)
        return warm(step, steps, self.warmup) * (self.floor + (1 - self.floor) * down)
