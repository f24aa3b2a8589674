"""Flip."""

import pytest
import torch

from glasswork.augmentations import Flip, flip_formula


def test_by_hand():
    x = torch.tensor([[[[1, 2, 3], [4, 5, 6]]]], dtype=torch.uint8)
    keys = torch.tensor([0])
    assert Flip(1.0)(x, keys=keys)[0, 0].tolist() == [[3, 2, 1], [6, 5, 4]]
    assert Flip(1.0, direction="vertical")(x, keys=keys)[0, 0].tolist() == [[4, 5, 6], [1, 2, 3]]


def test_about_half_are_mirrored():
    x = torch.tensor([1.0, 2.0]).expand(2000, 1, 1, 2)
    share = (Flip(0.5)(x, keys=torch.arange(2000))[:, 0, 0, 0] == 2).float().mean()
    assert 0.46 < share < 0.54


@pytest.mark.parametrize("direction", ["horizontal", "vertical"])
def test_equals_its_formula(direction):
    x, keys = torch.rand(6, 2, 4, 5), torch.arange(6)
    kind = Flip(0.5, direction=direction)
    turned = kind.draw(keys, x.shape)["turned"]
    expected = [flip_formula(x[i], direction) if turned[i] else x[i] for i in range(6)]
    assert torch.equal(kind(x, keys=keys), torch.stack(expected))
    assert 0 < int(turned.sum()) < 6
