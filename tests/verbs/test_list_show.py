"""List and show: every part has a title and a page that can be read."""

import pytest

from glasswork import catalog
from glasswork.errors import UnknownNameError
from glasswork.verbs import list_parts, show

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


def test_a_name_in_two_rooms_asks_which():
    with pytest.raises(UnknownNameError, match="'constant' is in several rooms; say"):
        show("constant")
    assert show("schedules.constant").values["room"] == "schedules"
    assert show("Cross-Entropy").values["name"] == "cross_entropy"


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'huber'"):
        show("hubert")
