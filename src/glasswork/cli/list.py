"""The arguments of ``glasswork list``."""

from __future__ import annotations

from typing import Annotated

import typer

from glasswork.cli.output import print_json, say
from glasswork.cli.reading import JsonOutput

__all__ = ["list_parts"]


def list_parts(
    room: Annotated[str | None, typer.Argument(metavar="[ROOM]", help="models, losses, …; default: all.")] = None,
    json: JsonOutput = False,
) -> None:
    r"""List the parts there are, room by room.

    \b
    glasswork list
    glasswork list optimizers
    """
    from glasswork.verbs.list import list_parts as listed

    rooms = listed(room)
    if json:
        print_json(rooms)
        return
    for number, (name, parts) in enumerate(rooms.items()):
        if number:
            say()
        say(name)
        width = max((len(part) for part in parts), default=0)
        for part, title in parts.items():
            say(f"  {part.ljust(width)}  {title}")
