"""One suite over all initializers: their spread, torch's own for comparison, and what they refuse."""

import math

import pytest
import torch

from glasswork import catalog, initializers
from glasswork.errors import RangeError

NAMES = catalog.names("initializers")
MATRICES = ["xavier_normal", "xavier_uniform", "he_normal", "he_uniform", "lecun_normal", "orthogonal"]


def _seeded():
    return torch.Generator().manual_seed(7)


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("xavier_normal", torch.nn.init.xavier_normal_),
        ("xavier_uniform", torch.nn.init.xavier_uniform_),
        ("he_normal", lambda w, generator: torch.nn.init.kaiming_normal_(w, generator=generator)),
        ("he_uniform", lambda w, generator: torch.nn.init.kaiming_uniform_(w, generator=generator)),
        ("orthogonal", torch.nn.init.orthogonal_),
    ],
)
@pytest.mark.parametrize("shape", [(6, 5), (4, 3, 5, 2)])
def test_same_numbers_as_torch(name, theirs, shape):
    ours = catalog.find("initializers", name)(torch.empty(shape, dtype=torch.float64), generator=_seeded())
    expected = theirs(torch.empty(shape, dtype=torch.float64), generator=_seeded())
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "variance"),
    # 300 inputs (3 channels of 10 x 10), 800 outputs (8 filters of 10 x 10)
    [("xavier_normal", 2 / 1100), ("xavier_uniform", 2 / 1100), ("he_normal", 2 / 300), ("he_uniform", 2 / 300)],
)
def test_variance_worked_by_hand(name, variance):
    weight = catalog.find("initializers", name)(torch.empty(8, 3, 10, 10), generator=_seeded())
    assert weight.var().item() == pytest.approx(variance, rel=0.1)


def test_lecun_keeps_a_signals_variance():
    weight = initializers.lecun_normal(torch.empty(400, 200), generator=_seeded())
    signal = torch.randn(1000, 200, generator=torch.Generator().manual_seed(8))
    assert (signal @ weight.T).var().item() == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize(("shape", "gain"), [((3, 5), 1.0), ((5, 3), 2.0)])
def test_orthogonal_is_a_rotation(shape, gain):
    weight = initializers.orthogonal(torch.empty(shape, dtype=torch.float64), gain=gain)
    short = weight if shape[0] <= shape[1] else weight.T
    torch.testing.assert_close(short @ short.T, gain**2 * torch.eye(3, dtype=torch.float64))


@pytest.mark.parametrize("name", NAMES)
def test_fills_in_place_and_returns_the_tensor(name):
    weight = torch.nn.Parameter(torch.full((3, 4), math.nan))
    got = catalog.find("initializers", name)(weight)
    assert got is weight
    assert weight.isfinite().all()
    assert weight.requires_grad
    assert catalog.find("initializers", name)(torch.empty(3, 4, dtype=torch.bfloat16)).isfinite().all()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "orthogonal"])
def test_nothing_to_fill(name):
    assert catalog.find("initializers", name)(torch.empty(0, 4)).shape == (0, 4)


@pytest.mark.parametrize("name", MATRICES)
def test_refuses_a_bias(name):
    with pytest.raises(RangeError, match=rf"{name}: dimensions must be >= 2, got dimensions=1\."):
        catalog.find("initializers", name)(torch.empty(3))


@pytest.mark.parametrize("name", NAMES)
def test_page_names_formula_and_source(name):
    entry = catalog.describe("initializers", name)
    assert entry.formula
    assert entry.source


def test_constant_zeros_and_normal():
    assert initializers.constant(torch.empty(2), value=1.5).tolist() == [1.5, 1.5]
    assert initializers.zeros(torch.empty(2)).tolist() == [0, 0]
    drawn = initializers.normal(torch.empty(20_000), mean=3.0, deviation=0.5, generator=_seeded())
    assert (drawn.mean().item(), drawn.std().item()) == (pytest.approx(3, abs=0.02), pytest.approx(0.5, abs=0.02))
    with pytest.raises(RangeError, match=r"normal: deviation must be >= 0"):
        initializers.normal(torch.empty(2), deviation=-1)
