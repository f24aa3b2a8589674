"""Last value: tomorrow is like today. Hard to beat where a series drifts without a rhythm."""

from __future__ import annotations

import numpy as np

from glasswork.baselines.problem import Predictions, Problem
from glasswork.baselines.result import BaselineResult

__all__ = ["last_value"]


def last_value(problem: Problem) -> BaselineResult:
    """Forecast every step ahead by the last value before it."""
    facts = problem.contract.series
    if facts is None:
        raise ValueError("last_value: the contract has no series facts")
    series = np.asarray(problem.prepared.examples.inputs["series"])[:, : len(problem.contract.targets)]

    def predict() -> Predictions:
        return {
            part: np.repeat(series[problem.index(part) - 1][:, None], facts.horizon, axis=1) for part in problem.judged
        }

    return problem.result("last_value", "Last value", predict)
