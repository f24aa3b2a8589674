"""Brightness, contrast and saturation, alone and in one pass."""

import pytest
import torch

from glasswork.augmentations import (
    Brightness,
    Compose,
    Contrast,
    Saturation,
    brightness,
    brightness_formula,
    contrast,
    contrast_formula,
    saturation,
    saturation_formula,
)
from glasswork.augmentations.randomness import mix
from suite import check_twin


def image(channels=3, count=1):
    generator = torch.Generator().manual_seed(5)
    return torch.rand(count, channels, 4, 5, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("factor", [0.0, 0.7, 1.6])
@pytest.mark.parametrize(
    ("kernel", "formula"),
    [(brightness, brightness_formula), (contrast, contrast_formula), (saturation, saturation_formula)],
)
def test_each_equals_its_formula(kernel, formula, factor, channels):
    c = torch.tensor([factor], dtype=torch.float64)
    check_twin(lambda x: kernel(x, c), lambda x: formula(x[0], factor)[None], image(channels))


def test_by_hand():
    # Grey of (1, 2, 4) is 0.299 + 1.174 + 0.456 = 1.929; the mean of the grey image is that too, as there is one pixel.
    x = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64).view(1, 3, 1, 1)
    half = torch.tensor([0.5], dtype=torch.float64)
    for kernel in (contrast, saturation):
        torch.testing.assert_close(kernel(x, half).flatten().tolist(), [1.4645, 1.9645, 2.9645], rtol=0, atol=1e-12)
    assert brightness(x, half).flatten().tolist() == [0.5, 1.0, 2.0]


ORDERS = [
    (Brightness, Contrast, Saturation),
    (Saturation, Contrast, Brightness),
    (Contrast, Saturation, Contrast),
    (Saturation, Brightness, Saturation, Contrast),
]


@pytest.mark.parametrize("kinds", ORDERS)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_run_in_one_pass_equals_one_after_the_other(kinds, channels):
    x, keys = image(channels, 6), torch.arange(6)
    parts = [kind(0.8) for kind in kinds]
    expected = x
    for position, part in enumerate(parts):
        expected = part(expected, keys=mix(keys, position))
    torch.testing.assert_close(Compose(*parts)(x, keys=keys), expected, rtol=0, atol=1e-12)
    assert (expected - x).abs().max() > 0.1


def test_a_run_rounds_pixels_once():
    x = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    keys = torch.tensor([3])
    parts = [Brightness(0.4), Contrast(0.4), Brightness(0.4)]
    exact = Compose(*parts)(x.double(), keys=keys).clamp(0, 255)
    assert (Compose(*parts)(x, keys=keys).double() - exact).abs().max() <= 0.5 + 1e-4


def test_pixels_are_clipped_and_not_wrapped_around():
    x = torch.tensor([200, 100, 0], dtype=torch.uint8).view(1, 1, 1, 3)
    assert brightness(x, torch.tensor([1.5])).flatten().tolist() == [255, 150, 0]
    assert contrast(x, torch.tensor([3.0])).flatten().tolist() == [255, 100, 0]


def test_the_input_is_never_written_to():
    x = image(3, 4).float()
    before = x.clone()
    Compose(Contrast(0.5), Saturation(0.5))(x, keys=torch.arange(4))
    Compose(Saturation(0.0), Brightness(0.5))(x, keys=torch.arange(4))
    assert torch.equal(x, before)
