import pytest
import torch

from glasswork.errors import ShapeError
from glasswork.models import NLinear


def trained_by_chance(**sizes):
    model = NLinear(**sizes).double()
    torch.nn.init.normal_(model.linear.weight)
    torch.nn.init.normal_(model.linear.bias)
    return model


def test_same_as_the_papers_code():
    model = trained_by_chance(past=5, horizon=3, channels=2, targets=2)
    past = torch.randn(6, 5, 2, dtype=torch.float64)
    last = past[:, -1:, :].detach()
    expected = model.linear((past - last).permute(0, 2, 1)).permute(0, 2, 1) + last
    torch.testing.assert_close(model(past), expected, rtol=0, atol=1e-12)


def test_first_forecast_is_the_last_value():
    past = torch.randn(6, 5, 3)
    forecast = NLinear(past=5, horizon=4, channels=3, targets=2)(past)
    torch.testing.assert_close(forecast, past[:, -1:, :2].expand(6, 4, 2))


def test_a_higher_level_is_forecast_higher_by_as_much():
    model = trained_by_chance(past=5, horizon=3, channels=1, targets=1)
    past = torch.randn(6, 5, 1, dtype=torch.float64)
    torch.testing.assert_close(model(past + 100), model(past) + 100, rtol=0, atol=1e-10)


def test_refusal():
    with pytest.raises(ShapeError, match=r"NLinear: past must have size 1 in dimension 2, got shape \(6, 5, 2\)\."):
        NLinear(past=5, horizon=3, channels=1, targets=1)(torch.zeros(6, 5, 2))
