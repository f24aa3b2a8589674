"""Logistic regression by scikit-learn, quiet, and with a probability for every class of the contract."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

__all__ = ["class_probabilities", "fit_logistic"]


def fit_logistic(x: Any, y: np.ndarray, *, strength: float = 1.0, most_steps: int = 200) -> Any:
    """Return a fitted model, or None where only one class was seen; stopping early costs a baseline next to nothing.

    Args:
        x: (N, D), dense or sparse.
        y: (N,) class indices.
        strength: inverse of the penalty, scikit-learn's ``C``.
        most_steps: of the solver; a warning that it would go on is expected and not shown.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(y)) < 2:
        return int(y[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=strength, max_iter=most_steps, tol=1e-3).fit(x, y)


def class_probabilities(model: Any, x: Any, classes: int) -> np.ndarray:
    """Return (N, K) probabilities; a class that was never trained on gets 0."""
    probabilities = np.zeros((x.shape[0], classes))
    if isinstance(model, int):
        probabilities[:, model] = 1.0
    else:
        probabilities[:, model.classes_] = model.predict_proba(x)
    return probabilities
