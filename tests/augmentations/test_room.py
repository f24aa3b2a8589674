"""What holds for every augmentation: it depends on the keys alone, keeps type and shape, and can be switched off."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from glasswork.augmentations import (
    Brightness,
    Compose,
    Contrast,
    Crop,
    Cutout,
    Elastic,
    Flip,
    Noise,
    Rotate,
    Saturation,
    Scale,
    SeriesScale,
    Shear,
    TokenDropout,
    Translate,
    WindowWarp,
    sample_keys,
)
from glasswork.errors import GlassworkError
from suite import check_behaves

MAKERS = {
    "flip": lambda p: Flip(p),
    "flip-vertical": lambda p: Flip(p, direction="vertical"),
    "crop": lambda p: Crop(2, probability=p),
    "crop-reflect": lambda p: Crop(2, mode="reflect", probability=p),
    "crop-edge": lambda p: Crop(2, mode="edge", probability=p),
    "cutout": lambda p: Cutout(3, probability=p),
    "rotate": lambda p: Rotate(20, probability=p),
    "noise": lambda p: Noise(0.1, probability=p),
    "translate": lambda p: Translate(0.2, probability=p),
    "scale": lambda p: Scale(0.5, 0.9, probability=p),
    "shear": lambda p: Shear(20, outside="border", probability=p),
    "elastic": lambda p: Elastic(20.0, 2.0, probability=p),
    "brightness": lambda p: Brightness(0.3, probability=p),
    "contrast": lambda p: Contrast(0.3, probability=p),
    "saturation": lambda p: Saturation(0.8, probability=p),
    "cutout-inside": lambda p: Cutout(3, inside=True, probability=p),
    "colours": lambda p: Compose(
        Saturation(0.5, probability=p), Brightness(0.3, probability=p), Contrast(0.3, probability=p)
    ),
    "one-warp": lambda p: Compose(
        Flip(p), Rotate(20, probability=p), Scale(0.8, 1.2, probability=p), Elastic(9.0, 2.0, probability=p)
    ),
    "all": lambda p: Compose(
        Crop(2, probability=p), Rotate(9, probability=p), Contrast(0.01, probability=p), Cutout(3, probability=p)
    ),
    "compose": lambda p: Compose(Crop(2, probability=p), Flip(p), Flip(p), Noise(0.1, probability=p)),
}


RESAMPLED = ("rotate", "translate", "scale", "shear", "elastic", "one-warp", "all")


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


@pytest.mark.parametrize("name", [name for name in MAKERS if name not in RESAMPLED])
def test_channels_last_stays(name):
    x = images("uint8").contiguous(memory_format=torch.channels_last)
    assert MAKERS[name](1.0)(x, keys=torch.arange(6)).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("name", MAKERS)
def test_float_and_uint8_agree(name):
    x, keys = images("uint8"), torch.arange(6)
    from_float = MAKERS[name](1.0)(x.float() / 255, keys=keys) * 255
    assert (MAKERS[name](1.0)(x, keys=keys).float() - from_float.clamp(0, 255)).abs().max() <= 0.51 + 0.5 * (
        name in ("compose", "all")
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
        (lambda: Translate(1.5), r"Translate: share must be in \[0, 1\]"),
        (lambda: Scale(0.0), "Scale: low must be > 0"),
        (lambda: Scale(1.2, 1.1), "Scale: high must be >= 1.2"),
        (lambda: Shear(90), "Shear: degrees must be in"),
        (lambda: Elastic(-1.0), "Elastic: strength must be >= 0"),
        (lambda: Elastic(smoothness=0.0), "Elastic: smoothness must be > 0"),
        (lambda: Rotate(outside="mirror"), "Rotate: no outside 'mirror'"),
        (lambda: Brightness(1.5), r"Brightness: amount must be in \[0, 1\]"),
        (lambda: Saturation()(torch.zeros(1, 2, 4, 4), keys=torch.arange(1)), "must have 1 channel or 3"),
        (lambda: Crop(0, size=9)(torch.zeros(1, 1, 4, 4), keys=torch.arange(1)), "size 9x9 does not fit into 4x4"),
        (lambda: TokenDropout(2.0), r"TokenDropout: share must be in \[0, 1\]"),
        (lambda: TokenDropout()(torch.zeros(1, 4), keys=torch.arange(1)), "tokens must be whole numbers"),
        (lambda: SeriesScale(-1.0), "SeriesScale: deviation must be >= 0"),
        (lambda: WindowWarp(0.0), "WindowWarp: share must be > 0"),
        (lambda: WindowWarp()(torch.zeros(3, 4), keys=torch.arange(3)), "WindowWarp: x must have 3 dimensions"),
        (
            lambda: Flip().labelled(torch.zeros(2, 1, 4, 4), keys=torch.arange(2), masks=torch.zeros(2, 4, 4)),
            r"Flip: masks must be integers \(2, 4, 4\)",
        ),
        (
            lambda: Flip().labelled(torch.zeros(2, 1, 4, 4), keys=torch.arange(2), boxes=torch.zeros(2, 4)),
            r"Flip: boxes must be \(2, N, 4\), got \(2, 4\)",
        ),
        (
            lambda: Rotate()(torch.zeros(3, 1, 4, 4), keys=torch.arange(2)),
            r"Rotate: keys must have size 3 in dimension 0, got shape \(2,\)\.",
        ),
        (
            lambda: Compose(Flip(), Rotate())(torch.zeros(2, 1, 4, 4), keys=torch.zeros(2)),
            r"Compose: keys must be whole numbers, got float32\.",
        ),
        (lambda: Crop(2)(torch.zeros(3, 4, 4), keys=torch.arange(3)), "Crop: x must have 4 dimensions"),
        (lambda: Crop(4, mode="reflect")(torch.zeros(1, 1, 4, 4), keys=torch.arange(1)), "padding must be below"),
    ],
)
def test_refusals(make, text):
    with pytest.raises(GlassworkError, match=text):
        make()


class Keyed(nn.Module):
    """An augmentation whose keys are an ordinary argument."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def forward(self, x, keys):
        return self.kind(x, keys=keys)


@pytest.mark.parametrize("name", MAKERS)
def test_an_ordinary_module(name):
    once = name not in ("flip-vertical", "crop-reflect", "crop-edge", "cutout-inside", "compose", "one-warp")
    check_behaves(Keyed(MAKERS[name](0.7)), images("float"), sample_keys(0, 2, torch.arange(6)), compiles=once)


@pytest.mark.parametrize("kind", [SeriesScale(0.2), WindowWarp(0.4), Noise(0.2)])
def test_an_ordinary_module_of_series(kind):
    x = torch.randn(5, 12, 2, generator=torch.Generator().manual_seed(0))
    check_behaves(Keyed(kind), x, torch.arange(5))
    whole = kind(x, keys=torch.arange(5))
    for i in range(5):
        assert torch.equal(kind(x[i : i + 1], keys=torch.tensor([i]))[0], whole[i])


def test_an_ordinary_module_of_texts():
    tokens = torch.randint(0, 9, (5, 12), generator=torch.Generator().manual_seed(0))
    check_behaves(Keyed(TokenDropout(0.3)), tokens, torch.arange(5), half=False)


@pytest.mark.parametrize("name", MAKERS)
def test_gradients_pass_to_the_images(name):
    x = images("float", 2).double().requires_grad_()
    MAKERS[name](1.0)(x, keys=torch.arange(2)).sum().backward()
    assert x.grad.isfinite().all()
    assert x.grad.abs().sum() > 0
