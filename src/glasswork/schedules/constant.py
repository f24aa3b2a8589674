"""Constant schedule: the learning rate stays as it is, after a warm-up if wished.

Course: SCHED-04.
"""

from __future__ import annotations

from dataclasses import dataclass

from glasswork.checks import check_between
from glasswork.schedules.warmup import warm

__all__ = ["Constant"]


@dataclass(frozen=True)
class Constant:
    r"""Factor 1 at every step, once warm.

    .. math:: f(s) = \min\left(1, \frac{s + 1}{\operatorname{round}(w S)}\right)

    Args:
        warmup: the share :math:`w` of all :math:`S` steps in which the factor rises to 1; in [0, 1].

    Source: Goyal et al. 2017, "Accurate, Large Minibatch SGD", section 2.2, for the gradual warm-up.

    >>> [Constant(warmup=0.5)(step, 4) for step in range(4)]
    [0.5, 1.0, 1.0, 1.0]
    """

    warmup: float = 0.0

    def __post_init__(self) -> None:
        check_between("Constant", 0, 1, warmup=self.warmup)

    def __call__(self, step: int, steps: int) -> float:
        """Return the factor of a step, from 0 to `steps` - 1."""
        return warm(step, steps, self.warmup)
