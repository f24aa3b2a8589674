"""Inverse square root: the rate falls as one over the root of the number of steps made.

Course: SCHED-01, SCHED-02.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from glasswork.checks import check_between
from glasswork.schedules.warmup import warm

__all__ = ["InverseSquareRoot"]


@dataclass(frozen=True)
class InverseSquareRoot:
    r"""A straight warm-up of :math:`W` steps, then down with the root of time; without a warm-up :math:`W = 1`.

    .. math:: f(s) = \min\left(\frac{s + 1}{W}, \sqrt{\frac{W}{s + 1}}\right),
              \qquad W = \max(1, \operatorname{round}(w S))

    It is what AdaGrad makes of its learning rate while gradients keep their size: the sum of their squares then grows
    like :math:`s + 1`.

    Args:
        warmup: the share :math:`w` of all :math:`S` steps in which the factor rises to 1; in [0, 1].

    Source: Vaswani et al. 2017, "Attention Is All You Need", section 5.3; the rate itself: Nemirovski, Juditsky, Lan &
    Shapiro 2009, "Robust Stochastic Approximation Approach to Stochastic Programming".

    >>> [round(InverseSquareRoot()(step, 9), 4) for step in (0, 3, 8)]
    [1.0, 0.5, 0.3333]
    """

    warmup: float = 0.0

    def __post_init__(self) -> None:
        check_between("InverseSquareRoot", 0, 1, warmup=self.warmup)

    def __call__(self, step: int, steps: int) -> float:
        """Return the factor of a step, from 0 to `steps` - 1."""
        rising = max(1, round(self.warmup * steps))
        return min(warm(step, steps, self.warmup), math.sqrt(rising / (step + 1)))
