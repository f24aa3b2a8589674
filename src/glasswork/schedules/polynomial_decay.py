"""Polynomial decay: down along a power of what is left to go.

Course: SCHED-01.
"""

from __future__ import annotations

from dataclasses import dataclass

from glasswork.checks import check_above, check_between
from glasswork.schedules.warmup import progress, warm

__all__ = ["PolynomialDecay"]


@dataclass(frozen=True)
class PolynomialDecay:
    r"""A straight warm-up, then from 1 down to `floor` along a power; power 1 is `LinearDecay`.

    With :math:`p` the progress after the warm-up, from 0 to 1 at the last step:

    .. math:: f = c + (1 - c)\,(1 - p)^k

    Args:
        power: the exponent :math:`k`; above 0.
        warmup: the share of all steps in which the factor rises to 1; in [0, 1].
        floor: the factor :math:`c` of the last step; in [0, 1].

    Source: Liu, Rabinovich & Berg 2016, "ParseNet: Looking Wider to See Better", the "poly" rate.

    >>> [PolynomialDecay(power=2)(step, 5) for step in range(5)]
    [1.0, 0.5625, 0.25, 0.0625, 0.0]
    """

    power: float = 2.0
    warmup: float = 0.0
    floor: float = 0.0

    def __post_init__(self) -> None:
        check_above("PolynomialDecay", 0, power=self.power)
        check_between("PolynomialDecay", 0, 1, warmup=self.warmup, floor=self.floor)

    def __call__(self, step: int, steps: int) -> float:
        """Return the factor of a step, from 0 to `steps` - 1."""
        down = (1 - progress(step, steps, self.warmup)) ** self.power
        return warm(step, steps, self.warmup) * (self.floor + (1 - self.floor) * down)
