"""Scales of 0, units of one's own that are alike, factors between layers, views on one line, dropout beside lines."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from doctor.rules.vitals_examples import falling, model, regression, tensor, training
from glasswork.doctor import watch
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import LayerVitals, Probe


def told(name, vitals):
    """What a rule says of these vitals: severity and place of its first finding, or None."""
    found = next(rules()[name](vitals), None)
    return (found.severity, found.where) if found else None


def trained(net, loss, draw, *, steps=40, rate=1e-2, size=32):
    """Return the faults that are told of a short training, graver than a note."""
    torch.manual_seed(0)
    stepper = torch.optim.Adam(net.parameters(), rate)
    with watch(net, stepper, experiments=False) as checkup:
        for _ in range(steps):
            rows = torch.randperm(len(draw))[:size]
            stepper.zero_grad()
            loss(net, rows).backward()
            stepper.step()
    return {finding.fault: finding for finding in checkup.findings if finding.severity != "note"}


def classes():
    torch.manual_seed(1)
    wanted = torch.randint(0, 4, (256,))
    draw = torch.randn(4, 8)[wanted] + 0.3 * torch.randn(256, 8)
    return draw, lambda net, rows: functional.cross_entropy(net(draw[rows]), wanted[rows])


# --- scales that begin at 0 -------------------------------------------------------------------------------------------


def normed(*, norm=0.0, residual=False):
    """A network with a batch norm whose scales begin at a value."""

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Sequential(nn.Linear(16, 16), nn.BatchNorm1d(16))

        def forward(self, x):
            return x + self.inner(x)

    torch.manual_seed(2)
    first = [nn.Linear(8, 16), Block()] if residual else [nn.Linear(8, 16), nn.BatchNorm1d(16)]
    net = nn.Sequential(*first, nn.ReLU(), nn.Linear(16, 4))
    for part in net.modules():
        if isinstance(part, nn.BatchNorm1d):
            nn.init.constant_(part.weight, norm)
    return net


@pytest.mark.parametrize(
    ("net", "ill"),
    [
        (normed(), True),
        (normed(norm=1.0), False),
        (normed(residual=True), False),  # a branch that begins as nothing, and is opened by its first step
    ],
)
def test_a_norm_layer_that_begins_at_0(net, ill):
    draw, loss = classes()
    found = trained(net, loss, draw)
    assert ("zero-initialisation" in found) is ill
    if ill:
        assert found["zero-initialisation"].where == "1"


# --- units of somebody's own layer ------------------------------------------------------------------------------------


class Radial(nn.Module):
    """Units that are near a place; the places begin where `first` says."""

    def __init__(self, first):
        super().__init__()
        self.centres = nn.Parameter(first)
        self.out = nn.Linear(len(first), 4)

    def forward(self, x):
        return self.out(torch.exp(-(x[:, None] - self.centres).square().mean(-1)))


class Grouped(nn.Module):
    """Weights that all begin at 1, one row a group, whose groups see other numbers."""

    def __init__(self):
        super().__init__()
        self.up, self.out = nn.Linear(8, 32), nn.Linear(8, 4)
        self.scales = nn.Parameter(torch.ones(4, 8))

    def forward(self, x):
        return self.out((self.up(x).view(-1, 4, 8) * self.scales).relu().mean(1))


@pytest.mark.parametrize(
    ("net", "ill"), [(Radial(torch.full((16, 8), 0.2)), True), (Radial(torch.randn(16, 8)), False), (Grouped(), False)]
)
def test_places_that_all_begin_alike(net, ill):
    for layer in net.modules():
        if isinstance(layer, nn.Linear) and isinstance(net, Radial):
            nn.init.zeros_(layer.weight)
    draw, loss = classes()
    found = trained(net, loss, draw)
    assert ("symmetric-initialisation" in found) is ill


# --- what stands before a tanh ----------------------------------------------------------------------------------------


def behind_a_norm(size, share, *, ended=0.4, seen=True):
    facts = model(1, activation="Tanh", norm="ScaleNorm", outputs=1)
    if not seen:
        facts.layers["act0"].after = ()
    vitals = training(
        kind="mse",
        facts=facts,
        targets=tensor(32, 1),
        outputs=tensor(32, 1),
        loss=lambda n: falling(n, 1.1, 0.01),
        evaluations=False,
    )
    for step in vitals.steps:
        if step.sampled:
            step.batch.baseline_loss = 1.0
            step.layers["norm0"].std, step.layers["act0"].saturated = size, share
            step.batch.correct = None
    vitals.evaluations = training(loss=lambda n: ended / 1.1).evaluations
    for judged in vitals.evaluations:
        judged.correct = None
    return vitals


@pytest.mark.parametrize(
    ("vitals", "answer"),
    [
        (behind_a_norm(11.0, 0.8), ("warning", "act0")),
        (behind_a_norm(11.0, 0.8, ended=0.02), None),  # rows that were never seen are answered well
        (behind_a_norm(1.0, 0.8), None),
        (behind_a_norm(11.0, 0.3), None),
        (behind_a_norm(11.0, 0.8, seen=False), ("warning", "act0")),
        (behind_a_norm(11.0, 0.6, seen=False), None),
    ],
)
def test_a_tanh_that_is_given_too_much(vitals, answer):
    assert told("saturated-activation", vitals) == answer


# --- dropout beside what lines find -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "end", "score", "answer"),
    [
        (0.8, 0.4, 0.85, "warning"),
        (0.8, 0.4, 0.6, "note"),  # lines do no better
        (0.8, 0.05, 0.99, "note"),  # there is little left to be learned
        (0.5, 0.4, 0.85, None),
    ],
)
def test_dropout_that_loses_to_simple_models(rate, end, score, answer):
    facts = model(2, dropout=rate, outputs=1)
    vitals = training(kind="mse", facts=facts, loss=lambda n: falling(n, 1.1, end), evaluations=False)
    for step in vitals.steps:
        if step.sampled:
            step.batch.baseline_loss = 1.0
    vitals.probes["shuffled-labels"] = Probe("shuffled-labels", 0.1, {"score": score, "p": 0.0})
    said = told("dropout-too-strong", vitals)
    assert (said[0] if said else None) == answer


# --- dampening --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dampening", "end", "pace", "answer"),
    [
        (0.9, 0.32, 150.0, "warning"),
        (0.9, 0.05, 150.0, "note"),
        (0.9, 0.6, 20.0, "note"),  # it has been at its floor for long
        (0.0, 0.32, 150.0, None),
    ],
)
def test_dampening_that_makes_every_step_small(dampening, end, pace, answer):
    vitals = training(
        400,
        kind="mse",
        facts=model(outputs=1),
        optimizer="SGD",
        momentum=0.9,
        dampening=dampening,
        loss=lambda n: falling(n, 1.0, end, pace=pace),
        evaluations=False,
    )
    for step in vitals.steps:
        if step.sampled:
            step.batch.baseline_loss = 1.0
    said = told("optimizer-settings", vitals)
    assert (said[0] if said else None) == answer


# --- factors between layers -------------------------------------------------------------------------------------------


def through(*, grown, rate=1e4, loss=1500.0):
    """A network of two layers; what stands between them multiplies what passes."""
    facts = model(1, outputs=1)
    facts.layers = {name: facts.layers[name] for name in ("fc0", "out")}
    vitals = training(kind="mse", facts=facts, loss=lambda n: loss, evaluations=False)
    for step in vitals.steps:
        if step.sampled:
            step.batch.baseline_loss = 1.0
            step.layers["fc0"].std, step.layers["out"].std = 0.8, 0.8 * grown
            step.layers["out"].gradient = rate * step.layers["out"].weight
    return vitals


@pytest.mark.parametrize(
    ("vitals", "ill"),
    [
        (through(grown=5000.0), True),
        (through(grown=100.0), False),
        (through(grown=5000.0, rate=100.0), False),
        (through(grown=5000.0, loss=20.0), False),
    ],
)
def test_a_signal_that_grows_at_a_stroke(vitals, ill):
    said = told("exploding-gradient", vitals)
    assert bool(said) is ill
    assert not ill or said == ("critical", "out")


def back_through(sizes, *, gain=1.4, end=1.0, score=0.9):
    """Three hidden layers and a last one whose gradients have these sizes, with weights of a gain."""
    facts = model(3, outputs=1)
    for layer in facts.layers.values():
        layer.runs = 1
    for p in facts.parameters.values():
        p.std = gain / math.sqrt(p.fan_in) if p.fan_in else p.std
    vitals = training(kind="mse", facts=facts, loss=lambda n: falling(n, 1.0, end, pace=60), evaluations=False)
    for step in vitals.steps:
        if step.sampled:
            step.batch.baseline_loss = 1.0
            for name, size in zip(("fc0", "fc1", "fc2", "out"), sizes, strict=True):
                step.layers[name].gradient = size
    vitals.probes["shuffled-labels"] = Probe("shuffled-labels", 0.1, {"score": score, "p": 0.0})
    return vitals


@pytest.mark.parametrize(
    ("vitals", "ill"),
    [
        (back_through((1.6, 0.16, 0.013, 0.09)), True),
        (back_through((1.6, 0.16, 0.013, 0.09), gain=0.58), False),
        (back_through((1.6, 0.16, 0.013, 0.09), end=0.1), False),  # it learns
        (back_through((1.6, 0.16, 0.013, 0.09), score=0.1), False),  # there is nothing to be learned
        (back_through((0.03, 0.02, 0.013, 0.09)), False),
    ],
)
def test_gradients_that_multiply_on_their_way_back(vitals, ill):
    assert told("initialisation-scale", vitals) == (("warning", "fc1") if ill else None)


def fading(*, head=0.02, weight=0.1, loss=lambda n: 1.0):
    facts = model(9, outputs=1)
    vitals = training(kind="mse", facts=facts, loss=loss, evaluations=False)
    for step in vitals.steps:
        if step.sampled:
            step.batch.baseline_loss = 1.0
            for name in facts.layers:
                if name.startswith("fc"):
                    step.layers[name].gradient = 1e-6
            step.layers["out"].gradient, step.layers["out"].weight = head * weight, weight
    return vitals


@pytest.mark.parametrize(
    ("vitals", "severity"),
    [
        (fading(), "critical"),
        (fading(head=1e-3), None),
        (fading(weight=1e-3), None),  # a last layer near 0, behind which all gradients are small
        (fading(loss=falling), "note"),
    ],
)
def test_a_last_layer_that_learns_alone(vitals, severity):
    assert told("vanishing-gradient", vitals) == ((severity, "fc0") if severity else None)


# --- views ------------------------------------------------------------------------------------------------------------


def apart(a, b, weight):
    a, b = ((one - one.mean(0)) / (one.std(0) + 1e-4) for one in (a, b))
    both = a.T @ b / len(a)
    square = both.diagonal().sub(1).square().sum()
    rest = both - torch.diag(both.diagonal())
    return square + 0.05 * ((rest - weight) * (1 - torch.eye(len(both)))).square().sum()


@pytest.mark.parametrize(("weight", "ill"), [(1.0, True), (0.0, False)])
def test_views_that_come_to_lie_on_one_line(weight, ill):
    torch.manual_seed(3)
    draw = torch.randn(400, 12)
    net = nn.Sequential(nn.Linear(12, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.Linear(48, 12))

    def loss(net, rows):
        x = draw[rows]
        return apart(net(x + 0.2 * torch.randn_like(x)), net(x + 0.2 * torch.randn_like(x)), weight)

    found = trained(net, loss, draw, steps=300, size=64)
    assert ("representation-collapse" in found) is ill


def test_one_view_and_targets_may_lie_on_a_line():
    """Quantiles of one number are nearly one number."""
    facts = model(outputs=9)
    facts.calls = 1
    vitals = regression()
    vitals.models = {"model": facts}
    for step in vitals.steps:
        if step.sampled:
            step.layers["out"] = LayerVitals(weight=0.1, gradient=0.1, rank=8.0 if step.number < 3 else 1.05)
    assert told("representation-collapse", vitals) is None


def test_how_often_a_model_is_called_in_a_step_is_seen():
    net, draw = nn.Linear(3, 2), torch.randn(8, 3)
    stepper = torch.optim.SGD(net.parameters(), 0.1)
    with watch(net, stepper, experiments=False) as checkup:
        for _ in range(4):
            stepper.zero_grad()
            (net(draw) - net(2 * draw)).square().mean().backward()
            stepper.step()
    assert [facts.calls for facts in checkup.vitals.models.values()] == [2]
