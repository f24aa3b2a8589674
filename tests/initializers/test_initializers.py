"""One suite over all initializers: their spread, torch's own for comparison, and what they refuse."""

import math

import pytest
import torch
from torch import nn

from glasswork import catalog, initializers
from glasswork.errors import RangeError, ShapeError, UnknownNameError

NAMES = catalog.names("initializers")
MATRICES = [
    "fan_in_scaled",
    "fan_in_uniform",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "lecun_uniform",
    "orthogonal",
    "xavier_normal",
    "xavier_uniform",
]
PLAIN = ("zeros", "constant", "identity", "positive_bias")  # that draw nothing


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


@pytest.mark.parametrize("name", [name for name in NAMES if name not in PLAIN])
def test_the_same_numbers_from_the_same_seed_only(name):
    fill = catalog.find("initializers", name)
    first, second = (fill(torch.empty(4, 6), generator=_seeded()) for _ in range(2))
    assert torch.equal(first, second)
    assert not torch.equal(first, fill(torch.empty(4, 6), generator=torch.Generator().manual_seed(8)))


# 300 inputs (3 channels of 10 x 10), 6000 outputs (60 filters of 10 x 10): 18,000 numbers
VARIANCES = [
    pytest.param("xavier_normal", 2 / 6300, marks=pytest.mark.course("INIT-08")),
    pytest.param("xavier_uniform", 2 / 6300, marks=pytest.mark.course("INIT-09")),
    pytest.param("he_normal", 2 / 300, marks=pytest.mark.course("INIT-11")),
    pytest.param("he_uniform", 2 / 300, marks=pytest.mark.course("INIT-12")),
    pytest.param("lecun_normal", 1 / 300, marks=pytest.mark.course("INIT-13")),
    pytest.param("lecun_uniform", 1 / 300, marks=pytest.mark.course("INIT-13")),
    pytest.param("fan_in_scaled", 1 / 300, marks=pytest.mark.course("INIT-10")),
    pytest.param("fan_in_uniform", 1 / 900, marks=pytest.mark.course("INIT-07")),
    pytest.param("small_random", 1e-4, marks=pytest.mark.course("INIT-04")),
    pytest.param("large_random", 1.0, marks=pytest.mark.course("INIT-05")),
    pytest.param("uniform", 0.05**2 / 3),
    pytest.param("normal", 0.02**2),
]


@pytest.mark.parametrize(("name", "variance"), VARIANCES)
def test_mean_and_variance_worked_by_hand(name, variance):
    weight = catalog.find("initializers", name)(torch.empty(60, 3, 10, 10, dtype=torch.float64), generator=_seeded())
    # The standard error of a normal's variance is sqrt(2/n) of it: 1.05 % here; 3 of them.
    assert weight.var().item() == pytest.approx(variance, rel=0.032)
    assert weight.mean().item() == pytest.approx(0, abs=3 * math.sqrt(variance / weight.numel()))


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("xavier_uniform", math.sqrt(6 / 6300)),
        ("he_uniform", math.sqrt(6 / 300)),
        ("lecun_uniform", math.sqrt(3 / 300)),
        pytest.param("fan_in_uniform", 1 / math.sqrt(300), marks=pytest.mark.course("INIT-07")),
        ("uniform", 0.05),
        ("truncated_normal", 0.04),
    ],
)
def test_bounds_are_reached_on_both_sides_but_not_passed(name, bound):
    weight = catalog.find("initializers", name)(torch.empty(60, 3, 10, 10, dtype=torch.float64), generator=_seeded())
    assert -bound <= weight.min().item() < -0.97 * bound
    assert 0.97 * bound < weight.max().item() <= bound


def test_truncating_takes_a_known_share_of_the_deviation():
    # Of a normal cut at 2 deviations, 1 - 2 * 2 phi(2) / (2 Phi(2) - 1) = 0.7737 of the variance is left.
    weight = initializers.truncated_normal(torch.empty(40_000, dtype=torch.float64), mean=1.0, deviation=0.5)
    assert weight.var().item() == pytest.approx(0.7737 * 0.25, rel=0.02)
    assert weight.mean().item() == pytest.approx(1, abs=0.01)


@pytest.mark.course("INIT-07")
def test_what_torchs_linear_layer_begins_with():
    torch.manual_seed(3)
    theirs = nn.Linear(20, 30).weight.detach()
    torch.manual_seed(3)
    torch.testing.assert_close(initializers.fan_in_uniform(torch.empty(30, 20)), theirs, rtol=0, atol=1e-7)


@pytest.mark.course("INIT-10", "INIT-13")
def test_fan_in_scaled_is_lecuns_rule():
    torch.testing.assert_close(
        initializers.fan_in_scaled(torch.empty(7, 5, dtype=torch.float64), generator=_seeded()),
        initializers.lecun_normal(torch.empty(7, 5, dtype=torch.float64), generator=_seeded()),
        rtol=1e-14,
        atol=0,
    )


CHOICES = [
    ("he", ["relu", "leaky-relu", nn.ReLU, nn.LeakyReLU(), nn.ELU, nn.GELU, nn.SiLU, "swish", "softplus"]),
    ("xavier", ["sigmoid", "tanh", nn.Tanh, nn.Sigmoid(), "softmax"]),
    ("lecun", ["selu", nn.SELU, nn.Identity, "linear"]),
]


@pytest.mark.course("INIT-14", "HP-08")
@pytest.mark.parametrize(("family", "activations"), CHOICES)
@pytest.mark.parametrize("shape", ["normal", "uniform"])
def test_the_activation_chooses(family, activations, shape):
    expected = catalog.find("initializers", f"{family}_{shape}")
    for activation in activations:
        assert initializers.initializer_for(activation, shape) is expected
        got = initializers.by_activation(torch.empty(4, 9), activation=activation, shape=shape, generator=_seeded())
        assert torch.equal(got, expected(torch.empty(4, 9), generator=_seeded()))


@pytest.mark.parametrize("name", catalog.names("activations"))
def test_every_activation_of_the_house_has_a_choice(name):
    assert initializers.initializer_for(catalog.find("activations", name))(torch.empty(3, 4)).isfinite().all()


def test_an_unknown_activation():
    with pytest.raises(UnknownNameError, match=r"no activation 'rellu'; did you mean 'relu'\?"):
        initializers.initializer_for("rellu")


def test_identity_and_positive_bias():
    weight = initializers.identity(torch.empty(2, 3), gain=0.5)
    assert weight.tolist() == [[0.5, 0, 0], [0, 0.5, 0]]
    with pytest.raises(ShapeError, match=r"identity: tensor must have 2 dimensions, got shape \(3,\)\."):
        initializers.identity(torch.empty(3))
    torch.testing.assert_close(initializers.positive_bias(torch.empty(2)), torch.full((2,), 0.01))


def test_a_whole_network():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 2, bias=False))
    assert initializers.initialize(model, initializers.zeros, initializers.positive_bias) is model
    assert not model[0].weight.any()
    assert not model[3].weight.any()
    torch.testing.assert_close(model[0].bias.detach(), torch.full((2,), 0.01))
    assert model[1].weight.tolist() == [1, 1]


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
    assert initializers.uniform(torch.empty(2), limit=0).tolist() == [0, 0]
    drawn = initializers.normal(torch.empty(20_000), mean=3.0, deviation=0.5, generator=_seeded())
    assert (drawn.mean().item(), drawn.std().item()) == (pytest.approx(3, abs=0.02), pytest.approx(0.5, abs=0.02))
    with pytest.raises(RangeError, match=r"normal: deviation must be >= 0"):
        initializers.normal(torch.empty(2), deviation=-1)
    with pytest.raises(RangeError, match=r"uniform: limit must be >= 0"):
        initializers.uniform(torch.empty(2), limit=-1)
    with pytest.raises(RangeError, match=r"truncated_normal: cut must be > 0"):
        initializers.truncated_normal(torch.empty(2), cut=0)
