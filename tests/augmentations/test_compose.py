"""Compose."""

import math

import pytest
import torch
from torch.nn import functional

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
    Shear,
    Translate,
)
from glasswork.augmentations.geometry import multiply, warp, warp_formula
from glasswork.augmentations.randomness import mix


def test_parts_draw_numbers_of_their_own():
    x = torch.tensor([1.0, 2.0]).expand(400, 1, 1, 2)
    twice = Compose(Flip(), Flip())(x, keys=torch.arange(400))
    share = (twice[:, 0, 0, 0] == 2).float().mean()
    assert 0.4 < share < 0.6  # two equal flips would cancel out


def test_empty_is_the_identity():
    x = torch.randn(2, 1, 2, 2)
    assert Compose()(x, keys=torch.arange(2)) is x


def test_neighbours_that_move_pixels_equal_one_warp():
    x, keys = torch.rand(5, 3, 16, 20, dtype=torch.float64), torch.arange(5)
    parts = [Flip(), Rotate(30), Crop(2), Scale(0.7, 1.4), Translate(0.1), Shear(15)]
    product = None
    for position, part in enumerate(parts):
        own = part.matrices(part.draw(mix(keys, position), x.shape), x.shape)
        product = own if product is None else multiply(product, own)
    out = Compose(*parts)(x, keys=keys)
    torch.testing.assert_close(out, warp(x, product), rtol=0, atol=1e-12)
    for i in range(5):  # and that is the formula, pixel by pixel
        (a, b, s), (c, d, t) = product[i].tolist()
        expected = warp_formula(x[i], lambda x, y: (a * x + b * y + s, c * x + d * y + t))  # noqa: B023
        torch.testing.assert_close(out[i], expected, rtol=0, atol=1e-12)


def test_one_warp_is_counted(monkeypatch):
    count = []
    original = functional.grid_sample
    monkeypatch.setattr(functional, "grid_sample", lambda *a, **k: count.append(1) or original(*a, **k))
    x, keys = torch.rand(2, 3, 16, 16), torch.arange(2)
    Compose(Flip(), Rotate(10), Crop(2), Scale(), Elastic(9.0), Brightness(), Translate())(x, keys=keys)
    assert len(count) == 2  # all up to the elastic one, and the shift after the colours
    Compose(Flip(), Crop(2), Flip(direction="vertical"))(x, keys=keys)
    assert len(count) == 2  # whole pixels are copied


def test_one_warp_is_sharper_than_several():
    x = torch.rand(40, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    parts, keys = [Rotate(30), Translate(0.1), Scale(0.9, 1.1), Rotate(30)], torch.arange(40)

    def detail(images):
        return float((images[:, 0, 9:23, 9:23].diff(dim=-1) ** 2).mean())

    several = x
    for position, part in enumerate(parts):
        several = part(several, keys=mix(keys, position))
    once = Compose(*parts)(x, keys=keys)
    assert detail(once) > 1.5 * detail(several)


def test_what_left_the_frame_can_come_back():
    x = torch.ones(1, 1, 9, 9)
    away = torch.tensor([[[1.0, 0.0, 5.0], [0.0, 1.0, 0.0]]])
    back = torch.tensor([[[1.0, 0.0, -5.0], [0.0, 1.0, 0.0]]])
    assert warp(warp(x, away), back).sum() == pytest.approx(36, abs=1e-4)
    assert warp(x, multiply(away, back)).sum() == pytest.approx(81, abs=1e-4)


def test_neighbours_share_a_warp_only_where_they_agree_on_the_outside():
    def runs(*parts):
        return [[position for position, _ in run] for run in Compose(*parts).runs()]

    assert runs(Rotate(), Scale(outside="border"), Translate(outside="border")) == [[0], [1, 2]]
    assert runs(Rotate(), Crop(2), Crop(2, fill=1.0), Scale()) == [[0, 1], [2], [3]]
    assert runs(Flip(), Rotate(outside="reflection"), Crop(2, mode="reflect")) == [[0, 1], [2]]
    assert runs(Rotate(outside="border"), Crop(2, mode="edge"), Flip()) == [[0, 1, 2]]
    assert runs(Rotate(), Elastic(), Rotate()) == [[0, 1], [2]]
    assert runs(Rotate(0), Brightness(), Contrast(0), Saturation(), Flip(), Crop(2)) == [[1, 3], [4], [5]]


def test_an_elastic_one_after_others_reads_where_they_lead():
    x, keys = torch.rand(3, 1, 10, 12, dtype=torch.float64), torch.arange(3)
    parts = [Rotate(25, outside="border"), Elastic(9.0, 2.0, outside="border")]
    degrees = parts[0].draw(mix(keys, 0), x.shape)["degrees"]
    moved = parts[1].draw(mix(keys, 1), x.shape)["displacement"]
    out = Compose(*parts)(x, keys=keys)
    for i in range(3):
        angle = math.radians(float(degrees[i]))

        def source(x, y, i=i, angle=angle):
            dx, dy = moved[i, :, round(y + 4.5), round(x + 5.5)].tolist()
            x, y = x + dx, y + dy
            return x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)

        torch.testing.assert_close(out[i], warp_formula(x[i], source, outside="border"), rtol=0, atol=1e-12)


def test_random_numbers_are_each_parts_own_whatever_else_is_there():
    x, keys = torch.rand(4, 3, 12, 12), torch.arange(4)
    alone = Cutout(4)(Noise(0.1)(x, keys=mix(keys, 0)), keys=mix(keys, 1))
    assert torch.equal(Compose(Noise(0.1), Cutout(4))(x, keys=keys), alone)
    recoloured = Contrast(0.5)(x, keys=mix(keys, 0))
    covered = Cutout(4, probability=0.5)(recoloured, keys=mix(keys, 1))
    assert torch.equal(Compose(Contrast(0.5), Cutout(4, probability=0.5))(x, keys=keys), covered)
