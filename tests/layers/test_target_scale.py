import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glasswork.errors import RangeError, ShapeError
from glasswork.layers import TargetScale


def test_worked_by_hand():
    scale = TargetScale(2).fit(torch.tensor([[1.0, 100.0], [3.0, 300.0]]))
    assert scale.scale(torch.tensor([[4.0, 200.0]])).tolist() == [[2, 0]]
    assert scale.unscale(torch.tensor([[2.0, -1.0]])).tolist() == [[4, 100]]


def test_forecasts_are_scaled_along_their_last_dimension():
    scale = TargetScale(2).fit(torch.tensor([[1.0, 100.0], [3.0, 300.0]]))
    values = torch.randn(5, 4, 2)
    torch.testing.assert_close(scale.scale(values)[:, 2], scale.scale(values[:, 2]))


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_unscale_undoes_scale(center, spread):
    targets = center + spread * torch.randn(20, 1, dtype=torch.float64)
    scale = TargetScale(1).double().fit(targets)
    torch.testing.assert_close(scale.unscale(scale.scale(targets)), targets, rtol=1e-9, atol=1e-9)


def test_a_constant_target_is_not_divided_by_zero():
    scale = TargetScale(1).fit(torch.full((9, 1), 0.1))
    assert scale(torch.tensor([[1.1]])).item() == pytest.approx(1.0)


def test_refusals():
    with pytest.raises(ShapeError, match=r"TargetScale: targets must have size 2 in dimension -1, got shape \(9, 1\)"):
        TargetScale(2).fit(torch.zeros(9, 1))
    with pytest.raises(RangeError, match=r"TargetScale: size must be >= 1, got size=0\."):
        TargetScale(0)
