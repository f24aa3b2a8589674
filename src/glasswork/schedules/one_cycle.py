"""One cycle: up in a straight line to a high learning rate, then all the way down.

Course: SCHED-01.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from glasswork.checks import check_between, check_choice

__all__ = ["OneCycle"]


@dataclass(frozen=True)
class OneCycle:
    r"""From `start` up to 1 at the share `warmup` of all steps, then down to `floor`.

    With :math:`u` the progress of the way up and :math:`p` that of the way down, both from 0 to 1:

    .. math:: f_\text{up} = a + (1 - a)\,u, \qquad f_\text{down} = c + (1 - c)\,(1 - p)
              \ \text{ or }\ c + \tfrac{1 - c}{2} (1 + \cos \pi p)

    Args:
        warmup: the share of all steps that lead up; in [0, 1].
        start: the factor :math:`a` of the first step; in [0, 1].
        floor: the factor :math:`c` of the last step; in [0, 1].
        down: ``linear`` or ``cosine``.

    Source: Smith & Topin 2018, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates".

    Differs from ``torch.optim.lr_scheduler.OneCycleLR`` in leaving momentum alone; the highest rate is the optimizer's.

    >>> [round(OneCycle(warmup=0.5, start=0.2)(step, 5), 4) for step in range(5)]
    [0.2, 0.6, 1.0, 0.5, 0.0]
    """

    warmup: float = 0.25
    start: float = 0.04
    floor: float = 0.0
    down: str = "linear"

    def __post_init__(self) -> None:
        check_between("OneCycle", 0, 1, warmup=self.warmup, start=self.start, floor=self.floor)
        check_choice("OneCycle", ["linear", "cosine"], down=self.down)

    def __call__(self, step: int, steps: int) -> float:
        """Return the factor of a step, from 0 to `steps` - 1."""
        top = round(self.warmup * (steps - 1))
        if step < top:
            return self.start + (1 - self.start) * step / top
        p = min(1.0, (step - top) / max(1, steps - 1 - top))
        rest = 1 - p if self.down == "linear" else (1 + math.cos(math.pi * p)) / 2
        return self.floor + (1 - self.floor) * rest
