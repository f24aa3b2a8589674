"""The reading options that several verbs share, and how words become settings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = [
    "Configuration",
    "Encoding",
    "Header",
    "Horizon",
    "JsonOutput",
    "Kind",
    "Missing",
    "Names",
    "Quiet",
    "Separator",
    "Target",
    "Task",
    "Test",
    "Valid",
    "gather",
    "sort_words",
]

_READING = "Reading"
Target = Annotated[str | None, typer.Option("--target", "-t", help="Target column; several with commas.")]
Kind = Annotated[str | None, typer.Option("--kind", help="table, images, text, series or corpus.", show_default="seen")]
Header = Annotated[
    bool | None,
    typer.Option("--header/--no-header", help="Whether line 1 names the columns.", rich_help_panel=_READING),
]
Names = Annotated[str | None, typer.Option("--names", help="Column names, with commas.", rich_help_panel=_READING)]
Separator = Annotated[str | None, typer.Option("--separator", help="Between cells; '\\t' for tab.")]
Encoding = Annotated[str | None, typer.Option("--encoding", help="Of text files; default UTF-8.")]
Missing = Annotated[str | None, typer.Option("--missing", help="Spellings of a missing cell, with commas.")]
Configuration = Annotated[Path | None, typer.Option("--config", "-c", help="A recipe file to start from.")]
JsonOutput = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for machines.")]
Task = Annotated[str | None, typer.Option(help="classification, regression, forecasting, language-modelling.")]
Test = Annotated[str | None, typer.Option(help="A fixed test file or folder.")]
Valid = Annotated[str | None, typer.Option(help="A fixed validation file or folder.")]
Horizon = Annotated[int | None, typer.Option(help="Rows ahead to forecast: makes the table a time series.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print no progress.")]

_SETTING = re.compile(
    r"^(seed|task|data|inputs|model|learner|loss|optimizer|schedule|augment|training|evaluation)(\.[\w.-]+)?="
)


def sort_words(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part the words after a verb into data paths and ``section.key=value`` settings.

    >>> sort_words(["penguins.csv", "model.hidden=[8]"])
    (['penguins.csv'], ['model.hidden=[8]'])
    """
    settings = [word for word in words if _SETTING.match(word) and not Path(word).exists()]
    return [word for word in words if word not in settings], settings


def gather(
    words: Sequence[str],
    *,
    config: Path | None,
    header: bool | None = None,
    names: str | None = None,
    separator: str | None = None,
    encoding: str | None = None,
    missing: str | None = None,
    target: str | None = None,
    kind: str | None = None,
    **values: Any,
) -> dict[str, Any]:
    """Lay recipe file, options and settings over one another, the later winning; return a recipe's plain values.

    `values` are further recipe paths with dots written as two underscores, such as ``data__test``.
    """
    from glasswork.runs.recipe import load_recipe, override, parse_overrides  # late: --help needs none of it

    paths, settings = sort_words(words)
    changes: dict[str, Any] = {}
    data: dict[str, Any] = {
        "paths": paths or None,
        "header": header,
        "names": _listed(names),
        "separator": separator.replace("\\t", "\t") if separator else None,
        "encoding": encoding,
        "missing": _listed(missing),
        "target": _one_or_more(target),
        "kind": kind,
    }
    changes["data"] = {key: value for key, value in data.items() if value is not None}
    for path, value in values.items():
        if value is None:
            continue
        section, _, key = path.partition("__")
        if key:
            changes.setdefault(section, {})[key] = value
        else:
            changes[section] = value
    recipe = load_recipe(config) if config else {}
    return override(override(recipe, changes), parse_overrides(settings))


def _listed(words: str | None) -> list[str] | None:
    return None if words is None else [word.strip() for word in words.split(",")]


def _one_or_more(words: str | None) -> str | list[str] | None:
    listed = _listed(words)
    return listed[0] if listed and len(listed) == 1 else listed
