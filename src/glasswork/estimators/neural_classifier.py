"""NeuralClassifier: a multi-layer perceptron wherever scikit-learn takes a classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from glasswork.estimators.neural import Neural

__all__ = ["NeuralClassifier"]


class NeuralClassifier(ClassifierMixin, Neural):
    """A multi-layer perceptron for classes, with imputing and scaling inside.

    It passes all of scikit-learn's ``parametrize_with_checks``; no check is excused.

    Args:
        hidden: units of each hidden layer; empty gives softmax regression.
        activation: an activation's name, as ``glasswork list activations`` shows.
        dropout: share of hidden units silenced in training.
        number_embedding: ``none``, ``piecewise-linear`` or ``periodic``.
        lr: learning rate of AdamW; it falls along a cosine.
        weight_decay: of AdamW.
        batch_size: examples in a step.
        epochs: passes over the data.
        validation_share: share of the rows set aside; the best weights on them are kept. None: no row is.
        patience: stop after so many epochs without a better validation; needs `validation_share`.
        random_state: a seed or generator, as everywhere in scikit-learn.
        verbose: whether a progress bar is shown.

    After `fit`: ``classes_``, ``n_features_in_``, ``network_`` (a ``torch.nn.Module``), ``history_``.

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = NeuralClassifier(random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.95
    True
    """

    def fit(self, X: Any, y: Any) -> NeuralClassifier:
        """Train on X of shape (rows, numbers), missing ones as NaN, and y of shape (rows,)."""
        from glasswork.losses import CrossEntropy

        X, y = validate_data(self, X, y, dtype="numeric", ensure_all_finite="allow-nan")
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"NeuralClassifier needs at least two classes, got one class, {self.classes_[0]!r}.")
        codes = codes.reshape(-1).astype(np.int64)
        self._learn(X, codes, outputs=len(self.classes_), loss=CrossEntropy(), scale=False)
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """Return logits, shape (rows, classes); for two classes the difference of both, shape (rows,)."""
        logits = self._answer(X)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, shape (rows, classes)."""
        logits = self._answer(X)
        grown = np.exp(logits - logits.max(axis=1, keepdims=True))
        return grown / grown.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each row."""
        logits = self._answer(X)
        return self.classes_[logits.argmax(axis=1)]
