import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glasswork.errors import RangeError
from glasswork.losses import Huber, huber


def test_worked_by_hand():
    # e = 0.5: 0.5 * 0.5^2 = 0.125.   e = -3: 1 * (3 - 0.5) = 2.5.   mean = 1.3125
    assert huber(torch.tensor([0.5, -3.0]), torch.zeros(2)).item() == 1.3125


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=8))
def test_never_above_half_the_squared_error(errors):
    e = torch.tensor(errors, dtype=torch.float64)
    assert huber(e, torch.zeros_like(e)) <= (e**2).mean() / 2 + 1e-12


@pytest.mark.parametrize("delta", [0, -1.0, float("nan")])
def test_refuses_a_delta_of_nothing(delta):
    with pytest.raises(RangeError, match=r"Huber: delta must be > 0, got delta="):
        Huber(delta=delta)
