from time import perf_counter

import numpy as np
import pytest

from glasswork.errors import RangeError
from glasswork.evaluation import bootstrap_intervals
from glasswork.metrics.scores import ClassificationScores


def mean_of(values):
    return lambda weights: {"mean": float(weights @ values / weights.sum())}


def test_a_mean_has_the_interval_of_the_textbook():
    values = np.random.default_rng(0).normal(size=4000)
    low, high = bootstrap_intervals(mean_of(values), 4000)["mean"]
    half = 1.96 * values.std() / np.sqrt(4000)
    assert low == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert high == pytest.approx(values.mean() + half, abs=0.1 * half)


def test_drawing_fewer_rows_narrows_to_the_same_interval():
    values = np.random.default_rng(0).normal(size=200_000)
    low, high = bootstrap_intervals(mean_of(values), 200_000)["mean"]
    half = 1.96 * values.std() / np.sqrt(200_000)
    assert high - low == pytest.approx(2 * half, rel=0.25)


def test_windows_that_overlap_are_drawn_together_and_the_interval_is_wider():
    values = np.repeat(np.random.default_rng(0).normal(size=100), 20)  # 2000 rows, 100 of them independent
    alone = bootstrap_intervals(mean_of(values), 2000)["mean"]
    blocks = bootstrap_intervals(mean_of(values), 2000, block=20)["mean"]
    assert blocks[1] - blocks[0] > 3 * (alone[1] - alone[0])


def test_few_long_blocks_still_surround_the_value():
    values = np.arange(18.0) ** 2  # the outer rows weigh most: blocks that shunned them would miss the mean
    low, high = bootstrap_intervals(mean_of(values), 18, block=12)["mean"]
    assert low < values.mean() < high


def test_blocks_draw_every_row_alike():
    from glasswork.evaluation.bootstrap import _weights

    rng = np.random.default_rng(0)
    mean = np.mean([_weights(rng, 18, 24, 12) for _ in range(20_000)], axis=0)
    np.testing.assert_allclose(mean, 24 / 18, rtol=0.02)
    assert _weights(rng, 18, 24, 12).sum() == 24
    assert _weights(rng, 5, 5, 5).tolist() == [1.0] * 5


def test_one_seed_one_interval():
    values = np.arange(50.0)
    assert bootstrap_intervals(mean_of(values), 50, seed=4) == bootstrap_intervals(mean_of(values), 50, seed=4)
    assert bootstrap_intervals(mean_of(values), 50, seed=4) != bootstrap_intervals(mean_of(values), 50, seed=5)


def test_twenty_thousand_rows_stay_cheap():
    rng = np.random.default_rng(0)
    scores = ClassificationScores(rng.dirichlet(np.ones(10), 20_000), rng.integers(0, 10, 20_000))
    started = perf_counter()
    intervals = bootstrap_intervals(scores, 20_000, cost=1 + 2 * len(scores.rankings))
    assert perf_counter() - started < 5  # a second at most on an idle machine
    assert all(low < high for low, high in intervals.values())


def test_one_row_alone():
    assert bootstrap_intervals(mean_of(np.array([3.0])), 1)["mean"] == (3.0, 3.0)


def test_refusal():
    with pytest.raises(RangeError, match="count must be >= 1, got count=0"):
        bootstrap_intervals(mean_of(np.zeros(0)), 0)
