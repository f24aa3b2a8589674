"""The optimizers' formulas against what they wrote; state, groups and settings of every kind."""

import pytest
import torch
from torch import nn

import glasswork as gw
from glasswork.tracing.algebra import evaluate
from glasswork.tracing.update import update

KINDS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "sgd with decay, uphill": lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.3, maximize=True),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "momentum with dampening": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.4),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.1),
    "adam with decay": lambda p: torch.optim.Adam(p, lr=0.1, weight_decay=0.2),
    "amsgrad": lambda p: torch.optim.Adam(p, lr=0.1, amsgrad=True),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.2),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.1),
    "rmsprop, centered, momentum": lambda p: torch.optim.RMSprop(p, lr=0.1, centered=True, momentum=0.5),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1, lr_decay=0.1, initial_accumulator_value=0.2),
    "adadelta": lambda p: torch.optim.Adadelta(p, lr=0.5, weight_decay=0.1),
    "gw momentum": lambda p: gw.optimizers.Momentum(p, lr=0.1, weight_decay=0.1),
    "gw nesterov": lambda p: gw.optimizers.Nesterov(p, lr=0.1),
    "gw nesterov, torch's form": lambda p: gw.optimizers.NesterovTorch(p, lr=0.1),
    "gw adadelta": lambda p: gw.optimizers.Adadelta(p),
    "gw adagrad": lambda p: gw.optimizers.Adagrad(p, lr=0.1, initial_accumulator_value=0.1),
    "gw adagrad, epsilon inside": lambda p: gw.optimizers.AdagradEpsilonInside(p, lr=0.1),
    "gw rmsprop": lambda p: gw.optimizers.RMSprop(p, lr=0.1, momentum=0.5),
    "gw rmsprop, epsilon inside": lambda p: gw.optimizers.RMSpropEpsilonInside(p, lr=0.1),
    "gw adam, epsilon inside": lambda p: gw.optimizers.AdamEpsilonInside(p, lr=0.1),
    "gw adaptive gains": lambda p: gw.optimizers.AdaptiveGains(p, lr=0.1, limits=(0.98, 1.04)),
    "gw sgd": lambda p: gw.optimizers.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "gw adam": lambda p: gw.optimizers.Adam(p, lr=0.1, weight_decay=0.1),
    "gw adamw": lambda p: gw.optimizers.AdamW(p, lr=0.1, weight_decay=0.1),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_the_formula_gives_what_the_optimizer_writes(kind, dtype):
    torch.manual_seed(0)
    net = nn.Linear(3, 2)
    optimizer = KINDS[kind](net.parameters())
    x, y = torch.randn(4, 3), torch.randn(4, 2)
    for _ in range(3):  # the first step has no state, the later ones do
        step = gw.trace(net, nn.functional.mse_loss, x, y, optimizer=optimizer, dtype=dtype)
        for name, parameter in net.named_parameters():
            found = step.update(name)
            assert found.template is not None
            assert found.ok, (found.difference, found.allowed)
            equations = found.equations((0,) * parameter.dim())
            assert equations[-1].left.name == "w_new"
            for equation in equations:
                assert evaluate(equation.steps[0]) == pytest.approx(equation.steps[-1].value, rel=1e-4, abs=1e-7)
        optimizer.zero_grad()
        nn.functional.mse_loss(net(x), y).backward()
        optimizer.step()
        for name, parameter in net.named_parameters():
            torch.testing.assert_close(step.update(name).after.float(), parameter.detach(), rtol=1e-4, atol=1e-5)


def test_large_parameters_are_judged_at_once_and_in_slices():
    torch.manual_seed(0)
    net = nn.Linear(1300, 1000)
    optimizer = torch.optim.Adam(net.parameters())
    x, y = torch.randn(2, 1300), torch.randn(2, 1000)
    tape = gw.trace(net, nn.functional.mse_loss, x, y, optimizer=optimizer).tape
    movement = tape.movements[tape.parameters["weight"]]
    found = update(tape, movement.variable)
    assert set(movement.state) == {"step"}
    assert found.ok
    assert found.values["m"].shape == (1000, 1300)
    movement.judged = (1.0, movement.judged[1])  # a state that did not follow is not forgotten
    assert not update(tape, movement.variable).ok


def test_a_wrong_formula_is_noticed():
    class Careless(torch.optim.SGD):
        def step(self, closure=None):
            super().step(closure)
            with torch.no_grad():
                for group in self.param_groups:
                    for p in group["params"]:
                        if p.grad is not None:
                            p.add_(1e-6)

    net = nn.Linear(2, 1)
    step = gw.trace(
        net, nn.functional.mse_loss, torch.ones(1, 2), torch.ones(1, 1), optimizer=Careless(net.parameters())
    )
    assert not step.update("weight").ok
    assert not step.check().ok


def test_an_unknown_optimizer_is_shown_from_outside():
    class Fixed(torch.optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {})

        @torch.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    p -= 0.01 * p.grad.sign()

    net = nn.Linear(2, 1)
    before = net.weight.detach().clone()
    step = gw.trace(net, nn.functional.mse_loss, torch.ones(1, 2), torch.ones(1, 1), optimizer=Fixed(net.parameters()))
    found = step.update("weight")
    assert (found.template, found.lines, found.kind) == (None, [], "Fixed")
    torch.testing.assert_close(found.after, before.double() - 0.01 * step.gradient("weight").sign())
    assert torch.equal(net.weight, before)
    assert step.check().ok


def test_groups_keep_their_own_settings():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    groups = [{"params": net[0].parameters(), "lr": 1.0}, {"params": net[1].parameters()}]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    step = gw.trace(net, nn.functional.mse_loss, torch.ones(1, 2), torch.ones(1, 1), optimizer=optimizer)
    assert step.update("0.weight").values["lr"] == 1.0
    assert step.update("1.weight").values["lr"] == 0.1


def test_an_optimizer_that_wants_a_closure_is_left_out_and_said():
    net = nn.Linear(2, 1)
    optimizer = torch.optim.LBFGS(net.parameters())
    step = gw.trace(net, nn.functional.mse_loss, torch.ones(1, 2), torch.ones(1, 1), optimizer=optimizer)
    assert step.update("weight") is None
    assert "The update is not shown" in step.tape.notes[0]


def test_frozen_parameters_do_not_move():
    net = nn.Linear(2, 1)
    net.bias.requires_grad_(False)
    optimizer = torch.optim.Adam(net.parameters())
    step = gw.trace(net, nn.functional.mse_loss, torch.ones(1, 2), torch.ones(1, 1), optimizer=optimizer)
    assert step.gradient("bias") is None
    assert torch.equal(step.update("bias").after, net.bias.double())
    assert step.check().ok
