"""The arguments of ``glasswork list``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from glasswork.cli.output import print_json, say
from glasswork.cli.reading import JsonOutput
from glasswork.errors import UsageError

__all__ = ["list_parts"]


def list_parts(
    room: Annotated[str | None, typer.Argument(metavar="[ROOM]", help="models, losses, …; default: all.")] = None,
    coverage: Annotated[
        bool,
        typer.Option("--coverage", help="Count, group by group, the course's items that are realised and verified."),
    ] = False,
    json: JsonOutput = False,
) -> None:
    r"""List the parts there are, room by room.

    \b
    glasswork list
    glasswork list optimizers
    glasswork list --coverage
    """
    from glasswork.verbs.list import list_coverage
    from glasswork.verbs.list import list_parts as listed

    if coverage:
        if room is not None:
            raise UsageError("--coverage counts the whole course; leave the room out.")
        counts = list_coverage()
        if json:
            print_json(counts)
        else:
            _say_counts(counts)
        return
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


def _say_counts(counts: list[dict[str, Any]]) -> None:
    width = max(len(count["title"]) for count in counts)
    for count in counts:
        still = count["items"] - count["verified"]
        awaits = f"  {still} open: {', '.join(count['awaits'])}" if still else ""
        done = f"{count['verified']:3} of {count['items']:3}"
        say(f"{count['group']:5} {count['title'].ljust(width)} {done}{awaits}")
    verified, items = (sum(count[key] for count in counts) for key in ("verified", "items"))
    say(f"{'all':5} {'realised and verified'.ljust(width)} {verified:3} of {items:3}")
