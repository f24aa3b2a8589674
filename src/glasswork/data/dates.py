"""Dates: spellings of dates and times recognised in a column of text, and the numbers a date gives."""

from __future__ import annotations

import polars as pl

__all__ = ["DATE_PARTS", "date_part", "parse_dates", "recognise_date_format", "runs_regularly"]

_FORMATS = (
    ("%Y-%m-%d", r"^\d{4}-\d{1,2}-\d{1,2}$"),
    ("%Y-%m-%d %H:%M:%S%.f", r"^\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{2}:\d{2}(\.\d+)?$"),
    ("%Y-%m-%d %H:%M", r"^\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{2}$"),
    ("%Y-%m-%dT%H:%M:%S%.f", r"^\d{4}-\d{1,2}-\d{1,2}T\d{1,2}:\d{2}:\d{2}(\.\d+)?$"),
    ("%Y-%m-%dT%H:%M:%S%.fZ", r"^\d{4}-\d{1,2}-\d{1,2}T\d{1,2}:\d{2}:\d{2}(\.\d+)?Z$"),
    ("%Y-%m-%dT%H:%M", r"^\d{4}-\d{1,2}-\d{1,2}T\d{1,2}:\d{2}$"),
    ("%Y/%m/%d", r"^\d{4}/\d{1,2}/\d{1,2}$"),
    ("%Y/%m/%d %H:%M:%S%.f", r"^\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}:\d{2}(\.\d+)?$"),
    ("%Y/%m/%d %H:%M", r"^\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}$"),
    ("%d.%m.%Y", r"^\d{1,2}\.\d{1,2}\.\d{4}$"),
    ("%d.%m.%Y %H:%M:%S", r"^\d{1,2}\.\d{1,2}\.\d{4} \d{1,2}:\d{2}:\d{2}$"),
    ("%d.%m.%Y %H:%M", r"^\d{1,2}\.\d{1,2}\.\d{4} \d{1,2}:\d{2}$"),
    ("%m/%d/%Y", r"^\d{1,2}/\d{1,2}/\d{4}$"),
    ("%d/%m/%Y", r"^\d{1,2}/\d{1,2}/\d{4}$"),
    ("%m/%d/%Y %H:%M:%S", r"^\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}:\d{2}$"),
    ("%d/%m/%Y %H:%M:%S", r"^\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}:\d{2}$"),
    ("%m/%d/%Y %H:%M", r"^\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}$"),
    ("%d/%m/%Y %H:%M", r"^\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}$"),
    ("%Y-%m", r"^\d{4}-\d{1,2}$"),
)

DATE_PARTS = ("year", "month", "day", "weekday", "hour", "minute", "second")


def recognise_date_format(column: pl.Series) -> str | None:
    """Return the one format in which every cell that is not missing reads as a date, or None.

    Where day and month can be exchanged throughout, the month comes first (``%m/%d/%Y``).

    >>> recognise_date_format(pl.Series(["1949-01", None, "1960-12"])), recognise_date_format(pl.Series(["a"]))
    ('%Y-%m', None)
    """
    if column.dtype != pl.String:
        return None
    cells = column.drop_nulls()
    if cells.len() == 0:
        return None
    for form, pattern in _FORMATS:
        if not cells.head(50).str.contains(pattern).all() or not cells.str.contains(pattern).all():
            continue
        if _strptime(cells, form).null_count() == 0:
            return form
    return None


def parse_dates(column: pl.Series, form: str | None = None) -> pl.Series | None:
    """Return a column as ``Datetime("us")``; None where it does not hold dates. With a format, bad cells become null.

    >>> parse_dates(pl.Series(["2016-07-01 01:00:00"]))[0].hour
    1
    """
    if column.dtype in (pl.Date, pl.Datetime):
        zone = getattr(column.dtype, "time_zone", None)
        return (column.dt.replace_time_zone(None) if zone else column).cast(pl.Datetime("us"))
    form = form or recognise_date_format(column)
    if form is None or column.dtype != pl.String:
        return None
    return _strptime(column, form)


def date_part(column: pl.Series, part: str) -> pl.Series:
    """Return one of `DATE_PARTS` of each date, as a float32 with null where the date is missing.

    >>> date_part(parse_dates(pl.Series(["2026-11-21"])), "weekday").to_list()  # Saturday; Monday is 1
    [6.0]
    """
    value: pl.Series = getattr(column.dt, part)()
    return value.cast(pl.Float32)


def runs_regularly(column: pl.Series) -> bool:
    """Whether dates only go forward, in steps of one length (months may differ by days).

    >>> runs_regularly(parse_dates(pl.Series(["1949-01", "1949-02", "1949-03"])))
    True
    """
    if column.dtype != pl.Datetime or column.len() < 3 or column.null_count():
        return False
    steps = column.diff().drop_nulls().dt.total_seconds()
    low, high = int(str(steps.min())), int(str(steps.max()))
    return low > 0 and (low == high or (low >= 28 * 86_400 and high <= 1.15 * low))


def _strptime(column: pl.Series, form: str) -> pl.Series:
    if form == "%Y-%m":
        return (column + "-01").str.strptime(pl.Datetime("us"), "%Y-%m-%d", strict=False)
    if "%H" not in form:
        return column.str.strptime(pl.Date, form, strict=False).cast(pl.Datetime("us"))
    return column.str.strptime(pl.Datetime("us"), form, strict=False)
