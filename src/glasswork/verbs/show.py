"""show: the page of one part, read from its file; what a course claims about it, and what became of that."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

from glasswork import catalog, course
from glasswork.checks import unknown_name
from glasswork.errors import UnknownNameError
from glasswork.verbs.plain_formula import plain_sentence, plain_text

__all__ = ["Page", "picture_of", "show", "write_page"]


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
    items, claims = _course(entry)
    settings = [
        f"  {parameter.name}" + (" (required)" if parameter.required else f" = {parameter.default!r}")
        for parameter in entry.parameters
        if not parameter.kind.startswith("var")
    ]
    first, _, rest = inspect.cleandoc(entry.text).partition("\n\n")
    elsewhere = entry.formula and ".. math::" not in entry.text  # at another function of the file, say an update
    formula = ".. math::\n\n" + indent(entry.formula, "    ") if elsewhere else ""
    blocks = [f"{entry.room}.{entry.name}: {entry.title}", first, formula, rest]
    if settings:
        blocks.append("Settings:\n" + "\n".join(settings))
    if entry.source:
        blocks.append(f"Source: {entry.source}" if "Source" not in entry.text else "")
    text = plain_text("\n\n".join(block for block in blocks if block))
    if items:
        text += "\n\nA course says, and this was seen:\n" + "\n".join(_said(items, claims))
    values = {
        "room": entry.room,
        "name": entry.name,
        "title": entry.title,
        "formula": entry.formula,
        "derivative": entry.derivative,
        "source": entry.source,
        "settings": {p.name: {"required": p.required, "default": p.default} for p in entry.parameters},
        "text": entry.text,
        "course": [{"id": item.id, "name": item.name, "claim": item.claim} for item in items],
        "claims": [{"item": c.item, "verdict": c.verdict, "seen": c.seen, "by": c.by} for c in claims],
    }
    return Page(text, values)


def write_page(name: str, path: Path | str) -> Path:
    """Write the page of a part, with its portrait, as one HTML file that needs no network and no script."""
    from glasswork.portraits import portray
    from glasswork.reports.part_page import write_part_page

    room, part = _locate(name)
    entry = catalog.describe(room, part)
    return write_part_page(path, entry, *_course(entry), portray(room, part))


def picture_of(name: str, *, width: int = 60) -> str:
    """Return a part at work as a terminal can draw it, or one sentence where that cannot be drawn."""
    from glasswork.portraits import portray
    from glasswork.verbs.sketch import sketch

    room, part = _locate(name)
    portrait = portray(room, part)
    drawn = sketch(portrait, width=width) if portrait else ""
    if portrait and drawn:
        return f"{portrait.caption}\n\n{drawn}"
    where = f"; its picture is on the page: glasswork show {name} --html {part}.html" if portrait else ""
    return f"{room}.{part} has no curve to draw here{where}."


def _course(entry: catalog.Entry) -> tuple[list[course.Item], list[course.Claim]]:
    items = [course.item(id) for id in entry.course]
    return items, [claim for claim in course.claims() if claim.item in entry.course]


def _said(items: list[course.Item], claims: list[course.Claim]) -> list[str]:
    lines = []
    for item in items:
        lines.append(f"  {item.id} {plain_sentence(item.name)}: {plain_sentence(item.claim)}")
        lines += [f"    {claim.verdict}: {claim.seen} ({claim.by})" for claim in claims if claim.item == item.id]
    return lines


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
        others = [other for other in everywhere.get(found, []) if other != room]
        if others:
            choices = " or ".join(f"{other}.{found}" for other in [room, *others])
            raise UnknownNameError(f"{name!r} is in several rooms; say {choices}.")
        return room, found
    raise UnknownNameError(unknown_name("part", name, sorted(everywhere)))
