"""Run baselines: the trivial rule and the cheap classical models that a network has to beat to be worth its trouble."""

from __future__ import annotations

from collections.abc import Callable

from glasswork.baselines.autoregression import autoregression
from glasswork.baselines.gradient_boosting import gradient_boosting
from glasswork.baselines.last_value import last_value
from glasswork.baselines.ngram import bigram, ngram
from glasswork.baselines.pixel_logistic import pixel_logistic
from glasswork.baselines.problem import Problem
from glasswork.baselines.result import BaselineResult
from glasswork.baselines.seasonal_naive import seasonal_naive
from glasswork.baselines.table_linear import table_linear
from glasswork.baselines.text_tfidf import text_tfidf
from glasswork.baselines.token_frequency import token_frequency
from glasswork.baselines.trivial import trivial
from glasswork.checks import check_above
from glasswork.data.dataset import Prepared
from glasswork.errors import DataError

__all__ = ["run_baselines"]

Baseline = Callable[[Problem], BaselineResult | None]
BY_KIND: dict[str, tuple[Baseline, ...]] = {
    "table": (trivial, table_linear, gradient_boosting),
    "images": (trivial, pixel_logistic),
    "text": (trivial, text_tfidf),
    "series": (last_value, seasonal_naive, autoregression),
    "corpus": (token_frequency, bigram, ngram),
}


def run_baselines(
    prepared: Prepared,
    task: object = None,
    *,
    seed: int = 0,
    budget_seconds: float = 10.0,
    tune_threshold: bool = True,
    report: Callable[[BaselineResult], None] | None = None,
) -> list[BaselineResult]:
    """Return one result for each baseline of the data's kind, on the split that the network is judged on.

    Args:
        prepared: data with parts ``train`` and at least one of ``valid`` and ``test``.
        task: not needed, the contract names it; accepted so that calls read like those of `evaluate_predictions`.
        seed: of subsampling and of boosting.
        budget_seconds: about how long one baseline may take on a small machine: rows beyond are left out, and its
            label says so.
        tune_threshold: whether thresholds of two classes are tuned on validation rows, as the network's is.
        report: called with each result as soon as it is there.
    """
    check_above("run_baselines", 0, budget_seconds=budget_seconds)
    problem = Problem(prepared, seed=seed, budget_seconds=budget_seconds, tune=tune_threshold)
    if not len(prepared.parts.get("train", ())) or not problem.judged:
        raise DataError("run_baselines: expected training rows and validation or test rows, got an empty part.")
    results = []
    for baseline in BY_KIND[prepared.contract.kind]:
        result = baseline(problem)
        if result is not None:
            results.append(result)
            if report is not None:
                report(result)
    return results
