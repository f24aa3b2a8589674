"""Copies of one network that a script trains side by side in one process."""

import copy

import pytest
import torch
from torch import nn

from glasswork.doctor import watch
from glasswork.doctor.rules import rules


def both(model, other):
    """Each copy is given the mean of all gradients."""
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        mean = (p.grad + q.grad) / 2
        p.grad.copy_(mean)
        q.grad.copy_(mean)


def one(model, other):
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        p.grad.copy_((p.grad + q.grad) / 2)


def head(model, other):
    both(model[-1], other[-1])


def nothing(model, other):
    pass


def clipped(model, other):
    nn.utils.clip_grad_norm_(model.parameters(), 0.01)
    nn.utils.clip_grad_norm_(other.parameters(), 0.01)


def trained(exchange, *, same=True, silent=False):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    other = copy.deepcopy(model)
    if not same:
        nn.init.normal_(other[0].weight)
    if silent:  # no gradient gets past it
        nn.init.constant_(other[0].bias, -100.0)
    with watch() as checkup:
        first, second = (torch.optim.SGD(one.parameters(), 0.05) for one in (model, other))
        for _ in range(6):
            x, y = torch.randn(16, 4), torch.randn(16, 1)
            first.zero_grad()
            second.zero_grad()
            ((model(x[:8]) - y[:8]) ** 2).mean().backward()
            ((other(x[8:]) - y[8:]) ** 2).mean().backward()
            exchange(model, other)
            first.step()
            second.step()
    return checkup.vitals


@pytest.mark.parametrize(("exchange", "same"), [(one, True), (head, True), (both, False)])
def test_copies_that_part(exchange, same):
    vitals = trained(exchange, same=same)
    assert (vitals.copies, vitals.replicas_step) == (2, 1)
    (finding,) = rules()["replicas-out-of-step"](vitals)
    assert (finding.severity, finding.where, finding.step) == ("critical", "loop", 1)
    assert "between the 2 copies" in finding.evidence


def test_copies_that_are_kept_the_same():
    vitals = trained(both)
    assert (vitals.copies, vitals.replicas_differ) == (2, 0.0)
    assert list(rules()["replicas-out-of-step"](vitals)) == []


@pytest.mark.parametrize("exchange", [nothing, clipped])
def test_networks_that_are_trained_each_on_its_own_may_differ(exchange):
    for silent in (False, True):
        vitals = trained(exchange, silent=silent)
        assert (vitals.copies, vitals.replicas_differ) == (1, None)
        assert list(rules()["replicas-out-of-step"](vitals)) == []
