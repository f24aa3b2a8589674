"""Plateau: the learning rate drops when validation has stopped getting better.

Course: SCHED-01.
"""

from __future__ import annotations

import math
from typing import Any

from glasswork.checks import check_above, check_at_least, check_between
from glasswork.schedules.warmup import warm

__all__ = ["Plateau"]


class Plateau:
    r"""Multiply by `factor` after more than `patience` validations in a row without a better one.

    .. math:: f \leftarrow \max(c, \gamma f) \quad\text{when the best of the last } n + 1 \text{ values is not below }
              (1 - \tau) \text{ times the best before}

    The one schedule that listens: `observe` takes each validated value, and the call returns the factor of now. In
    `train` the learner passes on what validation found; in another loop, call `observe` once an epoch.

    Args:
        factor: the :math:`\gamma` of each drop; above 0 and below 1.
        patience: how many values in a row may bring nothing, :math:`n`; at least 0.
        threshold: by which share :math:`\tau` of the best a value must be lower to count as better; in [0, 1).
        floor: the lowest factor :math:`c`; in [0, 1].
        warmup: the share of all steps in which the factor rises to 1; in [0, 1].

    Source: ``torch.optim.lr_scheduler.ReduceLROnPlateau``, whose defaults and counting these are; common usage before.

    >>> schedule = Plateau(patience=1, factor=0.5)
    >>> for loss in (1.0, 2.0, 2.0):
    ...     schedule.observe(loss)
    >>> schedule(step=3, steps=10)
    0.5
    """

    def __init__(
        self,
        *,
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        floor: float = 0.0,
        warmup: float = 0.0,
    ) -> None:
        check_above("Plateau", 0, factor=factor)
        check_between("Plateau", 0, 1, include_high=False, factor=factor, threshold=threshold)
        check_at_least("Plateau", 0, patience=patience)
        check_between("Plateau", 0, 1, floor=floor, warmup=warmup)
        self.factor, self.patience, self.threshold = factor, patience, threshold
        self.floor, self.warmup = floor, warmup
        self.best = math.inf
        self.waited = 0
        self.now = 1.0

    def __call__(self, step: int, steps: int) -> float:
        """Return the factor of now; the step matters during the warm-up only."""
        return warm(step, steps, self.warmup) * self.now

    def observe(self, value: float) -> None:
        """Take in a validated value, of which less is better; NaN is no better than anything."""
        if value < self.best - self.threshold * abs(self.best) or (math.isinf(self.best) and value < self.best):
            self.best, self.waited = value, 0
            return
        self.waited += 1
        if self.waited > self.patience:
            self.now, self.waited = max(self.floor, self.now * self.factor), 0

    def state_dict(self) -> dict[str, Any]:
        """Return what it has seen so far."""
        best = None if math.isinf(self.best) else self.best  # JSON knows no infinity
        return {"best": best, "waited": self.waited, "now": self.now}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state of `state_dict`."""
        self.best = math.inf if state["best"] is None else state["best"]
        self.waited, self.now = state["waited"], state["now"]
