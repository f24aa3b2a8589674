"""The arguments of ``glasswork predict``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasswork.cli.output import console, say

__all__ = ["predict"]


def predict(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, or its name below ./runs.")],
    data: Annotated[list[str] | None, typer.Argument(metavar="[DATA]...", help="Files or folders to predict.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write here (.csv, .parquet); default stdout.")
    ] = None,
    prompt: Annotated[str | None, typer.Option(help="Language models: the text to go on from.")] = None,
    length: Annotated[int, typer.Option(help="Language models: how many tokens to write.")] = 300,
    temperature: Annotated[float, typer.Option(help="Language models: above 1 wilder, towards 0 surer.")] = 0.8,
    seed: Annotated[int, typer.Option(help="Language models: of the draws.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the output file.")] = False,
) -> None:
    r"""Use a trained network on new data.

    \b
    glasswork predict runs/penguins new.csv -o out.csv
    glasswork predict runs/photos photo1.jpg photo2.jpg
    glasswork predict runs/ETTh1 latest.csv              the rows after the last
    glasswork predict runs/shakespeare --prompt "ROMEO:"
    """
    from glasswork import verbs

    frame = verbs.predict(run, data or None, prompt=prompt, length=length, temperature=temperature, seed=seed)
    if output is not None:
        verbs.write_predictions(frame, output, force=force)
        console(quiet=False).note(f"{frame.height:,} predictions in {output}")
    elif prompt is not None or frame.columns == ["text"]:
        say("\n".join(frame["text"]))
    else:
        say(frame.write_csv().rstrip("\n"))
