"""What a course says about activations, put to the test where mathematics settles it."""

import math
from dataclasses import dataclass

import pytest
import torch
from torch import nn
from torch.nn import functional

from glasswork import activations as act
from glasswork import catalog, course
from glasswork.initializers import lecun_normal
from glasswork.losses import squared_error
from glasswork.models import MLP, LSTMForecaster

XOR = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
NORMAL = torch.special.ndtri(torch.linspace(0.5 / 20_000, 1 - 0.5 / 20_000, 20_000, dtype=torch.float64))


def _slope(part, x):
    x = torch.as_tensor(x, dtype=torch.float64).requires_grad_()
    part(x).sum().backward()
    return x.grad


def _value(part, x):
    return part(torch.tensor([x], dtype=torch.float64)).item()


@dataclass(frozen=True)
class Probed:
    """What numbers alone tell about a curve."""

    linear: bool  # f(a + b) - f(a) = f(b) - f(0) everywhere
    smooth: bool  # one-sided slopes agree at 0
    flat_left: bool
    flat_right: bool
    centred: bool  # mean of the outputs on N(0, 1) below 0.01 in size
    dies: bool  # a slope of exactly 0 over a whole half line


def probe(part):
    a, b = torch.linspace(-3, 3, 61, dtype=torch.float64), 1.7
    zero = torch.zeros(1, dtype=torch.float64)
    with torch.no_grad():
        gain = part(a + b) - part(a)
        linear = bool(torch.allclose(gain, (part(zero + b) - part(zero)).expand_as(gain)))
        centred = abs(part(NORMAL).mean().item()) < 0.01
    below, above = _slope(part, [-1e-7, 1e-7])
    left, right = _slope(part, torch.linspace(-60, -50, 5)), _slope(part, torch.linspace(50, 60, 5))
    return Probed(
        linear=linear,
        smooth=abs(below - above).item() < 1e-3,
        flat_left=bool((left.abs() < 1e-9).all()),
        flat_right=bool((right.abs() < 1e-9).all()),
        centred=centred,
        dies=bool((_slope(part, torch.linspace(-60, -0.1, 50)) == 0).all()),
    )


def _labels(text):
    return Probed(*(mark == "x" for mark in text.split()))


TABLE = {
    # linear, smooth at 0, flat on the left, flat on the right, centred on N(0, 1), dies
    "sigmoid": (act.Sigmoid(), ". x x x . ."),
    "tanh": (act.Tanh(), ". x x x x ."),
    "relu": (act.ReLU(), ". . x . . x"),
    "leaky_relu": (act.LeakyReLU(), ". . . . . ."),
    "parametric_relu": (act.ParametricReLU().double(), ". . . . . ."),
    "elu": (act.ELU(), ". x x . . ."),
    "elu of 0.5": (act.ELU(alpha=0.5), ". . x . . ."),
    "selu": (act.SELU(), ". . x . x ."),
    "softplus": (act.Softplus(), ". x x . . ."),
    "swish": (act.SiLU(), ". x x . . ."),
    "gelu": (act.GELU(), ". x x . . ."),
    "identity": (act.Identity(), "x x . . x ."),
}


@pytest.mark.course(
    "ACT-17",
    verdict="does not hold",
    seen="probed at both sides of 0 and far out: ReLU, leaky and parametric ReLU, SELU and an ELU of 0.5 have a kink "
    "at 0, ELU of 1 has none; ReLU, ELU and SELU go flat on the left; the notes tick these otherwise",
)
@pytest.mark.course(
    "ACT-02",
    verdict="holds under conditions",
    seen="each criterion can be measured, but of eleven non-linear curves none is smooth at 0, flat on neither side "
    "and centred on N(0, 1) at once",
)
@pytest.mark.parametrize("name", TABLE)
def test_property_table(name):
    part, expected = TABLE[name]
    found = probe(part)
    assert found == _labels(expected)
    assert found.linear or not (found.smooth and found.centred and not found.flat_left and not found.flat_right)
    assert "kink at 0 (ELU only smooth for alpha=1)" in course.mistakes()["E-80"].right


def _hidden(activation, layers=3):
    parts = [nn.Linear(2, 8).double()]
    for _ in range(layers - 1):
        parts += [activation(), nn.Linear(8, 8).double()]
    return nn.Sequential(*parts, activation(), nn.Linear(8, 1).double())


@pytest.mark.course(
    "ACT-01",
    verdict="holds",
    seen="four linear layers with nothing between them are one affine map to 1e-12; the best affine map of XOR has "
    "the mean squared error 1/4 of a constant, three tanh units have 0",
)
def test_without_activation_only_linear_relations():
    torch.manual_seed(0)
    x = torch.randn(50, 2, dtype=torch.float64)
    constant = functional.pad(x, (0, 1), value=1.0)

    def distance_from_affine(net):
        y = net(x).detach()
        return (constant @ torch.linalg.lstsq(constant, y).solution - y).abs().max().item()

    assert distance_from_affine(_hidden(act.Identity)) < 1e-12
    assert distance_from_affine(_hidden(act.Tanh)) > 1e-3

    rows, y = functional.pad(XOR, (0, 1), value=1.0), torch.tensor([[0.0], [1.0], [1.0], [0.0]])
    best = rows @ torch.linalg.lstsq(rows, y).solution
    torch.testing.assert_close(squared_error(best, y), torch.tensor(0.25))
    units = act.Tanh()(rows @ torch.tensor([[1.0, 2.0, -1.0], [1.0, -1.0, 2.0], [-1.0, 0.5, 0.3]]))
    rows = functional.pad(units, (0, 1), value=1.0)
    assert squared_error(rows @ torch.linalg.lstsq(rows, y).solution, y) < 1e-9


@pytest.mark.course(
    "ACT-03",
    verdict="holds",
    seen="slope at most 0.25, at 0, and below 1e-4 from 10 on, so ten layers pass on less than a millionth; mean "
    "output 0.5 on N(0, 1)",
)
def test_sigmoid():
    x = torch.linspace(-20, 20, 4001)
    slopes = _slope(act.Sigmoid(), x)
    assert slopes.max().item() == pytest.approx(0.25, abs=1e-9)
    assert abs(x[slopes.argmax()].item()) < 1e-5
    assert slopes.max() ** 10 < 1e-6
    assert (slopes[x.abs() >= 10] < 1e-4).all()
    y = act.Sigmoid()(NORMAL)
    assert y.mean().item() == pytest.approx(0.5, abs=1e-9)
    assert (y > 0).all()
    assert (y < 1).all()


@pytest.mark.course(
    "ACT-04",
    verdict="holds",
    seen="odd, mean 0 on symmetric input, slope 1 at 0 (4 times the sigmoid's) and larger up to 1.4, below 1e-8 at 10",
)
def test_tanh():
    x = torch.linspace(-1.4, 1.4, 141)
    tanh, sigmoid = _slope(act.Tanh(), x), _slope(act.Sigmoid(), x)
    assert tanh.max() == 1 == 4 * sigmoid.max()
    assert (tanh > sigmoid).all()
    assert torch.equal(act.Tanh()(-NORMAL), -act.Tanh()(NORMAL))
    assert act.Tanh()(NORMAL).mean().item() == pytest.approx(0, abs=1e-9)
    assert _slope(act.Tanh(), [10.0]).item() < 1e-8


@pytest.mark.course(
    "ACT-05", verdict="holds", seen="outputs add up to 1, keep the order and do not change when all scores move alike"
)
def test_softmax():
    x = 5 * torch.randn(40, 6, dtype=torch.float64)
    y = act.Softmax()(x)
    torch.testing.assert_close(y.sum(-1), torch.ones(40, dtype=torch.float64))
    assert torch.equal(y.argsort(-1), x.argsort(-1))
    torch.testing.assert_close(act.Softmax()(x + 300), y)


@pytest.mark.course(
    "ACT-06",
    verdict="holds",
    seen="half the outputs are 0 on N(0, 1) and their mean is 0.4; slope 1 right of 0, 0 left of it and at 0, so ten "
    "layers pass on a gradient of 1",
)
def test_relu():
    y = act.ReLU()(NORMAL)
    assert (y == 0).double().mean().item() == 0.5
    assert y.mean().item() == pytest.approx(1 / math.sqrt(2 * math.pi), abs=1e-3)
    assert _slope(act.ReLU(), [-2.0, 0.0, 2.0]).tolist() == [0, 0, 1]
    assert _slope(nn.Sequential(*(act.ReLU() for _ in range(10))), [0.3]).item() == 1


@pytest.mark.course("ACT-07", verdict="holds", seen="slope 0.01 on every negative input, never 0; 0.1 by one setting")
@pytest.mark.course("HP-12", verdict="holds", seen="the slope is a setting: 0.01 by default, 0.1 on request")
def test_leaky_slopes():
    negative = [-50.0, -1.0, -1e-6]
    assert _slope(act.LeakyReLU(), negative).tolist() == [0.01] * 3
    assert _slope(act.LeakyReLU(slope=0.1), negative).tolist() == [0.1] * 3
    assert [(one.name, one.default) for one in catalog.signature("activations", "leaky_relu")] == [("slope", 0.01)]


@pytest.mark.course(
    "ACT-08", verdict="holds", seen="equal to leaky ReLU for a = 0.01 and to ReLU for a = 0; a step of descent moves a"
)
def test_parametric_relu():
    x = torch.linspace(-4, 4, 41)
    assert torch.equal(act.ParametricReLU(start=0.01)(x), act.LeakyReLU()(x))
    assert torch.equal(act.ParametricReLU(start=0.0)(x), act.ReLU()(x))
    part = act.ParametricReLU(start=0.01)
    squared_error(part(x), x.abs()).backward()  # which wants a = -1
    before = part.weight.item()
    torch.optim.SGD(part.parameters(), lr=0.1).step()
    assert part.weight.grad.item() > 0
    assert part.weight.item() < before


@pytest.mark.course(
    "ACT-09",
    verdict="holds",
    seen="levels off at -alpha, mean output on N(0, 1) 0.16 against ReLU's 0.4, no slope of 0; smooth at 0 for alpha "
    "= 1 alone",
)
@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
def test_elu(alpha):
    part = act.ELU(alpha=alpha)
    assert _value(part, -50.0) == pytest.approx(-alpha)
    left, right = _slope(part, [-1e-12, 1e-12])
    assert (left.item() == pytest.approx(right.item())) == (alpha == 1)
    assert (_slope(part, [-20.0, -1.0]) > 0).all()
    assert act.ELU()(NORMAL).mean().item() == pytest.approx(0.16, abs=0.005)
    assert act.ReLU()(NORMAL).mean().item() == pytest.approx(0.4, abs=0.005)


def _deep(part, layers=30, width=512):
    torch.manual_seed(0)
    x = torch.randn(256, width)
    for _ in range(layers):
        x = part(x @ lecun_normal(torch.empty(width, width)).T)
    return x.mean().item(), x.var().item()


@pytest.mark.course(
    "ACT-10",
    verdict="holds under conditions",
    seen="with LeCun-normal weights 30 layers keep mean 0 and variance 1 within 0.2; without the scale, as printed, "
    "the variance falls to 0.63, with ReLU to nothing",
)
def test_selu_normalises_itself():
    mean, variance = _deep(act.SELU())
    assert abs(mean) < 0.2
    assert abs(variance - 1) < 0.2
    assert _deep(act.ELU(alpha=1.6732))[1] == pytest.approx(0.63, abs=0.05)
    assert _deep(act.ReLU())[1] < 1e-6


@pytest.mark.course(
    "HP-13", "ACT-10", verdict="holds", seen="the constants are 1.6732... and 1.0507... to double precision"
)
def test_selu_constants():
    scale = _value(act.SELU(), 1.0)
    alpha = -_value(act.SELU(), -700.0) / scale
    assert math.floor(scale * 1e4) == 10507
    assert math.floor(alpha * 1e4) == 16732
    assert catalog.signature("activations", "selu") == ()  # fixed: no setting


@pytest.mark.course(
    "ACT-11",
    verdict="holds",
    seen="slope is the sigmoid; off ReLU by log 2 at 0 and by less than 1e-8 beyond 20; finite, slope 1, at 1e4",
)
def test_softplus():
    x = torch.linspace(-30, 30, 61)
    torch.testing.assert_close(_slope(act.Softplus(), x), act.Sigmoid()(x.double()), rtol=1e-12, atol=1e-12)
    gap = act.Softplus()(x.double()) - act.ReLU()(x.double())
    assert gap.max().item() == pytest.approx(math.log(2))
    assert (gap[x.abs() >= 20] < 1e-8).all()
    assert act.Softplus()(torch.tensor(1e4)).item() == 1e4
    assert _slope(act.Softplus(), [1e4]).item() == 1


@pytest.mark.course("ACT-12")
def test_swish_is_silu():
    x = torch.linspace(-9, 9, 91, dtype=torch.float64)
    assert catalog.find("activations", "swish") is act.SiLU
    torch.testing.assert_close(act.SiLU()(x), x * act.Sigmoid()(x), rtol=1e-14, atol=1e-14)
    torch.testing.assert_close(act.SiLU()(x), functional.silu(x), rtol=0, atol=0)


def _maxout(*pieces):
    part = act.Maxout(inputs=1, outputs=1, pieces=len(pieces)).double()
    part.weight.data.copy_(torch.tensor(pieces)[:, :1])
    part.bias.data.copy_(torch.tensor(pieces)[:, 1])
    return lambda x: part(x.unsqueeze(-1)).squeeze(-1)


@pytest.mark.course(
    "ACT-13",
    verdict="holds",
    seen="with weights set by hand it is ReLU, the absolute value and a leaky ReLU, exactly; twice a linear layer's "
    "parameters",
)
def test_maxout():
    x = torch.linspace(-5, 5, 51, dtype=torch.float64)
    assert torch.equal(_maxout((1.0, 0.0), (0.0, 0.0))(x), act.ReLU()(x))
    assert torch.equal(_maxout((1.0, 0.0), (-1.0, 0.0))(x), x.abs())
    torch.testing.assert_close(_maxout((1.0, 0.0), (0.01, 0.0))(x), act.LeakyReLU()(x))
    count = sum(p.numel() for p in act.Maxout(inputs=7, outputs=5).parameters())
    assert count == 2 * sum(p.numel() for p in nn.Linear(7, 5).parameters())


@pytest.mark.course(
    "ACT-14",
    verdict="does not hold",
    seen="x times the normal distribution function at x, to 1e-15; it is not ReLU, as which it is misread: it differs"
    " by 0.17 and dips below 0",
)
def test_gelu():
    x = torch.linspace(-4, 4, 81, dtype=torch.float64)
    y = act.GELU()(x)
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        assert b == pytest.approx(a * 0.5 * (1 + math.erf(a / math.sqrt(2))), abs=1e-15)
    assert (y - act.ReLU()(x)).abs().max().item() == pytest.approx(0.17, abs=0.005)
    assert y.min() < -0.1


@pytest.mark.course("ACT-15", verdict="holds", seen="slope 1 everywhere")
def test_identity():
    x = torch.linspace(-1e3, 1e3, 11)
    assert torch.equal(act.Identity()(x), x)
    assert (_slope(act.Identity(), x) == 1).all()


@pytest.mark.course(
    "ACT-16",
    verdict="holds",
    seen="gradient 0 for every input, so descent leaves the weights where they are; the perceptron's rule finds AND",
)
def test_threshold_learns_by_a_rule_alone():
    targets = torch.tensor([0.0, 0.0, 0.0, 1.0])
    unit, step = nn.Linear(2, 1), act.Threshold()
    nn.init.zeros_(unit.weight)
    nn.init.zeros_(unit.bias)
    squared_error(step(unit(XOR)).squeeze(1), targets).backward()
    assert torch.equal(unit.weight.grad, torch.zeros(1, 2))
    assert unit.bias.grad.item() == 0
    with torch.no_grad():
        for _ in range(20):
            for x, y in zip(XOR, targets, strict=True):
                error = y - step(unit(x))
                unit.weight += error * x
                unit.bias += error
        assert torch.equal(step(unit(XOR)).squeeze(1), targets)


def _units(activation, bias):
    torch.manual_seed(0)
    layer, head = nn.Linear(8, 64), nn.Linear(64, 1)
    nn.init.constant_(layer.bias, bias)
    x = torch.randn(256, 8)
    hidden = activation()(layer(x))
    head(hidden).square().mean().backward()
    silent = (hidden == 0).all(0)
    return layer, silent, layer.weight.grad.abs().sum(1) == 0


@pytest.mark.course(
    "ACT-18",
    verdict="holds under conditions",
    seen="a bias of -5 silences ReLU units on all data and their weights get a gradient of exactly 0, a bias of 0.01 "
    "none and a leaky slope none; dead only while their inputs stay: they fire again when the layer below moves",
)
def test_dying_relu():
    dead_layer, silent, still = _units(act.ReLU, -5.0)
    assert silent.float().mean() > 0.9
    assert torch.equal(silent, still)
    assert not _units(act.ReLU, 0.01)[1].any()
    assert not _units(act.LeakyReLU, -5.0)[2].any()
    # Not "for ever": what the layer below does can bring them back.
    x = torch.randn(256, 8)
    moved = act.ReLU()(dead_layer(100 * x)) > 0
    assert moved.any(0)[silent].all()


@pytest.mark.course(
    "ACT-19",
    verdict="holds",
    seen="what the builders choose unasked: ReLU in an MLP's hidden layers, sigmoid gates and tanh states in an LSTM,"
    " softmax where a classifier's logits become probabilities",
)
def test_the_builders_choose_as_recommended():
    hidden = [part for part in MLP(inputs=3, outputs=2).modules() if isinstance(part, nn.ReLU)]
    assert hidden
    lstm = next(part for part in LSTMForecaster(**_sizes(LSTMForecaster)).modules() if isinstance(part, nn.LSTM))
    assert _is_lstm_with_sigmoid_and_tanh(lstm)
    from glasswork.tasks import Classification

    logits = torch.tensor([[1.0, 3.0], [0.5, 0.0]])
    shares = torch.from_numpy(Classification(["a", "b"]).decode(logits)["probabilities"])
    torch.testing.assert_close(shares, act.Softmax()(logits))


def _sizes(model):
    import inspect

    known = {"past": 8, "channels": 1, "horizon": 2, "inputs": 1, "outputs": 1, "targets": 1, "hidden": 4, "layers": 1}
    required = [n for n, p in inspect.signature(model).parameters.items() if p.default is p.empty]
    return {name: known[name] for name in required}


def _is_lstm_with_sigmoid_and_tanh(lstm):
    """One step of torch's cell, written with our parts."""
    x, sigmoid, tanh = torch.randn(1, 1, lstm.input_size), act.Sigmoid(), act.Tanh()
    gates = x[0] @ lstm.weight_ih_l0.T + lstm.bias_ih_l0 + lstm.bias_hh_l0
    i, _, g, o = gates.chunk(4, dim=-1)
    return torch.allclose(lstm(x)[0][0][0], (sigmoid(o) * tanh(sigmoid(i) * tanh(g)))[0], atol=1e-6)


# Neurons that an activation makes.


@pytest.mark.course(
    "NL-02",
    verdict="holds",
    seen="one unit with weights and a threshold gives AND, OR and NOT; an input exactly at the threshold fires or "
    "rests, as the setting says",
)
def test_mcculloch_pitts_gates():
    def gate(weights, threshold, rows, **setting):
        return act.Threshold(**setting)(rows @ torch.tensor(weights) - threshold).tolist()

    assert gate([1.0, 1.0], 2.0, XOR) == [0, 0, 0, 1]  # AND
    assert gate([1.0, 1.0], 1.0, XOR) == [0, 1, 1, 1]  # OR
    assert gate([-1.0], 0.0, torch.tensor([[0.0], [1.0]])) == [1, 0]  # NOT
    assert gate([1.0, 1.0], 2.0, XOR, at_zero="rests") == [0, 0, 0, 0]
    assert gate([1.0, 1.0], 1.0, XOR, at_zero="rests") == [0, 0, 0, 1]


@pytest.mark.course(
    "NL-03", verdict="holds", seen="a linear unit with squared error descends to the least-squares solution, to 1e-6"
)
def test_linear_unit_is_linear_regression():
    x = torch.randn(60, 3, dtype=torch.float64)
    y = (
        x @ torch.tensor([[2.0], [-1.0], [0.5]], dtype=torch.float64)
        + 0.3 * torch.randn(60, 1, dtype=torch.float64)
        + 4
    )
    unit = nn.Sequential(nn.Linear(3, 1), act.Identity()).double()
    descent = torch.optim.SGD(unit.parameters(), lr=0.2)
    for _ in range(200):
        descent.zero_grad()
        squared_error(unit(x), y).backward()
        descent.step()
    rows = functional.pad(x, (0, 1), value=1.0)
    best = torch.linalg.lstsq(rows, y).solution.squeeze(1)
    found = torch.cat([unit[0].weight[0], unit[0].bias])
    torch.testing.assert_close(found, best, rtol=1e-6, atol=1e-6)


@pytest.mark.course(
    "NL-04",
    verdict="holds",
    seen="the slope is a y (1 - y) to 1e-12; with a = 1e4 it is the threshold unit 0.01 from the step",
)
@pytest.mark.parametrize("a", [0.3, 1.0, 4.0])
def test_logistic_neuron(a):
    v = torch.linspace(-5, 5, 51, dtype=torch.float64)
    y = act.Logistic(slope=a)(v)
    torch.testing.assert_close(_slope(act.Logistic(slope=a), v), a * y * (1 - y), rtol=1e-12, atol=1e-12)
    off = torch.tensor([-2.0, -0.01, 0.01, 2.0], dtype=torch.float64)
    torch.testing.assert_close(act.Logistic(slope=1e4)(off), act.Threshold()(off))


@pytest.mark.course(
    "NL-05",
    verdict="holds under conditions",
    seen="the share of +1 in 20000 draws is P(v) within 0.015 at T of 0.5, 1 and 5, nearer to one half the higher T; "
    "at T = 0 it is +1 above 0 and -1 below, not always +1",
)
@pytest.mark.parametrize("temperature", [0.5, 1.0, 5.0])
def test_stochastic_neuron(temperature):
    def share(v, temperature):
        unit = act.Stochastic(temperature=temperature, generator=torch.Generator().manual_seed(1))
        return (unit(torch.full((20_000,), v)) == 1).double().mean().item()

    for v in (-1.5, -0.2, 0.0, 0.7):
        assert share(v, temperature) == pytest.approx(1 / (1 + math.exp(-v / temperature)), abs=0.015)
    assert abs(share(1.0, temperature) - 0.5) > abs(share(1.0, 4 * temperature) - 0.5)
    assert (share(0.1, 0.0), share(-0.1, 0.0)) == (1, 0)
    assert share(0.0, 0.0) == pytest.approx(0.5, abs=0.015)
