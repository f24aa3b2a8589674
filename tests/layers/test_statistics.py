import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nan

from glasswork.layers import column_quantiles, mean_and_deviation


def test_worked_by_hand():
    # 1, 3: mean 2, deviation 1. 2, 2, 8 without the gap: mean 4, deviation sqrt((4 + 4 + 16) / 3) = sqrt(8).
    mean, deviation = mean_and_deviation(torch.tensor([[1.0, 2.0], [3.0, 2.0], [nan, 8.0]]))
    torch.testing.assert_close(mean, torch.tensor([2.0, 4.0], dtype=torch.float64))
    torch.testing.assert_close(deviation, torch.tensor([1.0, 8.0**0.5], dtype=torch.float64))


def test_missing_and_infinite_values_are_left_out():
    mean, deviation = mean_and_deviation(torch.tensor([[nan, torch.inf], [nan, 5.0]]))
    assert mean.tolist() == [0, 5]
    assert deviation.tolist() == [0, 0]


def test_a_constant_that_float32_cannot_hold_is_still_constant():
    mean, deviation = mean_and_deviation(torch.full((1000, 1), 0.1))
    assert mean.item() == pytest.approx(0.1)
    assert deviation.item() == 0


def test_the_largest_floats_do_not_overflow():
    mean, deviation = mean_and_deviation(torch.tensor([[3e38], [-3e38]]))
    assert mean.item() == 0
    assert deviation.item() == pytest.approx(3e38, rel=1e-6)
    _, deviation = mean_and_deviation(torch.tensor([[1e300], [-1e300]], dtype=torch.float64))
    assert deviation.item() == pytest.approx(1e300)


def test_no_rows_give_zeros():
    mean, deviation = mean_and_deviation(torch.zeros(0, 2))
    assert mean.tolist() == deviation.tolist() == [0, 0]
    assert column_quantiles(torch.zeros(0, 2), torch.tensor([0.5])).tolist() == [[0], [0]]


@given(st.lists(st.one_of(st.floats(-1e6, 1e6, width=32), st.just(nan)), min_size=1, max_size=30))
def test_same_as_numpy(values):
    column = torch.tensor(values, dtype=torch.float64).unsqueeze(1)
    known = np.array([value for value in values if value == value])
    quantiles = column_quantiles(column, torch.tensor([0.0, 0.1, 0.5, 0.77, 1.0], dtype=torch.float64))[0].numpy()
    mean, deviation = mean_and_deviation(column)
    if not len(known):
        assert mean.item() == deviation.item() == 0
        return
    np.testing.assert_allclose(quantiles, np.quantile(known, [0.0, 0.1, 0.5, 0.77, 1.0]), rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(mean.item(), known.mean(), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(deviation.item(), known.std(), rtol=1e-6, atol=2e-6 * max(1e-300, abs(known).max()))
