"""Numbers as people read them: as many digits as mean something, thousands apart, names of figures in words."""

from __future__ import annotations

from math import floor, isfinite, log10
from typing import Any

__all__ = ["METRICS", "count", "duration", "number", "percent"]

METRICS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1",
    "log_loss": "log loss",
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "precision": "precision",
    "recall": "recall",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
    "mse": "MSE",
    "rmse_units": "RMSE, own units",
    "mae_units": "MAE, own units",
    "nats_per_token": "nats per token",
    "perplexity": "perplexity",
    "loss": "loss",
}


def number(value: Any) -> str:
    """Return a figure with about three or four digits that count.

    >>> [number(v) for v in (0.98613, 12.3456, 48711.92, 0.00042, 0, None)]
    ['0.986', '12.35', '48,712', '0.00042', '0', '–']
    """
    if isinstance(value, str):
        return value or "–"
    if not isinstance(value, int | float):
        return "–"
    if not isfinite(value):
        return "–"
    size = abs(value)
    if size == 0:
        return "0"
    if size >= 1e7 or size < 1e-5:
        return f"{value:.2e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e").replace("-", "−")
    decimals = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 10 else 3
    if size < 0.01:
        decimals = 1 - floor(log10(size))
    return f"{value:,.{decimals}f}".replace("-", "−")


def count(value: Any) -> str:
    """Return a whole number with its thousands apart.

    >>> count(32561)
    '32,561'
    """
    return f"{int(value):,}" if isinstance(value, int | float) else "–"


def percent(value: Any) -> str:
    """Return a share as per cent.

    >>> percent(0.0534), percent(0.25)
    ('5.3 %', '25 %')
    """
    if not isinstance(value, int | float):
        return "–"
    hundred = 100 * float(value)
    return f"{hundred:.0f} %" if hundred >= 9.95 or hundred == round(hundred) else f"{hundred:.1f} %"


def duration(seconds: Any) -> str:
    """Return a time span in the unit that suits it.

    >>> duration(0.31), duration(75), duration(7300)
    ('0.3 s', '1 min 15 s', '2 h 1 min')
    """
    if not isinstance(seconds, int | float):
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s" if seconds >= 0.05 else "< 0.1 s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
