import numpy as np
import pytest

from glasswork.evaluation import errors_by_step, example_windows


def test_errors_by_step_by_hand():
    errors = np.array([[[1.0], [3.0]], [[1.0], [5.0]]])
    first, second = errors_by_step(errors, np.zeros_like(errors), scale=np.array([2.0]))
    assert first == {"step": 1, "mse": 0.25, "mae": 0.5, "mae_units": 1.0}
    assert second == {"step": 2, "mse": pytest.approx((2.25 + 6.25) / 2), "mae": 2.0, "mae_units": 4.0}


def test_windows_are_a_typical_a_good_a_bad_and_the_worst():
    series = np.arange(40.0)[:, None]
    origins = np.arange(10, 31)
    truth = series[origins[:, None] + np.arange(3)]
    predictions = truth + np.arange(21)[:, None, None]  # window i is off by i
    windows = example_windows(predictions, truth, ["load"], scale=np.ones(1), series=series, origins=origins, past=5)
    assert [(w["which"], w["origin"], w["mae"]) for w in windows] == [
        ("typical", 20, 10.0),
        ("good", 12, 2.0),
        ("bad", 28, 18.0),
        ("worst", 30, 20.0),
    ]
    assert windows[0]["past"] == [15, 16, 17, 18, 19]
    assert windows[0]["truth"] == [20, 21, 22]
    assert windows[0]["prediction"] == [30, 31, 32]


def test_one_window_is_shown_once():
    assert len(example_windows(np.ones((1, 2, 1)), np.ones((1, 2, 1)), ["load"], scale=np.ones(1))) == 1
