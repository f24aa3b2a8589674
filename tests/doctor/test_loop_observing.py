"""What is seen of modes, schedules, half precision, copies and misspelt attributes; nothing of it changes a bit."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional

from glasswork.doctor import watch
from glasswork.doctor.observing.observer import Observer


@pytest.fixture(autouse=True)
def _strict(monkeypatch):
    monkeypatch.setattr(Observer, "strict", True)


X = torch.randn(16, 6, generator=torch.Generator().manual_seed(0))
Y = torch.arange(16) % 3


def seen(model, during, steps=3):
    """Train for a few steps while watched; `during` may look in between."""
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with watch(model, optimizer) as checkup:
        checkup._rules = {}
        for _ in range(steps):
            optimizer.zero_grad()
            functional.cross_entropy(model(X), Y).backward()
            optimizer.step()
        during(optimizer)
    return checkup.vitals


class Net(nn.Module):
    """Two layers and whatever a test puts between them."""

    def __init__(self, between):
        super().__init__()
        self.first, self.between, self.last = nn.Linear(6, 8), between, nn.Linear(8, 3)

    def forward(self, x):
        return self.last(self.between(self, self.first(x)))


def calls_for_nothing(_, x):
    functional.relu(x)
    return x


def keeps_what_it_looked_at(net, x):
    net.seen = torch.sigmoid(x).detach()
    net.kept = torch.tanh(x)
    return x.relu()


def test_an_activation_that_nothing_took():
    layers = seen(Net(calls_for_nothing), lambda _: None).models["model"].layers
    assert {name: one.dropped for name, one in layers.items() if one.family == "activation"} == {"first>relu": True}
    layers = seen(Net(keeps_what_it_looked_at), lambda _: None).models["model"].layers
    assert [one.dropped for one in layers.values() if one.family == "activation"] == [False] * 3


def evaluated(net):
    def look(_):
        net.eval()
        with torch.no_grad():
            functional.cross_entropy(net(X), Y)

    return seen(net, look).evaluations[0]


def test_dropouts_in_evaluation_mode():
    assert evaluated(Net(lambda _, x: functional.dropout(x, 0.5))).dropping == 1
    assert evaluated(Net(lambda net, x: functional.dropout(x, 0.5, net.training))).dropping == 0
    assert evaluated(Net(lambda _, x: nn.Dropout(0.5)(x))).dropping == 1
    assert evaluated(Net(lambda _, x: functional.dropout(x, 0.0))).dropping == 0


def test_a_dropout_that_was_set_to_training_mode_is_meant():
    net = Net(lambda net, x: net.drop(x))
    net.drop = nn.Dropout(0.5)

    def look(_):
        net.eval()
        net.drop.train()
        with torch.no_grad():
            net(X)

    assert [one.dropping for one in seen(net, look).evaluations] == [None]


def test_what_a_scheduler_is_given():
    def look(optimizer):
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max")
        scheduler.step(0.5)
        scheduler.step(metrics=torch.tensor(0.75))

    facts = seen(Net(lambda _, x: x), look).scheduler
    assert facts["watched"] == [(3, 0.5), (3, 0.75)]
    assert facts["settings"]["mode"] == "max"


@pytest.mark.parametrize(
    ("order", "clipped", "stepped"),
    [("clip step", 4, None), ("unscale clip step", None, None), ("direct", None, 4), ("step", None, None)],
)
def test_gradients_while_they_are_multiplied(order, clipped, stepped):
    net = Net(lambda _, x: x.relu())

    def look(optimizer):
        scaler = torch.amp.GradScaler("cpu", init_scale=64.0)
        optimizer.zero_grad()
        scaler.scale(functional.cross_entropy(net(X), Y)).backward()
        for word in order.split():
            if word == "clip":
                nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            elif word == "unscale":
                scaler.unscale_(optimizer)
            elif word == "step":
                scaler.step(optimizer)
            else:
                optimizer.step()

    vitals = seen(net, look)
    assert (vitals.scaled_clip, vitals.scaled_step) == (clipped, stepped)
    assert vitals.scale == (pytest.approx(64.0) if clipped or stepped else None)


def test_attributes_that_torch_does_not_know():
    net = Net(lambda _, x: x.relu())
    net.first.weight.require_grad = False
    net.last.requires_grad = False
    net.last.weight.note = True
    found = seen(net, lambda _: None).models["model"].misspelt
    assert found == ["last.requires_grad = False", "first.weight.require_grad = False"]
    net = Net(lambda _, x: x.relu())
    net.first.weight.require_grad = True  # as it is anyway
    assert seen(net, lambda _: None).models["model"].misspelt == []


def test_groups_of_an_optimizer_that_want_no_gradient():
    net = Net(lambda _, x: x.relu())
    net.first.requires_grad_(False)
    optimizer = torch.optim.SGD([{"params": net.first.parameters()}, {"params": net.last.parameters()}], 0.1)
    with watch(net, optimizer) as checkup:
        for _ in range(2):
            functional.cross_entropy(net(X), Y).backward()
            optimizer.step()
    facts = checkup.vitals.optimizers["optimizer"]
    assert (facts.sizes, facts.idle) == ([2, 2], [2, 0])


@pytest.mark.parametrize(("what", "unfed"), [("parameters", ["1"]), ("state_dict", []), ("nothing", [])])
def test_a_copy_that_is_evaluated(what, unfed):
    net = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Linear(8, 3))
    other = copy.deepcopy(net)

    def look(_):
        if what == "parameters":
            with torch.no_grad():
                for mine, theirs in zip(other.parameters(), net.parameters(), strict=True):
                    mine.copy_(theirs)
        elif what == "state_dict":
            other.load_state_dict(net.state_dict())
        other.eval()
        with torch.no_grad():
            other(X)

    facts = seen(net, look).models["model"]
    assert facts.unfed == unfed
    assert facts.unfed_step == (3 if unfed else None)
