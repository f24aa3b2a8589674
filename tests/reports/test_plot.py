from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasswork.reports.plot import Axis, Plot, nice_step


def test_places_by_hand():
    plot = Plot("p", Axis(0, 10), Axis(0, 4), width=200, height=100, left=20, right=20)
    assert (plot.x(0), plot.x(10)) == (20, 180)
    assert (plot.y(0), plot.y(4)) == (72, 12)  # 28 below for the numbers, 12 above


def test_powers_of_ten():
    axis = Axis(0.1, 1000, log=True)
    assert axis.place(10) == pytest.approx(0.5)
    assert [text for _, text in axis.ticks()] == ["0.1", "1", "10", "100", "1,000"]


@given(st.floats(1e-6, 1e9))
def test_steps_are_round_and_few(span):
    step = nice_step(span, 5)
    assert 2 <= span / step <= 5.01 or span / step >= 2


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=8), st.booleans())
def test_any_values_give_a_picture_that_parses(values, log):
    plot = Plot("a <b> & 'c'", Axis.around(range(len(values)), "x & y"), Axis.around(values, "<v>", log=log))
    plot.line(range(len(values)), values, "network", name="<script>")
    plot.dots(range(len(values)), values, "network")
    ElementTree.fromstring(str(plot.render()))  # noqa: S314 - our own picture


def test_a_gap_breaks_the_line():
    plot = Plot("p", Axis(0, 3), Axis(0, 1))
    plot.line([0, 1, 2, 3], [0, float("nan"), 1, 0], "network")
    assert str(plot.render()).count("M") == 2


def test_names_at_line_ends_do_not_overlap():
    plot = Plot("p", Axis(0, 1), Axis(0, 1))
    for name in ("a", "b", "c"):
        plot.line([0, 1], [0, 0.5], "network", name=name)
    root = ElementTree.fromstring(str(plot.render()))  # noqa: S314 - our own picture
    heights = sorted(float(t.get("y")) for t in root.iter("text") if "end" in t.get("class").split())
    assert all(b - a >= 13.9 for a, b in pairwise(heights))
