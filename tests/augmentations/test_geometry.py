"""Places that move: the warp, products of matrices, boxes."""

import pytest
import torch

from glasswork.augmentations import (
    Rotate,
    Scale,
    Shear,
    Translate,
    rotate,
    rotate_formula,
    scale,
    scale_formula,
    shear,
    shear_formula,
    translate,
    translate_formula,
)
from glasswork.augmentations.geometry import move_boxes, multiply, warp
from suite import check_twin

OUTSIDE = ["zeros", "border", "reflection"]


def image(height=6, width=9, channels=2, count=1):
    generator = torch.Generator().manual_seed(3)
    return torch.rand(count, channels, height, width, dtype=torch.float64, generator=generator)


def one(value):
    return torch.tensor([value], dtype=torch.float64)


@pytest.mark.parametrize("outside", OUTSIDE)
@pytest.mark.parametrize(
    ("kernel", "formula", "settings"),
    [
        (lambda x, o: rotate(x, one(33.0), outside=o), rotate_formula, (33.0,)),
        (lambda x, o: rotate(x, one(-140.0), outside=o), rotate_formula, (-140.0,)),
        (lambda x, o: translate(x, one([1.3, -2.6]), outside=o), translate_formula, (1.3, -2.6)),
        (lambda x, o: scale(x, one(0.45), outside=o), scale_formula, (0.45,)),
        (lambda x, o: scale(x, one(1.7), outside=o), scale_formula, (1.7,)),
        (lambda x, o: shear(x, one(25.0), outside=o), shear_formula, (25.0,)),
    ],
)
def test_each_equals_its_formula_pixel_by_pixel(kernel, formula, settings, outside):
    check_twin(
        lambda x: kernel(x, outside), lambda x: formula(x[0], *settings, outside=outside)[None], image(), atol=1e-12
    )


@pytest.mark.parametrize(
    ("kind", "formula"),
    [
        (Rotate(40), lambda x, d: rotate_formula(x, float(d["degrees"]))),
        (Translate(0.3), lambda x, d: translate_formula(x, *d["shift"].tolist())),
        (Scale(0.6, 1.6), lambda x, d: scale_formula(x, float(d["factor"]))),
        (Shear(30), lambda x, d: shear_formula(x, float(d["degrees"]))),
    ],
)
def test_each_sample_gets_what_was_drawn_for_it(kind, formula):
    x, keys = image(count=4), torch.arange(4)
    drawn = kind.draw(keys, x.shape)
    out = kind(x, keys=keys)
    for i in range(4):
        torch.testing.assert_close(out[i], formula(x[i], {k: v[i] for k, v in drawn.items()}), rtol=0, atol=1e-12)


def test_draws_fill_their_ranges_evenly():
    keys, shape = torch.arange(4000), torch.Size((4000, 3, 20, 40))
    for values, low, high in (
        (Rotate(30).draw(keys, shape)["degrees"], -30, 30),
        (Translate(0.25).draw(keys, shape)["shift"][:, 0], -10, 10),
        (Translate(0.25).draw(keys, shape)["shift"][:, 1], -5, 5),
        (Scale(0.5, 2.0).draw(keys, shape)["factor"], 0.5, 2.0),
        (Shear(20).draw(keys, shape)["degrees"], -20, 20),
    ):
        counts = torch.histc(values, 10, low, high)
        assert counts.sum() == 4000
        assert float(((counts - 400) ** 2 / 400).sum()) < 30  # chi-square with 9 degrees: 99.96 %


def test_product_of_matrices_is_one_after_the_other():
    # Turned by 90 degrees and then moved 1 to the right is not moved and then turned: a single pixel shows it.
    x = torch.zeros(1, 1, 5, 5, dtype=torch.float64)
    x[0, 0, 2, 4] = 1  # 2 to the right of the centre
    turn = torch.tensor([[[0.0, -1.0, 0.0], [1.0, 0.0, 0.0]]], dtype=torch.float64)
    right = torch.tensor([[[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]]], dtype=torch.float64)
    assert warp(x, multiply(turn, right))[0, 0, 0, 3] == pytest.approx(1)  # turned to the top, then right
    torch.testing.assert_close(warp(warp(x, turn), right), warp(x, multiply(turn, right)), rtol=0, atol=1e-12)


def test_boxes_move_with_what_they_hold():
    # Zoomed by 2 about the centre (4, 3) of an 8 x 6 image: 3..5 becomes 2..6, 2..4 becomes 1..5.
    twice = torch.tensor([[[0.5, 0.0, 0.0], [0.0, 0.5, 0.0]]])
    boxes, kept = move_boxes(torch.tensor([[[3.0, 2.0, 5.0, 4.0], [0.0, 0.0, 1.0, 1.0]]]), twice, (6, 8), (6, 8))
    assert boxes.tolist() == [[[2, 1, 6, 5], [0, 0, 0, 0]]]
    assert kept.tolist() == [[True, False]]


@pytest.mark.parametrize(("visible", "stays"), [(0.0, True), (0.5, True), (0.51, False)])
def test_a_box_stays_by_the_share_that_is_seen(visible, stays):
    left = torch.tensor([[[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]])
    boxes, kept = move_boxes(torch.tensor([[[0.0, 0.0, 4.0, 4.0]]]), left, (8, 8), (8, 8), visible=visible)
    assert boxes.tolist() == [[[0, 0, 2, 4]]]
    assert bool(kept) is stays


def test_a_box_that_is_padding_is_not_kept():
    same = torch.eye(2, 3)[None]
    assert move_boxes(torch.zeros(1, 3, 4), same, (8, 8), (8, 8), visible=0.0)[1].tolist() == [[False] * 3]
