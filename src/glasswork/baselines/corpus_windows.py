"""Corpus windows: which tokens a language model learns from, and which ones it has to predict."""

from __future__ import annotations

import numpy as np

from glasswork.baselines.problem import Problem

__all__ = ["corpus_windows"]

MOST_TOKENS_A_SECOND = 300_000


def corpus_windows(problem: Problem) -> tuple[np.ndarray, np.ndarray, int, dict[str, np.ndarray]]:
    """Return all tokens, the training tokens, the number of codes, and the places to predict, (W, context) by part.

    The places are those that the network is judged on: window i predicts ``tokens[i + 1 : i + context + 1]``.
    """
    facts = problem.contract.tokens
    if facts is None or facts.context is None:
        raise ValueError("corpus_windows: the contract has no context length")
    tokens = np.asarray(problem.prepared.examples.inputs["tokens"])
    train = problem.index("train")
    training = tokens[int(train.min()) : int(train.max()) + facts.context + 1]
    most = int(problem.budget_seconds * MOST_TOKENS_A_SECOND)
    reach = np.arange(1, facts.context + 1)
    places = {part: problem.index(part)[:, None] + reach for part in problem.judged}
    return tokens, training[-most:], facts.size, places
