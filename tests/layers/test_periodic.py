import math

import pytest
import torch

from glasswork.errors import RangeError, ShapeError
from glasswork.layers import Periodic


def test_worked_by_hand():
    embed = Periodic(1, frequencies=1, width=2)
    with torch.no_grad():
        embed.frequency.fill_(0.25)
        embed.shared.weight.copy_(torch.tensor([[2.0, 3.0], [-1.0, -1.0]]))
        embed.shared.bias.copy_(torch.tensor([0.5, 0.0]))
    # x = 1: a quarter turn, cos 0, sin 1: 2*0 + 3*1 + 0.5, and -1 cut to 0.
    torch.testing.assert_close(embed(torch.tensor([[1.0]])), torch.tensor([[3.5, 0.0]]))


def test_features_have_waves_of_their_own_and_share_the_layer():
    embed = Periodic(2, frequencies=3, width=4)
    with torch.no_grad():
        embed.frequency[1] = embed.frequency[0]
    left, right = embed(torch.full((1, 2), math.e)).chunk(2, dim=1)
    torch.testing.assert_close(left, right)


def test_refusals():
    with pytest.raises(RangeError, match=r"Periodic: sigma must be > 0, got sigma=0\."):
        Periodic(1, sigma=0)
    with pytest.raises(ShapeError, match=r"Periodic: numbers must have size 1 in dimension -1, got shape \(2, 3\)\."):
        Periodic(1)(torch.zeros(2, 3))
