"""Noise."""

import pytest
import torch

from glasswork.augmentations import Noise, noise_formula


def test_deviation_is_as_asked():
    x = torch.full((50, 3, 16, 16), 0.5, dtype=torch.float64)
    z = Noise(0.2)(x, keys=torch.arange(50)) - 0.5
    assert float(z.std()) == pytest.approx(0.2, rel=0.02)
    assert float(z.mean()) == pytest.approx(0, abs=0.005)


def test_uint8_counts_the_full_range_and_stays_in_it():
    x = torch.full((50, 1, 16, 16), 128, dtype=torch.uint8)
    assert float(Noise(0.1)(x, keys=torch.arange(50)).float().std()) == pytest.approx(25.5, rel=0.03)
    bright = torch.full((50, 1, 16, 16), 250, dtype=torch.uint8)
    assert int(Noise(0.5)(bright, keys=torch.arange(50)).float().mean()) > 150  # clamped, not wrapped around


def test_works_on_rows_of_a_table():
    assert Noise(0.1)(torch.zeros(4, 6), keys=torch.arange(4)).shape == (4, 6)


def test_equals_its_formula():
    x, keys = torch.rand(3, 2, 2, 2, dtype=torch.float64), torch.arange(3)
    z = Noise(0.3).draw(keys, x.shape)["z"]
    out = Noise(0.3)(x, keys=keys)
    for i in range(3):
        torch.testing.assert_close(out[i], noise_formula(x[i], z[i], 0.3), rtol=0, atol=1e-12)
