"""Crop."""

import pytest
import torch
from torch.nn import functional

from glasswork.augmentations import Crop, crop_formula


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


@pytest.mark.parametrize("mode", ["constant", "reflect", "edge"])
@pytest.mark.parametrize("size", [None, (4, 3), 7])
def test_equals_its_formula(mode, size):
    x, keys = torch.rand(12, 2, 6, 5), torch.arange(12)
    kind = Crop(2, size=size, mode=mode, fill=0.5, probability=0.8)
    corners = kind.draw(keys, x.shape)["shift"].tolist()
    expected = [crop_formula(x[i], *corners[i], kind.frame(6, 5), mode=mode, fill=0.5) for i in range(12)]
    assert torch.equal(kind(x, keys=keys), torch.stack(expected))


def test_without_padding_the_window_lies_inside_and_goes_everywhere():
    x = torch.arange(1.0, 31).view(1, 1, 5, 6).expand(300, 1, 5, 6)
    out = Crop(0, size=(3, 4))(x, keys=torch.arange(300))
    assert (out > 0).all()
    assert out[:, 0, 0, 0].unique().tolist() == [1, 2, 3, 7, 8, 9, 13, 14, 15]
