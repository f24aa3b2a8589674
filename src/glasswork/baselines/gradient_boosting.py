"""Gradient boosting: small trees, each mending what those before it left wrong; the usual winner on tables.

Source: Friedman 2001, "Greedy function approximation"; histogram-based trees of scikit-learn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from glasswork.baselines.logistic import class_probabilities
from glasswork.baselines.problem import Predictions, Problem
from glasswork.baselines.result import BaselineResult
from glasswork.baselines.rows_said import rows_said

__all__ = ["gradient_boosting"]

TREES = 150
MOST_CATEGORIES = 250  # scikit-learn's limit is 255; a column with more enters as a number
CELLS_A_SECOND = 40_000_000  # rows x columns x trees


def gradient_boosting(problem: Problem) -> BaselineResult:
    """Fit histogram gradient boosting on all columns; validation rows say after how many trees to stop."""
    contract, examples = problem.contract, problem.prepared.examples
    blocks = [np.asarray(examples.inputs[key]) for key in ("numbers", "codes") if key in examples.inputs]
    table = np.concatenate([block.astype(np.float32) for block in blocks], axis=1)
    first = len(contract.numbers)
    categorical = [
        first + c for c, column in enumerate(contract.codes) if len(column.categories) + 1 <= MOST_CATEGORIES
    ]
    classes = len(contract.classes)
    ensembles = (classes if classes > 2 else 1) if contract.task == "classification" else max(1, len(contract.targets))
    cells = max(1, table.shape[1]) * TREES * ensembles
    rows = problem.training_rows(max(500, int(problem.budget_seconds * CELLS_A_SECOND / cells)))
    settings = {
        "max_iter": TREES,
        "early_stopping": False,
        "random_state": problem.seed,
        "categorical_features": categorical or None,
        "min_samples_leaf": int(np.clip(len(rows) // 20, 2, 20)),
    }

    def fit() -> Predictions:
        y = problem.targets(rows)
        judged = {part: table[problem.index(part)] for part in problem.judged}
        known = problem.targets(problem.index("valid")) if "valid" in judged else None
        if contract.task == "classification":
            return _classify(table[rows], y, judged, known, settings, classes)
        columns = y.reshape(len(y), -1).T
        truths = [None] * len(columns) if known is None else known.reshape(len(known), -1).T
        each = [
            _regress(table[rows], column, judged, truth, settings)
            for column, truth in zip(columns, truths, strict=True)
        ]
        return {part: np.stack([one[part] for one in each], axis=1) for part in judged}

    label = "Gradient boosting" + rows_said(len(rows), len(problem.index("train")), "rows")
    return problem.result("gradient_boosting", label, fit)


def _classify(
    x: np.ndarray,
    y: np.ndarray,
    judged: dict[str, np.ndarray],
    known: np.ndarray | None,
    settings: dict[str, Any],
    classes: int,
) -> Predictions:
    from sklearn.ensemble import HistGradientBoostingClassifier

    if len(np.unique(y)) < 2:
        return {part: class_probabilities(int(y[0]), z, classes) for part, z in judged.items()}
    model = HistGradientBoostingClassifier(**settings).fit(x, y)

    def log_loss(probabilities: np.ndarray) -> float:
        own = np.where(model.classes_[None, :] == known[:, None], probabilities, 0.0).sum(axis=1)  # type: ignore[index]
        return float(-np.log(np.maximum(own, 1e-15)).mean())

    trees = TREES if known is None else _fewest(model.staged_predict_proba(judged["valid"]), log_loss)
    predictions = {}
    for part, z in judged.items():
        predictions[part] = np.zeros((len(z), classes))
        predictions[part][:, model.classes_] = _after(model.staged_predict_proba(z), trees)
    return predictions


def _regress(
    x: np.ndarray, y: np.ndarray, judged: dict[str, np.ndarray], known: np.ndarray | None, settings: dict[str, Any]
) -> Predictions:
    from sklearn.ensemble import HistGradientBoostingRegressor

    model = HistGradientBoostingRegressor(**settings).fit(x, y)

    def squared_error(values: np.ndarray) -> float:
        return float(((values - known) ** 2).mean())

    trees = TREES if known is None else _fewest(model.staged_predict(judged["valid"]), squared_error)
    return {part: _after(model.staged_predict(z), trees) for part, z in judged.items()}


def _fewest(stages: Iterator[np.ndarray], cost: Callable[[np.ndarray], float]) -> int:
    """The number of trees after which the validation cost is lowest."""
    return int(np.argmin([cost(stage) for stage in stages])) + 1


def _after(stages: Iterator[np.ndarray], trees: int) -> np.ndarray:
    return next(islice(stages, trees - 1, None))
