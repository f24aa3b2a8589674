"""Confusion: which class was taken for which, and the figures of each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["class_table", "confusion_matrix", "most_confused"]


def confusion_matrix(targets: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Return (K, K) counts: row = true class, column = predicted class.

    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    pairs = np.asarray(targets, np.int64) * classes + np.asarray(labels, np.int64)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def class_table(confusion: np.ndarray, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return precision, recall, F1 and the number of rows of each class; None where a figure is not defined.

    >>> class_table(np.array([[3, 1], [0, 0]]), ["no", "yes"])[0]
    {'class': 'no', 'precision': 1.0, 'recall': 0.75, 'f1': 0.857..., 'count': 4}
    """
    table = []
    for k, name in enumerate(names):
        hits, count, called = int(confusion[k, k]), int(confusion[k].sum()), int(confusion[:, k].sum())
        table.append(
            {
                "class": name,
                "precision": hits / called if called else None,
                "recall": hits / count if count else None,
                "f1": 2 * hits / (count + called) if count + called else None,
                "count": count,
            }
        )
    return table


def most_confused(confusion: np.ndarray, names: Sequence[str], *, most: int = 8) -> list[dict[str, Any]]:
    """Return the pairs that were mixed up most often, the worst first.

    >>> most_confused(np.array([[3, 1], [0, 5]]), ["no", "yes"])
    [{'target': 'no', 'prediction': 'yes', 'count': 1, 'share': 0.25}]
    """
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    flat = np.argsort(-wrong, axis=None, kind="stable")[:most]
    pairs = []
    for row, column in zip(*np.unravel_index(flat, wrong.shape), strict=True):
        count = int(wrong[row, column])
        if count:
            share = count / int(confusion[row].sum())
            pairs.append({"target": names[row], "prediction": names[column], "count": count, "share": share})
    return pairs
