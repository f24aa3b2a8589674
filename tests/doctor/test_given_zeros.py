"""What a dense layer is given, where something between it and the layer before sets elements to 0."""

import torch
from torch import nn

from glasswork.doctor import watch


class Masked(nn.Module):
    """A mask by hand between two layers."""

    def __init__(self, keep):
        super().__init__()
        self.first, self.act, self.second = nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1)
        self.keep = keep

    def forward(self, x):
        x = self.act(self.first(x))
        if self.training and self.keep is not None:
            x = x * (torch.rand(x.shape) < self.keep).float() / self.keep
        return self.second(x)


def given(keep):
    torch.manual_seed(0)
    model, x = Masked(keep), torch.randn(64, 6)
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    with watch(model, optimizer) as checkup:
        for _ in range(4):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x), x[:, :1]).backward()
            optimizer.step()
    step = checkup.vitals.steps[1]
    return step.layers["first"].given_zeros, step.layers["act"].zeros, step.layers["second"].given_zeros


def test_a_mask_by_hand_is_seen_where_it_ends():
    raw, gave, got = given(0.1)
    assert raw == 0.0  # the data have no zeros
    assert 0.4 < gave < 0.6
    assert 0.9 < got < 0.99
    assert given(None)[2] is None  # another layer's output, as it was
