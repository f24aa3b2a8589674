"""One suite over all optimizers: torch's own for comparison, checkpoints both ways, groups, hooks, odd parameters."""

import copy
import subprocess
import sys

import pytest
import torch
from torch import nn

from glasswork import catalog, optimizers
from glasswork.errors import RangeError

NAMES = catalog.names("optimizers")
SETTINGS = {
    "sgd": [
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        {"weight_decay": 0.1},
    ],
    "adam": [{}, {"betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1}],
    "adamw": [{}, {"betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1}],
}
THEIRS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
CASES = [(name, settings) for name in SETTINGS for settings in SETTINGS[name]]


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


@pytest.mark.parametrize(("name", "settings"), CASES)
@pytest.mark.parametrize("fused", [True, False])
def test_same_weights_as_torch_after_ten_steps(name, settings, fused, monkeypatch):
    module = sys.modules[f"glasswork.optimizers.{'adam' if name == 'adamw' else name}"]
    monkeypatch.setattr(module, "can_fuse", lambda parameters: fused)
    ours, theirs = _net(), _net()
    _learn(ours, catalog.find("optimizers", name)(ours.parameters(), lr=0.05, **settings), 10)
    _learn(theirs, THEIRS[name](theirs.parameters(), lr=0.05, **settings), 10)
    torch.testing.assert_close(_weights(ours), _weights(theirs), rtol=0, atol=1e-12)


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


def test_formulas_give_the_same_weights():
    g = torch.tensor([0.3, -2.0, 0.0], dtype=torch.float64)
    w0 = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    rates = {"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "eps": 1e-8}

    def kernel(kind, **settings):
        weight = w0.clone().requires_grad_()
        optimizer = kind([weight], lr=0.1, **settings)
        for _ in range(3):
            weight.grad = g * weight.detach()
            optimizer.step()
        return weight.detach()

    w, m, v = w0.clone(), torch.zeros_like(g), torch.zeros_like(g)
    for t in (1, 2, 3):
        step, m, v = optimizers.adam_update(g * w, m, v, t, **rates)
        w = w + step
    torch.testing.assert_close(kernel(optimizers.Adam, betas=(0.9, 0.99)), w, rtol=0, atol=1e-12)

    w, m, v = w0.clone(), torch.zeros_like(g), torch.zeros_like(g)
    for t in (1, 2, 3):
        shrunk = w * (1 - 0.1 * 0.5)
        step, m, v = optimizers.adam_update(g * w, m, v, t, **rates)
        one, *_ = optimizers.adamw_update(w, g * w, m * 0, v * 0, 1, weight_decay=0.5, **rates)
        two, *_ = optimizers.adam_update(g * w, m * 0, v * 0, 1, **rates)
        torch.testing.assert_close(w + one, shrunk + two)
        w = shrunk + step
    torch.testing.assert_close(kernel(optimizers.AdamW, betas=(0.9, 0.99), weight_decay=0.5), w, rtol=0, atol=1e-12)

    for nesterov in (False, True):
        w, b = w0.clone(), torch.zeros_like(g)
        for _ in range(3):
            step, b = optimizers.sgd_update(g * w, b, lr=0.1, momentum=0.7, nesterov=nesterov)
            w = w + step
        theirs = kernel(optimizers.SGD, momentum=0.7, nesterov=nesterov)
        torch.testing.assert_close(theirs, w, rtol=0, atol=1e-12)


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
    optimizer = catalog.find("optimizers", name)(parameters, lr=0.1)
    for parameter in parameters:
        parameter.grad = torch.full_like(parameter, 0.5)
    optimizer.step()
    for parameter in (parameters[0], parameters[2], parameters[3]):
        assert parameter.isfinite().all()
        assert (parameter.abs().sum() < parameter.numel()).all()


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


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_each_group_goes_by_its_own_rate(name):
    a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    optimizer = catalog.find("optimizers", name)([{"params": [a]}, {"params": [b], "lr": 0.0}], lr=0.1)
    optimizer.add_param_group({"params": [torch.ones(1, requires_grad=True)]})
    a.grad, b.grad = torch.ones(2), torch.ones(2)
    optimizer.step()
    assert (a < 1).all()
    assert (b == 1).all()


def test_no_compiler_is_loaded():
    program = """
import sys, torch
from glasswork import catalog
from glasswork.optimizers import SGD, Adam, AdamW, Muon
for kind in (SGD, Adam, AdamW, Muon):
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
assert "torch._dynamo" not in sys.modules, "torch._dynamo was imported"
assert "sympy" not in sys.modules, "sympy was imported"
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_refusals(name):
    kind = catalog.find("optimizers", name)
    weight = torch.ones(2, 2, requires_grad=True)
    with pytest.raises(RangeError, match=rf"{kind.__name__}: lr must be >= 0, got lr=-0\.1\."):
        kind([weight], lr=-0.1)
    with pytest.raises(RangeError, match="must be in"):
        kind([weight], **({"momentum": 1.0} if name in ("sgd", "muon") else {"betas": (0.9, 1.0)}))


def test_nesterov_needs_momentum():
    with pytest.raises(RangeError, match=r"SGD: nesterov needs momentum > 0"):
        optimizers.SGD([torch.ones(1, requires_grad=True)], nesterov=True)


@pytest.mark.parametrize("name", NAMES)
def test_page_names_formula_and_source(name):
    entry = catalog.describe("optimizers", name)
    assert entry.formula
    assert entry.source
    assert {"params", "lr"} <= {parameter.name for parameter in entry.parameters}
