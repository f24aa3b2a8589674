"""Compose."""

import torch

from glasswork.augmentations import Compose, Flip


def test_parts_draw_numbers_of_their_own():
    x = torch.tensor([1.0, 2.0]).expand(400, 1, 1, 2)
    twice = Compose(Flip(), Flip())(x, keys=torch.arange(400))
    share = (twice[:, 0, 0, 0] == 2).float().mean()
    assert 0.4 < share < 0.6  # two equal flips would cancel out


def test_empty_is_the_identity():
    x = torch.randn(2, 1, 2, 2)
    assert Compose()(x, keys=torch.arange(2)) is x
