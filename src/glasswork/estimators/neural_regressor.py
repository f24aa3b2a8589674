"""NeuralRegressor: a multi-layer perceptron wherever scikit-learn takes a regressor."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import validate_data

from glasswork.estimators.neural import Neural

__all__ = ["NeuralRegressor"]


class NeuralRegressor(RegressorMixin, Neural):
    """A multi-layer perceptron for one or several numbers, with imputing and scaling of inputs and targets inside.

    It passes all of scikit-learn's ``parametrize_with_checks``; no check is excused. The settings are those of
    :class:`NeuralClassifier`.

    >>> X = np.linspace(-1, 1, 200)[:, None]
    >>> model = NeuralRegressor(random_state=0).fit(X, np.sin(3 * X[:, 0]))
    >>> model.score(X, np.sin(3 * X[:, 0])) > 0.99
    True
    """

    def __sklearn_tags__(self) -> Any:
        """Say that several targets at once are welcome."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = True
        return tags

    def fit(self, X: Any, y: Any) -> NeuralRegressor:
        """Train on X of shape (rows, numbers), missing ones as NaN, and y of shape (rows,) or (rows, targets)."""
        from glasswork.losses import SquaredError

        X, y = validate_data(
            self, X, y, dtype="numeric", ensure_all_finite="allow-nan", multi_output=True, y_numeric=True
        )
        self._flat = y.ndim == 1
        targets = np.asarray(y, dtype=np.float32).reshape(len(y), -1)
        self._learn(X, targets, outputs=targets.shape[1], loss=SquaredError(), scale=True)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return values, shaped like the targets of `fit`."""
        values = self._answer(X)
        return values[:, 0] if self._flat else values
