"""Models in a row: whose a step's layers are, what goes from one into the next, whose gradients were left."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional

from glasswork.doctor import watch


class Placed(nn.Module):
    """A network with a parameter of its own beside its layers."""

    def __init__(self):
        super().__init__()
        self.place, self.last = nn.Parameter(torch.randn(1, 6)), nn.Linear(6, 1)

    def forward(self, x):
        return self.last(torch.tanh(x + self.place))


def test_what_the_first_did_stays_the_first_ones_when_a_second_is_named():
    torch.manual_seed(0)
    x, placed, probe = torch.randn(64, 6), Placed(), nn.Linear(6, 1)
    with watch() as checkup:
        optimizer = torch.optim.SGD(placed.parameters(), 0.05)
        for _ in range(4):
            optimizer.zero_grad()
            functional.mse_loss(placed(x), x[:, :1]).backward()
            optimizer.step()
        optimizer = torch.optim.SGD(probe.parameters(), 0.05)
        for _ in range(4):
            optimizer.zero_grad()
            functional.mse_loss(probe(x), x[:, :1]).backward()
            optimizer.step()
    first = next(step for step in checkup.vitals.steps if step.sampled)
    assert first.layers["placed"].update > 0
    assert "probe" not in first.layers
    assert [f.where for f in checkup.findings if f.fault == "frozen-or-unused-layers"] == []


def test_what_one_model_gives_to_another_is_known_by_its_new_name():
    torch.manual_seed(0)
    x = torch.randn(64, 6)
    encoder, head = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Dropout(0.2)), nn.Sequential(nn.Linear(8, 1))
    optimizer = torch.optim.SGD([*encoder.parameters(), *head.parameters()], 0.05)
    with watch() as checkup:
        for _ in range(4):
            optimizer.zero_grad()
            functional.mse_loss(head(encoder(x)), x[:, :1]).backward()
            optimizer.step()
    assert checkup.vitals.models["head"].layers["head/0"].after == ("encoder/2",)
    assert [f.where for f in checkup.findings if f.fault == "dropout-too-strong"] == []


@pytest.mark.parametrize(("cleared", "faults"), [("each before its own", 0), ("all before all", 0), ("the first", 1)])
def test_copies_whose_gradients_are_cleared_one_after_the_other(cleared, faults):
    torch.manual_seed(0)
    x, first = torch.randn(60, 6), nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1))
    copies = [first, copy.deepcopy(first)]
    optimizers = [torch.optim.SGD(one.parameters(), 0.01) for one in copies]
    with watch() as checkup:
        for _ in range(6):
            if cleared == "all before all":
                for optimizer in optimizers:
                    optimizer.zero_grad()
            for place, (one, optimizer, part) in enumerate(zip(copies, optimizers, x.chunk(2), strict=True)):
                loss = functional.mse_loss(one(part), part[:, :1])
                if cleared == "each before its own" or (cleared == "the first" and not place):
                    optimizer.zero_grad()
                loss.backward()
            for optimizer in optimizers:
                optimizer.step()
    assert len([f for f in checkup.findings if f.fault == "missing-zero-grad"]) == faults
