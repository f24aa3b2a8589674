"""Masks and boxes go where the pixels go."""

import pytest
import torch
from torch import nn

from glasswork.augmentations import (
    Brightness,
    Compose,
    Crop,
    Cutout,
    Elastic,
    Flip,
    Labelled,
    Noise,
    Rotate,
    Scale,
    Shear,
    Translate,
)
from glasswork.errors import ShapeError

GEOMETRIC = {
    "flip": Flip(0.5),
    "flip-vertical": Flip(0.5, direction="vertical"),
    "crop": Crop(3),
    "crop-smaller": Crop(1, size=(14, 18)),
    "rotate": Rotate(40),
    "translate": Translate(0.2),
    "scale": Scale(0.6, 1.6),
    "shear": Shear(25),
    "elastic": Elastic(30.0, 4.0),
    "compose": Compose(Flip(), Rotate(30), Scale(0.7, 1.3), Crop(2), Translate(0.1), Brightness(0.1), Cutout(4)),
    "compose-elastic": Compose(Crop(2, size=20), Rotate(20), Elastic(20.0, 4.0)),
    "compose-nested": Compose(Compose(Flip(), Rotate(20)), Noise(0.01), Compose(Shear(10), Scale())),
}


def scene(count=24):
    """Bright rectangles on black; the mask and the box say where."""
    generator = torch.Generator().manual_seed(1)
    masks = torch.zeros(count, 20, 26, dtype=torch.int64)
    boxes = torch.zeros(count, 1, 4)
    for i in range(count):
        y, x = (int(torch.randint(0, side, (), generator=generator)) for side in (12, 16))
        h, w = (int(torch.randint(5, 9, (), generator=generator)) for _ in range(2))
        masks[i, y : y + h, x : x + w] = 7
        boxes[i, 0] = torch.tensor([x, y, x + w, y + h])
    return (masks[:, None] / 7.0).expand(-1, 3, -1, -1).contiguous(), masks, boxes


@pytest.mark.parametrize("name", GEOMETRIC)
def test_mask_and_image_agree_and_no_class_is_made_up(name):
    x, masks, boxes = scene()
    out = GEOMETRIC[name].labelled(x, keys=torch.arange(24), masks=masks, boxes=boxes)
    assert isinstance(out, Labelled)
    assert torch.equal(out.x, GEOMETRIC[name](x, keys=torch.arange(24))), "labels changed what happens to the image"
    assert out.masks.dtype == torch.int64
    assert out.masks.shape == (24, *out.x.shape[-2:])
    assert set(out.masks.unique().tolist()) <= {0, 7}
    # In one a square is covered in the image alone; in the other two warps follow each other, and each rounds a mask.
    if name not in ("compose", "compose-nested"):
        sure = (out.x[:, 0] - 0.5).abs() > 0.25  # between two pixels, bilinear and nearest may differ
        assert torch.equal((out.x[:, 0] > 0.5)[sure], (out.masks == 7)[sure])
        assert sure.float().mean() > 0.8


@pytest.mark.parametrize("name", GEOMETRIC)
def test_boxes_hold_what_the_mask_shows(name):
    x, masks, boxes = scene()
    out = GEOMETRIC[name].labelled(x, keys=torch.arange(24), masks=masks, boxes=boxes, visible=0.0)
    H, W = out.x.shape[-2:]
    assert out.boxes.shape == (24, 1, 4)
    assert (out.boxes >= 0).all()
    assert (out.boxes[..., [0, 2]] <= W).all()
    assert (out.boxes[..., [1, 3]] <= H).all()
    found, slack = 0, 1e-4 + (name == "compose-nested")  # nearest pixels, taken twice
    for i in range(24):
        rows, columns = (out.masks[i] == 7).nonzero().T
        if len(rows) == 0:
            continue
        found += 1
        assert out.kept[i, 0]
        x0, y0, x1, y1 = out.boxes[i, 0].tolist()
        assert columns.min() + 0.5 >= x0 - slack
        assert columns.max() + 0.5 <= x1 + slack
        assert rows.min() + 0.5 >= y0 - slack
        assert rows.max() + 0.5 <= y1 + slack
        if name in ("flip", "flip-vertical", "crop", "crop-smaller"):  # whole pixels: the box fits exactly
            assert [x0, y0, x1, y1] == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert found > 18


def test_flip_by_hand():
    boxes = torch.tensor([[[1.0, 0.0, 3.0, 2.0]]])
    out = Flip(1.0).labelled(torch.zeros(1, 1, 4, 8), keys=torch.tensor([0]), boxes=boxes)
    assert out.boxes.tolist() == [[[5, 0, 7, 2]]]
    assert out.kept.tolist() == [[True]]
    assert out.masks is None


def test_label_of_what_was_outside():
    masks = torch.ones(9, 2, 8, 8, dtype=torch.uint8)  # two masks an image
    for kind in (Translate(0.5), Crop(4), Compose(Rotate(30), Crop(4))):
        out = kind.labelled(torch.zeros(9, 1, 8, 8), keys=torch.arange(9), masks=masks, outside_label=255)
        assert set(out.masks.unique().tolist()) == {1, 255}
        assert out.masks.shape == (9, 2, 8, 8)
        assert out.masks.dtype == torch.uint8


def test_large_class_numbers_stay_exact():
    masks = torch.full((3, 8, 8), 2**40 + 1)
    out = Rotate(20, outside="border").labelled(torch.zeros(3, 1, 8, 8), keys=torch.arange(3), masks=masks)
    assert torch.equal(out.masks, masks)


def test_kinds_that_move_nothing_leave_labels():
    x, masks, boxes = scene(3)
    out = Compose(Cutout(5), Noise(0.1), Brightness(0.2)).labelled(x, keys=torch.arange(3), masks=masks, boxes=boxes)
    assert torch.equal(out.masks, masks)
    assert torch.equal(out.boxes, boxes)
    assert out.kept.all()
    assert not torch.equal(out.x, x)


def test_a_box_lost_on_the_way_stays_lost():
    boxes = torch.tensor([[[0.0, 0.0, 2.0, 2.0]]]).expand(60, 1, 4)
    first, second = Translate(0.5), Flip(0.0)
    whole = Compose(first, Cutout(2), second).labelled(torch.zeros(60, 1, 8, 8), keys=torch.arange(60), boxes=boxes)
    assert 0 < int(whole.kept.sum()) < 60


def test_a_part_that_knows_no_labels_is_refused():
    class Own(nn.Module):
        def forward(self, x, *, keys):
            return x

    x = torch.zeros(1, 1, 4, 4)
    assert Compose(Own())(x, keys=torch.arange(1)) is x
    with pytest.raises(ShapeError, match="Compose: Own cannot change masks and boxes"):
        Compose(Own()).labelled(x, keys=torch.arange(1))


@pytest.mark.parametrize("kind", [torch.uint8, torch.int16, torch.int32, torch.int64])
@pytest.mark.parametrize("mode", ["constant", "reflect", "edge"])
def test_crops_of_integer_masks(mode, kind):
    masks = torch.arange(3 * 64).remainder(7).view(3, 8, 8).to(kind)
    out = Crop(2, mode=mode).labelled(masks[:, None].float(), keys=torch.arange(3), masks=masks)
    assert torch.equal(out.x[:, 0], out.masks.float())
    assert out.masks.dtype == kind
