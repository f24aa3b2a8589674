import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glasswork.evaluation import calibrate


def test_by_hand():
    # Two rows at 0.7, one of them true: |0.7 - 0.5| * 2/3. One row at 0.1, false: |0.1 - 0| * 1/3.
    positive = np.array([0.7, 0.7, 0.1])
    found = calibrate(np.stack([1 - positive, positive], axis=1), np.array([1, 0, 0]))
    assert found["error"] == pytest.approx((0.2 * 2 + 0.1) / 3)
    assert [b["count"] for b in found["bins"]] == [1, 2]
    assert found["bins"][1] == {"low": 0.7, "high": 0.8, "count": 2, "confidence": 0.7, "share": 0.5}


def test_several_classes_speak_of_the_predicted_one():
    probabilities = np.array([[0.2, 0.3, 0.5], [0.9, 0.05, 0.05]])
    found = calibrate(probabilities, np.array([2, 1]))
    assert found["of"] == "predicted"
    assert found["error"] == pytest.approx((abs(0.5 - 1) + abs(0.9 - 0)) / 2)


def test_the_positive_class_may_be_the_first():
    found = calibrate(np.array([[1.0, 0.0]]), np.array([0]), positive=0)
    assert found["error"] == 0.0
    assert found["bins"][0]["low"] == 0.9  # a probability of 1 belongs to the last bin


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50))
@settings(deadline=None)
def test_the_error_is_a_share_and_no_row_is_lost(pairs):
    positive = np.array([p for p, _ in pairs])
    found = calibrate(np.stack([1 - positive, positive], axis=1), np.array([int(y) for _, y in pairs]))
    assert 0 <= found["error"] <= 1
    assert sum(b["count"] for b in found["bins"]) == len(pairs)
