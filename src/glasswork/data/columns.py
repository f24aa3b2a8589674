"""Columns: what each column of a tidy table is, and whether it is of use: number, category, date, or set aside."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from glasswork.data.contract import Column
from glasswork.data.options import DataOptions

__all__ = ["describe_columns", "looks_like_id", "looks_like_text"]

TEXT_LENGTH, TEXT_WORDS = 30.0, 4.0  # mean letters and words a cell from which a column is text, not categories
TEXT_DIFFERENT = 0.2  # and the share of cells that differ
NAMES_SHARE, NAMES_LEAST = 0.5, 50  # categories that differ in more than this share of rows only name the rows
MOST_CATEGORIES = 10_000
ID_NAMES = ("id", "index", "idx", "uuid", "guid", "key", "rownum", "row", "no", "nr")


def describe_columns(
    frame: pl.DataFrame, options: DataOptions, targets: Sequence[str], classification: bool
) -> tuple[Column, ...]:
    """Return kind and role of every column; `why` says in words why one is set aside.

    >>> frame = pl.DataFrame({"id": [1, 2, 3, 4], "size": [0.5, 2.5, 1.0, 2.0], "y": ["a", "b", "a", "b"]})
    >>> [(column.name, column.kind, column.role) for column in describe_columns(frame, DataOptions(), ["y"], True)]
    [('id', 'number', 'ignored'), ('size', 'number', 'input'), ('y', 'category', 'target')]
    """
    columns = []
    for name in frame.columns:
        column = frame[name]
        kind = _kind(column)
        if name in targets:
            columns.append(Column(name=name, kind="category" if classification else "number", role="target"))
        elif name in options.ignore:
            columns.append(Column(name=name, kind=kind, role="ignored", why="as asked"))
        elif name == options.group:
            columns.append(Column(name=name, kind=kind, role="group"))
        elif name == options.time:
            columns.append(Column(name=name, kind=kind, role="time"))
        elif name in options.categories or name in options.numbers:
            columns.append(Column(name=name, kind=kind, role="input"))
        else:
            why = _useless(column)
            if kind == "category" and why is None and looks_like_text(column):
                kind, why = "text", "free text"
            columns.append(Column(name=name, kind=kind, role="ignored" if why else "input", why=why or ""))
    return tuple(columns)


def looks_like_id(column: pl.Series) -> bool:
    """Whether a column only numbers or names the rows: 1, 2, 3, ... or a different text in nearly each.

    >>> looks_like_id(pl.Series([7, 8, 9, 10])), looks_like_id(pl.Series([7, 8, 9, 12]))
    (True, False)
    """
    filled = column.drop_nulls()
    if filled.len() < 4:
        return False
    if filled.dtype == pl.Int64:
        if filled.n_unique() < filled.len():
            return False
        steps = filled.diff().drop_nulls()
        return bool((steps == 1).all()) or (filled.len() >= 20 and _named_as_id(column.name))
    if filled.dtype == pl.String:
        different = filled.n_unique()
        most = max(NAMES_SHARE * filled.len(), NAMES_LEAST)
        return different > most or (different == filled.len() >= 20) or different > MOST_CATEGORIES
    return False


def looks_like_text(column: pl.Series) -> bool:
    """Whether a column of text holds sentences rather than names of categories."""
    filled = column.drop_nulls()
    if filled.dtype != pl.String or filled.len() == 0:
        return False
    sample = filled.head(2000)
    letters = float(str(sample.str.len_chars().mean() or 0))
    words = float(str((sample.str.count_matches(" ") + 1).mean() or 0))
    return letters >= TEXT_LENGTH and words >= TEXT_WORDS and sample.n_unique() > TEXT_DIFFERENT * sample.len()


def _named_as_id(name: str) -> bool:
    lowered = name.lower()
    return lowered in ID_NAMES or lowered.endswith(("_id", " id", "-id", "uuid")) or name.endswith("Id")


def _kind(column: pl.Series) -> str:
    if column.dtype == pl.Boolean:
        return "boolean"
    if column.dtype == pl.Datetime:
        return "date"
    return "category" if column.dtype == pl.String else "number"


def _useless(column: pl.Series) -> str | None:
    filled = column.drop_nulls()
    if filled.len() == 0:
        return "empty"
    if looks_like_text(column):
        return None
    if looks_like_id(column):
        if column.dtype == pl.String:
            return f"names the rows: {filled.n_unique():,} different texts in {filled.len():,} rows"
        return "numbers the rows"
    if filled.len() == column.len() and filled.min() == filled.max():
        return f"constant: always {str(filled[0])!r}"
    return None
