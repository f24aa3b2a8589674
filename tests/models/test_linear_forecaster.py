import pytest
import torch

from glasswork.errors import RangeError, ShapeError
from glasswork.models import LinearForecaster


def test_is_a_matrix_product_over_time():
    model = LinearForecaster(past=5, horizon=3, channels=4, targets=2).double()
    torch.nn.init.normal_(model.linear.weight)
    past = torch.randn(6, 5, 4, dtype=torch.float64)
    expected = torch.einsum("hp,bpt->bht", model.linear.weight, past[:, :, :2]) + model.linear.bias[:, None]
    torch.testing.assert_close(model(past), expected, rtol=0, atol=1e-12)


def test_first_forecast_is_the_mean_of_the_past():
    past = torch.randn(6, 5, 1)
    forecast = LinearForecaster(past=5, horizon=3, channels=1, targets=1)(past)
    torch.testing.assert_close(forecast, past.mean(1, keepdim=True).expand(6, 3, 1))


def test_refusals():
    model = LinearForecaster(past=5, horizon=3, channels=4, targets=2)
    with pytest.raises(ShapeError, match=r"LinearForecaster: past must have size 5 in dimension 1, got shape"):
        model(torch.zeros(6, 4, 4))
    with pytest.raises(RangeError, match=r"LinearForecaster: targets must be in \[1, 4\], got targets=5\."):
        LinearForecaster(past=5, horizon=3, channels=4, targets=5)
