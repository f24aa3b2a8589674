import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import QuantileTransformer
from torch import nan

from glasswork.errors import RangeError, ShapeError, UnknownNameError
from glasswork.layers import ColumnScale

KINDS = ["standard", "robust", "quantile"]


def test_robust_by_hand():
    # median 3, quartiles 2 and 4: spread 2 / 1.349; the outlier changes nothing.
    rows = torch.tensor([[1.0], [2.0], [3.0], [4.0], [1e30]])
    scale = ColumnScale(1, kind="robust").fit(rows)
    assert scale(torch.tensor([[4.0]])).item() == pytest.approx(1.3489795 / 2, rel=1e-6)
    assert scale(rows)[-1].item() == 8


def test_robust_falls_back_to_the_deviation():
    # three quarters are 0: the interquartile range is too, the deviation is not.
    rows = torch.tensor([[0.0]] * 9 + [[10.0]])  # mean 1, deviation 3
    assert ColumnScale(1, kind="robust").fit(rows)(torch.tensor([[6.0]])).item() == pytest.approx(2.0)


def test_quantile_is_as_in_scikit_learn():
    rows = torch.randn(400, 2, dtype=torch.float64).exp()
    theirs = QuantileTransformer(n_quantiles=257, output_distribution="normal").fit(rows.numpy())
    ours = ColumnScale(2, kind="quantile").double().fit(rows)
    new = torch.randn(50, 2, dtype=torch.float64).exp().clamp(rows.amin(0) * 1.1, rows.amax(0) * 0.9)
    inside = np.abs(theirs.transform(new.numpy())) < 2.5
    np.testing.assert_allclose(ours(new).numpy()[inside], theirs.transform(new.numpy())[inside], atol=1e-6)


def test_tied_values_share_their_middle_rank():
    rows = torch.tensor([[0.0]] * 60 + [[1.0]] * 40)
    out = ColumnScale(1, kind="quantile", knots=101).fit(rows)(torch.tensor([[0.0], [1.0]]))
    share = torch.special.ndtr(out).flatten()
    torch.testing.assert_close(share, torch.tensor([0.3, 0.8]), rtol=0, atol=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_constant_empty_and_wild_columns(kind):
    rows = torch.tensor([[5.0, nan, 1.0, 0.1], [5.0, nan, 3e38, 0.1], [5.0, nan, -3e38, 0.1]])
    scale = ColumnScale(4, kind=kind).fit(rows)
    out = scale(torch.tensor([[7.0, 2.0, 3e38, 9.0]]))
    assert out.isfinite().all()
    assert out[0, [0, 1, 3]].tolist() == [0, 0, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_missing_stays_missing(kind):
    scale = ColumnScale(1, kind=kind).fit(torch.arange(9.0).unsqueeze(1))
    assert scale(torch.tensor([[nan]])).isnan().all()


@pytest.mark.parametrize("kind", KINDS)
@given(values=st.lists(st.floats(-1e3, 1e3, width=32), min_size=2, max_size=20))
def test_order_is_kept(kind, values):
    rows = torch.tensor(sorted(values), dtype=torch.float64).unsqueeze(1)
    out = ColumnScale(1, kind=kind).double().fit(rows)(rows).flatten()
    assert (out.diff() >= -1e-12).all()


def test_refusals():
    with pytest.raises(UnknownNameError, match=r"ColumnScale: no kind 'robst'; did you mean 'robust'"):
        ColumnScale(1, kind="robst")
    with pytest.raises(RangeError, match=r"ColumnScale: clip must be > 0, got clip=0\."):
        ColumnScale(1, clip=0)
    with pytest.raises(ShapeError, match=r"ColumnScale: values must have size 2 in dimension -1, got shape \(3, 1\)\."):
        ColumnScale(2).fit(torch.zeros(3, 1))


def test_no_scaling_leaves_numbers_as_they_are():
    rows = torch.tensor([[1.0, 7.0], [3e9, 7.0]])
    scale = ColumnScale(2, kind="none").fit(rows)
    assert torch.equal(scale(rows), rows)  # neither clipped nor, where nothing changes, set to 0
    assert scale(torch.tensor([[nan, 1.0]]))[0, 0].isnan()
