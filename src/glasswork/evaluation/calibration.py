"""Calibration: whether 80 % sure means right eight times in ten.

Source: Naeini, Cooper & Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian binning"; Guo et al.
2017, "On calibration of modern neural networks".
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["calibrate"]


def calibrate(probabilities: np.ndarray, targets: np.ndarray, *, positive: int | None = None, bins: int = 10) -> dict:
    r"""Return the bins of a reliability diagram and the expected calibration error.

    With two classes the probability of the positive one is compared with how often it was true; with more, the
    probability of the predicted class with how often it was right. Bins have equal width; empty ones are left out.

    .. math:: \text{ECE} = \sum_b \frac{n_b}{N}\,\bigl|\,\bar p_b - \bar y_b\,\bigr|

    Args:
        probabilities: (N, K).
        targets: (N,) class indices.
        positive: index of the positive class of two; default 1.
        bins: how many.

    >>> calibrate(np.array([[0.3, 0.7], [0.3, 0.7]]), np.array([1, 0]))["error"]
    0.2
    """
    probabilities = np.asarray(probabilities, dtype=np.float64)
    targets = np.asarray(targets, dtype=np.int64)
    if probabilities.shape[1] == 2:
        positive = 1 if positive is None else positive
        sure, true, of = probabilities[:, positive], targets == positive, "positive"
    else:
        sure, true, of = probabilities.max(axis=1), targets == probabilities.argmax(axis=1), "predicted"
    place = np.minimum((sure * bins).astype(np.int64), bins - 1)
    counts = np.bincount(place, minlength=bins)
    confidence = np.bincount(place, sure, minlength=bins)
    accuracy = np.bincount(place, true, minlength=bins)
    error = float(np.abs(confidence - accuracy).sum() / max(1, len(sure)))
    listed: list[dict[str, Any]] = [
        {
            "low": b / bins,
            "high": (b + 1) / bins,
            "count": int(counts[b]),
            "confidence": float(confidence[b] / counts[b]),
            "share": float(accuracy[b] / counts[b]),
        }
        for b in np.flatnonzero(counts)
    ]
    return {"of": of, "error": round(error, 12), "bins": listed}
