"""What every task answers: what the network must give out, what is asked of it, and how its answers are read.

Letters in shapes: B examples, K classes, T targets, H steps ahead, V tokens in the vocabulary.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from torch import Tensor, nn

__all__ = ["Meter", "Task"]


class Meter(Protocol):
    """Gathers batches as sums on the device; only `compute` waits for it."""

    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """Take in one batch."""
        ...

    def compute(self) -> dict[str, float]:
        """Return the metrics of everything taken in; those that are not defined are left out."""
        ...


class Task(Protocol):
    """What the question is."""

    @property
    def name(self) -> str:
        """``classification``, ``regression``, ``forecasting`` or ``language-modelling``."""
        ...

    @property
    def outputs(self) -> int:
        """How many numbers the last layer gives out for each example (or step, or token)."""
        ...

    @property
    def primary(self) -> str:
        """The metric that a summary names first."""
        ...

    @property
    def direction(self) -> str:
        """``max`` or ``min``: which way the primary metric is better."""
        ...

    @property
    def monitor(self) -> str:
        """The metric that early stopping watches: as a rule a smoother one than the primary."""
        ...

    @property
    def monitor_direction(self) -> str:
        """``max`` or ``min``: which way the watched metric is better."""
        ...

    @property
    def loss(self) -> nn.Module:
        """The loss that suits the question when none is named."""
        ...

    def meter(self) -> Meter:
        """Return a fresh meter of this task's metrics."""
        ...

    def metrics(self, outputs: Tensor, targets: Tensor) -> dict[str, float]:
        """Return the metrics of outputs that are all at hand."""
        ...

    def decode(self, outputs: Tensor, threshold: float | None = None) -> dict[str, np.ndarray]:
        """Return ``probabilities`` and ``labels``, or ``values``, of raw outputs."""
        ...
