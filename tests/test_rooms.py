"""The fronts: everything a room's parts export is exported by the room; a failure prints the line to paste."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

import glasswork
from glasswork import catalog

HOUSE = Path(glasswork.__file__).parent
# Whose every exported name is public, formula twins included; in other rooms it is enough that the star is.
COMPLETE = ("activations", "initializers", "losses", "metrics", "optimizers", "regularizers", "schedules", "tasks")


# Named after what they hold, but for the house alone.
INTERNAL = {"baselines/table_features", "learning/rule", "learning/together", "metrics/threshold"}


def _stars(room):
    """Every file that is named after what it holds, public or not."""
    for path in sorted((HOUSE / room).glob("*.py")):
        same = [name for name in _exports(path) if name.replace("_", "").lower() == path.stem.replace("_", "")]
        inside = f"{room}/{path.stem}" in INTERNAL or path.stem == catalog.singular(room)
        if same and not inside:
            yield path.stem


def _exports(path):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return ast.literal_eval(node.value)
    return []


@pytest.mark.parametrize("room", catalog.rooms())
def test_the_front_shows_every_part(room):
    front = import_module(f"glasswork.{room}")
    missing = []
    for name in _stars(room):
        exported = _exports(HOUSE / room / f"{name}.py") if room in COMPLETE else [catalog.describe(room, name).star]
        missing += [f"from glasswork.{room}.{name} import {x} as {x}" for x in exported if not hasattr(front, x)]
    assert not missing, f"paste into src/glasswork/{room}/__init__.py:\n" + "\n".join(missing)


@pytest.mark.parametrize("room", catalog.rooms())
def test_every_part_has_a_page(room):
    for name in catalog.names(room):
        entry = catalog.describe(room, name)
        assert entry.title.endswith((".", "?")), f"{entry.path}: the first line is a sentence"
        assert entry.text, f"{entry.path}: {entry.star} needs a docstring"
