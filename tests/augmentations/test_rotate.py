"""Rotate."""

import pytest
import torch

from glasswork.augmentations import Rotate, rotate


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_quarter_turns_equal_rot90(turns):
    x = torch.randn(2, 3, 6, 6, dtype=torch.float64)
    torch.testing.assert_close(
        rotate(x, torch.tensor([90.0 * turns] * 2)), torch.rot90(x, turns, (2, 3)), rtol=0, atol=1e-12
    )


def test_half_turn_of_an_oblong_image():
    x = torch.randn(1, 1, 4, 7, dtype=torch.float64)
    torch.testing.assert_close(rotate(x, torch.tensor([180.0])), x.flip(2, 3), rtol=0, atol=1e-12)


def test_tilt_keeps_proportions_of_an_oblong_image():
    # A point 3 to the right of the centre of a 9 x 15 image, turned by 90 degrees, lies 3 above it.
    x = torch.zeros(1, 1, 9, 15)
    x[0, 0, 4, 10] = 1
    out = rotate(x, torch.tensor([90.0]))
    assert out[0, 0, 1, 7] == pytest.approx(1, abs=1e-5)


def test_angles_stay_within_bounds():
    x = torch.zeros(200, 1, 41, 41)
    x[:, 0, 20, 38] = 1  # 18 to the right of the centre
    out = Rotate(30)(x, keys=torch.arange(200))
    highest = out[:, 0].flatten(1).argmax(1) // 41
    assert int((20 - highest).abs().max()) <= 9  # 18 sin 30 degrees
    assert int((20 - highest).abs().max()) >= 7
    assert int((20 - highest).min()) < -6
