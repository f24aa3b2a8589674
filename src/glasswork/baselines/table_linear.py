"""Linear models of a table: logistic regression, or ridge regression, on one-hot and standardised columns."""

from __future__ import annotations

import numpy as np

from glasswork.baselines.logistic import class_probabilities, fit_logistic
from glasswork.baselines.problem import Predictions, Problem
from glasswork.baselines.result import BaselineResult
from glasswork.baselines.rows_said import rows_said
from glasswork.baselines.table_features import TableFeatures

__all__ = ["table_linear"]

ENTRIES_A_SECOND = 2_000_000  # rows x stored features x classes that a logistic regression gets through in one


def table_linear(problem: Problem) -> BaselineResult:
    """Fit a straight line, or a plane between classes; its strength is chosen on validation rows."""
    from sklearn.linear_model import Ridge

    contract = problem.contract
    logistic = contract.task == "classification"
    width = max(1, len(contract.numbers) + len(contract.codes))
    outputs = max(1, len(contract.classes)) if len(contract.classes) > 2 else 1
    rows = problem.training_rows(max(500, int(problem.budget_seconds * ENTRIES_A_SECOND / (width * outputs) / 4)))
    name = "Logistic regression" if logistic else "Linear regression (ridge)"

    def fit() -> Predictions:
        features = TableFeatures(problem.prepared.examples, rows)
        x, y = features(rows), problem.targets(rows)
        judged = {part: features(problem.index(part)) for part in problem.judged}

        def classify(strength: float) -> Predictions:
            model = fit_logistic(x, y, strength=strength)
            return {part: class_probabilities(model, z, len(contract.classes)) for part, z in judged.items()}

        def regress(strength: float) -> Predictions:
            model = Ridge(alpha=1 / strength).fit(x, y.reshape(len(y), -1))
            return {part: np.asarray(model.predict(z)).reshape(z.shape[0], -1) for part, z in judged.items()}

        return problem.strongest(classify if logistic else regress, (1.0, 0.05))

    return problem.result("table_linear", name + rows_said(len(rows), len(problem.index("train")), "rows"), fit)
