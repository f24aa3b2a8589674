"""Whether what stands first in a sequence reaches the output: the experiment, and the rule that reads it."""

import math
import random

import pytest
import torch
from torch import nn

from doctor.rules.vitals_examples import layer, layer_vitals, model, parameter, training
from glasswork.doctor.experiments import KeptBatch, Subject
from glasswork.doctor.experiments.memory import memory
from glasswork.doctor.rules.vanishing_gradient import vanishing_gradient
from glasswork.doctor.vitals import ModelFacts, Probe


class Reader(nn.Module):
    """A recurrent layer, and a head on its last round or on the mean of all."""

    def __init__(self, *, scale=1.0, mean=False, tokens=False, **given):
        super().__init__()
        self.table = nn.Embedding(5, 4) if tokens else nn.Identity()
        self.rnn, self.head, self.mean = nn.RNN(4, 12, batch_first=True, **given), nn.Linear(12, 2), mean
        if given.get("bidirectional"):
            self.head = nn.Linear(24, 2)
        with torch.no_grad():
            nn.init.orthogonal_(self.rnn.weight_hh_l0).mul_(scale)

    def forward(self, x):
        rounds, _ = self.rnn(self.table(x))
        return self.head(rounds.mean(1) if self.mean else rounds[:, -1])


def figures(net, x=None):
    torch.manual_seed(0)
    x = torch.randn(8, 40, 4) if x is None else x
    before = {name: value.clone() for name, value in net.state_dict().items()}
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    subject = Subject(net, optimizer, nn.functional.cross_entropy, [KeptBatch((x,), torch.zeros(8, dtype=torch.long))])
    found = memory(subject, 10.0).figures
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(p.grad is None for p in net.parameters())
    return found


def test_a_layer_that_forgets_and_ones_that_do_not():
    torch.manual_seed(1)
    assert figures(Reader(scale=0.2))["reach"] < 1e-12
    assert figures(Reader(scale=1.0))["reach"] > 1e-6
    assert figures(Reader(scale=0.2, mean=True))["reach"] > 0.1
    assert figures(Reader(scale=0.2, tokens=True), torch.randint(0, 5, (8, 40)))["rounds"] == 40


@pytest.mark.parametrize("net", [Reader(bidirectional=True), nn.Sequential(nn.Flatten(), nn.Linear(160, 2))])
def test_nothing_is_said_of_others(net):
    assert figures(net) == {}


def stuck(*, reach=1e-20, rounds=60.0, score=0.4, end=1.386):
    facts = ModelFacts("model", "Reader")
    facts.layers["rnn"] = layer("rnn", "RNN", "recurrent", 0)
    facts.parameters["rnn.weight_hh_l0"] = parameter("rnn.weight_hh_l0", (64, 64))
    facts.layers["out"] = layer("out", "Linear", "linear", 1, after=("rnn",), units=4, last=True)
    facts.parameters["out.weight"] = parameter("out.weight", (4, 64))
    vitals = training(
        200,
        facts=model(),
        loss=lambda n: end + (math.log(4) - end) * math.exp(-n / 30) + random.Random(n).gauss(0, 0.01),
        evaluations=False,
    )
    vitals.models = {"model": facts}
    for step in vitals.steps:
        if step.sampled:
            step.layers = {"rnn": layer_vitals(model(), "fc0"), "out": layer_vitals(model(), "out")}
    vitals.probes["memory"] = Probe("memory", 0.1, {"reach": reach, "rounds": rounds})
    vitals.probes["shuffled-labels"] = Probe("shuffled-labels", 0.1, {"score": score, "p": 0.0})
    return vitals


@pytest.mark.parametrize(("reach", "words"), [(1e-20, "1e-20 times"), (0.0, "never gets to the output")])
def test_a_network_that_learned_nothing_and_forgets_what_stood_first(reach, words):
    (finding,) = vanishing_gradient(stuck(reach=reach))
    assert (finding.severity, finding.where) == ("warning", "rnn")
    assert words in finding.evidence


@pytest.mark.parametrize("vitals", [stuck(reach=1e-3), stuck(rounds=5.0), stuck(score=0.0), stuck(end=0.2)])
def test_one_that_remembers_or_learns_or_has_nothing_to_learn(vitals):
    assert not list(vanishing_gradient(vitals))
