"""Items: what a deep-learning course teaches, one entry a thing, with formula, claim and how to check it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from glasswork.checks import unknown_name
from glasswork.errors import UnknownNameError

__all__ = ["Item", "Mistake", "groups", "item", "items", "mistakes"]

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Item:
    """One thing that the course teaches.

    Args:
        id: such as ``ACT-12``; what comes before the hyphen is its group.
        name: what it is called.
        formula: in LaTeX between dollar signs, or in words, with the course's parameters and defaults; mistakes
            of the course are corrected in it.
        claim: what the course says about it; a claim, not a fact.
        check: how to confirm, bound or refute it.
    """

    id: str
    name: str
    formula: str
    claim: str
    check: str

    @property
    def group(self) -> str:
        """The group's short name.

        >>> item("ACT-12").group
        'ACT'
        """
        return self.id.partition("-")[0]


@dataclass(frozen=True)
class Mistake:
    """A place where the course's notes are wrong, unclear or contradict themselves.

    Args:
        id: such as ``E-47``.
        kind: ``wrong``, ``contradiction``, ``overclaim`` …
        notes: what the notes say.
        right: what is right.
        source: where that is written.
    """

    id: str
    kind: str
    notes: str
    right: str
    source: str


@cache
def _catalogue() -> dict[str, dict[str, Item]]:
    content = json.loads((_HERE / "catalogue.json").read_text(encoding="utf-8"))
    found: dict[str, dict[str, Item]] = {group: {} for group in content["groups"]}
    for values in content["items"]:
        entry = Item(**values)
        found[entry.group][entry.id] = entry
    return found


@cache
def groups() -> dict[str, str]:
    """Return the groups in the course's order: short name and title.

    >>> groups()["POOL"]
    'Pooling kinds'
    """
    content = json.loads((_HERE / "catalogue.json").read_text(encoding="utf-8"))
    return {group: values["title"] for group, values in content["groups"].items()}


def items(group: str | None = None) -> list[Item]:
    """Return all items, or those of one group.

    >>> len(items()), len(items("POOL"))
    (385, 7)

    Raises:
        UnknownNameError: no such group; the nearest one is offered.
    """
    if group is not None and group not in _catalogue():
        raise UnknownNameError(unknown_name("group", group, list(_catalogue())))
    chosen = _catalogue().values() if group is None else [_catalogue()[group]]
    return [entry for entries in chosen for entry in entries.values()]


def item(id: str) -> Item:
    """Return one item.

    >>> item("POOL-02").name
    'Min pooling'

    Raises:
        UnknownNameError: no such item; the nearest one is offered.
    """
    found = _catalogue().get(id.partition("-")[0], {}).get(id)
    if found is None:
        raise UnknownNameError(unknown_name("item", id, [entry.id for entry in items()]))
    return found


@cache
def mistakes() -> dict[str, Mistake]:
    """Return the known mistakes of the course's notes, by id.

    >>> mistakes()["E-101"].right
    '0.8W'
    """
    content = json.loads((_HERE / "mistakes.json").read_text(encoding="utf-8"))
    return {values["id"]: Mistake(**values) for values in content}
