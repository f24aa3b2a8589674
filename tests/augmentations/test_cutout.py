"""Cutout."""

import torch

from glasswork.augmentations import Cutout


def test_covers_one_square_that_may_stick_out():
    out = Cutout(4, fill=9.0)(torch.zeros(500, 2, 10, 12), keys=torch.arange(500))
    covered = out == 9
    assert torch.equal(covered[:, 0], covered[:, 1])
    sizes = covered[:, 0].sum((1, 2))
    assert int(sizes.max()) == 16
    assert int(sizes.min()) == 4  # centre in the first row and column: 2 x 2 are left
    rows, columns = covered[:, 0].any(2).sum(1), covered[:, 0].any(1).sum(1)
    assert torch.equal(rows * columns, sizes)
