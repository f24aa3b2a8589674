"""Cosine with restarts: down along half a cosine again and again, from the top each time.

Course: SCHED-01.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from glasswork.checks import check_above, check_at_least, check_between
from glasswork.schedules.warmup import warm

__all__ = ["CosineRestarts"]


@dataclass(frozen=True)
class CosineRestarts:
    r"""A straight warm-up, then `cycles` half cosines from 1 towards `floor`, each `longer` times as long as the last.

    With :math:`q` the share of its cycle that is over, from 0 to just under 1:

    .. math:: f = c + \frac{1 - c}{2} (1 + \cos \pi q)

    Args:
        cycles: how often it goes down; at least 1.
        longer: how many times longer each cycle is than the one before; above 0.
        warmup: the share of all steps in which the factor rises to 1; in [0, 1].
        floor: the factor :math:`c` that each cycle approaches; in [0, 1].

    Source: Loshchilov & Hutter 2017, "SGDR: Stochastic Gradient Descent with Warm Restarts".

    Differs from ``torch.optim.lr_scheduler.CosineAnnealingWarmRestarts`` in fitting whole cycles into the run.

    >>> [round(CosineRestarts(cycles=2)(step, 8), 4) for step in range(8)]
    [1.0, 0.8536, 0.5, 0.1464, 1.0, 0.8536, 0.5, 0.1464]
    """

    cycles: int = 3
    longer: float = 1.0
    warmup: float = 0.0
    floor: float = 0.0

    def __post_init__(self) -> None:
        check_at_least("CosineRestarts", 1, cycles=self.cycles)
        check_above("CosineRestarts", 0, longer=self.longer)
        check_between("CosineRestarts", 0, 1, warmup=self.warmup, floor=self.floor)

    def __call__(self, step: int, steps: int) -> float:
        """Return the factor of a step, from 0 to `steps` - 1."""
        rising = round(self.warmup * steps)
        if step < rising:
            return warm(step, steps, self.warmup)
        lengths = [self.longer**cycle for cycle in range(self.cycles)]
        unit = (steps - rising) / sum(lengths)
        begin, length = 0.0, 0.0
        for length in (unit * share for share in lengths):
            # A hair early rather than late: 3 * (1 / 3) must not fall short of the step at which a cycle begins.
            if step - rising < begin + length - 1e-9 * steps:
                break
            begin += length
        share = min(1.0, (step - rising - begin) / length) if begin < steps - rising - 1e-9 * steps else 1.0
        return self.floor + (1 - self.floor) * (1 + math.cos(math.pi * max(0.0, share))) / 2
