"""Seasonal naive: this Monday is like last Monday."""

from __future__ import annotations

import numpy as np

from glasswork.baselines.problem import Predictions, Problem
from glasswork.baselines.result import BaselineResult

__all__ = ["seasonal_naive"]


def seasonal_naive(problem: Problem) -> BaselineResult | None:
    r"""Forecast each step by the value one season before it, or two, for steps that lie further ahead than one.

    .. math:: \hat y_{t+h} = y_{t+h-ms}, \qquad m = \lceil h / s \rceil

    Returns:
        None where the contract names no season, or the first origins lie within the first season.
    """
    facts = problem.contract.series
    if facts is None or not facts.season or facts.season < 2:
        return None
    season = facts.season
    first = min(int(problem.index(part).min()) for part in problem.judged)
    if first < season:
        return None
    series = np.asarray(problem.prepared.examples.inputs["series"])[:, : len(problem.contract.targets)]
    back = np.arange(facts.horizon) % season - season

    def predict() -> Predictions:
        return {part: series[problem.index(part)[:, None] + back] for part in problem.judged}

    return problem.result("seasonal_naive", f"Seasonal naive (one season = {season} rows)", predict)
