"""Adam's kin: each writes m, v and its corrections by name, and what it says is what the optimizer wrote."""

import pytest
import torch
from torch import nn

import glasswork as gw
from glasswork.tracing.algebra import evaluate

KINDS = {
    "adamax": (torch.optim.Adamax, {}, ["m", "v", "m_hat", "w_new"]),
    "adamax, decay": (torch.optim.Adamax, {"weight_decay": 0.1}, ["g_decayed", "m", "v", "m_hat", "w_new"]),
    "nadam": (torch.optim.NAdam, {}, ["m", "mu", "mu_next", "v", "m_hat", "v_hat", "w_new"]),
    "nadam, decay beside": (
        torch.optim.NAdam, {"weight_decay": 0.1, "decoupled_weight_decay": True},
        ["w_decayed", "m", "mu", "mu_next", "v", "m_hat", "v_hat", "w_new"]),
    "radam": (torch.optim.RAdam, {}, ["m", "v", "m_hat", "rho_end", "rho", "w_new"]),
    "radam, maximize": (
        torch.optim.RAdam, {"maximize": True}, ["g_up", "m", "v", "m_hat", "rho_end", "rho", "w_new"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("earlier", [0, 3, 8])
def test_the_formula_is_what_the_optimizer_wrote(kind, earlier):
    make, settings, names = KINDS[kind]
    torch.manual_seed(2)
    net, x, y = nn.Linear(3, 2).double(), torch.randn(4, 3).double(), torch.randn(4, 2).double()
    optimizer = make(net.parameters(), lr=0.05, **settings)
    for _ in range(earlier):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(x), y).backward()
        optimizer.step()
    optimizer.zero_grad()
    step = gw.trace(net, nn.functional.mse_loss, x, y, optimizer=optimizer)
    update = step.update("weight")
    assert update.template == make.__name__
    assert update.ok, (update.difference, update.allowed)
    said = [name for name, _ in update.lines]
    assert said == (names if not (make is torch.optim.RAdam and earlier == 8) else [*names[:-1], "r", "w_new"])
    nn.functional.mse_loss(net(x), y).backward()
    optimizer.step()
    for line in update.equations((1, 2)):
        assert evaluate(line.steps[0]) == pytest.approx(line.steps[1].value, rel=1e-12, abs=1e-15)
    assert update.equations((1, 2))[-1].steps[1].value == pytest.approx(net.weight[1, 2].item(), abs=1e-14)
