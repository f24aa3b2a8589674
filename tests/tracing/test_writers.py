"""The writers: what is on the page is what is in the document, nothing else, and nothing is lost."""

import json as standard
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from pages_by_hand import DRAWN, FORWARD, LONG, NAMED, PAGE, PICTURES, SIGMOID, L, P

from glasswork.tracing.algebra import Num, Prod, Rest, Sum
from glasswork.tracing.document import Document, Line, Section, Text
from glasswork.tracing.plain import plain
from glasswork.tracing.writers.graph import graph_svg, graph_text
from glasswork.tracing.writers.html import html, write_html
from glasswork.tracing.writers.json import json, read_json
from glasswork.tracing.writers.mathml import line_math, line_rows, math
from glasswork.tracing.writers.pictures import chart_svg, heat_svg, plane_svg, png_of

LINES = [*PAGE.lines()]
NAMES = [plain(line.symbol) for line in LINES]


class Outline(HTMLParser):
    """Tags that were opened, in order, with their attributes; every one is closed in its turn."""

    VOID = frozenset({"meta", "link", "br", "img"})

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.words = [], [], []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)


def parsed(markup):
    """What a strict reader makes of it; an error where it is not well-formed."""
    return ElementTree.fromstring(markup)  # noqa: S314 - our own


# MathML.


@pytest.mark.parametrize("line", LINES, ids=NAMES)
def test_every_line_is_well_formed_mathml(line):
    parsed(line_math(line))


def test_a_product_of_numbers_stands_in_brackets():
    assert re.sub(r"<.*?>", "", math(Num(0.05) * Num(-2.5) - Num(3))) == "(0.05)(−2.5)−3"


def test_a_negative_term_is_subtracted():
    shown = math(Sum((P("1"), P("-0.25"), Prod((Num(-1), L("w"), L("x"))))))
    assert re.sub(r"<.*?>", "", shown) == "1−0.25−w·x"


def test_a_short_line_has_one_row_and_a_long_one_has_rows_that_fit():
    assert len(line_rows(FORWARD)) == 1
    rows = line_rows(LONG)
    assert len(rows) > 3
    assert [sign for _, sign, _ in rows if sign] == ["=", "="]
    assert rows[-1][2].endswith("</mrow><mo>=</mo><mn>1.25</mn><mo>·</mo><msup><mn>10</mn><mn>−3</mn></msup>")
    widest = max(len(re.sub(r"<.*?>", "", right)) for _, _, right in rows)
    assert widest <= 80


def test_all_terms_of_a_broken_sum_are_there_once():
    words = re.sub(r"<.*?>", "", line_math(LONG))
    for n in range(1, 9):
        assert words.count(f"0.1{n}11") == words.count(f"−0.2{n}22") == 1
    assert "506 terms=−0.0132" in words


def test_an_approximate_line_says_so():
    assert "≈" in line_math(SIGMOID)
    assert "≈" not in line_math(FORWARD)
    assert "≈" in line_math(replace(LONG, exact=False))


def test_the_layer_stands_above_and_the_units_below():
    assert math(L("w", "2", "13")) == "<msubsup><mi>w</mi><mn>13</mn><mn>2</mn></msubsup>"
    assert "<mfrac" in math(L("w", "2", "13", of_loss=True))
    assert "encoder.layers.0.weight" in math(NAMED.symbol)


# HTML.


def test_the_page_is_whole_and_asks_for_nothing():
    outline = Outline(html(PAGE))
    tags = [tag for tag, _ in outline.tags]
    assert "script" not in tags
    assert "img" not in tags
    for tag, attributes in outline.tags:
        for name in ("href", "src"):
            if name in attributes:
                assert attributes[name].startswith(("#", "data:")), (tag, attributes)
        assert not any(name.startswith("on") for name in attributes)
    assert "http" not in re.sub(r"<style>.*?</style>", "", html(PAGE), flags=re.DOTALL)
    assert "url(" not in html(PAGE)


def test_text_is_escaped_and_everything_is_said():
    page = html(PAGE)
    words = " ".join(Outline(page).words)
    assert "One step of <an MLP>" in words
    assert "<an" not in page
    for said in (*PAGE.notes, *PAGE.checks, "the same, 11 times", "row 3 is outlined", "hidden, line 12"):
        assert said in words


def test_every_scrolling_frame_is_reached_by_keyboard_and_has_a_name():
    frames = [attributes for _, attributes in Outline(html(PAGE)).tags if attributes.get("class") == "scroll"]
    assert len(frames) > 5
    for frame in frames:
        assert frame["tabindex"] == "0"
        assert frame["role"] == "group"
        assert frame["aria-label"]


def test_headings_go_down_one_level_at_a_time():
    levels = [int(tag[1]) for tag, _ in Outline(html(PAGE)).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_addresses_are_unique_and_contents_lead_to_them():
    page = Document("a", sections=[Section("Step"), Section("Step"), Section("λ"), Section("End")])
    outline = Outline(html(page))
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids)) == 4
    links = [attributes["href"] for tag, attributes in outline.tags if tag == "a"]
    assert links == [f"#{id}" for id in ids]


def test_a_mismatch_is_printed_and_not_called_checked():
    good = html(PAGE)
    bad = html(replace(PAGE, checks=["MISMATCH: w: off by 3", *PAGE.checks]))
    assert "Checked by machine" in good
    assert "Checked by machine" not in bad
    assert "MISMATCH: w: off by 3" in bad


def test_beyond_the_cap_there_is_an_index_and_a_page_for_each_part(tmp_path):
    parts = [Section(f"Module {n}", 1, [Text("x" * 4000), FORWARD]) for n in range(5)]
    tall = Section("Tower", 1, [], [Section(f"Floor {n}", 2, [Text("y" * 9000)]) for n in range(4)])
    page = Document("Large", sections=[*parts, tall], checks=["fine"])
    alone = write_html(page, tmp_path / "small.html")
    assert alone == [tmp_path / "small.html"]
    written = write_html(page, tmp_path / "large.html", cap=30_000)
    assert written[0] == tmp_path / "large.html"
    assert len(written) == 1 + 5 + 4
    for file in written:
        assert file.stat().st_size <= 30_000
    index = Outline(written[0].read_text("utf-8"))
    links = [attributes["href"] for tag, attributes in index.tags if tag == "a"]
    assert [(tmp_path / link).resolve() for link in links] == [file.resolve() for file in written[1:]]
    back = [attributes["href"] for tag, attributes in Outline(written[1].read_text("utf-8")).tags if tag == "a"]
    assert back == ["../large.html"]


# JSON.


def test_json_loses_nothing():
    assert read_json(json(PAGE)) == PAGE
    values = standard.loads(json(PAGE))
    assert values["sections"][0]["blocks"][1]["result"]["digits"] == "0.3375"


def test_json_keeps_what_is_no_number():
    page = Document("a", sections=[Section("b", blocks=[Line(L("w"), None, None, Num(float("inf")))])])
    assert read_json(json(page)) == page
    standard.loads(json(page), parse_constant=pytest.fail)


def test_json_of_something_else_is_refused():
    with pytest.raises(ValueError, match="expected the JSON of a document"):
        read_json('{"is": "Text", "sentence": "a"}')
    with pytest.raises(ValueError, match="no block or expression is called 'Nothing'"):
        read_json('{"is": "Nothing"}')


# Drawings.


def test_a_drawing_has_its_values_and_gradients():
    svg = parsed(graph_svg(DRAWN))
    words = ["".join(text.itertext()) for text in svg.iter("text")]
    for said in ("0.3375", "← 0.0002", "← 0.0007", "× 0.15  0.05", "z11"):
        assert said in words
    assert len(list(svg.iter("rect"))) == 4
    assert sum(path.get("class") == "edge" for path in svg.iter("path")) == 4


def test_nodes_do_not_overlap_and_stand_in_their_columns():
    svg = parsed(graph_svg(DRAWN))
    boxes = [tuple(float(rect.get(name)) for name in ("x", "y", "width", "height")) for rect in svg.iter("rect")]
    for n, (x, y, wide, high) in enumerate(boxes):
        for other_x, other_y, other_wide, other_high in boxes[n + 1 :]:
            apart = x + wide <= other_x or other_x + other_wide <= x or y + high <= other_y or other_y + other_high <= y
            assert apart
    assert len({x for x, _, _, _ in boxes}) == 3


def test_an_edge_past_a_node_goes_around_it():
    svg = parsed(graph_svg(DRAWN))
    top = float(svg.get("viewBox").split()[1])
    assert top < 0  # the edge from x to L rises above the drawing


def test_the_drawing_in_words():
    said = graph_text(DRAWN)
    assert "x_1 = 0.05\n  → z^1_1  (× 0.15)  value 0.05, gradient 0.0002" in said


@pytest.mark.parametrize("draw", [0, 1, 2, 3])
def test_pictures_are_well_formed_and_named(draw):
    picture = PICTURES[draw]
    svg = parsed([heat_svg, heat_svg, chart_svg, plane_svg][draw](picture))
    assert svg.get("role") == "img"
    assert picture.title.split(":")[0] in svg.get("aria-label")


def test_the_chosen_row_is_outlined():
    svg = parsed(heat_svg(PICTURES[0]))
    frame, marked = (next(r for r in svg.iter("rect") if r.get("class") == name) for name in ("frame", "marked"))
    assert marked.get("width") == frame.get("width")
    assert float(marked.get("height")) == pytest.approx(float(frame.get("height")) / 24, abs=0.1)


def test_the_png_is_what_pillow_reads():
    import io
    from base64 import b64decode

    from PIL import Image

    picture = Image.open(
        io.BytesIO(b64decode(png_of([[1.0, -1.0, 0.0], [float("nan"), 0.5, -0.5]], 1.0).split(",")[1]))
    )
    assert picture.size == (3, 2)
    pixels = picture.convert("RGBA")
    assert pixels.getpixel((0, 0)) == (13, 110, 124, 255)
    assert pixels.getpixel((1, 0)) == (196, 86, 30, 255)
    assert pixels.getpixel((2, 0))[3] == 0
    assert 0 < pixels.getpixel((1, 1))[3] == pixels.getpixel((2, 1))[3] < 255


def test_a_rest_is_one_term_that_names_its_count():
    assert re.sub(r"<.*?>", "", math(Rest(506, -0.0132))) == "[506 terms=−0.0132]"
