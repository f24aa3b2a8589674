import numpy as np
import pytest

from glasswork.evaluation import summarise_residuals


def test_by_hand():
    predictions = np.zeros((5, 1))
    (summary,) = summarise_residuals(predictions, np.array([[1.0], [2.0], [3.0], [4.0], [10.0]]), ["price"])
    assert summary["mean"] == 4.0
    assert summary["quantiles"]["0.5"] == 3.0
    assert sum(summary["histogram"]["counts"]) == 5


def test_a_perfect_prediction_has_a_picture_too():
    (summary,) = summarise_residuals(np.ones((4, 1)), np.ones((4, 1)), ["price"])
    assert summary["histogram"]["low"] == pytest.approx(-0.5)
    assert sum(summary["histogram"]["counts"]) == 4


def test_each_target_for_itself():
    summaries = summarise_residuals(np.zeros((3, 2)), np.array([[1.0, 5.0]] * 3), ["a", "b"])
    assert [(s["target"], s["mean"]) for s in summaries] == [("a", 1.0), ("b", 5.0)]
