"""Estimators: networks behind scikit-learn's protocol."""

from glasswork.estimators.neural import Neural as Neural
from glasswork.estimators.neural_classifier import NeuralClassifier as NeuralClassifier
from glasswork.estimators.neural_regressor import NeuralRegressor as NeuralRegressor
