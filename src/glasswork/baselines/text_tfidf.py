"""TF-IDF and logistic regression: which words and word pairs occur, each weighed by how rare it is.

Source: Sparck Jones 1972, "A statistical interpretation of term specificity"; Wang & Manning 2012, "Baselines and
bigrams".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glasswork.baselines.logistic import class_probabilities, fit_logistic
from glasswork.baselines.problem import Predictions, Problem
from glasswork.baselines.result import BaselineResult
from glasswork.baselines.rows_said import rows_said
from glasswork.data.dataset import Ragged

__all__ = ["text_tfidf"]

TEXTS_A_SECOND = 4_000
MOST_FEATURES = 100_000


def text_tfidf(problem: Problem) -> BaselineResult:
    """Fit logistic (or ridge) regression on words and word pairs; its strength is chosen on validation rows."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge

    logistic = problem.contract.task == "classification"
    classes = len(problem.contract.classes)
    rows = problem.training_rows(max(1000, int(problem.budget_seconds * TEXTS_A_SECOND)))

    def fit() -> Predictions:
        pattern = r"(?u)\S+" if problem.prepared.examples.texts is None else r"(?u)\b\w+\b|[^\w\s]"
        words = TfidfVectorizer(
            ngram_range=(1, 2), token_pattern=pattern, sublinear_tf=True, min_df=1, max_features=MOST_FEATURES
        )
        try:
            x = words.fit_transform(_texts(problem, rows))
        except ValueError:  # no word in any text
            words = TfidfVectorizer(analyzer="char_wb")
            x = words.fit_transform([text + " ." for text in _texts(problem, rows)])
        y = problem.targets(rows)
        judged = {part: words.transform(_texts(problem, problem.index(part))) for part in problem.judged}

        def classify(strength: float) -> Predictions:
            model = fit_logistic(x, y, strength=strength)
            return {part: class_probabilities(model, z, classes) for part, z in judged.items()}

        def regress(strength: float) -> Predictions:
            model = Ridge(alpha=10 / strength).fit(x, y.reshape(len(y), -1))
            return {part: np.asarray(model.predict(z)).reshape(z.shape[0], -1) for part, z in judged.items()}

        return problem.strongest(classify if logistic else regress, (10.0, 100.0))

    name = f"TF-IDF and {'logistic' if logistic else 'ridge'} regression"
    return problem.result("text_tfidf", name + rows_said(len(rows), len(problem.index("train")), "texts"), fit)


def _texts(problem: Problem, rows: np.ndarray) -> Sequence[str]:
    examples = problem.prepared.examples
    if examples.texts is not None:
        return [examples.texts[i] for i in rows]
    tokens = examples.inputs["tokens"]
    if not isinstance(tokens, Ragged):
        raise ValueError("text_tfidf: expected texts or ragged tokens")
    return [" ".join(map(str, tokens[i].tolist())) for i in rows]
