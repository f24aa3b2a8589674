"""Scores: the standard figures of decoded predictions, with one weight a row so that they can be resampled.

Plain numpy, float64, no tensors: the network and the cheap baselines are judged by the same lines. A scorer does
the costly part once (losses, ranks) and is then called with weights; a bootstrap calls it hundreds of times.

Letters in shapes: N rows, K classes, T targets, H steps ahead.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from glasswork.checks import check_same_shape

__all__ = ["ClassificationScores", "ForecastScores", "LanguageScores", "RegressionScores", "directions"]

Array = np.ndarray
LEAST_PROBABILITY = 1e-15  # the logarithm of 0 would make one row outweigh all others

directions: Mapping[str, str] = {
    "accuracy": "max",
    "balanced_accuracy": "max",
    "f1": "max",
    "log_loss": "min",
    "roc_auc": "max",
    "average_precision": "max",
    "rmse": "min",
    "mae": "min",
    "r2": "max",
    "mse": "min",
    "rmse_units": "min",
    "mae_units": "min",
    "nats_per_token": "min",
    "perplexity": "min",
}


class ClassificationScores:
    r"""Accuracy, balanced accuracy, F1, log loss, ROC AUC and average precision.

    With two classes F1, ROC AUC and average precision speak of the positive class; with more they are the mean over
    the classes that occur (macro; one class against the rest). A figure that is not defined, such as the ROC AUC of
    rows that all belong to one class, is left out.

    .. math:: \text{AP} = \sum_n (R_n - R_{n-1})\,P_n, \qquad
              \text{AUC} = P(s_+ > s_-) + \tfrac12 P(s_+ = s_-)

    Args:
        probabilities: (N, K), rows sum to 1.
        targets: (N,) class indices.
        labels: (N,) predicted class indices; default: the most probable class.
        positive: index of the positive class of two; default 1.

    >>> scores = ClassificationScores(np.array([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]]), np.array([0, 1, 1]))
    >>> {name: round(value, 3) for name, value in scores().items()}  # doctest: +NORMALIZE_WHITESPACE
    {'accuracy': 0.667, 'balanced_accuracy': 0.75, 'f1': 0.667, 'log_loss': 0.607, 'roc_auc': 1.0,
     'average_precision': 1.0}
    """

    def __init__(
        self, probabilities: Array, targets: Array, labels: Array | None = None, *, positive: int | None = None
    ) -> None:
        probabilities = np.asarray(probabilities, dtype=np.float64)
        self.count, self.classes = probabilities.shape
        self.targets = np.asarray(targets, dtype=np.int64)
        self.labels = probabilities.argmax(axis=1) if labels is None else np.asarray(labels, dtype=np.int64)
        check_same_shape("ClassificationScores", targets=self.targets, labels=self.labels)
        self.positive = (1 if positive is None else positive) if self.classes == 2 else None
        self.correct = self.targets == self.labels
        own = probabilities[np.arange(self.count), self.targets]
        self.losses = -np.log(np.clip(own, LEAST_PROBABILITY, 1.0))
        judged = range(self.classes) if self.positive is None else [self.positive]
        self.rankings = [_Ranking(probabilities[:, k], self.targets == k) for k in judged]

    def __call__(self, weights: Array | None = None) -> dict[str, float]:
        """Return every figure; a row of weight 2 counts as two rows."""
        w = np.ones(self.count) if weights is None else weights
        total = float(w.sum())
        hits = np.bincount(self.targets[self.correct], w[self.correct], minlength=self.classes)
        support = np.bincount(self.targets, w, minlength=self.classes)
        predicted = np.bincount(self.labels, w, minlength=self.classes)
        seen, named = support > 0, support + predicted > 0
        f1 = np.divide(2 * hits, support + predicted, out=np.zeros(self.classes), where=named)
        figures = {
            "accuracy": float(hits.sum()) / total,
            "balanced_accuracy": float((hits[seen] / support[seen]).mean()),
            "f1": float(f1[named].mean() if self.positive is None else f1[self.positive]),
            "log_loss": float(self.losses @ w) / total,
        }
        ranked = [pair for ranking in self.rankings if (pair := ranking(w)) is not None]
        if ranked:
            figures["roc_auc"] = float(np.mean([auc for auc, _ in ranked]))
            figures["average_precision"] = float(np.mean([precision for _, precision in ranked]))
        return figures


class _Ranking:
    """One class against the rest: rows ordered by falling score, equal scores taken together."""

    def __init__(self, scores: Array, members: Array) -> None:
        self.order = np.argsort(-scores, kind="stable")
        ordered = scores[self.order]
        self.ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
        self.members = members[self.order].astype(np.float64)

    def __call__(self, weights: Array) -> tuple[float, float] | None:
        """Return ROC AUC and average precision, or None where only one kind of row has weight."""
        ordered = weights[self.order]
        positive = np.cumsum(ordered * self.members)[self.ends]
        above = np.cumsum(ordered)[self.ends]
        positives, negatives = positive[-1], above[-1] - positive[-1]
        if positives <= 0 or negatives <= 0:
            return None
        gained = np.diff(positive, prepend=0.0)
        false = above - positive
        middle = (false + np.concatenate(([0.0], false[:-1]))) / 2
        auc = 1 - float(gained @ middle) / (positives * negatives)
        precision = np.divide(positive, above, out=np.zeros_like(positive), where=above > 0)
        return auc, float(gained @ precision) / positives


class RegressionScores:
    r"""RMSE, MAE and R², each the mean over the targets.

    .. math:: R^2 = 1 - \frac{\sum_i (y_i - \hat y_i)^2}{\sum_i (y_i - \bar y)^2}

    Args:
        predictions: (N, T) in the target's own units; (N,) is one target.
        targets: the same shape.

    >>> RegressionScores(np.array([1.0, 2.0, 5.0]), np.array([1.0, 2.0, 3.0]))()
    {'rmse': 1.154..., 'mae': 0.666..., 'r2': -1.0}
    """

    def __init__(self, predictions: Array, targets: Array) -> None:
        predictions, targets = _columns(predictions), _columns(targets)
        check_same_shape("RegressionScores", predictions=predictions, targets=targets)
        self.count = len(targets)
        self.errors = predictions - targets
        self.squared, self.absolute = self.errors**2, np.abs(self.errors)
        self.centred = targets - targets.mean(axis=0)  # centred once: sums of squares stay exact for large means

    def __call__(self, weights: Array | None = None) -> dict[str, float]:
        """Return every figure; R² is left out where a target does not vary."""
        w = np.ones(self.count) if weights is None else weights
        total = float(w.sum())
        squared = w @ self.squared
        spread = w @ self.centred**2 - (w @ self.centred) ** 2 / total
        figures = {
            "rmse": float(np.sqrt(squared / total).mean()),
            "mae": float((w @ self.absolute).mean()) / total,
        }
        if (spread > 0).all():
            figures["r2"] = float((1 - squared / spread).mean())
        return figures


class ForecastScores:
    """MSE and MAE in units of each target's training deviation, and RMSE and MAE in the targets' own units.

    Args:
        predictions: (N, H, T) in the targets' own units.
        targets: the same shape.
        scale: (T,) training standard deviations.

    >>> ForecastScores(np.array([[[1.0], [3.0]]]), np.zeros((1, 2, 1)), scale=np.array([2.0]))()
    {'mse': 1.25, 'mae': 1.0, 'rmse_units': 2.236..., 'mae_units': 2.0}
    """

    def __init__(self, predictions: Array, targets: Array, *, scale: Array) -> None:
        predictions, targets = np.asarray(predictions, np.float64), np.asarray(targets, np.float64)
        check_same_shape("ForecastScores", predictions=predictions, targets=targets)
        self.count = len(targets)
        errors = predictions - targets
        self.squared = (errors**2).mean(axis=1)  # (N, T): a window is resampled whole
        self.absolute = np.abs(errors).mean(axis=1)
        self.scale = np.asarray(scale, np.float64)

    def __call__(self, weights: Array | None = None) -> dict[str, float]:
        """Return every figure."""
        w = np.ones(self.count) if weights is None else weights
        squared, absolute = w @ self.squared / w.sum(), w @ self.absolute / w.sum()
        return {
            "mse": float((squared / self.scale**2).mean()),
            "mae": float((absolute / self.scale).mean()),
            "rmse_units": float(np.sqrt(squared.mean())),
            "mae_units": float(absolute.mean()),
        }


class LanguageScores:
    r"""Nats per token (the mean negative log-likelihood) and perplexity, its exponential.

    Args:
        nats: (N, T) or (N,): :math:`-\ln p` of each token that was to be predicted; a row is resampled whole.

    >>> LanguageScores(np.log([2.0, 8.0]))()
    {'nats_per_token': 1.386..., 'perplexity': 4.0...}
    """

    def __init__(self, nats: Array) -> None:
        self.means = _columns(nats).mean(axis=1)
        self.count = len(self.means)

    def __call__(self, weights: Array | None = None) -> dict[str, float]:
        """Return both figures."""
        w = np.ones(self.count) if weights is None else weights
        nats = float(w @ self.means / w.sum())
        return {"nats_per_token": nats, "perplexity": float(np.exp(min(nats, 700.0)))}


def _columns(values: Array) -> Array:
    values = np.asarray(values, dtype=np.float64)
    return values[:, None] if values.ndim == 1 else values
