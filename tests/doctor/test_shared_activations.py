"""One activation at several places is a layer at each; what a loss by hand compared is known while it can be."""

import pytest
import torch
from torch import nn

from glasswork.doctor import watch
from glasswork.doctor.observing.graph import from_graph


class Shared(nn.Module):
    """One ReLU after both layers, and after their sum with the first."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.head = nn.Linear(4, 16), nn.Linear(16, 16), nn.Linear(16, 2)
        self.act = nn.ReLU()
        nn.init.constant_(self.first.bias, -50.0)

    def forward(self, x):
        h = self.act(self.first(x))
        h = self.act(self.second(h))
        return self.head(self.act(h + 1))


class Rounds(nn.Module):
    """One tanh in every round of a cell, and one PReLU, which has weights of its own, at two places."""

    def __init__(self):
        super().__init__()
        self.cell, self.head, self.act, self.own = nn.Linear(6, 4), nn.Linear(4, 2), nn.Tanh(), nn.PReLU()

    def forward(self, x):
        h = x.new_zeros(len(x), 4)
        for place in range(3):
            h = self.act(self.cell(torch.cat([x[:, place], h], 1)))
        return self.own(self.head(self.own(h)))


def layers_of(model, x):
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    with watch(model, optimizer) as checkup:
        for _ in range(3):
            optimizer.zero_grad()
            model(x).square().mean().backward()
            optimizer.step()
    return checkup.vitals.models["model"].layers, checkup.vitals.steps[0].layers


def test_a_shared_activation_is_a_layer_at_each_place():
    torch.manual_seed(0)
    facts, seen = layers_of(Shared(), torch.randn(32, 4))
    assert list(facts) == ["first", "act", "second", "second>relu", "model>relu", "head"]
    assert [facts[name].after for name in ("act", "second>relu", "head")] == [("first",), ("second",), ("model>relu",)]
    assert [facts[name].runs for name in ("act", "second>relu", "model>relu")] == [1, 1, 1]
    assert seen["act"].silent.bit_count() == 16  # all of them, whatever the other places say
    assert seen["second>relu"].silent.bit_count() < 16
    assert seen["model>relu"].silent == 0


def test_rounds_of_a_cell_and_activations_with_weights_are_one_layer():
    torch.manual_seed(0)
    facts, _ = layers_of(Rounds(), torch.randn(8, 3, 2))
    assert set(facts) == {"cell", "act", "own", "head"}
    assert (facts["act"].runs, facts["own"].runs) == (3, 2)


@pytest.mark.parametrize(("size", "known"), [(1.0, True), (1e9, False), (float("inf"), False), (float("nan"), False)])
def test_targets_are_not_read_off_outputs_that_have_swallowed_them(size, known):
    outputs, targets = (torch.ones(4, 1) * size).requires_grad_(), torch.tensor([[0.5], [1.0], [2.0], [3.0]])
    made = outputs * 1
    call = from_graph((made - targets).square().mean(), made)
    assert call.outputs is made
    assert (call.targets is not None) == known
    assert not known or torch.equal(call.targets, targets)
