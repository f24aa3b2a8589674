import re
from itertools import pairwise
from math import inf, nan
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasswork.drawing import Axis, Plot, clean, running_mean, thinned, tick_text
from glasswork.drawing.axis import nice_step


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
    ElementTree.fromstring(plot.svg())  # noqa: S314 - our own picture


def test_names_at_line_ends_do_not_overlap():
    plot = Plot("p", Axis(0, 1), Axis(0, 1))
    for name in ("a", "b", "c"):
        plot.line([0, 1], [0, 0.5], "network", name=name)
    root = ElementTree.fromstring(plot.svg())  # noqa: S314 - our own picture
    heights = sorted(float(t.get("y")) for t in root.iter("text") if "end" in t.get("class", "").split())
    assert all(b - a >= 13.9 for a, b in pairwise(heights))


def test_a_line_breaks_at_a_gap_and_marks_what_is_no_number():
    plot = Plot("loss", Axis(0, 4), Axis(0, 1))
    plot.line([0, 1, 2, 3, 4], [0.1, None, 0.2, nan, 0.3], "a")
    path = re.search(r'class="line a" d="([^"]*)"', plot.svg())[1]
    assert (path.count("M"), path.count("L")) == (3, 0)
    assert plot.svg().count('class="sign"') == 1


def test_a_broken_value_survives_thinning():
    xs = [float(n) for n in range(1000)]
    _, ys = thinned(xs, [inf if n == 777 else 1.0 for n in range(1000)], 50)
    assert len(ys) == 50
    assert ys.count(inf) == 1


@pytest.mark.parametrize(
    ("values", "log"), [([], False), ([1.0], False), ([0.0, 0.0], True), ([nan, inf], False), ([-1e308, 1e308], False)]
)
def test_an_axis_of_anything_has_a_place_for_everything(values, log):
    axis = Axis.around(values, log=log)
    assert axis.low < axis.high
    assert all(0 <= axis.place(value) <= 1 for value in (-1e308, 0.0, 1e-320, 1.0, 1e308))
    assert len(axis.ticks()) < 20


def test_ticks_by_hand():
    assert [text for _, text in Axis(0.0, 1.0).ticks(4)] == ["0", "0.5", "1.0"]
    assert [value for value, _ in Axis(1e-4, 1e2, log=True).ticks(4)] == [1e-4, 1e-2, 1.0, 1e2]


def test_text_is_safe_anywhere():
    assert clean("<a href='x'>\"&") == "&lt;a href=&#x27;x&#x27;&gt;&quot;&amp;"
    assert clean("a\x00b") == "a\N{REPLACEMENT CHARACTER}b"


def test_a_running_mean_by_hand():
    values = [float(n % 2) for n in range(80)]  # two neighbours at each side
    assert running_mean(values)[10] == pytest.approx(2 / 5)
    assert running_mean(values[:30]) == values[:30]
    assert running_mean([10.0**n for n in range(-40, 41)], powers=True)[40] == pytest.approx(1.0)


def test_tick_text_has_the_digits_of_its_step():
    assert [tick_text(v, 0.02) for v in (0.1, 0.12)] == ["0.10", "0.12"]
    assert [tick_text(v, 500) for v in (500, 1500)] == ["500", "1,500"]
