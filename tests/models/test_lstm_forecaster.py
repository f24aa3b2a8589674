import pytest
import torch

from glasswork.errors import ShapeError
from glasswork.models import LSTMForecaster


def lstm_by_hand(reader, x_BPI):
    """The formula, gate by gate, in torch's order i, f, g, o; return the last hidden state."""
    h = c = x_BPI.new_zeros(len(x_BPI), reader.hidden_size)
    for x_BI in x_BPI.unbind(1):
        gates = x_BI @ reader.weight_ih_l0.T + reader.bias_ih_l0 + h @ reader.weight_hh_l0.T + reader.bias_hh_l0
        i, f, g, o = gates.chunk(4, dim=1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
    return h


@pytest.mark.parametrize("relative", [True, False])
def test_same_as_the_formula(relative):
    model = LSTMForecaster(past=4, horizon=3, channels=3, targets=2, hidden=5, relative=relative).double()
    past = torch.randn(6, 4, 3, dtype=torch.float64)
    level = past[:, -1:, :2] * relative
    seen = torch.cat([past[:, :, :2] - level, past[:, :, 2:]], dim=2)
    expected = model.head(lstm_by_hand(model.reader, seen)).reshape(6, 3, 2) + level
    torch.testing.assert_close(model(past), expected, rtol=0, atol=1e-12)


def test_relative_forecasts_follow_the_level():
    model = LSTMForecaster(past=4, horizon=3, channels=1, targets=1, hidden=5).double()
    past = torch.randn(6, 4, 1, dtype=torch.float64)
    torch.testing.assert_close(model(past + 100), model(past) + 100, rtol=0, atol=1e-10)


def test_refusal():
    with pytest.raises(
        ShapeError, match=r"LSTMForecaster: past must have size 4 in dimension 1, got shape \(6, 5, 1\)\."
    ):
        LSTMForecaster(past=4, horizon=3, channels=1, targets=1)(torch.zeros(6, 5, 1))
