import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from glasswork.errors import ShapeError
from glasswork.metrics.scores import ClassificationScores, ForecastScores, LanguageScores, RegressionScores


def test_classification_by_hand():
    # Right: rows 0 and 1 of three. F1 of class 1: hits 1, called 1, there 2, so 2 * 1 / (1 + 2).
    # The positives have 0.6 and 0.3, the negative 0.1: both stand above it.
    scores = ClassificationScores(np.array([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]]), np.array([0, 1, 1]))()
    assert scores["accuracy"] == pytest.approx(2 / 3)
    assert scores["balanced_accuracy"] == pytest.approx((1 + 1 / 2) / 2)
    assert scores["f1"] == pytest.approx(2 / 3)
    assert scores["roc_auc"] == 1.0
    assert scores["log_loss"] == pytest.approx(-(np.log(0.9) + np.log(0.6) + np.log(0.3)) / 3)


@pytest.mark.parametrize("digits", [1, 6])  # one digit makes many equal scores
@pytest.mark.parametrize("classes", [2, 5])
def test_classification_as_scikit_learn_with_weights(classes, digits):
    rng = np.random.default_rng(classes)
    probabilities = rng.dirichlet(np.ones(classes), 400).round(digits) + 1e-3
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    targets = np.where(rng.random(400) < 0.5, probabilities.argmax(axis=1), rng.integers(0, classes, 400))
    weights = rng.integers(0, 4, 400).astype(float)
    ours = ClassificationScores(probabilities, targets)(weights)
    labels = probabilities.argmax(axis=1)
    theirs = {
        "accuracy": reference.accuracy_score(targets, labels, sample_weight=weights),
        "balanced_accuracy": reference.balanced_accuracy_score(targets, labels, sample_weight=weights),
        "f1": reference.f1_score(targets, labels, average="binary" if classes == 2 else "macro", sample_weight=weights),
        "log_loss": reference.log_loss(targets, probabilities, sample_weight=weights),
    }
    ranked = range(1, 2) if classes == 2 else range(classes)
    pairs = [(targets == k, probabilities[:, k]) for k in ranked]
    theirs["roc_auc"] = np.mean([reference.roc_auc_score(y, p, sample_weight=weights) for y, p in pairs])
    theirs["average_precision"] = np.mean(
        [reference.average_precision_score(y, p, sample_weight=weights) for y, p in pairs]
    )
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_positive_may_be_the_first_class():
    probabilities, targets = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]), np.array([0, 1, 1])
    assert ClassificationScores(probabilities, targets, positive=0)()["f1"] == pytest.approx(2 / 3)
    assert ClassificationScores(probabilities, targets, positive=1)()["f1"] == pytest.approx(2 / 3)
    assert ClassificationScores(probabilities, targets, positive=0)()["average_precision"] == 1.0


def test_rankings_are_left_out_where_they_are_not_defined():
    scores = ClassificationScores(np.array([[0.9, 0.1], [0.8, 0.2]]), np.array([0, 0]))()
    assert set(scores) == {"accuracy", "balanced_accuracy", "f1", "log_loss"}
    assert scores["f1"] == 0.0


def test_a_row_of_weight_two_counts_as_two_rows():
    rng = np.random.default_rng(1)
    probabilities, targets = rng.dirichlet(np.ones(3), 40), rng.integers(0, 3, 40)
    twice = np.repeat(np.arange(40), np.where(np.arange(40) < 7, 2, 1))
    weights = np.where(np.arange(40) < 7, 2.0, 1.0)
    weighted = ClassificationScores(probabilities, targets)(weights)
    assert weighted == pytest.approx(ClassificationScores(probabilities[twice], targets[twice])())
    values, known = rng.normal(size=(40, 2)), rng.normal(size=(40, 2))
    assert RegressionScores(values, known)(weights) == pytest.approx(RegressionScores(values[twice], known[twice])())


def test_regression_as_scikit_learn():
    rng = np.random.default_rng(0)
    targets = rng.normal(size=(60, 2)) * [3, 500] + 1e4
    values = targets + rng.normal(size=(60, 2))
    weights = rng.integers(0, 3, 60).astype(float)
    theirs = {
        "rmse": reference.root_mean_squared_error(targets, values, sample_weight=weights),
        "mae": reference.mean_absolute_error(targets, values, sample_weight=weights),
        "r2": reference.r2_score(targets, values, sample_weight=weights),
    }
    assert RegressionScores(values, targets)(weights) == pytest.approx(theirs, rel=1e-9)
    assert "r2" not in RegressionScores(values, np.ones_like(values))()


def test_forecast_by_hand():
    # Two targets, deviations 2 and 1. Errors 2, 4 and 1, 1: mse ((1 + 4) / 2 + (1 + 1) / 2) / 2.
    errors = np.array([[[2.0, 1.0], [4.0, 1.0]]])
    scores = ForecastScores(errors, np.zeros_like(errors), scale=np.array([2.0, 1.0]))()
    assert scores["mse"] == (2.5 + 1.0) / 2
    assert scores["mae"] == (1.5 + 1.0) / 2
    assert scores["rmse_units"] == pytest.approx(np.sqrt((4 + 16 + 1 + 1) / 4))
    assert scores["mae_units"] == 2.0


@given(st.lists(st.floats(0, 20), min_size=1, max_size=30))
@settings(deadline=None)
def test_perplexity_is_the_exponential_of_nats(nats):
    scores = LanguageScores(np.array(nats))()
    assert scores["perplexity"] == pytest.approx(np.exp(np.mean(nats)))


def test_shapes_are_checked():
    with pytest.raises(ShapeError, match=r"predictions \(3, 1\) and targets \(2, 1\)"):
        RegressionScores(np.zeros(3), np.zeros(2))


def test_the_network_is_measured_the_same_way_on_its_device():
    import torch

    from glasswork.tasks import Classification, Forecasting, Regression

    rng = np.random.default_rng(3)
    logits, targets = torch.tensor(rng.normal(size=(50, 2))), torch.tensor(rng.integers(0, 2, 50))
    ours = ClassificationScores(torch.softmax(logits, 1).numpy(), targets.numpy())()
    meter = Classification(["a", "b"]).metrics(logits, targets)
    assert {name: ours[name] for name in meter} == pytest.approx(meter, abs=1e-6)
    values, known = torch.tensor(rng.normal(size=(50, 2))), torch.tensor(rng.normal(size=(50, 2)))
    meter = Regression(["a", "b"]).metrics(values, known)
    assert RegressionScores(values.numpy(), known.numpy())() == pytest.approx(meter, abs=1e-6)
    values, known = torch.tensor(rng.normal(size=(9, 4, 2))), torch.tensor(rng.normal(size=(9, 4, 2)))
    meter = Forecasting(["a", "b"], 4).metrics(values, known)
    assert ForecastScores(values.numpy(), known.numpy(), scale=np.ones(2))() == pytest.approx(meter, abs=1e-6)


def test_classification_with_nothing_right():
    figures = ClassificationScores(np.array([[0.9, 0.1], [0.8, 0.2]]), np.array([1, 1]))()
    assert (figures["accuracy"], figures["balanced_accuracy"], figures["f1"]) == (0.0, 0.0, 0.0)
    assert "roc_auc" not in figures  # one class alone
