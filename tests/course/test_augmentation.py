"""Augmentation: what the course says of each kind."""

import numpy as np
import pytest
import torch

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
    SeriesScale,
    TokenDropout,
    Translate,
    WindowWarp,
    brightness,
    contrast,
    rotate,
    saturation,
    scale,
    translate,
)
from glasswork.augmentations.colours import grey
from glasswork.training import TensorSource


def images(count=4, height=8, width=8):
    generator = torch.Generator().manual_seed(0)
    return torch.rand(count, 3, height, width, dtype=torch.float64, generator=generator)


def each(value, count=4):
    return torch.full((count,), float(value), dtype=torch.float64)


@pytest.mark.course("AUG-01", "AUG-10", "REG-08", file="src/glasswork/training/tensor_source.py")
def test_training_examples_vary_by_epoch_and_test_examples_never():
    x = images(32)
    augment = Compose(Flip(), Rotate(10), Crop(1), Brightness(0.2), Cutout(3), Noise(0.1))
    source = TensorSource({"x": x}, torch.arange(32), augment=augment, seed=1)
    index = np.arange(32)
    for _ in range(3):  # without an epoch a batch is for validation or for testing
        assert torch.equal(source.batch(index).inputs["x"], x)
    first, second, again = (source.batch(index, epoch=epoch).inputs["x"] for epoch in (0, 1, 0))
    assert torch.equal(first, again)
    assert (first != second).flatten(1).any(1).all()
    assert (first != x).flatten(1).any(1).all()
    assert torch.equal(source.batch(index, epoch=0).targets, torch.arange(32))  # labels are kept


@pytest.mark.course("AUG-01", file="src/glasswork/augmentations/compose.py")
def test_one_image_becomes_many():
    x = images(1).expand(500, -1, -1, -1)
    varied = Compose(Flip(), Rotate(10), Crop(1), Brightness(0.2))(x, keys=torch.arange(500))
    assert len({row.numpy().tobytes() for row in varied}) == 500


@pytest.mark.course("AUG-02")
def test_rotation_by_0_is_nothing_and_by_90_four_times_is_all_round():
    x = images()
    torch.testing.assert_close(rotate(x, each(0)), x, rtol=0, atol=1e-12)
    turned = x
    for _ in range(4):
        turned = rotate(turned, each(90))
        if _ < 3:
            assert (turned - x).abs().max() > 0.5
    torch.testing.assert_close(turned, x, rtol=0, atol=1e-12)


@pytest.mark.course("AUG-03")
def test_a_shift_and_back_restores_the_interior():
    x = images()
    there = translate(x, torch.tensor([[3.0, -2.0]], dtype=torch.float64).expand(4, 2))
    back = translate(there, torch.tensor([[-3.0, 2.0]], dtype=torch.float64).expand(4, 2))
    torch.testing.assert_close(back[:, :, 2:, :5], x[:, :, 2:, :5], rtol=0, atol=1e-12)
    assert (there[:, :, :, :3] == 0).all()  # what moved in is the fill
    assert (back[:, :, :, 5:] == 0).all()
    drawn = Translate(0.25).draw(torch.arange(99), torch.Size((99, 3, 8, 8)))["shift"]
    assert drawn.abs().max() <= 2


@pytest.mark.course("AUG-04")
def test_zoom_by_1_is_nothing_and_keeps_the_size():
    x = images(height=9, width=9)
    torch.testing.assert_close(scale(x, each(1)), x, rtol=0, atol=1e-12)
    for factor in (0.5, 2.0):
        zoomed = scale(x, each(factor))
        assert zoomed.shape == x.shape
        torch.testing.assert_close(zoomed[:, :, 4, 4], x[:, :, 4, 4], rtol=0, atol=1e-12)  # the centre stays
    torch.testing.assert_close(scale(x, each(0.5))[:, :, 4, 5], x[:, :, 4, 6], rtol=0, atol=1e-12)


@pytest.mark.course("AUG-05")
@pytest.mark.parametrize("direction", ["horizontal", "vertical"])
def test_a_flip_twice_is_nothing(direction):
    x = images()
    flip = Flip(1.0, direction=direction)
    once = flip(x, keys=torch.arange(4))
    assert not torch.equal(once, x)
    assert torch.equal(flip(once, keys=torch.arange(4)), x)
    source = TensorSource({"x": x}, torch.tensor([3, 1, 0, 2]), augment=flip)
    assert source.batch(np.arange(4), epoch=0).targets.tolist() == [3, 1, 0, 2]


@pytest.mark.course("AUG-06")
def test_brightness_scales_the_mean():
    x = images()
    assert torch.equal(brightness(x, each(1)), x)
    means = brightness(x, each(0.3)).mean((1, 2, 3))
    torch.testing.assert_close(means, 0.3 * x.mean((1, 2, 3)), rtol=1e-12, atol=0)
    factors = Brightness(0.2).draw(torch.arange(999), x.shape)["factor"]
    assert 0.8 <= factors.min() < 0.81
    assert 1.19 < factors.max() <= 1.2


@pytest.mark.course("AUG-07")
def test_contrast_keeps_the_mean_and_0_leaves_a_constant():
    x = images()
    torch.testing.assert_close(contrast(x, each(1)), x, rtol=0, atol=1e-12)
    flat = contrast(x, each(0))
    assert float(flat.flatten(1).std(1).max()) < 1e-12
    for factor in (0.0, 0.4, 1.8):
        changed = contrast(x, each(factor))
        torch.testing.assert_close(grey(changed).mean((1, 2)), grey(x).mean((1, 2)), rtol=1e-12, atol=0)
        torch.testing.assert_close(grey(changed).std((1, 2)), factor * grey(x).std((1, 2)), rtol=1e-9, atol=1e-12)
    assert 0.8 <= Contrast(0.2).draw(torch.arange(999), x.shape)["factor"].min() < 0.81


@pytest.mark.course("AUG-08")
def test_saturation_0_is_grey():
    x = images()
    torch.testing.assert_close(saturation(x, each(1)), x, rtol=0, atol=1e-12)
    pale = saturation(x, each(0))
    torch.testing.assert_close(pale, grey(x)[:, None].expand_as(x), rtol=0, atol=1e-12)
    torch.testing.assert_close(grey(saturation(x, each(1.7))), grey(x), rtol=0, atol=1e-12)
    assert 0.8 <= Saturation(0.2).draw(torch.arange(999), x.shape)["factor"].min() < 0.81


@pytest.mark.course("AUG-09")
def test_a_crop_lies_inside_and_has_one_size():
    x = torch.arange(1.0, 65).view(1, 1, 8, 8).expand(200, 1, 8, 8)
    out = Crop(0, size=5)(x, keys=torch.arange(200))
    assert out.shape == (200, 1, 5, 5)
    starts = out[:, 0, 0, 0].long() - 1
    rows, columns = starts // 8, starts % 8
    for i in range(200):
        assert torch.equal(out[i, 0], x[i, 0, rows[i] : rows[i] + 5, columns[i] : columns[i] + 5])
    assert len(set(starts.tolist())) == 16
    assert Crop(2)(x, keys=torch.arange(200)).shape == x.shape  # with padding the size may stay


@pytest.mark.course("AUG-10")
def test_cutout_covers_at_most_its_square():
    x = torch.ones(300, 2, 12, 12)
    covered = (Cutout(5)(x, keys=torch.arange(300)) == 0)[:, 0].sum((1, 2))
    assert covered.max() == 25
    assert covered.min() >= 9  # its centre lies in the image
    source = TensorSource({"x": x}, augment=Cutout(5))
    assert (source.batch(np.arange(300)).inputs["x"] == 1).all()  # off while evaluating
    assert (source.batch(np.arange(300), epoch=0).inputs["x"] == 0).any()


@pytest.mark.course("AUG-11")
def test_elastic_distortion_of_no_strength_is_nothing():
    x, keys = images(), torch.arange(4)
    assert torch.equal(Elastic(0.0)(x, keys=keys), x)
    slight, strong = (float((Elastic(s, 2.0)(x, keys=keys) - x).abs().mean()) for s in (0.01, 10.0))
    assert 0 < slight < 1e-3 < strong


@pytest.mark.course("AUG-12")
def test_noise_of_no_deviation_is_nothing():
    x, keys = images(), torch.arange(4)
    assert torch.equal(Noise(0.0)(x, keys=keys), x)
    added = Noise(0.5)(images(200), keys=torch.arange(200)) - images(200)
    assert float(added.std()) == pytest.approx(0.5, rel=0.02)
    assert abs(float(added.mean())) < 0.01


@pytest.mark.course("AUG-13")
def test_texts_and_series_keep_shape_and_label():
    tokens = torch.randint(2, 50, (64, 20), generator=torch.Generator().manual_seed(0))
    series = torch.randn(64, 20, 3, generator=torch.Generator().manual_seed(0))
    cases = [(tokens, TokenDropout(0.3))]
    cases += [(series, kind) for kind in (Noise(0.1), SeriesScale(0.1), WindowWarp(0.3))]
    cases += [(series, Compose(WindowWarp(0.3), SeriesScale(0.1), Noise(0.1)))]
    for x, kind in cases:
        source = TensorSource({"x": x}, torch.arange(64), augment=kind)
        batch = source.batch(np.arange(64), epoch=0)
        varied = batch.inputs["x"]
        assert varied.shape == x.shape
        assert varied.dtype == x.dtype
        assert batch.targets.tolist() == list(range(64))
        assert (varied != x).flatten(1).any(1).float().mean() > 0.9
        assert torch.equal(source.batch(np.arange(64)).inputs["x"], x)
