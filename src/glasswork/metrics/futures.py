"""Futures: what forecasts are compared with, and the training deviations that make errors comparable."""

from __future__ import annotations

import numpy as np

from glasswork.data.dataset import Prepared
from glasswork.errors import DataError

__all__ = ["future_windows", "training_scale"]


def future_windows(prepared: Prepared, index: np.ndarray) -> np.ndarray:
    """Return what was to be forecast, (N, H, T): row i holds the horizon that starts at origin ``index[i]``."""
    facts = prepared.contract.series
    if facts is None:
        raise DataError(f"future_windows: expected a series, got data of kind {prepared.contract.kind!r}.")
    series = np.asarray(prepared.examples.inputs["series"])[:, : len(prepared.contract.targets)]
    return series[np.asarray(index)[:, None] + np.arange(facts.horizon)]


def training_scale(prepared: Prepared) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation, (T,) each, of the targets over the rows that training windows may touch."""
    facts = prepared.contract.series
    if facts is None:
        raise DataError(f"training_scale: expected a series, got data of kind {prepared.contract.kind!r}.")
    last = int(prepared.parts["train"].max()) + facts.horizon
    values = np.asarray(prepared.examples.inputs["series"])[:last, : len(prepared.contract.targets)].astype(np.float64)
    deviation = values.std(axis=0)
    return values.mean(axis=0), np.where(deviation > 0, deviation, 1.0)
