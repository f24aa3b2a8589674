"""Portraits are computed from the parts themselves, and a terminal and a page can draw every one of them."""

import math

import pytest
import torch

from glasswork import catalog
from glasswork.portraits import Curve, Portrait, portray
from glasswork.reports.part_page import portrait_svg
from glasswork.verbs.sketch import sketch

ROOMS = ("activations", "losses", "schedules", "initializers", "optimizers", "augmentations", "layers")
PARTS = [(room, name) for room in ROOMS for name in catalog.names(room)]
# What has no single curve or picture: sizes of its own, several rows or sequences at once, a run that it watches.
FEW = {
    "activations": 6,
    "losses": 8,
    "schedules": 5,
    "initializers": 9,
    "optimizers": 8,
    "augmentations": 5,
    "layers": 4,
}


@pytest.mark.parametrize("room", ROOMS)
def test_most_parts_of_a_room_have_a_portrait(room):
    found = [name for name in catalog.names(room) if portray(room, name)]
    assert len(found) >= FEW[room], found


@pytest.mark.parametrize(("room", "name"), PARTS)
def test_every_portrait_can_be_drawn_and_leaves_the_random_state_alone(room, name):
    before = torch.random.get_rng_state()
    portrait = portray(room, name)
    assert torch.equal(before, torch.random.get_rng_state())
    if portrait is None:
        return
    assert name in portrait.caption
    for curve in portrait.curves:
        assert len(curve.x) == len(curve.y) > 10
        assert all(math.isfinite(y) for y in curve.y)
    assert str(portrait_svg(portrait)).startswith("<svg")
    if portrait.curves:
        lines = sketch(portrait, width=40, height=8).splitlines()
        assert len(lines) == 9
        assert any(ord(sign) > 0x2800 for sign in lines[0] + lines[7])
    else:
        assert all(0 <= value <= 1 for image in portrait.images for row in image.rows for value in row)
        assert sketch(portrait) == ""


def test_the_slope_of_a_curve_is_its_slope():
    curve, slope = portray("activations", "tanh").curves
    assert slope.y == pytest.approx([1 - y**2 for y in curve.y], abs=1e-12)
    curve, slope = portray("losses", "huber").curves
    assert slope.y[0] == pytest.approx(-1)
    assert slope.y[-1] == pytest.approx(1)


def test_softmax_has_no_curve_of_its_own():
    assert portray("activations", "softmax") is None


def test_a_curve_that_does_not_move_is_drawn():
    flat = Portrait("flat", "x", "y", [Curve("flat", [0.0, 1.0], [2.0, 2.0])])
    assert "2" in sketch(flat, width=10, height=3)
