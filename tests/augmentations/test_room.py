"""What holds for every augmentation: it depends on the keys alone, keeps type and shape, and can be switched off."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from glasswork.augmentations import Compose, Crop, Cutout, Flip, Noise, Rotate, sample_keys
from glasswork.errors import GlassworkError

MAKERS = {
    "flip": lambda p: Flip(p),
    "flip-vertical": lambda p: Flip(p, direction="vertical"),
    "crop": lambda p: Crop(2, probability=p),
    "crop-reflect": lambda p: Crop(2, mode="reflect", probability=p),
    "crop-edge": lambda p: Crop(2, mode="edge", probability=p),
    "cutout": lambda p: Cutout(3, probability=p),
    "rotate": lambda p: Rotate(20, probability=p),
    "noise": lambda p: Noise(0.1, probability=p),
    "compose": lambda p: Compose(Crop(2, probability=p), Flip(p), Flip(p), Noise(0.1, probability=p)),
}


def images(kind, count=6):
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (count, 7, 9, 3), dtype=torch.uint8, generator=generator).permute(0, 3, 1, 2)
    return pixels if kind == "uint8" else pixels.float() / 255


@pytest.mark.parametrize("kind", ["uint8", "float"])
@pytest.mark.parametrize("name", MAKERS)
def test_the_same_keys_give_the_same_in_any_batch_and_order(name, kind):
    augment, x, keys = MAKERS[name](0.7), images(kind), sample_keys(0, 2, torch.arange(6))
    before = x.clone()
    whole = augment(x, keys=keys)
    assert torch.equal(x, before), "the input was changed"
    assert whole.shape == x.shape
    assert whole.dtype == x.dtype
    order = torch.tensor([4, 0, 5, 2, 1, 3])
    assert torch.equal(augment(x[order], keys=keys[order]), whole[order])
    for i in range(6):
        assert torch.equal(augment(x[i : i + 1], keys=keys[i : i + 1])[0], whole[i])


@pytest.mark.parametrize("name", MAKERS)
def test_probability_0_changes_nothing_and_1_changes_something(name):
    x, keys = images("uint8"), torch.arange(6)
    assert torch.equal(MAKERS[name](0.0)(x, keys=keys), x)
    assert not torch.equal(MAKERS[name](1.0)(x, keys=keys), x)


@pytest.mark.parametrize("name", MAKERS)
def test_another_epoch_is_another_change(name):
    x = images("float", 64)
    first, second = (MAKERS[name](0.5)(x, keys=sample_keys(0, epoch, torch.arange(64))) for epoch in (0, 1))
    assert not torch.equal(first, second)


@pytest.mark.parametrize("name", [name for name in MAKERS if name != "rotate"])
def test_channels_last_stays(name):
    x = images("uint8").contiguous(memory_format=torch.channels_last)
    assert MAKERS[name](1.0)(x, keys=torch.arange(6)).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("name", MAKERS)
def test_float_and_uint8_agree(name):
    x, keys = images("uint8"), torch.arange(6)
    from_float = MAKERS[name](1.0)(x.float() / 255, keys=keys) * 255
    assert (MAKERS[name](1.0)(x, keys=keys).float() - from_float.clamp(0, 255)).abs().max() <= 0.51 + 0.5 * (
        name == "compose"
    )


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_flip_and_crop_only_move_pixels(key, padding):
    x = torch.arange(1.0, 26.0).reshape(1, 1, 5, 5)
    out = Compose(Crop(padding), Flip())(x, keys=torch.tensor([key]))
    kept = out[out != 0]
    assert kept.unique().numel() == kept.numel()
    assert kept.numel() >= (5 - padding) ** 2


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Flip(1.5), r"Flip: probability must be in \[0, 1\], got probability=1.5"),
        (lambda: Flip(direction="sideways"), "Flip: no direction 'sideways'"),
        (lambda: Crop(-1), "Crop: padding must be >= 0, got padding=-1"),
        (lambda: Crop(mode="constnat"), "did you mean 'constant'"),
        (lambda: Cutout(0), "Cutout: size must be >= 1"),
        (lambda: Rotate(200), "Rotate: degrees must be in"),
        (lambda: Noise(-0.1), "Noise: deviation must be >= 0"),
        (lambda: Crop(2)(torch.zeros(3, 4, 4), keys=torch.arange(3)), "Crop: x must have 4 dimensions"),
        (lambda: Crop(4, mode="reflect")(torch.zeros(1, 1, 4, 4), keys=torch.arange(1)), "padding must be below"),
    ],
)
def test_refusals(make, text):
    with pytest.raises(GlassworkError, match=text):
        make()
