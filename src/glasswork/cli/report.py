"""The arguments of ``glasswork report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasswork.cli.output import say

__all__ = ["report"]


def report(run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, or its name below ./runs.")]) -> None:
    r"""Write a run's report.html and model_card.md anew from what is in its folder.

    \b
    glasswork report runs/penguins
    """
    from glasswork import verbs

    say(str(verbs.report(run)))
