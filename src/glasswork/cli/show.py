"""The arguments of ``glasswork show``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from glasswork.cli.output import print_json, say
from glasswork.cli.reading import JsonOutput

__all__ = ["show"]


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A part, such as huber or optimizers.adam.")],
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the page, with its picture, as one HTML file.")
    ] = None,
    picture: Annotated[bool, typer.Option("--picture", help="Draw the part at work in the terminal, too.")] = False,
    json: JsonOutput = False,
) -> None:
    r"""Show one part's page: what it does, formula, settings with defaults, source, what a course claims about it.

    \b
    glasswork show huber
    glasswork show swish --picture
    glasswork show models.gpt
    glasswork show adam --html adam.html
    """
    from glasswork.verbs.show import picture_of, write_page
    from glasswork.verbs.show import show as shown

    page = shown(name)
    if html is not None:
        say(str(write_page(name, html)))
    elif json:
        print_json(page.values)
    else:
        say(page.text)
        if picture:
            say()
            say(picture_of(name, width=min(72, shutil.get_terminal_size((80, 24)).columns - 8)))
