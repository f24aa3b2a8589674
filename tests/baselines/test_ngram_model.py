import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glasswork.baselines import NgramModel


def test_by_hand():
    # Tokens 0 1 0 1 1: 0 twice, 1 three times, 2 kinds: p(1) = (3 + 2 * 1/3) / (5 + 2) with 3 codes.
    # After 0 (twice, always 1, so 1 kind): p(1 | 0) = (2 + 1 * p(1)) / (2 + 1).
    model = NgramModel(np.array([0, 1, 0, 1, 1]), order=2, vocabulary=3)
    p = model.probabilities(np.array([0, 1]), np.array([1]), order=1).item()
    assert p == pytest.approx((3 + 2 / 3) / 7)
    assert model.probabilities(np.array([0, 1]), np.array([1])).item() == pytest.approx((2 + p) / 3)


@given(st.lists(st.integers(0, 3), min_size=4, max_size=60), st.integers(1, 4))
@settings(deadline=None)
def test_probabilities_of_all_tokens_sum_to_one(tokens, order):
    model = NgramModel(np.array(tokens), order=order, vocabulary=5)
    history = [3, 1, 2]
    total = sum(model.probabilities(np.array([*history, w]), np.array([3])).item() for w in range(5))
    assert total == pytest.approx(1.0)


def test_a_context_never_seen_trusts_the_shorter_one():
    model = NgramModel(np.array([0, 1, 0, 1]), order=3, vocabulary=4)
    unseen = model.probabilities(np.array([3, 3, 1]), np.array([2])).item()
    assert unseen == model.probabilities(np.array([1]), np.array([0]), order=1).item()


def test_runs_too_long_to_count_are_left_out():
    assert NgramModel(np.arange(50), order=6, vocabulary=30_000).order == 4
