"""Forecasts: how the error grows with the distance, and some windows worth looking at.

Letters in shapes: N windows, H steps ahead, T targets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["errors_by_step", "example_windows"]

LONGEST_PAST = 192  # points of the past that a picture shows


def errors_by_step(predictions: np.ndarray, targets: np.ndarray, *, scale: np.ndarray) -> list[dict[str, Any]]:
    """Return the errors of each step ahead: standardised MSE and MAE, and MAE in the targets' own units.

    >>> errors_by_step(np.ones((1, 2, 1)), np.zeros((1, 2, 1)), scale=np.array([2.0]))[1]
    {'step': 2, 'mse': 0.25, 'mae': 0.5, 'mae_units': 1.0}
    """
    errors = np.asarray(predictions, np.float64) - np.asarray(targets, np.float64)
    standard = errors / scale
    squared, absolute = (standard**2).mean(axis=(0, 2)), np.abs(standard).mean(axis=(0, 2))
    units = np.abs(errors).mean(axis=(0, 2))
    return [
        {"step": h + 1, "mse": float(squared[h]), "mae": float(absolute[h]), "mae_units": float(units[h])}
        for h in range(errors.shape[1])
    ]


def example_windows(
    predictions: np.ndarray,
    targets: np.ndarray,
    names: Sequence[str],
    *,
    scale: np.ndarray,
    series: np.ndarray | None = None,
    origins: np.ndarray | None = None,
    past: int | None = None,
    most_targets: int = 2,
) -> list[dict[str, Any]]:
    """Return a good, a typical, a bad and the worst window for each of the first targets.

    Args:
        predictions: (N, H, T) in the targets' own units.
        targets: the same shape.
        names: of the targets.
        scale: (T,) training deviations, so that windows are ranked fairly.
        series: (rows, channels), targets first: where the past of a picture is read.
        origins: (N,) first future row of each window.
        past: rows the model looked back.
        most_targets: how many targets are shown.
    """
    windows = []
    for t, name in enumerate(names[:most_targets]):
        errors = np.abs(predictions[:, :, t] - targets[:, :, t]).mean(axis=1) / scale[t]
        order = np.argsort(errors, kind="stable")
        shown: set[int] = set()
        for which, share in (("typical", 0.5), ("good", 0.1), ("bad", 0.9), ("worst", 1.0)):
            i = int(order[round(share * (len(order) - 1))])
            if i in shown:
                continue
            shown.add(i)
            before: list[float] = []
            if series is not None and origins is not None:
                start = int(origins[i])
                length = min(past or LONGEST_PAST, LONGEST_PAST)
                before = _short(series[max(0, start - length) : start, t])
            windows.append(
                {
                    "target": name,
                    "which": which,
                    "origin": int(origins[i]) if origins is not None else i,
                    "mae": float(errors[i]),
                    "past": before,
                    "truth": _short(targets[i, :, t]),
                    "prediction": _short(predictions[i, :, t]),
                }
            )
    return windows


def _short(values: np.ndarray) -> list[float]:
    return [float(f"{value:.6g}") for value in values]
