"""What the course says goes wrong in training, where one look settles it."""

import itertools
import math
from functools import partial

import pytest
import torch
from torch import nn

from glasswork.activations import ReLU, Sigmoid, Tanh
from glasswork.errors import NonFiniteError
from glasswork.initializers import he_normal, initialize, large_random, small_random, xavier_normal
from glasswork.learning import GradientDescent
from glasswork.losses import cross_entropy, squared_error
from glasswork.models import MLP, Linear
from glasswork.optimizers import SGD, Adam, Momentum
from glasswork.records import Batch
from glasswork.training import fit


def _first_layer_gradient(*, depth=10, activation=Sigmoid, initializer=xavier_normal, norm="none", residual=False):
    model = MLP(
        inputs=32, outputs=4, hidden=[32] * depth, activation=activation, dropout=0.0, norm=norm, residual=residual
    ).double()
    initialize(model, partial(initializer, generator=torch.Generator().manual_seed(0)))
    x = torch.randn(64, 32, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    cross_entropy(model(x), torch.arange(64) % 4).backward()
    return model.hidden[0].linear.weight.grad.norm().item()


@pytest.mark.course(
    "PROB-01",
    file="src/glasswork/models/mlp.py",
    verdict="holds",
    seen="ten sigmoid layers leave the first a gradient below 1e-5; fewer layers, ReLU with He's weights, batch "
    "normalisation and residual sums each raise it at least 100-fold, and from small weights it is smaller still",
)
def test_each_cure_raises_the_first_layers_gradient():
    sick = _first_layer_gradient()
    assert sick < 1e-5
    assert _first_layer_gradient(initializer=small_random) < sick / 100
    cures = [
        {"depth": 2},
        {"activation": ReLU, "initializer": he_normal},
        {"norm": "batch"},
        {"residual": True},
    ]
    for cure in cures:
        assert _first_layer_gradient(**cure) > 100 * sick, cure
    # A good start alone does not save sigmoids, but it does save ReLU.
    assert _first_layer_gradient(activation=ReLU, initializer=small_random) < 1e-10
    assert _first_layer_gradient(activation=ReLU, initializer=he_normal) > 1e-2


def _deep(initializer, *, norm="none", **learner):
    torch.manual_seed(0)
    model = MLP(inputs=16, outputs=1, hidden=[64] * 8, dropout=0.0, norm=norm)
    initialize(model, initializer)
    loop = GradientDescent(model, squared_error, SGD(model.parameters(), lr=learner.pop("lr", 0.01)), **learner)
    x = torch.randn(32, 16)
    batch = Batch({"x": x}, x[:, :1])
    return [loop.step(batch).loss.item() for _ in range(20)]


@pytest.mark.course(
    "PROB-02",
    file="src/glasswork/learning/non_finite.py",
    verdict="holds",
    seen="from weights of deviation 1 eight layers begin with a loss above 1e9 and the learner stops with an error "
    "that names the step; He's weights or batch normalisation keep 20 steps finite and the loss falling, a clipped "
    "norm keeps the steps finite",
)
def test_exploding_gradients_are_seen_and_cured():
    with pytest.raises(NonFiniteError, match="step"):
        _deep(large_random)
    for losses in (_deep(he_normal), _deep(large_random, norm="batch")):
        assert losses[-1] < losses[0]
    clipped = _deep(large_random, clip_norm=1.0)
    assert clipped[0] > 1e9
    assert all(map(math.isfinite, clipped))


@pytest.mark.course("PROB-02")
def test_a_norm_that_grows_is_on_record():
    torch.manual_seed(0)
    model = Linear(inputs=1, outputs=1)
    learner = GradientDescent(model, squared_error, SGD(model.parameters(), lr=1.5), watch_every=1)
    batch = Batch({"x": torch.ones(4, 1)}, torch.ones(4, 1))
    norms = [learner.step(batch).gradient_norm.item() for _ in range(6)]
    # Weight and bias both move by rate x slope: each step multiplies the error by 1 - 2 * 2 * 1.5 = -5.
    for before, after in itertools.pairwise(norms):
        assert after == pytest.approx(5 * before, rel=1e-4)


def _quadratic_after(lr, *, steps=25):
    """How far descent stays from the middle of a bowl with curvatures 1 and 9; the best rate is 2 / (1 + 9) = 0.2."""
    weight = nn.Parameter(torch.tensor([1.0, 1.0], dtype=torch.float64))
    optimizer = SGD([weight], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        (torch.tensor([0.5, 4.5]) * weight**2).sum().backward()
        optimizer.step()
    return weight.detach().abs().max().item()


@pytest.mark.course(
    "PROB-09",
    file="src/glasswork/optimizers/sgd.py",
    verdict="holds",
    seen="on a bowl of curvatures 1 and 9 the best rate is known to be 0.2: a grid of 23 rates finds it exactly, and "
    "the best of 60 random rates is within 10 % of it",
)
def test_search_recovers_a_known_optimum():
    grid = [0.01 * step for step in range(1, 24)]
    assert min(grid, key=_quadratic_after) == pytest.approx(0.2)
    generator = torch.Generator().manual_seed(0)
    drawn = (10 ** (-3 + 2.3 * torch.rand(60, generator=generator))).tolist()
    assert min(drawn, key=_quadratic_after) == pytest.approx(0.2, rel=0.1)


def _explained(model, point, *, width=0.05):
    """A linear model fitted to what another says around a point: its weights explain the other there."""
    near = point + width * torch.randn(200, len(point), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    with torch.no_grad():
        said = model(near)
    rows = torch.cat([near, torch.ones(200, 1, dtype=torch.float64)], 1)
    return torch.linalg.lstsq(rows, said).solution[:-1, 0]


@pytest.mark.course(
    "PROB-10",
    file="src/glasswork/models/linear.py",
    verdict="holds",
    seen="a linear model fitted around any point of a linear network gives back its weights to 1e-9; around two points "
    "of a network with hidden layers it gives weights that differ by more than half, so there is no one set to read",
)
def test_a_linear_model_explains_itself_and_a_deep_one_does_not():
    torch.manual_seed(1)
    points = torch.randn(2, 3, dtype=torch.float64)
    linear = initialize(Linear(inputs=3, outputs=1).double(), he_normal)
    for point in points:
        torch.testing.assert_close(_explained(linear, point), linear.linear.weight.detach()[0], rtol=0, atol=1e-9)
    deep = initialize(MLP(inputs=3, outputs=1, hidden=[32, 32], activation=Tanh, dropout=0.0).double(), he_normal)
    here, there = (_explained(deep, point) for point in points)
    assert (here - there).norm() > 0.5 * max(here.norm(), there.norm())


@pytest.mark.course(
    "PROB-11",
    file="src/glasswork/models/mlp.py",
    verdict="holds",
    seen="from ten random starts a linear model always ends at the same squared error on XOR, 1/4; a network of two "
    "hidden units ends below 0.01 from some and above 0.1 from others",
)
def test_where_a_network_ends_depends_on_where_it_began():
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])

    def ends(make):
        found = []
        for seed in range(10):
            torch.manual_seed(seed)
            model = initialize(make(), xavier_normal)
            optimizer = Adam(model.parameters(), lr=0.05)
            fit(model, (x, y), loss=squared_error, optimizer=optimizer, epochs=300, progress=False)
            found.append(squared_error(model(x), y).item())
        return found

    for value in ends(lambda: Linear(inputs=2, outputs=1)):
        assert value == pytest.approx(0.25, abs=1e-4)
    network = ends(lambda: MLP(inputs=2, outputs=1, hidden=[2], activation=Tanh, dropout=0.0))
    assert min(network) < 0.01
    assert max(network) > 0.1


@pytest.mark.course(
    "PROB-14",
    file="src/glasswork/optimizers/momentum.py",
    verdict="holds under conditions",
    seen="on a bowl of curvatures 1 and 50, at a rate where plain descent changes sides at every step along the steep "
    "axis, momentum 0.9 at a tenth of that rate changes sides at less than a fifth of them and is nearer after 100 "
    "steps, but it passes the minimum of the flat axis, which plain descent never does",
)
def test_momentum_cures_oscillation_and_overshoots():
    def path(optimizer_of, steps=100):
        weight = nn.Parameter(torch.tensor([10.0, 1.0], dtype=torch.float64))
        optimizer = optimizer_of([weight])
        visited = [weight.detach().clone()]
        for _ in range(steps):
            optimizer.zero_grad()
            (torch.tensor([0.5, 25.0]) * weight**2).sum().backward()
            optimizer.step()
            visited.append(weight.detach().clone())
        return torch.stack(visited)

    plain = path(lambda weights: SGD(weights, lr=0.039))
    heavy = path(lambda weights: Momentum(weights, lr=0.0039, momentum=0.9))
    flips = [(one[:-1, 1] * one[1:, 1] < 0).float().mean().item() for one in (plain, heavy)]
    assert flips[0] == 1
    assert flips[1] < 0.2
    print(flips, heavy[-1].norm(), plain[-1].norm())
    assert heavy[-1].norm() < plain[-1].norm()
    assert (plain[:, 0] > 0).all()
    assert (heavy[:, 0] < 0).any()
