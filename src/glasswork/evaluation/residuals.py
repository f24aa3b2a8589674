"""Residuals: what is left of the target after the prediction is taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["summarise_residuals"]

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def summarise_residuals(predictions: np.ndarray, targets: np.ndarray, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return, for each target, mean, deviation and quantiles of ``target - prediction``, and a histogram.

    The histogram has 31 equal bins between the 0.5 % and the 99.5 % quantile; rows beyond count in the outer ones.

    >>> summarise_residuals(np.array([[1.0], [2.0]]), np.array([[2.0], [2.0]]), ["price"])[0]["mean"]
    0.5
    """
    summaries = []
    for column, name in enumerate(names):
        residuals = np.asarray(targets[:, column], np.float64) - np.asarray(predictions[:, column], np.float64)
        low, high = (float(edge) for edge in np.quantile(residuals, [0.005, 0.995]))
        if not high > low:
            low, high = low - 0.5, high + 0.5
        counts, edges = np.histogram(np.clip(residuals, low, high), bins=31, range=(low, high))
        summaries.append(
            {
                "target": name,
                "mean": float(residuals.mean()),
                "std": float(residuals.std()),
                "quantiles": {str(share): float(np.quantile(residuals, share)) for share in QUANTILES},
                "histogram": {"low": float(edges[0]), "high": float(edges[-1]), "counts": counts.tolist()},
            }
        )
    return summaries
