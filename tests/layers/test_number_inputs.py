import pytest
import torch
from torch import nan

from glasswork.errors import ShapeError, UnknownNameError
from glasswork.layers import NumberInputs


def test_worked_by_hand():
    # First column, 1 2 6: median 2, mean 3, deviation sqrt((4 + 1 + 9) / 3). Second, 0 4 2 2: median and mean 2.
    inputs = NumberInputs(2).fit(torch.tensor([[1.0, 0.0], [2.0, 4.0], [6.0, 2.0], [nan, 2.0]]))
    deviation = (14 / 3) ** 0.5
    out = inputs(torch.tensor([[nan, 2.0], [6.0, nan]]))
    expected = [[(2 - 3) / deviation, 0, 1, 0], [3 / deviation, 0, 0, 0]]
    torch.testing.assert_close(out, torch.tensor(expected))


def test_a_gap_where_training_had_none_is_not_announced():
    inputs = NumberInputs(1).fit(torch.tensor([[1.0], [3.0]]))
    assert inputs(torch.tensor([[nan]])).tolist() == [[0, 0]]


def test_infinite_is_missing():
    inputs = NumberInputs(1).fit(torch.tensor([[1.0], [3.0], [torch.inf]]))
    assert inputs(torch.tensor([[-torch.inf], [nan]])).tolist() == [[0, 1], [0, 1]]


def test_a_column_without_a_value_is_silent():
    inputs = NumberInputs(1).fit(torch.tensor([[nan], [nan]]))
    assert inputs(torch.tensor([[nan], [4.0]])).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("embedding", ["none", "piecewise-linear", "periodic"])
@pytest.mark.parametrize("scaling", ["standard", "robust", "quantile"])
def test_any_numbers_come_out_finite(embedding, scaling):
    rows = torch.randn(60, 5)
    rows[:, 1] = 3.0
    rows[:, 2] = nan
    rows[::7, 3] = nan
    rows[5, 4] = 3e38
    inputs = NumberInputs(5, scaling=scaling, embedding=embedding, width=3).fit(rows)
    wild = torch.tensor([[nan, torch.inf, -3e38, 0.0, 1e-40]])
    out = inputs(torch.cat([rows, wild]))
    assert out.shape == (61, inputs.outputs)
    assert out.isfinite().all()


def test_refusals():
    with pytest.raises(UnknownNameError, match=r"NumberInputs: no embedding 'periodc'; did you mean 'periodic'"):
        NumberInputs(1, embedding="periodc")
    with pytest.raises(
        ShapeError, match=r"NumberInputs: numbers must have size 2 in dimension 1, got shape \(4, 3\)\."
    ):
        NumberInputs(2)(torch.zeros(4, 3))
