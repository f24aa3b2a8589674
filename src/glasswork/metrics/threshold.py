"""Threshold: from which probability on a row is called positive, chosen on validation rows.

One half is right only when both mistakes cost the same and the probabilities are honest. A rare class is better
served by the threshold with the highest F1; otherwise accuracy decides.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glasswork.checks import check_same_shape
from glasswork.errors import DataError

__all__ = ["RARE", "Threshold", "tune_threshold"]

RARE = 0.2  # below this share the positive class is rare, and accuracy would reward never naming it


class Threshold(NamedTuple):
    """A probability and the figure that it maximises on the rows it was tuned on."""

    value: float
    maximises: str


def tune_threshold(probabilities: np.ndarray, targets: np.ndarray, *, positive: int = 1) -> Threshold:
    r"""Return the threshold that maximises F1 of a rare positive class (share below 20 %), else accuracy.

    A row is called positive when its probability is at least the threshold. Every cut between two neighbouring
    probabilities is tried at once, from cumulated counts. Equal results go to the threshold closest to 0.5; the
    threshold itself lies midway between the two probabilities that it parts, or at 0.5 where that lies between them.

    .. math:: F_1 = \frac{2\,TP}{2\,TP + FP + FN}

    Args:
        probabilities: (N, 2), or (N,) of the positive class.
        targets: (N,) class indices 0 and 1.
        positive: index of the positive class.

    >>> tune_threshold(np.array([0.1, 0.2, 0.3, 0.9]), np.array([0, 0, 1, 1]))
    Threshold(value=0.25, maximises='accuracy')
    """
    scores = np.asarray(probabilities, dtype=np.float64)
    scores = scores[:, positive] if scores.ndim == 2 else scores
    members = np.asarray(targets) == positive
    check_same_shape("tune_threshold", probabilities=scores, targets=members)
    if not len(scores):
        raise DataError("tune_threshold: a threshold needs at least one validation row, got none.")
    count, positives = len(scores), int(members.sum())
    what = "f1" if 0 < positives < RARE * count else "accuracy"

    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    hits = np.concatenate(([0], np.cumsum(members[order])))
    cuts = np.flatnonzero(np.concatenate(([True], np.diff(ordered) != 0, [True])))  # rows above the cut
    above = np.concatenate(([1.0], ordered))[cuts]
    below = np.append(ordered, 0.0)[cuts]
    if what == "f1":
        reached = 2 * hits[cuts] / (cuts + positives)
    else:
        reached = (hits[cuts] + (count - cuts) - (positives - hits[cuts])) / count
    values = np.where((below < 0.5) & (above >= 0.5), 0.5, (above + below) / 2)
    values[0] = max(values[0], np.nextafter(ordered[0], 2))  # the first cut calls nothing positive
    best = np.flatnonzero(reached >= reached.max() - 1e-12)
    chosen = best[np.argmin(np.abs(values[best] - 0.5))]
    return Threshold(float(values[chosen]), what)
