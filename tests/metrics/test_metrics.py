"""One suite over all metrics: scikit-learn and the scores of the evaluation for comparison, ties, refusals."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as theirs

from glasswork import catalog, metrics
from glasswork.errors import ShapeError
from glasswork.metrics.scores import ClassificationScores

CLASSES = ["accuracy", "balanced_accuracy", "f1", "log_loss", "roc_auc", "average_precision"]
NUMBERS = ["mse", "rmse", "mae", "r2"]


def _answers(classes, seed, count=60):
    generator = torch.Generator().manual_seed(seed)
    probabilities = torch.softmax(torch.randn(count, classes, generator=generator, dtype=torch.float64), 1)
    targets = torch.randint(classes, (count,), generator=generator)
    targets[:classes] = torch.arange(classes)
    return (probabilities * 20).round() / 20 if classes == 2 else probabilities, targets


@pytest.mark.parametrize("seed", range(3))
def test_two_classes_like_scikit_learn(seed):
    p, y = _answers(2, seed)
    labels, scores = p.argmax(1), p[:, 1]
    expected = {
        "accuracy": theirs.accuracy_score(y, labels),
        "balanced_accuracy": theirs.balanced_accuracy_score(y, labels),
        "f1": theirs.f1_score(y, labels),
        "roc_auc": theirs.roc_auc_score(y, scores),  # rounded scores: many ties
        "average_precision": theirs.average_precision_score(y, scores),
    }
    for name, value in expected.items():
        assert catalog.find("metrics", name)(p, y).item() == pytest.approx(value, abs=1e-6), name


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("positive", [0, 1])
def test_like_the_scores_of_the_evaluation(classes, positive):
    p, y = _answers(classes, 11)
    expected = ClassificationScores(p.numpy(), y.numpy(), positive=positive)()
    for name in CLASSES:
        settled = {"positive": positive} if name in ("f1", "roc_auc", "average_precision") else {}
        got = catalog.find("metrics", name)(p, y, **settled).item()
        assert got == pytest.approx(expected[name], abs=1e-6), name


@pytest.mark.parametrize("shape", [(40,), (40, 3)])
def test_numbers_like_scikit_learn(shape):
    generator = torch.Generator().manual_seed(2)
    out, y = (torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(2))
    assert metrics.mse(out, y).item() == pytest.approx(theirs.mean_squared_error(y, out))
    assert metrics.rmse(out, y).item() == pytest.approx(theirs.root_mean_squared_error(y, out))
    assert metrics.mae(out, y).item() == pytest.approx(theirs.mean_absolute_error(y, out))
    assert metrics.r2(out, y).item() == pytest.approx(theirs.r2_score(y, out))


def test_worked_by_hand():
    p = torch.tensor([[0.1, 0.9], [0.4, 0.6], [0.4, 0.6], [0.8, 0.2]])
    y = torch.tensor([1, 0, 1, 0])
    # Pairs of a member and another: (0.9, 0.6) 1, (0.9, 0.2) 1, (0.6, 0.6) 1/2, (0.6, 0.2) 1.
    assert metrics.roc_auc(p, y).item() == pytest.approx(3.5 / 4)
    # First member at precision 1; the second comes in a tie of two: precision 2/3.
    assert metrics.average_precision(p, y).item() == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_what_is_not_defined_is_not_a_number():
    p = torch.tensor([[0.1, 0.9], [0.4, 0.6]])
    for only in (0, 1):
        y = torch.full((2,), only)
        assert metrics.roc_auc(p, y).isnan()
        assert metrics.average_precision(p, y).isnan()
    assert metrics.r2(torch.tensor([1.0, 2.0]), torch.tensor([5.0, 5.0])).isnan()


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(2, 4))
def test_order_of_rows_does_not_matter(seed, classes):
    p, y = _answers(classes, seed, count=20)
    order = torch.from_numpy(np.random.default_rng(seed).permutation(20))
    for name in CLASSES:
        metric = catalog.find("metrics", name)
        torch.testing.assert_close(metric(p, y), metric(p[order], y[order]))


@pytest.mark.parametrize("name", CLASSES)
def test_refuses_other_shapes_and_nothing(name):
    metric = catalog.find("metrics", name)
    with pytest.raises(ShapeError, match=rf"{name}: shapes must be equal"):
        metric(torch.zeros(3, 2), torch.zeros(4, dtype=torch.int64))
    with pytest.raises(ShapeError, match=rf"{name}: probabilities must hold at least one element"):
        metric(torch.zeros(0, 2), torch.zeros(0, dtype=torch.int64))


@pytest.mark.parametrize("name", NUMBERS)
def test_refuses_broadcasting_and_nothing(name):
    metric = catalog.find("metrics", name)
    with pytest.raises(ShapeError, match=rf"{name}: shapes must be equal"):
        metric(torch.zeros(3, 1), torch.zeros(3))
    with pytest.raises(ShapeError, match=rf"{name}: outputs must hold at least one element"):
        metric(torch.zeros(0), torch.zeros(0))


@pytest.mark.parametrize("name", CLASSES + NUMBERS)
def test_page_names_formula_and_source(name):
    entry = catalog.describe("metrics", name)
    assert entry.formula
    assert entry.source


def test_tasks_and_metrics_load_no_metric_library():
    program = """
import sys, glasswork.tasks, glasswork.metrics
sys.exit("torchmetrics" in sys.modules or "sklearn" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
