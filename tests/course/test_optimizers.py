"""What the course says about optimizers, where mathematics or one run settles it."""

import inspect

import pytest
import torch
from torch import nn

from glasswork import catalog, optimizers
from glasswork.course.surfaces import surface
from glasswork.errors import RangeError


def _steps(optimizer, gradients):
    """Return the steps of one weight that is fed these gradients."""
    weight = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    moving = optimizer([weight])
    steps, before = [], 0.0
    for gradient in gradients:
        weight.grad = torch.tensor([float(gradient)], dtype=torch.float64)
        moving.step()
        steps.append(weight.item() - before)
        before = weight.item()
    return torch.tensor(steps, dtype=torch.float64)


def _walk(height, start, optimizer, steps):
    at = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    moving = optimizer([at])
    path = [at.detach().clone()]
    for _ in range(steps):
        moving.zero_grad()
        height(at[0], at[1]).backward()
        moving.step()
        path.append(at.detach().clone())
    return torch.stack(path)


@pytest.mark.course(
    "OPT-03",
    verdict="holds under conditions",
    seen="on a bowl 50 times steeper one way, each at its best rate, plain descent needs 87 steps to a thousandth "
    "of the height and momentum 25; but on a round bowl at rate 0.1 momentum 0.9 passes the minimum 5 times and "
    "plain descent never",
)
def test_momentum_is_faster_in_a_ravine_and_overshoots_in_a_bowl():
    ravine = surface("ravine")

    def needed(optimizer):
        path = _walk(ravine, ravine.start, optimizer, 500)
        height = ravine(path[:, 0], path[:, 1])
        return int((height > 1e-3 * height[0]).nonzero()[-1]) + 1

    best = (50**0.5 - 1) / (50**0.5 + 1)
    plain = needed(lambda w: optimizers.SGD(w, lr=2 / 51))
    heavy = needed(lambda w: optimizers.Momentum(w, lr=4 / (50**0.5 + 1) ** 2, momentum=best**2))
    assert (plain, heavy) == (87, 25)
    turns = {}
    for momentum in (0.0, 0.9):
        path = _walk(
            surface("quadratic"), (2.0, 0.0), lambda w, m=momentum: optimizers.Momentum(w, lr=0.1, momentum=m), 50
        )
        turns[momentum] = int((path[:, 0].sign().diff() != 0).sum())
    assert turns == {0.0: 0, 0.9: 5}


@pytest.mark.course(
    "OPT-04",
    verdict="holds under conditions",
    seen="at rate 0.01 and momentum 0.9 Nesterov's needs 50 steps in the ravine where momentum needs 64, and "
    "swings past less; from the right of a double well both end in the higher of its two minima",
    file="src/glasswork/optimizers/nesterov.py",
)
def test_nesterov_needs_fewer_steps_than_momentum_and_can_end_in_a_local_minimum():
    ravine = surface("ravine")
    needed, swings = {}, {}
    for kind in (optimizers.Momentum, optimizers.Nesterov):
        path = _walk(ravine, ravine.start, lambda w, kind=kind: kind(w, lr=0.01, momentum=0.9), 400)
        height = ravine(path[:, 0], path[:, 1])
        needed[kind.__name__] = int((height > 1e-3 * height[0]).nonzero()[-1]) + 1
        swings[kind.__name__] = path[:, 0].min().abs().item()
        end = _walk(surface("double_well"), (1.6, 0.8), lambda w, kind=kind: kind(w, lr=0.02, momentum=0.7), 400)[-1]
        assert end.tolist() == pytest.approx(surface("double_well").minima[1], abs=1e-4)
    assert needed == {"Momentum": 64, "Nesterov": 50}
    assert swings["Nesterov"] < swings["Momentum"]


@pytest.mark.course(
    "OPT-05",
    verdict="holds",
    seen="a constant gradient raises the gain by beta a step (1, 1.05, 1.1 ...), an alternating one takes 5 % away "
    "each time (1, 0.95, 0.9025 ...), a gradient of 0 leaves it alone",
)
def test_gains_grow_by_addition_and_shrink_by_multiplication():
    def gains(gradients, **settings):
        steps = _steps(lambda w: optimizers.AdaptiveGains(w, lr=0.5, beta=0.05, **settings), gradients)
        return (-steps / 0.5).tolist()

    assert gains([1] * 5) == pytest.approx([1, 1.05, 1.1, 1.15, 1.2])
    alternating = [(-1) ** t for t in range(5)]
    shrunk = [gain * sign for gain, sign in zip(gains(alternating), alternating, strict=True)]
    assert shrunk == pytest.approx([0.95**t for t in range(5)])
    assert gains([1, 0, 0, 1, 1]) == pytest.approx([1, 0, 0, 1, 1.05])
    assert gains([1] * 100, limits=(0.1, 2.0))[-1] == 2


@pytest.mark.course(
    "OPT-06",
    verdict="holds",
    seen="the rate of a weight (step over gradient) falls at every one of 1000 steps, to lr / sqrt(t) on a "
    "constant gradient; a weight whose gradient comes every tenth time moves sqrt(10) times as far each time",
)
def test_adagrads_rate_only_falls():
    gradients = torch.randn(1000, generator=torch.Generator().manual_seed(0)).double() + 0.01
    rates = _steps(lambda w: optimizers.Adagrad(w, lr=0.1), gradients) / -gradients
    assert (rates.diff() < 0).all()
    constant = -_steps(lambda w: optimizers.Adagrad(w, lr=0.1), [3.0] * 400)
    torch.testing.assert_close(constant, 0.1 / torch.arange(1, 401).double().sqrt(), rtol=1e-8, atol=0)
    rare = -_steps(lambda w: optimizers.Adagrad(w, lr=0.1), [float(t % 10 == 9) for t in range(400)])
    assert rare[399].item() / (0.1 / 400**0.5) == pytest.approx(10**0.5)


@pytest.mark.course(
    "OPT-07",
    verdict="holds",
    seen="on a constant gradient its step stays lr where AdaGrad's falls to a 32nd of it after 1000 steps; when "
    "the target jumps after 1000 noisy steps RMSprop has gone nine tenths of the way within 300 steps and AdaGrad "
    "less than half",
)
def test_rmsprop_does_not_fade_and_follows_a_target_that_moves():
    steps = -_steps(lambda w: optimizers.RMSprop(w, lr=0.01, alpha=0.9), [2.0] * 1000)
    assert steps[-1].item() == pytest.approx(0.01)
    faded = -_steps(lambda w: optimizers.Adagrad(w, lr=0.01), [2.0] * 1000)
    assert faded[-1].item() == pytest.approx(0.01 / 1000**0.5)
    noise = torch.randn(1300, generator=torch.Generator().manual_seed(0)).double()
    ends = {}
    for kind in (optimizers.RMSprop, optimizers.Adagrad):
        weight = torch.zeros(1, dtype=torch.float64, requires_grad=True)
        optimizer = kind([weight], lr=0.02)
        for t in range(1300):
            target = 0.0 if t < 1000 else 2.0
            weight.grad = weight.detach() - target + noise[t]
            optimizer.step()
        ends[kind.__name__] = weight.item()
    assert ends["RMSprop"] > 1.8
    assert ends["Adagrad"] < 1.0


@pytest.mark.course(
    "HP-10",
    verdict="holds",
    seen="the default 0.99 lies in 0.9 to 0.999, any share in [0, 1) is taken and others are refused; after a "
    "gradient shrank a hundredfold, steps are back at half their length after 76, 807 and 8107 steps at 0.9, 0.99 "
    "and 0.999",
    file="src/glasswork/optimizers/rmsprop.py",
)
def test_rmsprops_decay_is_its_memory():
    assert 0.9 <= inspect.signature(optimizers.RMSprop).parameters["alpha"].default <= 0.999
    for alpha in (1.0, -0.1, float("nan")):
        with pytest.raises(RangeError, match=r"RMSprop: alpha must be in \[0, 1\)"):
            optimizers.RMSprop([torch.ones(1, requires_grad=True)], alpha=alpha)
    recovered = {}
    for alpha in (0.9, 0.99, 0.999):
        build = lambda w, alpha=alpha: optimizers.RMSprop(w, lr=0.01, alpha=alpha)  # noqa: E731
        steps = -_steps(build, [1.0] * 8000 + [0.01] * 12000)[8000:]
        recovered[alpha] = int((steps < 0.005).sum())
    assert recovered == {0.9: 76, 0.99: 807, 0.999: 8107}


@pytest.mark.course(
    "OPT-08",
    verdict="holds",
    seen="on a constant gradient the steps grow at each of 1000 steps instead of fading, at the paper's rate of 1; "
    "gradients of 0.1 and of 1000 give the same steps to 1 %",
)
def test_adadelta_does_not_fade_and_needs_no_rate():
    assert inspect.signature(optimizers.Adadelta).parameters["lr"].default == 1
    steps = -_steps(optimizers.Adadelta, [1.0] * 1000)
    assert (steps.diff() > 0).all()
    large, small = (-_steps(optimizers.Adadelta, [size] * 50) for size in (1000.0, 0.1))
    torch.testing.assert_close(small, large, rtol=0.01, atol=0)


@pytest.mark.course(
    "OPT-09",
    verdict="holds under conditions",
    seen="the first step is the rate to 1 % whatever the gradient from 1e-6 to 1e6, and the state is twice the "
    "parameters; the betas are numbers that are set, not trained",
)
def test_adams_first_step_its_memory_and_its_betas():
    for size in (1e-6, 1.0, -1e6):
        step = _steps(lambda w: optimizers.Adam(w, lr=0.01), [size]).item()
        assert step == pytest.approx(-0.01 if size > 0 else 0.01, rel=0.011)
    net = nn.Linear(30, 20)
    optimizer = optimizers.Adam(net.parameters())
    net(torch.ones(1, 30)).sum().backward()
    before = list(optimizer.param_groups[0]["betas"])
    optimizer.step()
    kept = sum(tensor.numel() for state in optimizer.state.values() for tensor in state.values() if tensor.dim())
    assert kept == 2 * sum(parameter.numel() for parameter in net.parameters())
    assert list(optimizer.param_groups[0]["betas"]) == before == [0.9, 0.999]


@pytest.mark.course(
    "OPT-10",
    verdict="holds",
    seen="the state holds both moments for the weight and for the bias, shaped like each and 0 at first",
)
def test_weight_and_bias_each_keep_their_moments():
    net = nn.Linear(3, 2)
    optimizer = optimizers.Adam(net.parameters(), betas=(0.9, 0.99))
    net(torch.tensor([[1.0, 2.0, 3.0]])).sum().backward()
    optimizer.step()
    state = optimizer.state_dict()["state"]
    for index, parameter in enumerate(net.parameters()):
        torch.testing.assert_close(state[index]["exp_avg"], 0.1 * parameter.grad)
        torch.testing.assert_close(state[index]["exp_avg_sq"], 0.01 * parameter.grad**2)


@pytest.mark.course("HP-07")
@pytest.mark.course(
    "OPT-12",
    verdict="holds",
    seen="momentum, AdaGrad, Nesterov (both forms), RMSprop and Adam are all found by name and lower the same loss",
    file="src/glasswork/optimizers/__init__.py",
)
@pytest.mark.parametrize("name", ["momentum", "adagrad", "nesterov", "nesterov_torch", "rmsprop", "adam", "sgd"])
def test_every_optimizer_of_the_list_is_there(name):
    assert name in catalog.names("optimizers")
    bowl = surface("quadratic")
    path = _walk(bowl, bowl.start, lambda w: catalog.find("optimizers", name)(w, lr=0.05), 60)
    assert bowl(*path[-1]) < 0.5 * bowl(*path[0])


@pytest.mark.course(
    "HP-09",
    verdict="holds",
    seen="the default of momentum and of both of Nesterov's is 0.9, which multiplies a constant gradient's step by "
    "10 = 1 / (1 - 0.9)",
)
@pytest.mark.parametrize("kind", [optimizers.Momentum, optimizers.Nesterov, optimizers.NesterovTorch])
def test_momentum_is_nine_tenths_by_default(kind):
    assert inspect.signature(kind).parameters["momentum"].default == 0.9
    assert -_steps(lambda w: kind(w, lr=0.1), [1.0] * 200)[-1].item() == pytest.approx(1.0)


@pytest.mark.course(
    "HP-11",
    verdict="holds under conditions",
    seen="Adam's default is the paper's (0.9, 0.999), the course's variant has (0.9, 0.99), and either takes the "
    "other; 0.99 forgets a large gradient in a tenth of the steps",
)
def test_adams_betas_are_the_papers_and_the_courses_can_be_chosen():
    def betas(kind):
        return inspect.signature(kind).parameters["betas"].default

    assert betas(optimizers.Adam) == betas(optimizers.AdamW) == (0.9, 0.999)
    assert betas(optimizers.AdamEpsilonInside) == (0.9, 0.99)
    slow = {}
    for beta2 in (0.99, 0.999):
        build = lambda w, beta2=beta2: optimizers.Adam(w, lr=0.01, betas=(0.9, beta2))  # noqa: E731
        steps = -_steps(build, [1.0] * 8000 + [0.01] * 12000)[8000:]
        slow[beta2] = int((steps < 0.005).sum())
    assert slow[0.999] == pytest.approx(10 * slow[0.99], rel=0.1)
