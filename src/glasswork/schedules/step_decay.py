"""Step decay: the learning rate drops at a few moments.

Course: SCHED-01.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glasswork.checks import check_above, check_between
from glasswork.schedules.warmup import warm

__all__ = ["StepDecay"]


@dataclass(frozen=True)
class StepDecay:
    r"""Multiply by `factor` at each of the moments `at`.

    .. math:: f = \gamma^{\,\#\{a \,:\, s \ge a S\}}

    Args:
        at: when, as shares of all :math:`S` steps; each in [0, 1].
        factor: the :math:`\gamma` of each drop; above 0, at most 1.
        warmup: the share of all steps in which the factor rises to 1; in [0, 1].

    Source: He, Zhang, Ren & Sun 2016, "Deep Residual Learning for Image Recognition", section 4.2.

    >>> [StepDecay(at=(0.5, 0.75), factor=0.1)(step, 4) for step in range(4)]
    [1.0, 1.0, 0.1, 0.010000000000000002]
    """

    at: Sequence[float] = (0.5, 0.75)
    factor: float = 0.1
    warmup: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", tuple(self.at))
        check_between("StepDecay", 0, 1, factor=self.factor, warmup=self.warmup)
        check_above("StepDecay", 0, factor=self.factor)
        for moment in self.at:
            check_between("StepDecay", 0, 1, at=moment)

    def __call__(self, step: int, steps: int) -> float:
        """Return the factor of a step, from 0 to `steps` - 1."""
        drops = sum(step >= moment * steps for moment in self.at)
        return warm(step, steps, self.warmup) * self.factor**drops
