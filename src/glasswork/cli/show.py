"""The arguments of ``glasswork show``."""

from __future__ import annotations

from typing import Annotated

import typer

from glasswork.cli.output import print_json, say
from glasswork.cli.reading import JsonOutput

__all__ = ["show"]


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A part, such as huber or optimizers.adam.")],
    json: JsonOutput = False,
) -> None:
    r"""Show one part's page: what it does, formula, settings with defaults, source.

    \b
    glasswork show huber
    glasswork show models.gpt
    """
    from glasswork.verbs.show import show as shown

    page = shown(name)
    if json:
        print_json(page.values)
    else:
        say(page.text)
