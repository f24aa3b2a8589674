"""Forecasting: how does it go on?

Letters in shapes: B windows, H steps ahead, C target series.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from glasswork.checks import check_at_least, check_dimensions, check_same_shape
from glasswork.errors import UsageError
from glasswork.losses import SquaredError
from glasswork.losses.scaled_loss import Scale

__all__ = ["Forecasting", "ForecastingMeter"]


class Forecasting:
    """The next H values of C series, in their own units.

    Args:
        targets: names of the series.
        horizon: H, how many steps ahead.
        scale: standardises values of shape (..., C) as on the training part (``layers.TargetScale``); ``mse`` and
            ``mae`` are measured in its units. Without one they are in the series' own units.

    >>> task = Forecasting(["load", "temperature"], 24)
    >>> task.outputs, task.primary
    (48, 'mse')
    """

    name = "forecasting"
    primary = "mse"
    direction = "min"
    monitor = "mse"
    monitor_direction = "min"

    def __init__(self, targets: Sequence[str], horizon: int, *, scale: Scale | None = None) -> None:
        if not targets:
            raise UsageError("Forecasting: one target or more is needed, got none.")
        check_at_least("Forecasting", 1, horizon=horizon)
        self.targets = tuple(targets)
        self.horizon = horizon
        self.scale = scale

    @property
    def outputs(self) -> int:
        """H times C: every step ahead of every series."""
        return self.horizon * len(self.targets)

    @property
    def loss(self) -> SquaredError:
        """Squared error."""
        return SquaredError()

    def meter(self) -> ForecastingMeter:
        """Return a fresh meter."""
        return ForecastingMeter(scale=self.scale)

    def metrics(self, outputs: Tensor, targets: Tensor) -> dict[str, float]:
        """Return the metrics of (N, H, C) forecasts."""
        meter = self.meter()
        meter.update(outputs, targets)
        return meter.compute()

    def decode(self, outputs: Tensor, threshold: float | None = None) -> dict[str, np.ndarray]:
        """Return ``values`` (B, H, C); a threshold means nothing here."""
        check_dimensions("Forecasting", 3, outputs=outputs)
        return {"values": outputs.detach().float().cpu().numpy()}

    def __repr__(self) -> str:
        return f"Forecasting({list(self.targets)}, {self.horizon})"


class ForecastingMeter:
    """MSE and MAE in standardised units, RMSE and MAE in the series' own.

    >>> meter = ForecastingMeter()
    >>> meter.update(torch.tensor([[[1.0], [3.0]]]), torch.zeros(1, 2, 1))
    >>> {name: round(value, 3) for name, value in meter.compute().items()}
    {'mse': 5.0, 'mae': 2.0, 'rmse_units': 2.236, 'mae_units': 2.0}
    """

    def __init__(self, *, scale: Scale | None = None) -> None:
        self.scale = scale
        self._count = 0
        self._sums: Tensor | None = None  # (4,): squares and sizes of scaled errors, then of errors in units

    @torch.no_grad()
    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """Take in (B, H, C) forecasts and futures."""
        check_same_shape("ForecastingMeter", outputs=outputs, targets=targets)
        if targets.numel() == 0:
            return
        outputs, targets = outputs.float(), targets.float()
        errors = (outputs - targets).double()
        scaled = errors
        if self.scale is not None:
            scaled = (self.scale.scale(outputs) - self.scale.scale(targets)).double()
        sums = torch.stack([(scaled**2).sum(), scaled.abs().sum(), (errors**2).sum(), errors.abs().sum()])
        self._sums = sums if self._sums is None else self._sums + sums
        self._count += targets.numel()

    def compute(self) -> dict[str, float]:
        """Return the metrics."""
        if self._sums is None:
            return {}
        squared, absolute, squared_units, absolute_units = (self._sums / self._count).tolist()
        return {"mse": squared, "mae": absolute, "rmse_units": squared_units**0.5, "mae_units": absolute_units}
