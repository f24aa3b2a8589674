"""N-gram model: the next token by what followed the last one to four tokens in training."""

from __future__ import annotations

import numpy as np

from glasswork.baselines.corpus_windows import corpus_windows
from glasswork.baselines.ngram_model import NgramModel
from glasswork.baselines.problem import Predictions, Problem
from glasswork.baselines.result import BaselineResult

__all__ = ["bigram", "ngram"]

LONGEST = 5


def bigram(problem: Problem) -> BaselineResult:
    """Predict each token by the one before it."""

    def fit() -> Predictions:
        tokens, training, vocabulary, places = corpus_windows(problem)
        model = NgramModel(training, order=2, vocabulary=vocabulary)
        return {part: _nats(model, tokens, spots, model.order) for part, spots in places.items()}

    return problem.result("bigram", "Bigram", fit)


def ngram(problem: Problem) -> BaselineResult:
    """Predict each token by up to four before it; how many is chosen on validation windows."""
    chosen = 3

    def fit() -> Predictions:
        nonlocal chosen
        tokens, training, vocabulary, places = corpus_windows(problem)
        model = NgramModel(training, order=LONGEST, vocabulary=vocabulary)
        orders = range(3, model.order + 1) if model.order >= 3 else range(model.order, model.order + 1)
        part = "valid" if "valid" in places else next(iter(places))
        reached = {order: float(_nats(model, tokens, places[part], order).mean()) for order in orders}
        chosen = min(reached, key=lambda order: reached[order]) if part == "valid" else orders[0]
        return {name: _nats(model, tokens, spots, chosen) for name, spots in places.items()}

    result = problem.result("ngram", "", fit)
    return BaselineResult(
        result.name, f"{chosen}-gram (interpolated)", result.valid, result.test, result.seconds, result.predictions
    )


def _nats(model: NgramModel, tokens: np.ndarray, places: np.ndarray, order: int) -> np.ndarray:
    return -np.log(model.probabilities(tokens, places.ravel(), order=order)).reshape(places.shape)
