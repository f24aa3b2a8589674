"""Token frequency: every token by how often it occurs in training, whatever stands before it (a unigram model)."""

from __future__ import annotations

import numpy as np

from glasswork.baselines.corpus_windows import corpus_windows
from glasswork.baselines.ngram_model import NgramModel
from glasswork.baselines.problem import Predictions, Problem
from glasswork.baselines.result import BaselineResult

__all__ = ["token_frequency"]


def token_frequency(problem: Problem) -> BaselineResult:
    """Predict each token by its share of the training tokens."""

    def fit() -> Predictions:
        tokens, training, vocabulary, places = corpus_windows(problem)
        model = NgramModel(training, order=1, vocabulary=vocabulary)
        return {
            part: -np.log(model.probabilities(tokens, spots.ravel())).reshape(spots.shape)
            for part, spots in places.items()
        }

    return problem.result("token_frequency", "Token frequencies (unigram)", fit)
