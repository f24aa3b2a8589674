from dataclasses import replace

import numpy as np
import pytest

from glasswork.baselines import Problem, autoregression, last_value, seasonal_naive
from glasswork.metrics.futures import future_windows


def test_last_value_by_hand(make):
    prepared = make["series"]()
    series = prepared.examples.inputs["series"]
    origin = prepared.parts["test"][5]
    assert (last_value(Problem(prepared)).predictions[5] == series[origin - 1]).all()


def test_seasonal_naive_repeats_a_season_that_is_shorter_than_the_horizon(make):
    prepared = make["series"](horizon=30, past=24, season=12)
    series = prepared.examples.inputs["series"]
    origin = prepared.parts["test"][0]
    forecast = seasonal_naive(Problem(prepared)).predictions[0]
    np.testing.assert_array_equal(forecast[:12], series[origin - 12 : origin])
    np.testing.assert_array_equal(forecast[12:24], series[origin - 12 : origin])


def test_no_season_no_seasonal_rule(make):
    assert seasonal_naive(Problem(make["series"](season=None))) is None


def test_autoregression_finds_a_line_exactly(make):
    prepared = make["series"]()
    rising = np.stack([np.arange(400.0), 50 - 2 * np.arange(400.0)], axis=1).astype(np.float32)
    prepared = replace(prepared, examples=replace(prepared.examples, inputs={"series": rising}))
    result = autoregression(Problem(prepared))
    truth = future_windows(prepared, prepared.parts["test"])
    assert result.predictions.shape == truth.shape
    assert np.abs(result.predictions - truth).mean() < 0.05 * np.abs(truth).std()


def test_autoregression_of_a_past_of_one_row(make):
    result = autoregression(Problem(make["series"](past=1)))
    assert np.isfinite(result.test["mse"])


def test_a_rhythm_is_forecast(make):
    problem = Problem(make["series"]())
    assert autoregression(problem).test["mse"] < 0.02
    assert seasonal_naive(problem).test["mse"] == pytest.approx(0.01, abs=0.01)
    assert last_value(problem).test["mse"] > 0.5
