r"""Linear autoregression: every future value is a weighted sum of past values, one set of weights for each step ahead.

All targets share the weights. Two forms are tried on validation windows, each with three penalties: on standardised
values with an intercept, and on differences from the last value, which follows a drifting level:

.. math:: \hat y_{t+h} = a_h + \sum_j w_{hj}\,y_{t-j} \qquad \hat y_{t+h} = y_t + \sum_j w_{hj}\,(y_{t-j} - y_t)

The second is the first with its weights tied to sum to one, so both come from one pass over the training windows.

Source: Zeng et al. 2023, "Are transformers effective for time series forecasting?"
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from glasswork.baselines.problem import Predictions, Problem
from glasswork.baselines.result import BaselineResult
from glasswork.baselines.rows_said import rows_said

__all__ = ["autoregression"]

PRODUCTS_A_SECOND = 4_000_000_000  # windows x targets x past x (past + horizon)
PENALTIES = (0.001, 0.03, 1.0)  # times the mean diagonal entry of the Gram matrix


def autoregression(problem: Problem) -> BaselineResult:
    """Fit ridge regression from the past window to each step ahead, by its normal equations."""
    facts, targets = problem.contract.series, len(problem.contract.targets)
    if facts is None:
        raise ValueError("autoregression: the contract has no series facts")
    past, horizon = facts.past, facts.horizon
    mean, deviation = problem.scale
    series = ((np.asarray(problem.prepared.examples.inputs["series"])[:, :targets] - mean) / deviation).T
    series = np.ascontiguousarray(series, dtype=np.float32)
    affordable = int(problem.budget_seconds * PRODUCTS_A_SECOND / (targets * past * (past + horizon)))
    rows = problem.training_rows(max(200, affordable))

    def inputs(channel: np.ndarray, origins: np.ndarray) -> np.ndarray:
        """(N, past + 1): the past window of each origin, and a one for the intercept."""
        x = np.ones((len(origins), past + 1), dtype=np.float32)
        x[:, :past] = sliding_window_view(channel, past)[origins - past]
        return x

    def predict(part: str, weights: np.ndarray) -> np.ndarray:
        origins = problem.index(part)
        each = [inputs(channel, origins) @ weights.astype(np.float32) for channel in series]
        return np.stack(each, axis=2) * deviation + mean

    def fit() -> Predictions:
        gram, moment = np.zeros((past + 1, past + 1)), np.zeros((past + 1, horizon))
        for channel in series:
            x = inputs(channel, rows)
            gram += x.T @ x
            moment += x.T @ sliding_window_view(channel, horizon)[rows]
        chosen: np.ndarray | None = None
        figures: dict[str, float] | None = None
        for weights in _candidates(gram, moment, past):
            reached = problem.score("valid", predict("valid", weights)) if "valid" in problem.judged else {}
            if chosen is None or (reached and problem.better(reached, figures)):
                chosen, figures = weights, reached
        if chosen is None:
            raise ValueError("autoregression: there are no candidates")
        return {part: predict(part, chosen) for part in problem.judged}

    label = f"Linear autoregression on {past} rows" + rows_said(len(rows), len(problem.index("train")), "windows")
    return problem.result("autoregression", label, fit)


def _candidates(gram: np.ndarray, moment: np.ndarray, past: int) -> Iterator[np.ndarray]:
    """Weights (past + 1, horizon) of each form and penalty; the last row is the intercept."""
    last = past - 1
    change = np.zeros((past + 1, last))  # values -> differences from the last one
    change[:last] = np.eye(last)
    change[last] = -1.0
    level = np.zeros_like(moment)
    level[last] = 1.0
    for basis, offset in ((np.eye(past + 1), np.zeros_like(moment)), (change, level)):
        inner = basis.T @ gram @ basis
        outer = basis.T @ (moment - gram @ offset)
        size = float(np.trace(inner)) / max(1, len(inner))
        for penalty in PENALTIES:
            yield basis @ np.linalg.solve(inner + (penalty * size + 1e-9) * np.eye(len(inner)), outer) + offset
