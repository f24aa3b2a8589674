"""The arguments of ``glasswork init``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasswork.cli.output import console, say
from glasswork.cli.reading import (
    Configuration,
    Encoding,
    Header,
    Horizon,
    Kind,
    Missing,
    Names,
    Separator,
    Target,
    Task,
    Test,
    Valid,
    gather,
)

__all__ = ["init"]


def init(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[DATA]... [section.key=value]...", help="As for train.")
    ] = None,
    target: Target = None,
    task: Task = None,
    model: Annotated[str | None, typer.Option(help="A model's name.")] = None,
    test: Test = None,
    valid: Valid = None,
    horizon: Horizon = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write here; default: stdout.")] = None,
    config: Configuration = None,
    kind: Kind = None,
    header: Header = None,
    names: Names = None,
    separator: Separator = None,
    encoding: Encoding = None,
    missing: Missing = None,
) -> None:
    r"""Write the recipe that `train` would use, with every choice filled in.

    \b
    glasswork init penguins.csv -t species -o penguins.yaml
    glasswork train -c penguins.yaml optimizer.lr=0.003
    """
    from glasswork import verbs

    values = gather(
        words or [],
        config=config,
        target=target,
        kind=kind,
        header=header,
        names=names,
        separator=separator,
        encoding=encoding,
        missing=missing,
        data__test=test,
        data__valid=valid,
        data__horizon=horizon,
        task=task,
        model=model,
    )
    text = verbs.init(values, console=console(quiet=False))
    if output is None:
        say(text.rstrip("\n"))
    else:
        verbs.write_recipe(text, output)
        console(quiet=False).note(f"wrote {output}; train with: glasswork train -c {output}")
