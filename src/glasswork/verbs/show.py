"""show: the page of one part, read from its file."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from glasswork import catalog
from glasswork.checks import unknown_name
from glasswork.errors import UnknownNameError
from glasswork.verbs.plain_formula import plain_text

__all__ = ["Page", "show"]


@dataclass(frozen=True)
class Page:
    """A part's page as text for a terminal and as plain values for machines, formulas there in LaTeX."""

    text: str
    values: dict[str, Any]


def show(name: str) -> Page:
    """Return the page of a part: ``huber``, or ``losses.huber`` where two rooms use a name.

    Raises:
        UnknownNameError: no room has it; the nearest name is offered.
    """
    room, part = _locate(name)
    entry = catalog.describe(room, part)
    settings = [
        f"  {parameter.name}" + (" (required)" if parameter.required else f" = {parameter.default!r}")
        for parameter in entry.parameters
        if not parameter.kind.startswith("var")
    ]
    blocks = [f"{entry.room}.{entry.name}: {entry.title}", inspect.cleandoc(entry.text)]
    if settings:
        blocks.append("Settings:\n" + "\n".join(settings))
    if entry.source:
        blocks.append(f"Source: {entry.source}" if "Source" not in entry.text else "")
    values = {
        "room": entry.room,
        "name": entry.name,
        "title": entry.title,
        "formula": entry.formula,
        "source": entry.source,
        "settings": {p.name: {"required": p.required, "default": p.default} for p in entry.parameters},
        "text": entry.text,
    }
    return Page(plain_text("\n\n".join(block for block in blocks if block)), values)


def _locate(name: str) -> tuple[str, str]:
    room, dot, part = name.partition(".")
    if dot:
        return room, catalog.resolve(room, part)
    everywhere: dict[str, list[str]] = {}
    for room in catalog.rooms():
        for known in catalog.names(room):
            everywhere.setdefault(known, []).append(room)
    for room in catalog.rooms():
        try:
            found = catalog.resolve(room, name)
        except UnknownNameError:
            continue
        others = [other for other in everywhere[found] if other != room]
        if others:
            choices = " or ".join(f"{other}.{found}" for other in [room, *others])
            raise UnknownNameError(f"{name!r} is in several rooms; say {choices}.")
        return room, found
    raise UnknownNameError(unknown_name("part", name, sorted(everywhere)))
