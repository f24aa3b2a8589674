"""One suite over all activations: by hand, kernel against formula, properties, refusals, behaviour as parts."""

import copy
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from glasswork import activations, catalog
from glasswork.errors import RangeError, ShapeError, UnknownNameError
from suite import check_behaves, check_same_kernels, check_twin

NAMES = catalog.names("activations")
SETTINGS = {
    "leaky_relu": [{}, {"slope": 0.3}],
    "elu": [{}, {"alpha": 0.4}],
    "softplus": [{}, {"beta": 3.0}],
    "softmax": [{}, {"dim": 0}],
    "log_softmax": [{}, {"dim": 0}],
    "logistic": [{}, {"slope": 2.5}],
    "threshold": [{}, {"at_zero": "rests"}],
    "stochastic": [{}, {"temperature": 0.5}, {"temperature": 0.0}],
    "parametric_relu": [{}, {"slopes": 3, "start": 0.1}],
    "maxout": [{"inputs": 3, "outputs": 2}, {"inputs": 3, "outputs": 4, "pieces": 3}],
}
CASES = [(name, settings) for name in NAMES for settings in SETTINGS.get(name, [{}])]
# One curve for all elements, without weights or randomness, never falling.
CURVES = ("relu", "leaky_relu", "elu", "selu", "tanh", "sigmoid", "softplus", "identity", "logistic", "threshold")
KERNELS = {
    "elu": (nn.ELU(), {}),
    "gelu": (nn.GELU(), {}),
    "hard_sigmoid": (nn.Hardsigmoid(), {}),
    "hard_swish": (nn.Hardswish(), {}),
    "hard_tanh": (nn.Hardtanh(), {}),
    "leaky_relu": (nn.LeakyReLU(0.2), {"slope": 0.2}),
    "log_softmax": (nn.LogSoftmax(dim=-1), {}),
    "logistic": (nn.Sigmoid(), {}),
    "parametric_relu": (nn.PReLU(), {}),
    "relu": (nn.ReLU(), {}),
    "selu": (nn.SELU(), {}),
    "sigmoid": (nn.Sigmoid(), {}),
    "silu": (nn.SiLU(), {}),
    "softmax": (nn.Softmax(dim=-1), {}),
    "softplus": (nn.Softplus(2.0), {"beta": 2.0}),
    "tanh": (nn.Tanh(), {}),
}


def _formula(name):
    return getattr(activations, f"{name}_formula")


def _grid():
    """Three columns, no value at a kink."""
    grid = torch.cat([torch.linspace(-9.05, 9.05, 39), torch.tensor([-700.0, -1e-9, 1e-9, 30.0, 700.0])])
    return grid.reshape(-1, 1).repeat(1, 3)


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
        ("hard_sigmoid", 1.5, 0.75),  # (1.5 + 3) / 6
        ("hard_tanh", -1.5, -1.0),
        ("hard_swish", 1.5, 1.125),  # 1.5 * 0.75
        ("logistic", math.log(3), 0.75),
        ("threshold", -0.25, 0.0),
        ("threshold", 0.25, 1.0),
    ],
)
def test_worked_by_hand(name, x, expected):
    got = catalog.find("activations", name)()(torch.tensor([x], dtype=torch.float64))
    assert got.item() == pytest.approx(expected, abs=1e-14)


def test_softmax_by_hand():
    # Powers 1, 2 and 5, sum 8.
    x = torch.tensor([1.0, 2.0, 5.0], dtype=torch.float64).log()
    shares = torch.tensor([0.125, 0.25, 0.625], dtype=torch.float64)
    torch.testing.assert_close(activations.Softmax()(x), shares)
    torch.testing.assert_close(activations.LogSoftmax()(x), shares.log())


def test_parametric_relu_by_hand():
    # Slopes 1/2 and 1/4, one for each unit: f = (-1, 3), (4, -2); a slope's gradient is the sum of what is below 0.
    part = activations.ParametricReLU(slopes=2)
    part.weight.data.copy_(torch.tensor([0.5, 0.25]))
    y = part(torch.tensor([[-2.0, 3.0], [4.0, -8.0]]))
    assert y.tolist() == [[-1.0, 3.0], [4.0, -2.0]]
    y.sum().backward()
    assert part.weight.grad.tolist() == [-2.0, -8.0]


def test_maxout_by_hand():
    # Pieces of output 0: x + 2y + 1 and -x; of output 1: 3x - y and y - 5. At (2, 3): 9 and -2; 3 and -2.
    part = activations.Maxout(inputs=2, outputs=2)
    part.weight.data.copy_(torch.tensor([[1.0, 2.0], [3.0, -1.0], [-1.0, 0.0], [0.0, 1.0]]))
    part.bias.data.copy_(torch.tensor([1.0, 0.0, 0.0, -5.0]))
    assert part(torch.tensor([2.0, 3.0])).tolist() == [9.0, 3.0]
    assert part(torch.tensor([-4.0, 1.0])).tolist() == [4.0, -4.0]


@pytest.mark.parametrize(("name", "settings"), [case for case in CASES if case[0] not in ("threshold", "stochastic")])
def test_kernel_and_formula_agree_in_value_and_gradient(name, settings):
    part = catalog.find("activations", name)(**settings).double()
    if name == "maxout":
        x = torch.randn(7, 3)
        weights = part.weight.detach(), part.bias.detach()
        check_twin(
            lambda x, w, b: torch.func.functional_call(part, {"weight": w, "bias": b}, x),
            lambda x, w, b: _formula(name)(x, w, b, pieces=part.pieces),
            x,
            *weights,
        )
    elif name == "parametric_relu":
        check_twin(functional.prelu, _formula(name), _grid(), part.weight.detach())
        check_twin(part, lambda x: _formula(name)(x, part.weight), _grid())
    else:
        # torch's backward of hardsigmoid multiplies by 1/6 in single precision, also in float64.
        rtol = 1e-7 if name == "hard_sigmoid" else 1e-12
        check_twin(part, lambda x: _formula(name)(x, **settings), _grid(), rtol=rtol)


@pytest.mark.parametrize("at_zero", ["fires", "rests"])
def test_threshold_is_its_formula_and_lets_no_gradient_through(at_zero):
    x = torch.cat([_grid(), torch.zeros(1, 3), torch.full((1, 3), -1e-45), torch.full((1, 3), -math.inf)])
    x.requires_grad_()
    y = activations.Threshold(at_zero=at_zero)(x)
    assert torch.equal(y, activations.threshold_formula(x, at_zero=at_zero))
    assert not y.signbit().any()
    y.sum().backward()
    assert torch.equal(x.grad, torch.zeros_like(x))
    assert activations.Threshold(at_zero=at_zero)(torch.tensor([math.nan])).isnan().all()


@pytest.mark.parametrize("temperature", [0.3, 1.0, 7.0])
def test_stochastic_mean_is_its_formula(temperature):
    x = torch.linspace(-4, 4, 23, dtype=torch.float64)
    part = activations.Stochastic(temperature=temperature).eval()
    check_twin(part, lambda x: activations.stochastic_formula(x, temperature=temperature), x)


@pytest.mark.parametrize("temperature", [0.0, 0.3, 2.0])
def test_stochastic_draws_signs_and_learns_by_the_mean(temperature):
    x = torch.linspace(-3, 3, 40, dtype=torch.float64)
    drawn, mean = x.clone().requires_grad_(), x.clone().requires_grad_()
    part = activations.Stochastic(temperature=temperature)
    y = part(drawn)
    assert set(y.tolist()) == {-1.0, 1.0}
    (y * x).sum().backward()
    (part.eval()(mean) * x).sum().backward()
    torch.testing.assert_close(drawn.grad, mean.grad, rtol=1e-12, atol=1e-12)


def test_stochastic_takes_a_generator():
    x = torch.zeros(64)
    first, again, other = (activations.Stochastic(generator=torch.Generator().manual_seed(s))(x) for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    part = activations.Stochastic(generator=torch.Generator().manual_seed(1))
    assert torch.equal(copy.deepcopy(part)(x), first)
    assert torch.equal(part(x), first)


def test_what_never_fires_never_fires_in_half_precision():
    x = torch.full((4096,), -30.0, dtype=torch.bfloat16)
    assert (activations.Stochastic()(x) == -1).all()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "maxout"])
def test_what_is_not_a_number_stays_so(name):
    for settings in SETTINGS.get(name, [{}]):
        part = catalog.find("activations", name)(**settings)
        for mode in (True, False):
            assert part.train(mode)(torch.full((2, 3), math.nan)).isnan().all()


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "gelu", "silu", "identity", "logistic"])
def test_slope_at_zero_is_the_true_one(name):
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    _formula(name)(x).backward()
    assert x.grad.item() == {"tanh": 1.0, "sigmoid": 0.25, "logistic": 0.25, "identity": 1.0}.get(name, 0.5)


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=8))
def test_bounds_and_order(values):
    x = torch.tensor(sorted(values))
    for name in (*CURVES, "hard_sigmoid", "hard_tanh"):
        assert (catalog.find("activations", name)()(x).diff() >= 0).all(), name
    assert activations.Tanh()(x).abs().max() <= 1
    assert torch.isclose(activations.Softmax()(x).sum(), torch.tensor(1.0))


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=2), st.floats(0, 1))
def test_maxout_is_convex(ends, share):
    torch.manual_seed(1)
    part = activations.Maxout(inputs=1, outputs=1, pieces=4).double()
    a, b = torch.tensor(ends, dtype=torch.float64).reshape(2, 1, 1)
    between = part(share * a + (1 - share) * b)
    assert between.item() <= (share * part(a) + (1 - share) * part(b)).item() + 1e-9


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_part_behaves(name, settings):
    part = catalog.find("activations", name)(**settings)
    check_behaves(part, torch.linspace(-3.1, 3, 6).reshape(2, 3))


@pytest.mark.parametrize("name", KERNELS)
def test_kernel_is_torchs_own(name):
    theirs, settings = KERNELS[name]
    check_same_kernels(catalog.find("activations", name)(**settings), theirs, torch.randn(64, 8))


def test_every_activation_is_measured_against_something():
    assert set(NAMES) - set(KERNELS) == {"identity", "threshold", "stochastic", "maxout"}  # no kernel in torch


@pytest.mark.parametrize("name", NAMES)
def test_page_names_formula_derivative_and_source(name):
    entry = catalog.describe("activations", name)
    assert entry.formula
    assert entry.derivative
    assert entry.derivative != entry.formula
    assert entry.source
    assert entry.course
    assert ">>>" in entry.text


def test_other_names_lead_to_a_part_and_to_one_alone():
    assert catalog.resolve("activations", "swish") == "silu"
    assert catalog.find("activations", "Heaviside") is activations.Threshold
    parts = {name.replace("_", "") for room in catalog.rooms() for name in catalog.names(room)}
    others = [
        other.replace("-", "").replace(" ", "").lower()
        for room in catalog.rooms()
        for name in catalog.names(room)
        for other in catalog.also_called(room, name)
    ]
    assert not set(others) & parts, "a part of that name exists"
    assert len(set(others)) == len(others)


def test_refusals():
    with pytest.raises(RangeError, match=r"ELU: alpha must be > 0, got alpha=0\."):
        activations.ELU(alpha=0)
    with pytest.raises(RangeError, match=r"Softplus: beta must be > 0, got beta=-1\."):
        activations.Softplus(beta=-1)
    with pytest.raises(RangeError, match=r"Logistic: slope must be > 0, got slope=0\."):
        activations.Logistic(slope=0)
    with pytest.raises(RangeError, match=r"Stochastic: temperature must be >= 0, got temperature=-1\."):
        activations.Stochastic(temperature=-1)
    with pytest.raises(RangeError, match=r"Maxout: pieces must be >= 2, got pieces=1\."):
        activations.Maxout(inputs=1, outputs=1, pieces=1)
    with pytest.raises(ShapeError, match=r"Maxout: x must have size 3 in dimension -1, got shape \(2, 4\)\."):
        activations.Maxout(inputs=3, outputs=1)(torch.zeros(2, 4))
    with pytest.raises(RangeError, match=r"ParametricReLU: slopes must be >= 1, got slopes=0\."):
        activations.ParametricReLU(slopes=0)
    with pytest.raises(ShapeError, match=r"ParametricReLU: x must have size 3 in dimension 1, got shape \(2, 4\)\."):
        activations.ParametricReLU(slopes=3)(torch.zeros(2, 4))
    with pytest.raises(UnknownNameError, match=r"Threshold: no at_zero 'fire'; did you mean 'fires'\?"):
        activations.Threshold(at_zero="fire")
