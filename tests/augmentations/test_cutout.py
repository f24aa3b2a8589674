"""Cutout."""

import pytest
import torch

from glasswork.augmentations import Cutout, cutout_formula


def test_covers_one_square_that_may_stick_out():
    out = Cutout(4, fill=9.0)(torch.zeros(500, 2, 10, 12), keys=torch.arange(500))
    covered = out == 9
    assert torch.equal(covered[:, 0], covered[:, 1])
    sizes = covered[:, 0].sum((1, 2))
    assert int(sizes.max()) == 16
    assert int(sizes.min()) == 4  # centre in the first row and column: 2 x 2 are left
    rows, columns = covered[:, 0].any(2).sum(1), covered[:, 0].any(1).sum(1)
    assert torch.equal(rows * columns, sizes)


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("size", [1, 3, 4, 9])
def test_equals_its_formula(size, inside):
    x, keys = torch.rand(20, 2, 6, 5), torch.arange(20)
    kind = Cutout(size, fill=0.5, inside=inside, probability=0.7)
    drawn = kind.draw(keys, x.shape)
    expected = [
        cutout_formula(x[i], *drawn["corner"][i].tolist(), size, 0.5) if drawn["covered"][i] else x[i]
        for i in range(20)
    ]
    assert torch.equal(kind(x, keys=keys), torch.stack(expected))


def test_inside_every_image_loses_as_much():
    out = Cutout(4, fill=9.0, inside=True)(torch.zeros(300, 1, 10, 12), keys=torch.arange(300))
    assert ((out == 9).sum((1, 2, 3)) == 16).all()
    corners = (out == 9)[:, 0].flatten(1).int().argmax(1)
    assert int((corners // 12).max()) == 6
    assert int((corners % 12).max()) == 8
