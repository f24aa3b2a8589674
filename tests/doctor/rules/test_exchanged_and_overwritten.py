"""Layers that were exchanged behind the optimizer's back, blocks of which the last one counts, features that sum up."""

import pytest
import torch
from torch import nn

from doctor.rules.data_examples import said
from doctor.rules.vitals_examples import classifier
from glasswork.doctor import watch
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import Probe, Vitals


def draws(rows=240):
    torch.manual_seed(1)
    x = torch.randn(rows, 6)
    return x, (x[:, 0] * x[:, 1] > 0).long()


def steps(net, stepper, count):
    x, y = draws()
    for _ in range(count):
        rows = torch.randperm(len(x))[:32]
        stepper.zero_grad()
        nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
        stepper.step()


def told(checkup):
    return {finding.fault: finding for finding in checkup.findings if finding.severity != "note"}


class TwoParts(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Sequential(nn.Linear(6, 24), nn.ReLU()), nn.Linear(24, 2)

    def forward(self, x):
        return self.head(self.body(x))


@pytest.mark.parametrize("way", ["same optimizer", "made before", "made after", "added", "head alone"])
def test_a_head_that_is_exchanged(way):
    torch.manual_seed(0)
    net = TwoParts()
    stepper = torch.optim.Adam(net.parameters(), 5e-3)
    with watch(net, stepper, experiments=False) as checkup:
        steps(net, stepper, 40)
        if way == "made before":
            stepper = torch.optim.Adam(net.parameters(), 2e-3)
        if way != "head alone":
            net.head = nn.Linear(24, 2)
        if way == "made after":
            stepper = torch.optim.Adam(net.parameters(), 2e-3)
        elif way == "added":
            stepper.add_param_group({"params": net.head.parameters()})
        elif way == "head alone":  # the body keeps its gradients and is to stay as it is
            stepper = torch.optim.Adam(net.head.parameters(), 2e-3)
        steps(net, stepper, 40)
    found = told(checkup).get("parameters-not-in-optimizer")
    assert (found is not None) is (way in ("same optimizer", "made before"))
    if found is not None:
        assert (found.where, found.severity) == ("head", "critical")


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.up, self.down = nn.LayerNorm(12), nn.Linear(12, 24), nn.Linear(24, 12)

    def forward(self, h):
        return h + self.down(torch.relu(self.up(self.norm(h))))


class Tower(nn.Module):
    def __init__(self, way):
        super().__init__()
        self.way, self.stem, self.blocks = way, nn.Linear(6, 12), nn.ModuleList(Block() for _ in range(3))
        self.out = nn.Linear(12, 2)

    def forward(self, x):
        h = self.stem(x)
        if self.way == "mean":
            return self.out(sum(block(h) for block in self.blocks) / 3)
        made = h
        for block in self.blocks:
            made = block(h if self.way == "overwritten" else made)
        return self.out(made)


@pytest.mark.parametrize("way", ["overwritten", "chain", "mean"])
def test_blocks_that_all_get_the_first_ones_input(way):
    torch.manual_seed(0)
    net = Tower(way)
    stepper = torch.optim.Adam(net.parameters(), 5e-3)
    with watch(net, stepper, experiments=False) as checkup:
        steps(net, stepper, 30)
    found = told(checkup).get("frozen-or-unused-layers")
    assert (found is not None) is (way == "overwritten")
    if found is not None:
        assert found.where == "blocks.0.up"
        assert "blocks.2" not in found.evidence


def test_heads_of_which_one_is_trained_are_no_blocks():
    class Heads(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.heads = nn.Linear(6, 12), nn.ModuleList(nn.Linear(12, 2) for _ in range(2))

        def forward(self, x):
            h = torch.relu(self.body(x))
            return [head(h) for head in self.heads][-1]

    torch.manual_seed(0)
    net = Heads()
    stepper = torch.optim.Adam(net.parameters(), 5e-3)
    with watch(net, stepper, experiments=False) as checkup:
        steps(net, stepper, 30)
    assert "frozen-or-unused-layers" not in told(checkup)


@pytest.mark.parametrize(
    ("figures", "leaks"),
    [
        ({}, True),
        ({"all": 0.6}, False),  # a made-up task: the label is one feature's sign
        ({"all": 0.98}, False),  # an easy one
        ({"second": 0.96}, False),
        ({"columns": 4.0}, False),
    ],
)
def test_a_threshold_on_a_feature_that_sums_up_the_others(figures, leaks):
    vitals: Vitals = classifier()
    known = {"best": 0.995, "second": 0.82, "base": 0.55, "feature": 6.0, "all": 0.89, "columns": 7.0, "classes": 2.0}
    vitals.probes = {"leakage": Probe("leakage", 0.1, known | {"told": 0.68, "pinned": 0.5} | figures)}
    assert [finding.severity for finding in said("target-leakage", vitals)] == (["warning"] if leaks else [])


@pytest.mark.parametrize(("scale", "told_of"), [(1.0, True), (1e-4, False)])
def test_a_rate_that_climbs_while_next_to_nothing_doubles(scale, told_of):
    vitals: Vitals = classifier()
    count = len(vitals.steps)
    for place, step in enumerate(vitals.steps):
        step.learning_rates = (1e-3 * 1.02**place,)
        step.loss = 1.4 * 0.8**place if place < count // 4 else scale * (0.01 * 1.06 ** (place - count // 4))
    found = [one for one in rules()["schedule-misuse"](vitals) if "still grows" in one.evidence]
    assert bool(found) is told_of
