"""Crop."""

import pytest
import torch
from torch.nn import functional

from glasswork.augmentations import Crop


@pytest.mark.parametrize(
    ("mode", "padding_mode"), [("constant", "constant"), ("reflect", "reflect"), ("edge", "replicate")]
)
def test_equals_a_window_cut_from_the_padded_image(mode, padding_mode):
    x = torch.randn(40, 2, 6, 5)
    out = Crop(2, mode=mode)(x, keys=torch.arange(40))
    padded = functional.pad(x, (2, 2, 2, 2), mode=padding_mode)
    seen = set()
    for i in range(40):
        windows = {(r, c): padded[i, :, r : r + 6, c : c + 5] for r in range(5) for c in range(5)}
        found = [place for place, window in windows.items() if torch.equal(window, out[i])]
        assert len(found) == 1
        seen.add(found[0])
    assert len(seen) > 12  # of 25 shifts


def test_every_shift_is_as_likely():
    x = torch.arange(9.0).reshape(1, 1, 3, 3).expand(9000, 1, 3, 3)
    centre = Crop(1, fill=-1.0)(x, keys=torch.arange(9000))[:, 0, 1, 1]  # the centre shows which pixel came there
    counts = torch.bincount(centre.long(), minlength=9).float()
    assert float(((counts - 1000) ** 2 / 1000).sum()) < 32


def test_fill():
    out = Crop(3, fill=7)(torch.zeros(30, 1, 4, 4, dtype=torch.uint8), keys=torch.arange(30))
    assert set(out.unique().tolist()) == {0, 7}
