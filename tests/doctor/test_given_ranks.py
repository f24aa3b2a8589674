"""What comes into a layer with few outputs, and how far a batch norm's running deviation is off."""

import pytest
import torch
from torch import nn

from glasswork.doctor import watch


class Squeezed(nn.Module):
    """Units that all say the same, or do not, before one output."""

    def __init__(self, same):
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(6, 32), nn.BatchNorm1d(32, momentum=1e-4), nn.Linear(32, 1)
        self.same = same

    def forward(self, x):
        x = torch.relu(self.norm(self.first(x)))
        return self.last(x.mean(1, keepdim=True).expand_as(x) if self.same else x)


def first_step(same):
    torch.manual_seed(0)
    model, x = Squeezed(same), 10 * torch.randn(64, 6)
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    with watch(model, optimizer) as checkup:
        for _ in range(2):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x), x[:, :1]).backward()
            optimizer.step()
    return checkup.vitals.steps[0].layers


def test_units_that_all_say_the_same_before_one_output():
    assert first_step(same=True)["last"].given_rank == pytest.approx(1.0, abs=1e-4)
    layers = first_step(same=False)
    assert layers["last"].given_rank > 3.0
    assert layers["first"].given_rank is None


def test_a_running_deviation_that_does_not_follow():
    norm = first_step(same=False)["norm"]
    assert norm.running_spread > 3.0  # the batch's is several, the running one 1
