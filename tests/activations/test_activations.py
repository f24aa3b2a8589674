"""One suite over all activations: by hand, kernel against formula, properties, refusals, behaviour as parts."""

import copy
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glasswork import activations, catalog
from glasswork.errors import RangeError

NAMES = catalog.names("activations")
SETTINGS = {
    "leaky_relu": [{}, {"slope": 0.3}],
    "elu": [{}, {"alpha": 0.4}],
    "softplus": [{}, {"beta": 3.0}],
    "softmax": [{}, {"dim": 0}],
}
CASES = [(name, settings) for name in NAMES for settings in SETTINGS.get(name, [{}])]


def _formula(name):
    return getattr(activations, f"{name}_formula")


@pytest.mark.parametrize(
    ("name", "x", "expected"),
    [
        ("relu", 2.5, 2.5),
        ("relu", -2.5, 0.0),
        ("leaky_relu", -2.0, -0.02),
        ("elu", -math.log(2), -0.5),  # e^-log 2 - 1
        ("gelu", 1.0, 0.8413447460685429),  # the normal distribution function at 1
        ("silu", math.log(3), 0.75 * math.log(3)),  # sigmoid(log 3) = 3/4
        ("tanh", math.log(2), 0.6),  # (2 - 1/2) / (2 + 1/2)
        ("sigmoid", math.log(3), 0.75),
        ("softplus", math.log(3), math.log(4)),
        ("identity", -7.0, -7.0),
        ("selu", 2.0, 2 * 1.0507009873554805),
    ],
)
def test_worked_by_hand(name, x, expected):
    got = catalog.find("activations", name)()(torch.tensor([x], dtype=torch.float64))
    assert got.item() == pytest.approx(expected, abs=1e-14)


def test_softmax_by_hand():
    # Powers 1, 2 and 5, sum 8.
    x = torch.tensor([1.0, 2.0, 5.0], dtype=torch.float64).log()
    torch.testing.assert_close(activations.Softmax()(x), torch.tensor([0.125, 0.25, 0.625], dtype=torch.float64))


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_kernel_and_formula_agree_in_value_and_gradient(name, settings):
    grid = torch.cat([torch.linspace(-9, 9, 37), torch.tensor([-700.0, -1e-9, 1e-9, 30.0, 700.0])]).double()
    kernel = grid[grid != 0].reshape(-1, 1).repeat(1, 2).requires_grad_()
    formula = kernel.detach().clone().requires_grad_()
    slopes = torch.linspace(0.3, 2.0, kernel.numel(), dtype=torch.float64).view_as(kernel)
    a = catalog.find("activations", name)(**settings)(kernel)
    b = _formula(name)(formula, **settings)
    (a * slopes).sum().backward()
    (b * slopes).sum().backward()
    torch.testing.assert_close((a, kernel.grad), (b, formula.grad), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "gelu", "silu", "identity"])
def test_slope_at_zero_is_the_true_one(name):
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    _formula(name)(x).backward()
    assert x.grad.item() == {"tanh": 1.0, "sigmoid": 0.25, "identity": 1.0}.get(name, 0.5)


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=8))
def test_bounds_and_order(values):
    x = torch.tensor(sorted(values))
    for name in ("relu", "leaky_relu", "elu", "selu", "tanh", "sigmoid", "softplus", "identity"):
        assert (catalog.find("activations", name)()(x).diff() >= 0).all(), name
    assert activations.Tanh()(x).abs().max() <= 1
    assert torch.isclose(activations.Softmax()(x).sum(), torch.tensor(1.0))


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_part_behaves(name, settings):
    part = catalog.find("activations", name)(**settings)
    x = torch.linspace(-3, 3, 6).reshape(2, 3)
    expected = part(x)
    assert part(x[:0]).shape == (0, 3)
    assert part(x.bfloat16()).dtype == torch.bfloat16
    assert part(x.half()).isfinite().all()
    twin = copy.deepcopy(part)
    twin.load_state_dict(part.state_dict())
    assert torch.equal(twin(x), expected)
    compiled = torch.compile(part, backend="aot_eager")
    torch.testing.assert_close(compiled(x), expected)


@pytest.mark.parametrize("name", NAMES)
def test_page_names_formula_and_source(name):
    entry = catalog.describe("activations", name)
    assert entry.formula
    assert entry.source
    assert ">>>" in entry.text


def test_refusals():
    with pytest.raises(RangeError, match=r"ELU: alpha must be > 0, got alpha=0\."):
        activations.ELU(alpha=0)
    with pytest.raises(RangeError, match=r"Softplus: beta must be > 0, got beta=-1\."):
        activations.Softplus(beta=-1)
