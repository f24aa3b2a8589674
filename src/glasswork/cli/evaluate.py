"""The arguments of ``glasswork evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasswork.cli.output import console, print_json
from glasswork.cli.reading import JsonOutput

__all__ = ["evaluate"]


def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, or its name below ./runs.")],
    data: Annotated[
        list[str] | None, typer.Argument(metavar="[DATA]...", help="Other data with targets; else a part.")
    ] = None,
    part: Annotated[str, typer.Option(help="Without DATA: test, valid or train.")] = "test",
    json: JsonOutput = False,
) -> None:
    r"""Judge a trained network on a part of its own data or on other data.

    \b
    glasswork evaluate runs/penguins                 its test examples again
    glasswork evaluate runs/penguins --part valid
    glasswork evaluate runs/penguins newer.csv --json
    glasswork evaluate runs/reviews new.pos new.neg
    """
    from glasswork import verbs

    given = data[0] if data and len(data) == 1 else data or None
    result = verbs.evaluate(run, given, part=part, console=console(quiet=json))
    if json:
        print_json(result)
