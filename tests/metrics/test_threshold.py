import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from glasswork.errors import DataError, ShapeError
from glasswork.metrics.threshold import RARE, tune_threshold


def test_by_hand():
    # Rows above 0.25 are positive and nothing below is: midway between 0.2 and 0.3 all four are right.
    assert tune_threshold(np.array([0.1, 0.2, 0.3, 0.9]), np.array([0, 0, 1, 1])) == (0.25, "accuracy")


def test_one_half_stays_where_it_is_as_good():
    assert tune_threshold(np.array([0.1, 0.2, 0.7, 0.9]), np.array([0, 0, 1, 1])).value == 0.5


def test_a_rare_class_is_tuned_for_f1():
    scores = np.concatenate([np.linspace(0, 0.2, 18), [0.18, 0.3]])
    targets = np.array([0] * 18 + [1, 1])
    threshold = tune_threshold(scores, targets)
    assert threshold.maximises == "f1"
    assert threshold.value < 0.3


def test_two_columns_and_the_first_class_as_positive():
    scores = np.array([0.1, 0.2, 0.3, 0.9])
    both = np.stack([scores, 1 - scores], axis=1)
    assert tune_threshold(both, np.array([1, 1, 0, 0]), positive=0).value == 0.25


def test_nothing_is_called_positive_when_there_is_no_positive():
    scores = np.array([0.6, 0.9, 1.0])
    assert (scores < tune_threshold(scores, np.zeros(3)).value).all()


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=2, max_size=40))
@settings(deadline=None)
def test_no_other_cut_does_better(pairs):
    scores = np.array([score / 20 for score, _ in pairs])
    targets = np.array([int(member) for _, member in pairs])
    value, what = tune_threshold(scores, targets)

    def reach(cut):
        labels = (scores >= cut).astype(int)
        return f1_score(targets, labels, zero_division=0) if what == "f1" else (labels == targets).mean()

    assert what == ("f1" if 0 < targets.mean() < RARE else "accuracy")
    assert reach(value) >= max(reach(cut) for cut in [*scores, 0.5, 2.0]) - 1e-12


def test_refusals():
    with pytest.raises(DataError, match="at least one validation row"):
        tune_threshold(np.zeros(0), np.zeros(0))
    with pytest.raises(ShapeError, match="shapes must be equal"):
        tune_threshold(np.zeros(3), np.zeros(2))
