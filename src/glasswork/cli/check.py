"""The arguments of ``glasswork check``."""

from __future__ import annotations

from typing import Annotated

import typer

from glasswork.cli.output import print_json, say
from glasswork.cli.reading import (
    Configuration,
    Encoding,
    Header,
    Horizon,
    JsonOutput,
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

__all__ = ["check"]


def check(
    words: Annotated[list[str], typer.Argument(metavar="DATA... [data.key=value]...", help="Files or folders.")],
    target: Target = None,
    test: Test = None,
    valid: Valid = None,
    horizon: Horizon = None,
    task: Task = None,
    config: Configuration = None,
    kind: Kind = None,
    header: Header = None,
    names: Names = None,
    separator: Separator = None,
    encoding: Encoding = None,
    missing: Missing = None,
    json: JsonOutput = False,
) -> int:
    r"""Say what is wrong with data, before anything is trained. Exit status 3 where something critical is.

    \b
    glasswork check penguins.csv --target species
    glasswork check photos/
    glasswork check load.csv --horizon 24
    """
    from glasswork.verbs.check import check_recipe
    from glasswork.verbs.console import Console

    values = gather(
        words,
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
    )
    inspection = check_recipe(values)
    if json:
        print_json({"facts": inspection.facts, "findings": [finding.to_json() for finding in inspection.findings]})
    else:
        for line in (*inspection.notes, *inspection.facts):
            say(line)
        Console().findings(inspection.findings, results=True)
    return 3 if any(finding.severity == "critical" for finding in inspection.findings) else 0
