"""One suite over all optimizers: torch's own for comparison, checkpoints both ways, groups, hooks, odd parameters."""

import copy
import inspect
import subprocess
import sys
from functools import partial

import pytest
import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile

from glasswork import catalog, optimizers
from glasswork.errors import RangeError, UsageError

NAMES = catalog.names("optimizers")
SETTINGS = {
    "sgd": [
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        {"weight_decay": 0.1},
    ],
    "nesterov_torch": [{"momentum": 0.8}, {"weight_decay": 0.1}],
    "adam": [{}, {"betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1}],
    "adamw": [{}, {"betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1}],
    "adagrad": [{}, {"lr_decay": 0.1, "eps": 1e-3, "weight_decay": 0.1, "initial_accumulator_value": 0.2}],
    "rmsprop": [{}, {"alpha": 0.8, "eps": 1e-3, "weight_decay": 0.1}, {"momentum": 0.7}],
    "adadelta": [{}, {"rho": 0.8, "eps": 1e-3, "weight_decay": 0.1}],
}
THEIRS = {
    "sgd": torch.optim.SGD,
    "nesterov_torch": partial(torch.optim.SGD, nesterov=True, momentum=0.9),
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adadelta": torch.optim.Adadelta,
}
CASES = [(name, settings) for name in SETTINGS for settings in SETTINGS[name]]
FUSED = {"sgd": "sgd", "nesterov_torch": "sgd", "adam": "adam", "adamw": "adam", "adagrad": "adagrad"}
# One weight, its gradient and the state, as the formula sees them.
FORMULAS = {
    "sgd": (optimizers.sgd_update, 1, {"momentum": 0.8}, {}),
    "nesterov_torch": (optimizers.sgd_update, 1, {"momentum": 0.8}, {"nesterov": True}),
    "momentum": (optimizers.momentum_update, 1, {"momentum": 0.8}, {}),
    "adagrad": (optimizers.adagrad_update, 1, {"lr_decay": 0.1, "eps": 1e-3}, {}),
    "adagrad_epsilon_inside": (optimizers.adagrad_epsilon_inside_update, 1, {"eps": 1e-3}, {}),
    "rmsprop": (optimizers.rmsprop_update, 2, {"alpha": 0.8, "eps": 1e-3, "momentum": 0.3}, {}),
    "rmsprop_epsilon_inside": (optimizers.rmsprop_epsilon_inside_update, 1, {"beta": 0.8, "eps": 1e-3}, {}),
    "adadelta": (optimizers.adadelta_update, 2, {"rho": 0.8, "eps": 1e-3}, {}),
    "adaptive_gains": (optimizers.adaptive_gains_update, 2, {"beta": 0.2}, {}),
    "adam": (optimizers.adam_update, 2, {"eps": 1e-3}, {"beta1": 0.9, "beta2": 0.999}),
    "adam_epsilon_inside": (optimizers.adam_epsilon_inside_update, 2, {"eps": 1e-3}, {"beta1": 0.9, "beta2": 0.99}),
}


def _net(dtype=torch.float64):
    torch.manual_seed(5)
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)).to(dtype)


def _learn(net, optimizer, steps, start=0):
    for step in range(start, start + steps):
        x = torch.randn(8, 4, generator=torch.Generator().manual_seed(step), dtype=torch.float64)
        optimizer.zero_grad()
        net(x.to(next(net.parameters()).dtype)).square().mean().backward()
        optimizer.step()


def _weights(net):
    return [parameter.detach() for parameter in net.parameters()]


def _without_kernel(monkeypatch, name):
    module = sys.modules[f"glasswork.optimizers.{FUSED[name]}"]
    monkeypatch.setattr(module, "can_fuse", lambda parameters, gradients: False)


@pytest.mark.parametrize(("name", "settings"), CASES)
@pytest.mark.parametrize("kernel", [True, False])
def test_same_weights_as_torch_after_twenty_steps(name, settings, kernel, monkeypatch):
    if not kernel and name not in FUSED:
        return  # there is but one way, and it was just tested
    if not kernel:
        _without_kernel(monkeypatch, name)
    ours, theirs = _net(), _net()
    _learn(ours, catalog.find("optimizers", name)(ours.parameters(), lr=0.05, **settings), 20)
    _learn(theirs, THEIRS[name](theirs.parameters(), lr=0.05, **settings), 20)
    torch.testing.assert_close(_weights(ours), _weights(theirs), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("kernel", [True, False])
def test_formula_gives_the_same_weights(name, kernel, monkeypatch):
    if not kernel and name in FUSED:
        _without_kernel(monkeypatch, name)
    update, states, settings, others = FORMULAS[name]
    scale = torch.tensor([0.3, -2.0, 0.0, 1.5], dtype=torch.float64)
    start = torch.tensor([1.0, 2.0, 3.0, -1.0], dtype=torch.float64)
    weight = start.clone().requires_grad_()
    optimizer = catalog.find("optimizers", name)([weight], lr=0.1, **settings)
    w = start.clone()
    kept = [torch.zeros_like(w) for _ in range(states)]
    if name == "adaptive_gains":
        kept[0] = torch.ones_like(w)
    for t in range(1, 8):
        bend = -1 if t == 4 else 1  # so that signs turn
        weight.grad = bend * scale * weight.detach()
        optimizer.step()
        time = {"t": t} if "t" in inspect.signature(update).parameters else {}
        step, *kept = update(bend * scale * w, *kept, lr=0.1, **time, **settings, **others)
        w = w + step
    torch.testing.assert_close(weight.detach(), w, rtol=0, atol=1e-13)
    assert (w[[0, 1, 3]] - start[[0, 1, 3]]).abs().min() > 1e-3


@pytest.mark.parametrize(("name", "settings"), CASES)
@pytest.mark.parametrize("first_is_ours", [True, False])
def test_checkpoints_fit_torch_and_the_other_way_round(name, settings, first_is_ours):
    kinds = [catalog.find("optimizers", name), THEIRS[name]]
    first, second = kinds if first_is_ours else kinds[::-1]
    whole, part = _net(), _net()
    straight = first(whole.parameters(), lr=0.05, **settings)
    _learn(whole, straight, 10)
    before = first(part.parameters(), lr=0.05, **settings)
    _learn(part, before, 4)
    after = second(part.parameters(), lr=9.0)
    after.load_state_dict(copy.deepcopy(before.state_dict()))
    _learn(part, after, 6, start=4)
    torch.testing.assert_close(_weights(part), _weights(whole), rtol=0, atol=1e-12)


def test_formula_of_adamw_shrinks_the_weights_beside_the_step():
    g, w = torch.tensor([0.3, -2.0]).double(), torch.tensor([1.0, 2.0]).double()
    zero = torch.zeros_like(g)
    rates = {"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "eps": 1e-8}
    weight = w.clone().requires_grad_()
    optimizer = optimizers.AdamW([weight], lr=0.1, betas=(0.9, 0.99), weight_decay=0.5)
    m, v = zero, zero
    for t in (1, 2, 3):
        weight.grad = g * weight.detach()
        optimizer.step()
        step, m_new, v_new = optimizers.adamw_update(w, g * w, m, v, t, weight_decay=0.5, **rates)
        plain, *_ = optimizers.adam_update(g * w, m, v, t, **rates)
        torch.testing.assert_close(step, plain - 0.1 * 0.5 * w, rtol=0, atol=1e-15)
        w, m, v = w + step, m_new, v_new
    torch.testing.assert_close(weight.detach(), w, rtol=0, atol=1e-12)


def test_nesterov_follows_the_look_ahead_formula_while_the_rate_changes():
    curve = torch.tensor([0.7, 3.0], dtype=torch.float64)
    w, v = torch.tensor([1.0, -2.0], dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    weight = w.clone().requires_grad_()
    optimizer = optimizers.Nesterov([weight], lr=0.1, momentum=0.8)
    for lr in (0.1, 0.2, 0.05, 0.1):
        optimizer.param_groups[0]["lr"] = lr
        optimizer.zero_grad()
        (curve * weight**2 / 2).sum().backward()
        optimizer.step()
        step, v = optimizers.nesterov_update(curve * (w - 0.8 * v), v, lr=lr, momentum=0.8)
        w = w + step
        ahead = weight.detach().clone()
        with optimizer.landed():
            torch.testing.assert_close(weight.detach(), w, rtol=0, atol=1e-14)
        assert torch.equal(weight.detach(), ahead)
        torch.testing.assert_close(ahead, w - 0.8 * v, rtol=0, atol=1e-14)


@pytest.mark.parametrize("pair", [("momentum", "sgd"), ("nesterov", "nesterov_torch")])
def test_torchs_momentum_is_the_courses_only_while_the_rate_is_constant(pair):
    for rates, same in (((0.1, 0.1, 0.1), True), ((0.1, 0.01, 0.1), False)):
        weights = []
        for name in pair:
            net = _net()
            optimizer = catalog.find("optimizers", name)(net.parameters(), momentum=0.9)
            for step, rate in enumerate(rates):
                optimizer.param_groups[0]["lr"] = rate
                _learn(net, optimizer, 1, start=step)
            weights.append(torch.cat([weight.reshape(-1) for weight in _weights(net)]))
        assert torch.allclose(*weights, rtol=0, atol=1e-13) == same


def test_adam_worked_by_hand():
    # g = 2, then g = -1, betas 1/2 and 3/4.  m: 1, 0.  v: 1, 1.  The second m is 0: no step.
    weight = torch.tensor([0.0], dtype=torch.float64, requires_grad=True)
    optimizer = optimizers.Adam([weight], lr=0.1, betas=(0.5, 0.75), eps=1e-12)
    weight.grad = torch.tensor([2.0], dtype=torch.float64)
    optimizer.step()
    assert weight.item() == pytest.approx(-0.1)  # m/(1 - 1/2) = 2, sqrt(v/(1 - 3/4)) = 2
    weight.grad = torch.tensor([-1.0], dtype=torch.float64)
    optimizer.step()
    assert weight.item() == pytest.approx(-0.1)


@pytest.mark.parametrize("name", NAMES)
def test_part_behaves(name):
    kind = catalog.find("optimizers", name)
    net = _net(torch.float32)
    frozen = net[0].bias
    optimizer = kind(net.parameters(), lr=0.01)
    assert isinstance(optimizer, torch.optim.Optimizer)
    seen = []
    optimizer.register_step_pre_hook(lambda *_: seen.append("before"))
    optimizer.register_step_post_hook(lambda *_: seen.append("after"))
    frozen.requires_grad_(False)
    kept = frozen.clone()
    losses = [optimizer.step(lambda: _closure(net, optimizer)) for _ in range(3)]
    assert losses[2] < losses[0]
    assert seen == ["before", "after"] * 3
    assert torch.equal(frozen, kept)
    assert kind.__name__ in repr(optimizer)
    twin_net = copy.deepcopy(net)
    twin = kind(twin_net.parameters(), lr=0.5)
    twin.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    twin.zero_grad()
    for n, o in ((net, optimizer), (twin_net, twin)):
        o.step(lambda n=n, o=o: _closure(n, o))
    torch.testing.assert_close(_weights(net), _weights(twin_net), rtol=0, atol=0)


def _closure(net, optimizer):
    optimizer.zero_grad()
    loss = net(torch.linspace(-1, 1, 16).reshape(4, 4)).square().mean()
    loss.backward()
    return loss.item()


@pytest.mark.parametrize("name", NAMES)
def test_half_precision_empty_and_scalar_parameters(name):
    weights = [torch.ones(3, 2, dtype=torch.bfloat16), torch.ones(0, 2), torch.tensor(1.0), torch.ones(2, 2).double()]
    parameters = [weight.requires_grad_() for weight in weights]
    lr = 100 if name == "adadelta" else 0.1  # its first steps are small, below what bfloat16 can tell from 1
    optimizer = catalog.find("optimizers", name)(parameters, lr=lr)
    for parameter in parameters:
        parameter.grad = torch.full_like(parameter, 0.5)
    optimizer.step()
    for parameter in (parameters[0], parameters[2], parameters[3]):
        assert parameter.isfinite().all()
        assert (parameter.abs().sum() < parameter.numel()).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_gradient_of_zero_in_float16_moves_nothing_or_is_refused_at_once(name):
    weight = torch.ones(2, 2, dtype=torch.float16).requires_grad_()
    kind = catalog.find("optimizers", name)
    small = kind([weight], lr=0.1)
    weight.grad = torch.zeros_like(weight)
    try:
        small.step()
    except RangeError as refusal:
        assert str(refusal).startswith(f"{kind.__name__} on float16: eps must be >= ")
        kind([weight], lr=0.1, eps=1e-4).step()
    assert weight.isfinite().all()
    assert (weight - 1).abs().max() < 0.1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("layout", ["slice", "transposed", "gradient transposed", "channels last"])
def test_any_layout_gives_the_same_weights(name, layout):
    torch.manual_seed(3)
    values = torch.randn(4, 6, 2, 2)
    whole = torch.randn(4, 12, 2, 2)
    untouched = whole.clone()
    gradients = [torch.randn(4, 6, 2, 2) for _ in range(3)]
    if layout == "slice":
        whole[:, ::2] = values
        odd = whole[:, ::2].detach()
    elif layout == "transposed":
        odd = values.permute(1, 0, 2, 3).contiguous().permute(1, 0, 2, 3)
    elif layout == "channels last":
        odd = values.to(memory_format=torch.channels_last)
    else:
        odd = values.clone()
    odd.requires_grad_()
    plain = values.clone().requires_grad_()
    kind = catalog.find("optimizers", name)
    pair = [(odd, kind([odd], lr=0.1)), (plain, kind([plain], lr=0.1))]
    for g in gradients:
        odd.grad = torch.empty_like(odd).copy_(g)
        if layout == "gradient transposed":
            odd.grad = g.permute(1, 0, 2, 3).contiguous().permute(1, 0, 2, 3)
        plain.grad = g
        for _, optimizer in pair:
            optimizer.step()
    torch.testing.assert_close(odd.detach(), plain.detach(), rtol=1e-5, atol=1e-5)
    assert (plain.detach() - values).abs().mean() > 1e-4
    assert torch.equal(whole[:, 1::2], untouched[:, 1::2])


@pytest.mark.parametrize("name", NAMES)
def test_a_parameter_without_gradient_or_in_an_empty_group_stays(name):
    used, unused = torch.ones(2, 2, requires_grad=True), torch.ones(2, 2, requires_grad=True)
    kind = catalog.find("optimizers", name)
    optimizer = kind([used, unused], lr=0.1)
    if name != "muon":  # makes its own groups
        optimizer.add_param_group({"params": []})
    for _ in range(2):
        used.grad = torch.ones(2, 2)
        optimizer.step()
    assert (used < 1).all()
    assert torch.equal(unused, torch.ones(2, 2))
    unused.grad = torch.ones(2, 2)  # it joins later, and begins with a first step of its own
    optimizer.step()
    fresh = torch.ones(2, 2, requires_grad=True)
    alone = kind([fresh], lr=0.1)
    fresh.grad = torch.ones(2, 2)
    alone.step()
    assert torch.equal(unused, fresh)


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_goes_its_own_way_to_the_same_bits(name):
    net = _net(torch.float32)
    optimizer = catalog.find("optimizers", name)(net.parameters(), lr=0.01)
    _learn(net, optimizer, 3)
    twin_net, twin = copy.deepcopy((net, optimizer))
    _learn(twin_net, twin, 3, start=3)
    assert not torch.equal(_weights(twin_net)[0], _weights(net)[0])
    _learn(net, optimizer, 3, start=3)
    torch.testing.assert_close(_weights(twin_net), _weights(net), rtol=0, atol=0)


@pytest.mark.parametrize("name", NAMES)
def test_a_checkpoint_on_disk_goes_on_to_the_same_bits(name, tmp_path):
    kind = catalog.find("optimizers", name)
    straight, whole = _net(torch.float32), _net(torch.float32)
    optimizer = kind(straight.parameters(), lr=0.01)
    _learn(straight, optimizer, 6)
    first = kind(whole.parameters(), lr=0.01)
    _learn(whole, first, 3)
    torch.save({"net": whole.state_dict(), "optimizer": first.state_dict()}, tmp_path / "state.pt")
    saved = torch.load(tmp_path / "state.pt", weights_only=True)
    resumed = _net(torch.float32)
    resumed.load_state_dict(saved["net"])
    second = kind(resumed.parameters(), lr=0.7)
    second.load_state_dict(saved["optimizer"])
    _learn(resumed, second, 3, start=3)
    torch.testing.assert_close(_weights(resumed), _weights(straight), rtol=0, atol=0)


@pytest.mark.parametrize("name", NAMES)
def test_only_torchs_own_algorithms_and_dense_real_gradients(name):
    kind = catalog.find("optimizers", name)
    table = nn.Embedding(5, 2, sparse=True)
    optimizer = kind(table.parameters(), lr=0.1)
    table(torch.tensor([1, 1])).sum().backward()
    with pytest.raises(
        UsageError, match=rf"{kind.__name__}: gradients must be dense, got a sparse one of shape \(5, 2\)"
    ):
        optimizer.step()
    wave = torch.ones(2, 2, dtype=torch.complex64, requires_grad=True)
    wave.grad = torch.ones(2, 2, dtype=torch.complex64)
    with pytest.raises(UsageError, match=rf"{kind.__name__}: parameters must be real, got torch.complex64\."):
        kind([wave], lr=0.1).step()
    if name in THEIRS:
        theirs = THEIRS[name]([torch.ones(2, 2, requires_grad=True)], lr=0.1, maximize=True)
        with pytest.raises(UsageError, match=r"a checkpoint with maximize=True cannot be continued here"):
            optimizer.load_state_dict(theirs.state_dict())
    assert "maximize" not in inspect.signature(kind).parameters


KERNELS = {
    "sgd": (torch.optim.SGD, {"momentum": 0.9}),
    "nesterov_torch": (partial(torch.optim.SGD, nesterov=True), {"momentum": 0.9}),
    "adam": (torch.optim.Adam, {}),
    "adamw": (torch.optim.AdamW, {}),
    "adagrad": (torch.optim.Adagrad, {}),
}


@pytest.mark.parametrize("name", KERNELS)
def test_same_kernel_calls_as_torchs_fused_class(name):
    theirs, settings = KERNELS[name]

    def calls(kind):
        net = _net(torch.float32)
        optimizer = kind(net.parameters(), lr=0.1, **settings)
        _learn(net, optimizer, 2)
        for parameter in net.parameters():
            parameter.grad = torch.ones_like(parameter)
        with profile(activities=[ProfilerActivity.CPU]) as seen:
            optimizer.step()
        return sorted(event.name for event in seen.events() if event.name.startswith("aten::"))

    ours = calls(catalog.find("optimizers", name))
    assert ours == calls(partial(theirs, fused=True))
    assert any("_fused_" in call for call in ours)


@pytest.mark.parametrize("name", NAMES)
def test_zero_grad_both_ways(name):
    weight = torch.ones(2, 2, requires_grad=True)
    optimizer = catalog.find("optimizers", name)([weight], lr=0.1)
    weight.sum().backward()
    optimizer.zero_grad(set_to_none=False)
    assert weight.grad.tolist() == [[0, 0], [0, 0]]
    optimizer.zero_grad()
    assert weight.grad is None
    optimizer.step()  # nothing to do


@pytest.mark.parametrize("name", [name for name in NAMES if name != "muon"])
def test_each_group_goes_by_its_own_rate(name):
    a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    optimizer = catalog.find("optimizers", name)([{"params": [a]}, {"params": [b], "lr": 0.0}], lr=0.1)
    optimizer.add_param_group({"params": [torch.ones(1, requires_grad=True)]})
    a.grad, b.grad = torch.ones(2), torch.ones(2)
    optimizer.step()
    assert (a < 1).all()
    assert (b == 1).all()


def test_no_compiler_is_loaded_by_training_and_a_checkpoint(tmp_path):
    program = """
import sys, torch
from glasswork import catalog
from glasswork.learning import GradientDescent
from glasswork.training import Checkpoints, TensorSource, train
from glasswork.tasks import Regression
import numpy as np
for name in catalog.names("optimizers"):
    kind = catalog.find("optimizers", name)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    optimizer = kind(net.parameters(), lr=0.1)
    optimizer.register_step_post_hook(lambda *_: None)
    for _ in range(3):
        optimizer.zero_grad()
        net(torch.ones(5, 3)).sum().backward()
        optimizer.step()
    again = kind(net.parameters(), lr=0.1)
    again.load_state_dict(optimizer.state_dict())
    again.add_param_group({"params": [torch.ones(2, 2, requires_grad=True)], **{
        key: value for key, value in again.param_groups[0].items() if key != "params"}})
    again.step()
    assert isinstance(again, torch.optim.Optimizer)
    class Net(torch.nn.Linear):
        def forward(self, x):
            return super().forward(x)
    model = Net(3, 1)
    learner = GradientDescent(model, torch.nn.functional.mse_loss, kind(model.parameters(), lr=0.001), clip_norm=1.0)
    saved = Checkpoints(sys.argv[1] + "/" + name)
    train(learner, TensorSource({"x": torch.randn(20, 3)}, torch.randn(20, 1)),
          {"train": np.arange(16), "valid": np.arange(16, 20)}, epochs=2, batch_size=4, checkpoints=saved)
    saved.latest().load(learner)
assert "torch._dynamo" not in sys.modules, "torch._dynamo was imported"
assert "sympy" not in sys.modules, "sympy was imported"
"""
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_refusals(name):
    kind = catalog.find("optimizers", name)
    weight = torch.ones(2, 2, requires_grad=True)
    with pytest.raises(RangeError, match=rf"{kind.__name__}: lr must be >= 0, got lr=-0\.1\."):
        kind([weight], lr=-0.1)
    known = inspect.signature(kind).parameters
    wrong = {
        "momentum": 1.0,
        "alpha": 1.0,
        "beta": 1.0,
        "rho": 1.0,
        "betas": (0.9, 1.0),
        "eps": 0.0,
        "weight_decay": -1.0,
    }
    tried = [setting for setting in wrong if setting in known]
    assert "weight_decay" in tried
    for setting in tried:
        with pytest.raises(RangeError, match=rf"must be .*, got (beta2|{setting})="):
            kind([weight], **{setting: wrong[setting]})


def test_refusals_of_their_own():
    weight = [torch.ones(1, requires_grad=True)]
    with pytest.raises(RangeError, match=r"NesterovTorch: momentum must be > 0"):
        optimizers.NesterovTorch(weight, momentum=0.0)
    with pytest.raises(RangeError, match=r"AdaptiveGains: largest must be >= 0.5, got largest=0.1\."):
        optimizers.AdaptiveGains(weight, limits=(0.5, 0.1))
    with pytest.raises(RangeError, match=r"AdaptiveGains: smallest must be > 0"):
        optimizers.AdaptiveGains(weight, limits=(0.0, 0.1))
    with pytest.raises(RangeError, match=r"Adagrad: initial_accumulator_value must be >= 0"):
        optimizers.Adagrad(weight, initial_accumulator_value=-1.0)


def test_nesterov_needs_momentum():
    with pytest.raises(RangeError, match=r"SGD: nesterov needs momentum > 0"):
        optimizers.SGD([torch.ones(1, requires_grad=True)], nesterov=True)


@pytest.mark.parametrize("name", NAMES)
def test_page_names_formula_and_source(name):
    entry = catalog.describe("optimizers", name)
    assert entry.formula
    assert entry.source
    assert {"params", "lr"} <= {parameter.name for parameter in entry.parameters}
