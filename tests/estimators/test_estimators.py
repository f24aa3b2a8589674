"""scikit-learn's own checks, and what its protocol makes possible."""

import random
import warnings

import numpy as np
import pytest
import torch
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures
from sklearn.utils.estimator_checks import parametrize_with_checks

from glasswork import NeuralClassifier, NeuralRegressor

EXCUSED: dict[str, str] = {}  # name of the check: reason; empty, and so the docstrings say


@parametrize_with_checks(
    [NeuralClassifier(epochs=30), NeuralRegressor(epochs=30)], expected_failed_checks=lambda estimator: EXCUSED
)
def test_scikit_learn_s_own_checks(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("default")  # some checks warn on purpose
        check(estimator)


def test_in_a_grid_search_within_a_pipeline():
    X, y = load_breast_cancer(return_X_y=True)
    search = GridSearchCV(
        make_pipeline(PolynomialFeatures(1), NeuralClassifier(epochs=5, random_state=0)),
        {"neuralclassifier__hidden": [(), (16,)]},
        cv=2,
    ).fit(X, y)
    assert search.best_score_ > 0.93


def test_missing_numbers_are_imputed():
    X, y = load_diabetes(return_X_y=True)
    X = X.copy()
    X[::7, 2] = np.nan
    model = NeuralRegressor(hidden=(), epochs=40, random_state=0).fit(X, y)
    assert np.isfinite(model.predict(X)).all()
    assert model.score(X, y) > 0.4


def test_without_hidden_layers_it_is_linear_regression():
    X, y = load_diabetes(return_X_y=True)
    ours = NeuralRegressor(hidden=(), epochs=200, lr=0.03, weight_decay=0.0, random_state=0).fit(X, y).predict(X)
    theirs = LinearRegression().fit(X, y).predict(X)
    assert np.corrcoef(ours, theirs)[0, 1] > 0.999


def test_several_targets_at_once():
    X = np.random.default_rng(0).normal(size=(300, 3))
    Y = np.stack([X @ [1, 2, 3], X[:, 0] ** 2], axis=1)
    model = NeuralRegressor(random_state=0).fit(X, Y)
    assert model.predict(X).shape == (300, 2)
    assert model.score(X, Y) > 0.95


def test_the_caller_s_random_numbers_are_left_alone():
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002 - the global generator is what is tested
    random.seed(5)
    wanted = torch.rand(1), np.random.rand(), random.random()  # noqa: NPY002
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002
    random.seed(5)
    NeuralClassifier(epochs=1, random_state=0).fit([[0.0], [1.0]] * 8, [0, 1] * 8)
    assert (torch.rand(1), np.random.rand(), random.random()) == wanted  # noqa: NPY002


def test_the_same_seed_gives_the_same_network():
    X, y = load_breast_cancer(return_X_y=True)
    first, second = (NeuralClassifier(epochs=2, random_state=3).fit(X, y).predict_proba(X) for _ in range(2))
    assert np.array_equal(first, second)


def test_cross_validation_beats_chance():
    X, y = load_breast_cancer(return_X_y=True)
    assert cross_val_score(NeuralClassifier(epochs=5, random_state=0), X, y, cv=3).mean() > 0.93


@pytest.mark.parametrize(
    ("settings", "said"), [({"lr": 0.0}, "lr must be > 0"), ({"epochs": 0}, "epochs must be >= 1")]
)
def test_settings_are_checked(settings, said):
    with pytest.raises(ValueError, match=said):
        NeuralClassifier(**settings).fit([[0.0], [1.0]] * 4, [0, 1] * 4)
