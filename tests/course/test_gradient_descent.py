"""What the course says about gradient descent, where mathematics or one run settles it."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from glasswork.course.surfaces import surface, surfaces
from glasswork.errors import NonFiniteError
from glasswork.learning import GradientDescent
from glasswork.optimizers import SGD, Momentum
from glasswork.records import Batch
from glasswork.training import TensorSource, range_finder, train

LEARNER = "src/glasswork/learning/gradient_descent.py"


class _Line(nn.Linear):
    def forward(self, x):
        return super().forward(x)


def _walk(height, start, optimizer, steps):
    """Return the points of a walk down a surface, (steps + 1, 2)."""
    at = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    moving = optimizer([at])
    path = [at.detach().clone()]
    for _ in range(steps):
        moving.zero_grad()
        height(at[0], at[1]).backward()
        moving.step()
        path.append(at.detach().clone())
    return torch.stack(path)


def _data(rows, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, 3, generator=generator, dtype=torch.float64)
    y = x @ torch.tensor([[1.0], [-2.0], [0.5]], dtype=torch.float64)
    return x, y + torch.randn(rows, 1, generator=generator, dtype=torch.float64)


def _line():
    torch.manual_seed(1)
    return _Line(3, 1).double()


def _learner(model, lr=0.05, **settings):
    return GradientDescent(model, nn.functional.mse_loss, SGD(model.parameters(), lr=lr), **settings)


def _gradient(model, x, y):
    model.zero_grad()
    nn.functional.mse_loss(model(x), y).backward()
    return torch.cat([parameter.grad.reshape(-1) for parameter in model.parameters()])


@pytest.mark.course(
    "GD-12",
    "SCHED-04",
    verdict="holds",
    seen="on a quadratic of curvature 50 a rate of 0.001 needs 135 steps to a thousandth of the distance, 0.019 "
    "needs 3, 0.038 overshoots at each of its 66 steps, 0.04 = 2/50 goes there and back for ever and 0.042 runs "
    "away",
)
@pytest.mark.course(
    "GD-01", "SCHED-03", verdict="holds", seen="it converges exactly for rates below 2 over the largest curvature"
)
def test_a_rate_converges_exactly_below_two_over_the_largest_curvature():
    ravine, y = surface("ravine"), 0.4

    def heights(lr, steps):
        return _walk(ravine, (0.0, y), lambda w: SGD(w, lr=lr), steps)[:, 1] / y

    def steps_needed(lr):
        return int((heights(lr, 1000).abs() > 1e-3).sum())

    assert [steps_needed(lr) for lr in (0.001, 0.019, 0.038)] == [135, 3, 66]
    assert all(heights(0.038, 60).sign().diff().abs() == 2)
    torch.testing.assert_close(heights(0.04, 101).abs(), torch.ones(102, dtype=torch.float64))
    assert heights(0.042, 100)[-1].abs() > 1e4
    for share in (0.01, 0.5, 0.99):
        assert heights(share * 2 / 50, 500)[-1].abs() < 1e-3
    for share in (1.01, 2.0):
        assert heights(share * 2 / 50, 500)[-1].abs() > 1e3


@pytest.mark.course(
    "GD-01",
    "GD-13",
    verdict="holds",
    seen="from 21 starts along a double well 10 end in the right and 11 in the lower left minimum, as their side "
    "of the ridge says; on the convex bowl all end in its one minimum",
)
def test_the_start_decides_which_minimum_is_found():
    ends = []
    for start in np.linspace(-1.9, 2.05, 21):
        end = _walk(surface("double_well"), (start, 0.3), lambda w: SGD(w, lr=0.02), 800)[-1]
        nearest = min(surface("double_well").minima, key=lambda point: abs(point[0] - end[0].item()))
        assert end.tolist() == pytest.approx(nearest, abs=1e-4)
        assert (nearest[0] < 0) == (start < 0.0754292)  # the ridge
        ends.append(nearest[0] < 0)
        bowl = _walk(surface("quadratic"), (start, 0.3), lambda w: SGD(w, lr=0.1), 200)[-1]
        assert bowl.norm() < 1e-6
    assert (sum(ends), len(ends) - sum(ends)) == (11, 10)


@pytest.mark.course(
    "GD-02",
    verdict="holds under conditions",
    seen="two runs give the same bits and every epoch is one update; the memory of a step grows with the rows, "
    "unless the gradient is gathered in pieces, which gives the same update",
    file=LEARNER,
)
def test_batch_descent_is_repeatable_and_its_memory_grows_with_the_rows():
    x, y = _data(64)
    weights, kept = [], {}
    for _ in range(2):
        model = _line()
        learner = _learner(model)
        history = train(learner, TensorSource({"x": x}, y), {"train": np.arange(64)}, epochs=5, batch_size=64)
        assert (learner.updates, len(history.epochs)) == (5, 5)
        weights.append(model.weight.detach())
    assert torch.equal(*weights)
    for rows in (16, 64):
        kept[rows] = 0

        def pack(tensor, rows=rows):
            kept[rows] += tensor.numel() * (tensor.shape[0] == rows)
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            nn.functional.mse_loss(_line()(x[:rows]), y[:rows])
    assert kept[64] == 4 * kept[16] > 0
    whole, pieces = _line(), _line()
    _learner(whole).step(Batch({"x": x}, y))
    gathering = _learner(pieces, accumulate=4)
    for start in range(0, 64, 16):
        gathering.step(Batch({"x": x[start : start + 16]}, y[start : start + 16]))
    torch.testing.assert_close(pieces.weight, whole.weight, rtol=0, atol=1e-14)


@pytest.mark.course(
    "GD-03",
    "GD-04",
    verdict="holds",
    seen="over all 28 batches of 2 of 8 rows, and all 8 of 1, 56 of 3 and 70 of 4, the mean of the batch gradients "
    "is the full gradient, and their variance is that of single rows times (8 - b) / (7 b)",
    file=LEARNER,
)
def test_the_mean_of_batch_gradients_is_the_full_one_and_their_variance_falls_with_the_size():
    x, y = _data(8)
    model = _line()
    full = _gradient(model, x, y)

    def variance(size):
        rows = torch.combinations(torch.arange(8), size)
        gradients = torch.stack([_gradient(model, x[row], y[row]) for row in rows])
        torch.testing.assert_close(gradients.mean(0), full, rtol=0, atol=1e-12)
        return (gradients - full).square().sum(1).mean()

    single = variance(1)
    for size in (2, 3, 4):
        torch.testing.assert_close(variance(size), single * (8 - size) / (7 * size))


@pytest.mark.course(
    "GD-03",
    verdict="holds",
    seen="one epoch over 50 rows one at a time is 50 updates, each epoch in an order of its own",
    file=LEARNER,
)
def test_stochastic_descent_updates_once_a_row_in_random_order():
    x, y = _data(50)
    learner, seen = _learner(_line(), lr=0.01), []
    source = TensorSource({"x": x}, y)
    parts = {"train": np.arange(50)}
    train(learner, source, parts, epochs=2, batch_size=1, watch=lambda record, batch: seen.append(int(batch.index[0])))
    assert learner.updates == 100
    assert sorted(seen[:50]) == sorted(seen[50:]) == list(range(50))
    assert seen[:50] != list(range(50))
    assert seen[:50] != seen[50:]


@pytest.mark.course(
    "GD-09",
    verdict="holds",
    seen="the summed updates of single rows at the same weights are the batch's mean gradient times the number of rows",
    file=LEARNER,
)
def test_accumulating_updates_is_one_batch_up_to_a_factor():
    x, y = _data(6)
    model = _line()
    total = sum(_gradient(model, x[i : i + 1], y[i : i + 1]) for i in range(6))
    torch.testing.assert_close(total, 6 * _gradient(model, x, y), rtol=0, atol=1e-12)
    one, many = _line(), _line()
    _learner(one).step(Batch({"x": x}, y))
    learner = _learner(many, accumulate=6)
    moved = [learner.step(Batch({"x": x[i : i + 1]}, y[i : i + 1])).updated for i in range(6)]
    assert moved == [False] * 5 + [True]
    torch.testing.assert_close(many.weight, one.weight, rtol=0, atol=1e-14)


@pytest.mark.course(
    "GD-10",
    verdict="holds",
    seen="fed one row at a time from a stream whose rule changes half-way, the learner follows the new rule; "
    "descent on all rows so far ends half-way between the two",
    file=LEARNER,
)
def test_a_stream_is_learned_row_by_row():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2000, 1, 3, generator=generator, dtype=torch.float64)
    rules = [torch.tensor([[1.0], [-2.0], [0.5]]).double(), torch.tensor([[-1.0], [1.0], [0.0]]).double()]
    online = _line()
    learner = _learner(online, lr=0.02)
    targets = [row @ rules[i // 1000] for i, row in enumerate(x)]
    for row, target in zip(x, targets, strict=True):
        learner.step(Batch({"x": row}, target))
    torch.testing.assert_close(online.weight.T, rules[1], rtol=0, atol=1e-3)
    batch = _line()
    learner = _learner(batch, lr=0.1)
    for _ in range(200):
        learner.step(Batch({"x": x[:, 0]}, torch.cat(targets)))
    between = (rules[0] + rules[1]) / 2
    torch.testing.assert_close(batch.weight.T, between, rtol=0, atol=0.15)


@pytest.mark.course(
    "GD-11",
    verdict="holds",
    seen="an epoch is one pass: every one of 10 rows is seen once in each, by 4 updates in batches of 3 and by 10 "
    "in batches of 1; updates and epochs are counted apart",
    file="src/glasswork/training/loop.py",
)
@pytest.mark.parametrize(("size", "updates"), [(3, 4), (1, 10), (10, 1)])
def test_an_epoch_is_one_pass_over_the_rows(size, updates):
    x, y = _data(10)
    learner, seen = _learner(_line(), lr=0.01), []
    parts = {"train": np.arange(10)}
    watch = lambda record, batch: seen.extend(batch.index.tolist())  # noqa: E731
    history = train(learner, TensorSource({"x": x}, y), parts, epochs=3, batch_size=size, watch=watch)
    assert learner.updates == 3 * updates
    assert history.last["epoch"] == 3
    for epoch in range(3):
        assert sorted(seen[10 * epoch : 10 * epoch + 10]) == list(range(10))


@pytest.mark.course(
    "GD-14",
    verdict="holds under conditions",
    seen="a walk that begins on the axis of x^2 - y^2 ends in the saddle, with momentum too; a millionth beside "
    "it, plain descent needs 76 steps to leave (|y| > 1) and momentum 0.9 needs 36: noise is the condition, "
    "momentum the speed",
)
def test_a_saddle_is_left_by_noise_and_sooner_with_momentum():
    def steps(optimizer, y):
        path = _walk(surface("saddle"), (1.0, y), optimizer, 200)
        return int((path[:, 1].abs() <= 1).sum())

    plain, heavy = (lambda w: SGD(w, lr=0.1)), (lambda w: Momentum(w, lr=0.1, momentum=0.9))
    assert steps(plain, 0.0) == steps(heavy, 0.0) == 201
    assert _walk(surface("saddle"), (1.0, 0.0), plain, 200)[-1].norm() < 1e-9
    assert (steps(plain, 1e-6), steps(heavy, 1e-6)) == (76, 36)


@pytest.mark.course(
    "GD-15",
    verdict="holds",
    seen="to bring (sigmoid(w) - 1)^2 / 2 below 0.01 at rate 1 takes more than 25 times as many steps from w = -8, "
    "where the slope is 0.0003, as from w = 0",
)
def test_a_plateau_costs_steps():
    def steps(start):
        path = _walk(lambda w, _: (w.sigmoid() - 1) ** 2 / 2, (start, 0.0), lambda w: SGD(w, lr=1.0), 6000)
        return int(((path[:, 0].sigmoid() - 1) ** 2 / 2 > 0.01).sum())

    near, far = steps(0.0), steps(-8.0)
    assert near > 0
    assert far < 6000
    assert far > 25 * near
    slow = _walk(surface("plateau"), surface("plateau").start, lambda w: SGD(w, lr=0.1), 100)
    assert (slow[-1] - slow[0]).norm() < 0.1


@pytest.mark.course(
    "GD-16",
    "OPT-13",
    verdict="holds",
    seen="one plain step from beside the cliff is 50 long, past a minimum 2.5 away; with the gradient's norm "
    "clipped to 1 no step is longer than the rate, and the walk ends in the minimum",
    file="src/glasswork/learning/clip_norm.py",
)
def test_clipping_keeps_a_cliff_from_throwing_the_weights_away():
    class Point(nn.Module):
        def __init__(self):
            super().__init__()
            self.at = nn.Parameter(torch.tensor(surface("cliff").start, dtype=torch.float64))

        def forward(self, x):
            return surface("cliff")(self.at[0], self.at[1]) * x

    batch = Batch({"x": torch.ones(1, dtype=torch.float64)}, torch.zeros(1))
    ends, longest = {}, {}
    for bound in (None, 1.0):
        model = Point()
        learner = GradientDescent(
            model, lambda outputs, targets: outputs.mean(), SGD(model.parameters(), lr=0.1), clip_norm=bound
        )
        path = [model.at.detach().clone()]
        for _ in range(150):
            learner.step(batch)
            path.append(model.at.detach().clone())
        lengths = torch.stack(path).diff(dim=0).norm(dim=1)
        ends[bound], longest[bound] = path[-1], lengths.max().item()
    assert longest[None] > 50
    assert longest[1.0] <= 0.1 + 1e-12
    assert ends[1.0].tolist() == pytest.approx(surface("cliff").minima[0], abs=1e-3)


@pytest.mark.course(
    "GD-17",
    verdict="holds",
    seen="at 1.9 over the larger curvature every step changes sides along the steep axis, and the steps along the "
    "flat one to a thousandth are 33, 361 and 3633 for condition numbers 10, 100 and 1000",
)
def test_steps_grow_with_the_condition_number():
    needed = []
    for condition in (10, 100, 1000):
        height = lambda x, y, k=condition: (x**2 + k * y**2) / 2  # noqa: E731
        path = _walk(height, (1.0, 1.0), lambda w, k=condition: SGD(w, lr=1.9 / k), 4000)
        assert all(path[:40, 1].sign().diff().abs() == 2)
        needed.append(int((path[:, 0].abs() > 1e-3).sum()))
    # (1 - 1.9/k)^n = 1/1000
    assert needed == [math.ceil(math.log(1e-3) / math.log(1 - 1.9 / k)) for k in (10, 100, 1000)]
    assert needed == [33, 361, 3633]


@pytest.mark.course(
    "GD-18",
    verdict="holds",
    seen="over a grid of 625 points the Hessians of bowl, ravine and cliff have no negative eigenvalue, those of "
    "saddle, double well, plateau and Rosenbrock's valley do somewhere; from three corners walks end in the one "
    "minimum of bowl and ravine",
    file="src/glasswork/course/surfaces.py",
)
@pytest.mark.parametrize("name", surfaces())
def test_convex_surfaces_have_no_negative_curvature(name):
    one = surface(name)
    left, right, bottom, top = one.window
    lowest = math.inf
    for x in np.linspace(left, right, 25):
        for y in np.linspace(bottom, top, 25):
            point = torch.tensor([x, y])
            hessian = torch.autograd.functional.hessian(lambda w: one(w[0], w[1]), point)
            lowest = min(lowest, torch.linalg.eigvalsh(hessian)[0].item())
    convex = name in ("quadratic", "ravine", "cliff")
    assert (lowest >= 0) == convex
    if name in ("quadratic", "ravine"):
        for start in ((left, bottom), (right, top), (left, top)):
            end = _walk(one, start, lambda w: SGD(w, lr=0.03), 600)[-1]
            assert end.norm() < 1e-4


@pytest.mark.course(
    "SCHED-03",
    verdict="holds",
    seen="gradient descent on a linear fit whose loss curves by c runs away until it is not finite at 1.1 times "
    "the rate 2 / c and converges at 0.9 times; the range finder proposes a rate below 2 / c",
    file="src/glasswork/training/range_finder.py",
)
def test_a_smaller_rate_cures_an_exploding_gradient():
    x, y = _data(32)
    model = _Line(3, 1, bias=False).double()
    curvature = 2 * torch.linalg.eigvalsh(x.T @ x / 32)[-1].item()
    source, parts = TensorSource({"x": x}, y), {"train": np.arange(32)}

    def learner(lr):
        torch.manual_seed(0)
        model.reset_parameters()
        return _learner(model, lr=lr, watch_every=1)

    with pytest.raises(NonFiniteError):
        train(learner(1.1 * 2 / curvature), source, parts, epochs=5000, batch_size=32)
    history = train(learner(0.9 * 2 / curvature), source, parts, epochs=300, batch_size=32)
    best = (x @ torch.linalg.lstsq(x, y).solution - y).square().mean().item()
    assert history.last["train/loss"] == pytest.approx(best, rel=1e-6)
    found = range_finder(learner(0.1), source, np.arange(32), batch_size=32, low=1e-4, high=10.0)
    assert found.suggestion is not None
    assert 1e-3 < found.suggestion < 2 / curvature
