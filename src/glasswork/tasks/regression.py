"""Regression: how much is it?

Letters in shapes: B examples, T targets.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from glasswork.checks import check_same_shape, check_size
from glasswork.errors import UsageError
from glasswork.losses import SquaredError

__all__ = ["Regression", "RegressionMeter"]


class Regression:
    """T numbers, in their own units.

    Args:
        targets: their names.

    >>> task = Regression(["price"])
    >>> task.outputs, task.primary, task.direction
    (1, 'rmse', 'min')
    """

    name = "regression"
    primary = "rmse"
    direction = "min"
    monitor = "rmse"
    monitor_direction = "min"

    def __init__(self, targets: Sequence[str]) -> None:
        if not targets:
            raise UsageError("Regression: one target or more is needed, got none.")
        self.targets = tuple(targets)

    @property
    def outputs(self) -> int:
        """T, one number a target."""
        return len(self.targets)

    @property
    def loss(self) -> SquaredError:
        """Squared error."""
        return SquaredError()

    def meter(self) -> RegressionMeter:
        """Return a fresh meter."""
        return RegressionMeter()

    def metrics(self, outputs: Tensor, targets: Tensor) -> dict[str, float]:
        """Return the metrics of (N, T) predictions."""
        meter = self.meter()
        meter.update(outputs, targets)
        return meter.compute()

    def decode(self, outputs: Tensor, threshold: float | None = None) -> dict[str, np.ndarray]:
        """Return ``values`` (B, T); a threshold means nothing here."""
        check_size("Regression", -1, self.outputs, outputs=outputs)
        return {"values": outputs.detach().float().cpu().numpy()}

    def __repr__(self) -> str:
        return f"Regression({list(self.targets)})"


class RegressionMeter:
    """RMSE, MAE and R², each the mean over the targets; R² is left out where a target does not vary.

    >>> meter = RegressionMeter()
    >>> meter.update(torch.tensor([[1.0], [2.0], [5.0]]), torch.tensor([[1.0], [2.0], [3.0]]))
    >>> {name: round(value, 3) for name, value in meter.compute().items()}
    {'rmse': 1.155, 'mae': 0.667, 'r2': -1.0}
    """

    def __init__(self) -> None:
        self._count = 0
        self._sums: Tensor | None = None  # (4, T): squared errors, absolute errors, centred targets, their squares
        self._centre: Tensor | None = None

    @torch.no_grad()
    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """Take in (B, T) predictions and targets."""
        check_same_shape("RegressionMeter", outputs=outputs, targets=targets)
        if len(targets) == 0:
            return
        targets_BT = targets.double().reshape(len(targets), -1)
        errors_BT = outputs.double().reshape(len(targets), -1) - targets_BT
        if self._centre is None:  # sums of squares far from 0 would lose the variance: they are taken from here
            self._centre = targets_BT.mean(dim=0)
        off_BT = targets_BT - self._centre
        sums = torch.stack([errors_BT**2, errors_BT.abs(), off_BT, off_BT**2]).sum(dim=1)
        self._sums = sums if self._sums is None else self._sums + sums
        self._count += len(targets)

    def compute(self) -> dict[str, float]:
        """Return the metrics."""
        if self._sums is None:
            return {}
        squared, absolute, off, off_squared = self._sums.cpu()
        spread = off_squared - off**2 / self._count
        found = {
            "rmse": float((squared / self._count).sqrt().mean()),
            "mae": float(absolute.mean() / self._count),
        }
        # What rounding leaves of a target that never varies is no variance.
        if bool((spread > 1e-12 * off_squared.clamp(min=1e-300)).all()):
            found["r2"] = float((1 - squared / spread).mean())
        return found
