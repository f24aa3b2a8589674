import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nan

from glasswork.errors import RangeError, ShapeError
from glasswork.layers import PiecewiseLinear, knots_of


def set_weights(embed, *, weight, linear, bias):
    with torch.no_grad():
        embed.weight.copy_(torch.tensor(weight).reshape(embed.weight.shape))
        embed.linear.fill_(linear)
        embed.bias.fill_(bias)


def test_worked_by_hand():
    embed = PiecewiseLinear(1, width=1, bins=2, pieces=2)
    embed.fit(torch.tensor([[0.0], [0.0], [2.0], [10.0], [10.0]]))  # quartered: knots 0, 2, 10
    set_weights(embed, weight=[4.0, 80.0], linear=100.0, bias=1000.0)
    out = embed(torch.tensor([[1.0], [4.0], [-2.0], [99.0], [-99.0]])).flatten().tolist()
    # 1: half of the first piece. 4: all of it, a quarter of the second. -2: one length below. 99: at most three.
    assert out == [1000 + 100 + 2, 1000 + 400 + 4 + 20, 1000 - 200 - 4, 1000 + 9900 + 4 + 240, 1000 - 9900 - 12]


def test_same_as_interpolation_between_knots():
    rows = torch.randn(300, 1, dtype=torch.float64)
    embed = PiecewiseLinear(1, width=3, bins=8, pieces=8).double().fit(rows)
    knots = knots_of(rows.flatten(), bins=8, pieces=8).double()
    at_knots = embed(knots.unsqueeze(1))
    middle = embed(((knots[1:] + knots[:-1]) / 2).unsqueeze(1))
    torch.testing.assert_close(middle, (at_knots[1:] + at_knots[:-1]) / 2, rtol=1e-6, atol=1e-6)


def test_knots_of_a_column_that_is_mostly_zero_keep_its_other_values():
    column = torch.cat([torch.zeros(9000), torch.arange(1.0, 101.0)])
    assert knots_of(column, bins=64, pieces=128).tolist() == list(range(101))


@given(
    st.lists(st.one_of(st.floats(-8, 8, width=32), st.sampled_from([0.0, 1.0, nan])), max_size=300),
    st.integers(1, 40),
    st.integers(0, 40),
)
def test_knots_ascend_and_fit_in(values, bins, more):
    knots = knots_of(torch.tensor(values), bins=bins, pieces=bins + more + 4)
    assert 2 <= len(knots) <= bins + more + 5
    assert (knots.diff() > 0).all()


@pytest.mark.parametrize("column", [[5.0, 5.0], [nan, nan], [1.0]])
def test_columns_that_say_nothing_are_harmless(column):
    rows = torch.tensor(column).unsqueeze(1)
    embed = PiecewiseLinear(1).fit(rows)
    assert embed(torch.tensor([[5.0], [-8.0]])).isfinite().all()


def test_unfitted_it_still_bends():
    assert PiecewiseLinear(2)(torch.randn(4, 2)).isfinite().all()


def test_refusals():
    with pytest.raises(RangeError, match=r"PiecewiseLinear: pieces must be >= 64, got pieces=10\."):
        PiecewiseLinear(1, bins=64, pieces=10)
    with pytest.raises(ShapeError, match=r"PiecewiseLinear: numbers must have size 2 in dimension -1"):
        PiecewiseLinear(2)(torch.zeros(4, 3))
