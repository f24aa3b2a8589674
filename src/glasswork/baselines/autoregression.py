r"""Linear autoregression: every future value is a weighted sum of past values, one set of weights for each step ahead.

All targets share the weights. Two forms are tried on validation windows, each with three penalties: on standardised
values with an intercept, and on differences from the last value, which follows a drifting level:

.. math:: \hat y_{t+h} = a_h + \sum_j w_{hj}\,y_{t-j} \qquad \hat y_{t+h} = y_t + \sum_j w_{hj}\,(y_{t-j} - y_t)

Source: Zeng et al. 2023, "Are transformers effective for time series forecasting?"
"""

from __future__ import annotations

import numpy as np

from glasswork.baselines.problem import Predictions, Problem
from glasswork.baselines.result import BaselineResult
from glasswork.baselines.rows_said import rows_said

__all__ = ["autoregression"]

PRODUCTS_A_SECOND = 3_000_000_000  # windows x targets x past x (past + horizon)
PENALTIES = (0.001, 0.03, 1.0)  # times the mean diagonal entry of the Gram matrix


def autoregression(problem: Problem) -> BaselineResult:
    """Fit ridge regression from the past window to each step ahead, by its normal equations."""
    facts, targets = problem.contract.series, len(problem.contract.targets)
    if facts is None:
        raise ValueError("autoregression: the contract has no series facts")
    past, horizon = facts.past, facts.horizon
    mean, deviation = problem.scale
    series = (np.asarray(problem.prepared.examples.inputs["series"])[:, :targets] - mean) / deviation
    affordable = int(problem.budget_seconds * PRODUCTS_A_SECOND / (targets * past * (past + horizon) * 2))
    rows = problem.training_rows(max(200, affordable))

    def windows(origins: np.ndarray, reach: range) -> np.ndarray:
        """(N x T, length): each target of each window is a row of its own."""
        picked = series[origins[:, None] + np.asarray(reach)]
        return picked.transpose(0, 2, 1).reshape(len(origins) * targets, len(reach))

    def fit() -> Predictions:
        y = windows(rows, range(horizon))
        best: Predictions | None = None
        figures: dict[str, float] | None = None
        for relative in (False, True):
            x, level = _inputs(windows(rows, range(-past, 0)), relative)
            gram, moment = x.T @ x, x.T @ (y - level)
            judged = {part: _inputs(windows(problem.index(part), range(-past, 0)), relative) for part in problem.judged}
            for penalty in PENALTIES:
                ridge = penalty * float(np.trace(gram)) / len(gram) + 1e-9
                weights = np.linalg.solve(gram + ridge * np.eye(len(gram)), moment)
                predictions = {part: restore(z @ weights + base) for part, (z, base) in judged.items()}
                reached = problem.score("valid", predictions["valid"]) if "valid" in predictions else {}
                if best is None or problem.better(reached, figures):
                    best, figures = predictions, reached
                if not reached:
                    break
        if best is None:
            raise ValueError("autoregression: nothing to predict")
        return best

    def restore(flat: np.ndarray) -> np.ndarray:
        return flat.reshape(-1, targets, horizon).transpose(0, 2, 1) * deviation + mean

    label = f"Linear autoregression on {past} rows" + rows_said(len(rows), len(problem.index("train")), "windows")
    return problem.result("autoregression", label, fit)


def _inputs(past: np.ndarray, relative: bool) -> tuple[np.ndarray, np.ndarray | float]:
    if relative:
        level = past[:, -1:]
        return past[:, :-1] - level if past.shape[1] > 1 else np.zeros_like(past), level
    return np.concatenate([past, np.ones((len(past), 1))], axis=1), 0.0
