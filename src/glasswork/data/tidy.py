"""Tidy: any frame brought to five plain types: Int64, Float64, Boolean, Datetime and String, missing cells null.

Text that spells numbers, truth values or dates is read as such; nearly-numeric columns are named with the rows of the
cells that do not fit. Infinite numbers count as missing, and are reported.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from glasswork.data.csv_dialect import MISSING
from glasswork.data.dates import parse_dates, recognise_date_format
from glasswork.errors import DataError
from glasswork.records import Finding

__all__ = ["Tidied", "spell", "tidy"]

MOSTLY = 0.9  # share of numeric cells from which a column is meant to be numeric
LISTED = 5

_INTEGERS = (pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16, pl.UInt32)


@dataclass(frozen=True)
class Tidied:
    """A tidy frame, and what had to be said about it.

    Args:
        frame: the five types only.
        notes: one line each.
        findings: non-finite cells and mixed types.
        odd: by column, the spellings that were taken as missing in a numeric column.
        formats: by column, the spelling of its dates.
    """

    frame: pl.DataFrame
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    odd: dict[str, list[str]]
    formats: dict[str, str]


def tidy(
    frame: pl.DataFrame,
    *,
    missing: Sequence[str] = MISSING,
    text: Collection[str] = (),
    numbers: Collection[str] = (),
    odd: dict[str, list[str]] | None = None,
    formats: dict[str, str] | None = None,
) -> Tidied:
    """Bring every column to a plain type.

    Args:
        frame: as read.
        missing: spellings of a missing cell.
        text: columns left as text (categories, whatever they look like).
        numbers: columns that must be numbers; a cell that is none is refused with its row.
        odd: spellings taken as missing in these columns when the contract was made.
        formats: of the dates in these columns when the contract was made.

    >>> tidy(pl.DataFrame({"a": [" 1", "?", "2.5"], "b": ["'x'", "'y'", "''"]})).frame.rows()
    [(1.0, 'x'), (None, 'y'), (2.5, None)]
    """
    notes: list[str] = []
    findings: list[Finding] = []
    odd_now: dict[str, list[str]] = {}
    formats_now: dict[str, str] = {}
    names = list(frame.columns)
    for name in names:
        column = _plain(frame[name])
        if column.dtype == pl.String:
            column = _cleaned(column, [*missing, *(odd or {}).get(name, [])])
            form = (formats or {}).get(name)
            if name in numbers:
                column = _numbers_or_refuse(column)
            elif form is not None:
                column = _dates_or_refuse(column, form)
            elif name not in text:
                column = _typed(column, notes, findings, odd_now, formats_now)
        elif name in text and column.dtype != pl.String:
            column = spell(column)
        if column.dtype == pl.Float64:
            column = _finite(column, findings)
        frame = frame.with_columns(column.alias(name))
    return Tidied(frame, tuple(notes), tuple(findings), odd_now, formats_now)


def spell(column: pl.Series) -> pl.Series:
    """Return a column as text, whole numbers without a fraction: how categories and classes are named.

    >>> spell(pl.Series([1.0, 2.0, None])).to_list(), spell(pl.Series([True, False])).to_list()
    (['1', '2', None], ['true', 'false'])
    """
    if column.dtype == pl.String:
        return column
    if column.dtype == pl.Float64:
        filled = column.drop_nulls()
        if filled.is_finite().all() and (filled == filled.round()).all() and (filled.abs() < 2**53).all():
            column = column.cast(pl.Int64)
    return column.cast(pl.String)


def _plain(column: pl.Series) -> pl.Series:
    dtype = column.dtype
    if dtype in (pl.String, pl.Int64, pl.Float64, pl.Boolean):
        return column
    if dtype in _INTEGERS:
        return column.cast(pl.Int64)
    if dtype in (pl.Date, pl.Datetime):
        dates = parse_dates(column)
        return column if dates is None else dates
    if isinstance(dtype, (pl.Categorical, pl.Enum)):
        return column.cast(pl.String)
    if dtype == pl.Duration:
        return column.dt.total_milliseconds().cast(pl.Float64) / 1000
    if dtype == pl.Time:
        return column.cast(pl.Int64).cast(pl.Float64) / 1e9
    if dtype == pl.Null:
        return column.cast(pl.Float64)
    if dtype.is_numeric():
        return column.cast(pl.Float64)
    if dtype == pl.Object:
        return pl.Series(column.name, [None if cell is None else str(cell) for cell in column.to_list()], pl.String)
    raise DataError(
        f"column {column.name!r} holds {dtype}, not numbers, text, truth values or dates; "
        "leave it out with data.ignore, or turn it into plain columns."
    )


def _cleaned(column: pl.Series, missing: Sequence[str]) -> pl.Series:
    """Strip spaces and a pair of quotes around every cell, and make missing spellings null."""
    name = column.name
    column = column.str.strip_chars()
    for quote in ("'", '"'):
        head = column.head(200).drop_nulls()
        if head.len() and head.str.contains(f"^{quote}.*{quote}$").all():
            filled = column.drop_nulls()
            if filled.str.contains(f"(?s)^{quote}.*{quote}$").all():
                column = column.str.slice(1, column.str.len_chars().cast(pl.Int64) - 2).str.strip_chars()
    gone = column.is_in(list({"", *missing}))
    return pl.select(pl.when(gone).then(None).otherwise(column).alias(name)).to_series()


def _typed(
    column: pl.Series,
    notes: list[str],
    findings: list[Finding],
    odd: dict[str, list[str]],
    formats: dict[str, str],
) -> pl.Series:
    filled = column.len() - column.null_count()
    if filled == 0:
        return column.cast(pl.Float64, strict=False)
    numbers = _as_number(column)
    share = (numbers.len() - numbers.null_count()) / filled
    if share == 1:
        return numbers
    if share >= MOSTLY:
        strange = column.is_not_null() & numbers.is_null()
        rows = strange.arg_true().to_list()
        cells = column.filter(strange).unique(maintain_order=True).to_list()
        shown = ", ".join(f"row {row + 1} {column[row]!r}" for row in rows[:LISTED])
        more = f" and {len(rows) - LISTED} more" if len(rows) > LISTED else ""
        if len(cells) <= 20:
            odd[column.name] = cells
        notes.append(f"column {column.name!r}: cells that are no numbers are taken as missing ({shown}{more})")
        findings.append(
            Finding(
                "mixed-types",
                "warning",
                0.9,
                f"column {column.name!r}",
                f"{len(rows):,} of {filled:,} cells are no numbers: {shown}{more}.",
                "Correct these cells, list their spelling under data.missing, or name the column in data.categories.",
            )
        )
        return numbers
    lowered = column.str.to_lowercase()
    if lowered.drop_nulls().is_in(["true", "false"]).all():
        return lowered == "true"
    form = recognise_date_format(column)
    if form is not None:
        formats[column.name] = form
        dates = parse_dates(column, form)
        if dates is not None:
            return dates
    return column


def _as_number(column: pl.Series) -> pl.Series:
    whole = column.cast(pl.Int64, strict=False)
    if whole.null_count() == column.null_count():
        return whole
    numbers = column.cast(pl.Float64, strict=False)
    return whole if whole.null_count() == numbers.null_count() else numbers


def _numbers_or_refuse(column: pl.Series) -> pl.Series:
    lowered = column.str.to_lowercase()
    if column.null_count() < column.len() and lowered.drop_nulls().is_in(["true", "false"]).all():
        return lowered == "true"
    numbers = _as_number(column)
    strange = column.is_not_null() & numbers.is_null()
    if strange.any():
        row = strange.arg_true()[0]
        raise DataError(
            f"column {column.name!r} must hold numbers, row {row + 1} has {column[row]!r} "
            f"({int(strange.sum()):,} such cells); correct it, or add --missing {column[row]!r}."
        )
    return numbers


def _dates_or_refuse(column: pl.Series, form: str) -> pl.Series:
    dates = parse_dates(column, form)
    if dates is None:
        return column
    strange = column.is_not_null() & dates.is_null()
    if strange.any():
        row = strange.arg_true()[0]
        raise DataError(f"column {column.name!r} must hold dates as {form}, row {row + 1} has {column[row]!r}.")
    return dates


def _finite(column: pl.Series, findings: list[Finding]) -> pl.Series:
    infinite = column.is_infinite()
    number = int(infinite.sum() or 0)
    if number:
        row = infinite.arg_true()[0]
        findings.append(
            Finding(
                "non-finite-data",
                "warning",
                1.0,
                f"column {column.name!r}",
                f"{number:,} of {column.len():,} cells are infinite, the first in row {row + 1}; taken as missing.",
                "Find where a division by 0 or an overflow made them, or drop these rows.",
            )
        )
        column = pl.select(pl.when(infinite).then(None).otherwise(column).alias(column.name)).to_series()
    return column.fill_nan(None) if column.is_nan().any() else column
