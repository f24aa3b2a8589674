import pytest
import torch
from torch import nan

from glasswork.errors import ShapeError
from glasswork.layers import SeriesInputs


def test_worked_by_hand():
    inputs = SeriesInputs(2).fit(torch.tensor([[1.0, 10.0], [3.0, 30.0], [nan, 20.0]]))  # means 2, 20
    past = inputs(torch.tensor([[[4.0, nan]]]))["past"]
    assert past.tolist() == [[[2, 0]]]


def test_a_channel_that_never_moved_says_nothing():
    inputs = SeriesInputs(1).fit(torch.full((9, 1), 5.0))
    assert inputs(torch.tensor([[[7.0], [5.0]]]))["past"].tolist() == [[[0], [0]]]


def test_refusal():
    with pytest.raises(ShapeError, match=r"SeriesInputs: past must have size 2 in dimension -1, got shape \(4, 6, 3\)"):
        SeriesInputs(2)(torch.zeros(4, 6, 3))
