"""List and show: every part has a title and a page that can be read."""

import pytest

from glasswork import catalog, course
from glasswork.errors import UnknownNameError
from glasswork.verbs import list_coverage, list_parts, picture_of, show, write_page

PARTS = [(room, name) for room in catalog.rooms() for name in catalog.names(room)]


def test_every_room_is_listed_with_titles():
    rooms = list_parts()
    assert list(rooms) == catalog.rooms()
    assert all(title.endswith((".", "!")) or title for parts in rooms.values() for title in parts.values())
    assert list_parts("losses") == {"losses": rooms["losses"]}


@pytest.mark.parametrize(("room", "name"), PARTS)
def test_every_page_has_its_settings_and_source(room, name):
    page = show(f"{room}.{name}")
    entry = catalog.describe(room, name)
    assert page.text.startswith(f"{room}.{name}: ")
    for parameter in entry.parameters:
        assert parameter.kind.startswith("var") or f"  {parameter.name}" in page.text
    assert page.values["formula"] == entry.formula
    assert "Source" in page.text or not entry.source


@pytest.mark.parametrize("name", catalog.names("optimizers"))
def test_a_formula_that_stands_elsewhere_is_on_the_page(name):
    text = show(f"optimizers.{name}").text
    assert "η" in text.partition("Args:")[0], "the update's formula comes before the settings"


def test_a_name_in_two_rooms_asks_which():
    with pytest.raises(UnknownNameError, match="'constant' is in several rooms; say"):
        show("constant")
    assert show("schedules.constant").values["room"] == "schedules"
    assert show("Cross-Entropy").values["name"] == "cross_entropy"


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'huber'"):
        show("hubert")


def test_coverage_counts_every_item_once():
    counts = list_coverage()
    assert sum(count["items"] for count in counts) == 385
    assert all(0 <= count["verified"] <= count["items"] for count in counts)
    assert all(bool(count["awaits"]) == (count["verified"] < count["items"]) for count in counts)


def test_a_page_says_what_the_course_claims_and_what_was_seen():
    page = show("relu")
    assert "A course says, and this was seen:" in page.text
    assert "ACT-06" in page.text
    assert page.values["derivative"]
    assert {claim["verdict"] for claim in page.values["claims"]} <= set(course.VERDICTS)


def test_a_page_of_html_stands_alone(tmp_path):
    page = write_page("relu", tmp_path / "relu.html").read_text(encoding="utf-8")
    assert "<math" in page
    assert "<svg" in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "")


@pytest.mark.parametrize(("room", "name"), PARTS)
def test_every_part_has_a_page_of_html(room, name, tmp_path):
    text = write_page(f"{room}.{name}", tmp_path / "page.html").read_text(encoding="utf-8")
    assert catalog.describe(room, name).title.split("&")[0].split("'")[0].split('"')[0] in text
    for setting in catalog.describe(room, name).parameters:
        assert setting.kind.startswith("var") or f"<th>{setting.name}</th>" in text


def test_a_curve_in_the_terminal_and_what_has_none():
    assert "slope" in picture_of("relu", width=30)
    assert picture_of("models.mlp") == "models.mlp has no curve to draw here."
    assert "--html cutout.html" in picture_of("cutout")
