"""Gradient boosting: small trees, each mending what those before it left wrong; the usual winner on tables.

Source: Friedman 2001, "Greedy function approximation"; histogram-based trees of scikit-learn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

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
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    contract, examples = problem.contract, problem.prepared.examples
    logistic = contract.task == "classification"
    blocks = [np.asarray(examples.inputs[key]) for key in ("numbers", "codes") if key in examples.inputs]
    table = np.concatenate([block.astype(np.float32) for block in blocks], axis=1)
    first = len(contract.numbers)
    categorical = [
        first + c for c, column in enumerate(contract.codes) if len(column.categories) + 1 <= MOST_CATEGORIES
    ]
    outputs = len(contract.classes) if len(contract.classes) > 2 else max(1, len(contract.targets))
    cells = max(1, table.shape[1]) * TREES * (outputs if not logistic or outputs > 2 else 1)
    rows = problem.training_rows(max(500, int(problem.budget_seconds * CELLS_A_SECOND / cells)))
    settings = {
        "max_iter": TREES,
        "early_stopping": False,
        "random_state": problem.seed,
        "categorical_features": categorical or None,
        "min_samples_leaf": int(np.clip(len(rows) // 20, 2, 20)),
    }

    def fit() -> Predictions:
        x, y = table[rows], problem.targets(rows)
        judged = {part: table[problem.index(part)] for part in problem.judged}
        known = problem.targets(problem.index("valid")) if "valid" in judged else None
        if logistic:
            if len(np.unique(y)) < 2:
                return {part: class_probabilities(int(y[0]), z, len(contract.classes)) for part, z in judged.items()}
            model = HistGradientBoostingClassifier(**settings).fit(x, y)
            trees = TREES
            if known is not None:
                trees = _fewest(
                    model.staged_predict_proba(judged["valid"]), lambda p: _log_loss(p, known, model.classes_)
                )
            predictions = {}
            for part, z in judged.items():
                predictions[part] = np.zeros((len(z), len(contract.classes)))
                predictions[part][:, model.classes_] = _after(model.staged_predict_proba(z), trees)
            return predictions
        y = y.reshape(len(y), -1)
        columns: dict[str, list[np.ndarray]] = {part: [] for part in judged}
        for t, column in enumerate(y.T):
            model = HistGradientBoostingRegressor(**settings).fit(x, column)
            trees = TREES
            if known is not None:
                truth = known.reshape(len(known), -1)[:, t]
                trees = _fewest(
                    model.staged_predict(judged["valid"]), lambda v, truth=truth: float(((v - truth) ** 2).mean())
                )
            for part, z in judged.items():
                columns[part].append(_after(model.staged_predict(z), trees))
        return {part: np.stack(values, axis=1) for part, values in columns.items()}

    said = rows_said(len(rows), len(problem.index("train")), "rows")
    return problem.result("gradient_boosting", "Gradient boosting" + said, fit)


def _fewest(stages: Iterator[np.ndarray], cost: Callable[[np.ndarray], float]) -> int:
    """The number of trees after which the validation cost is lowest."""
    return int(np.argmin([cost(stage) for stage in stages])) + 1


def _after(stages: Iterator[np.ndarray], trees: int) -> np.ndarray:
    return next(islice(stages, trees - 1, None))


def _log_loss(probabilities: np.ndarray, targets: np.ndarray, classes: np.ndarray) -> float:
    own = np.where(classes[None, :] == targets[:, None], probabilities, 0.0).sum(axis=1)
    return float(-np.log(np.maximum(own, 1e-15)).mean())
