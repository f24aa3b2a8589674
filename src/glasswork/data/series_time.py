"""Series time: the time column of a series found, its rows put in order, its step named, its gaps counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from glasswork.checks import unknown_name
from glasswork.data.options import DataOptions
from glasswork.errors import DataError
from glasswork.records import Finding

__all__ = ["Clock", "find_time", "refuse_other_step", "season_of", "set_clock"]

MOST_REPEATED = 0.01  # share of rows with a time that was there before, above which they are no slip
CALENDAR = ("year", "month", "day", "hour", "minute")
MICROSECONDS = {"d": 86_400_000_000, "h": 3_600_000_000, "min": 60_000_000, "s": 1_000_000}


@dataclass(frozen=True)
class Clock:
    """What the time column says.

    Args:
        order: rows in the order of time, repeated times left out.
        times: of these rows, as text; None without a time column.
        step: between rows, such as ``1h``, ``1d``, ``1mo``; ``1`` for counted steps; None where unknown.
        season: rows in the usual season of that step, or None.
        findings: disorder, repetitions and gaps.
    """

    order: np.ndarray
    times: pl.Series | None
    step: str | None
    season: int | None
    findings: tuple[Finding, ...] = ()


def find_time(frame: pl.DataFrame, options: DataOptions) -> tuple[pl.Series | None, tuple[str, ...], str]:
    """Return the time column (or None: row order), the columns it was made of, and a line that says so."""
    if options.time is not None:
        if options.time not in frame.columns:
            raise DataError(f"time: {unknown_name('column', options.time, frame.columns)}")
        column = frame[options.time]
        if not (column.dtype.is_temporal() or column.dtype.is_numeric()):
            shown = str(column.drop_nulls()[0]) if column.null_count() < column.len() else ""
            raise DataError(f"the time column {options.time!r} holds neither dates nor numbers, but such as {shown!r}.")
        return column, (options.time,), ""
    for name in frame.columns:
        if frame[name].dtype.is_temporal() and name not in options.ignore:
            return frame[name], (name,), f"time: column {name!r} (data.time names another)"
    lowered = {name.lower(): name for name in frame.columns}
    parts = [lowered[part] for part in CALENDAR if part in lowered]
    if len(parts) >= 3 and all(frame[name].dtype.is_integer() for name in parts):
        cells = [frame[name] for name in parts]
        made = frame.select(pl.datetime(*cells).alias("time"))["time"]
        if made.null_count() == 0:
            return made, tuple(parts), f"time: columns {', '.join(parts)} (data.time names another)"
    first = frame.columns[0]
    column = frame[first]
    if column.dtype.is_integer() and frame.width > 1 and column.null_count() == 0 and frame.height > 2:
        steps = np.diff(column.to_numpy())
        if (steps == steps[0]).all() and steps[0] > 0:
            return column, (first,), f"time: column {first!r}, which counts (data.time names another)"
    return None, (), "time: the order of the rows, as no column holds dates (data.time names one)"


def set_clock(column: pl.Series | None, rows: pl.DataFrame) -> Clock:
    """Order the rows in time, and see what is out of order, repeated or left out."""
    count = rows.height
    if column is None:
        return Clock(np.arange(count), None, None, None)
    if column.null_count():
        at = int(column.is_null().arg_true()[0])
        raise DataError(
            f"the time column {column.name!r} is empty in {column.null_count():,} rows, "
            f"first in row {rows['row'][at]}; fill or remove them."
        )
    dated = column.dtype.is_temporal()
    ticks = (column.cast(pl.Datetime("us")).cast(pl.Int64) if dated else column.cast(pl.Float64)).to_numpy()
    findings = []
    order = np.argsort(ticks, kind="stable")
    backwards = np.flatnonzero(np.diff(ticks) < 0)
    if len(backwards):
        at = int(backwards[0]) + 1
        findings.append(
            Finding(
                fault="unsorted-time",
                severity="warning",
                confidence=1.0,
                where=f"column {column.name}",
                evidence=f"time runs backwards {len(backwards):,} times, first at row {rows['row'][at]} ({column[at]})",
                advice="the rows were sorted by time; check that the file is one series",
            )
        )
    fresh = np.concatenate([[True], np.diff(ticks[order]) > 0])
    repeated = count - int(fresh.sum())
    if repeated:
        at = int(order[np.flatnonzero(~fresh)[0]])
        where = f"first row {rows['row'][at]} ({column[at]})"
        evidence = f"{repeated:,} of {count:,} rows have a time that was there before, {where}"
        if repeated > MOST_REPEATED * count:
            raise DataError(
                f"the time column {column.name!r}: {evidence}; one row a time was expected. "
                "Where the table holds several series, give one of them."
            )
        findings.append(
            Finding(
                fault="duplicate-times",
                severity="warning",
                confidence=1.0,
                where=f"column {column.name}",
                evidence=evidence,
                advice="of rows of equal time the first was kept; remove the others",
            )
        )
    order = order[fresh]
    kept = column[order]
    step, irregular, longest = _step(kept, ticks[order], dated)
    if len(irregular):
        at = int(irregular[0])
        findings.append(
            Finding(
                fault="time-gaps",
                severity="warning" if len(irregular) > 0.01 * len(kept) else "note",
                confidence=1.0,
                where=f"column {column.name}",
                evidence=(
                    f"{len(irregular):,} steps differ from the usual {step}, first from {kept[at]} to {kept[at + 1]}; "
                    f"the longest leaves out about {longest:,} rows"
                ),
                advice="rows are taken as neighbours across a gap; fill in the missing times, or cut the file there",
            )
        )
    return Clock(order, _spelled(kept, dated), step, season_of(step) if dated else None, tuple(findings))


def season_of(step: str | None) -> int | None:
    """Return how many rows make the usual season: a day of hours, a week of days, a year of months or weeks.

    >>> [season_of(step) for step in ("1h", "15min", "1d", "1mo", "3mo", "7d", "1y", None)]
    [24, 96, 7, 12, 4, 52, None, None]
    """
    if step is None:
        return None
    if step in ("1d", "7d", "1mo", "3mo"):
        return {"1d": 7, "7d": 52, "1mo": 12, "3mo": 4}[step]
    for unit, whole in (("h", MICROSECONDS["d"]), ("min", MICROSECONDS["d"]), ("s", MICROSECONDS["h"])):
        number = step.removesuffix(unit)
        if number != step and number.isdecimal():
            rows, rest = divmod(whole, int(number) * MICROSECONDS[unit])
            return rows if rest == 0 and rows > 1 else None
    return None


def _step(column: pl.Series, ticks: np.ndarray, dated: bool) -> tuple[str | None, np.ndarray, int]:
    """Return the usual step in words, where a step is another one, and how many rows the longest gap lacks."""
    nothing = np.empty(0, dtype=np.int64)
    if len(ticks) < 2:
        return None, nothing, 0
    steps = np.diff(ticks)
    usual = float(np.median(steps))
    if not dated:
        gaps = np.flatnonzero(~np.isclose(steps, usual))
        return f"{usual:g}", gaps, round(steps.max() / usual) - 1
    day = MICROSECONDS["d"]
    if usual >= 27 * day:  # months differ in length: count them
        dates = column.cast(pl.Datetime("us"))
        months = np.diff((dates.dt.year().cast(pl.Int64) * 12 + dates.dt.month().cast(pl.Int64)).to_numpy())
        usual = max(1, int(np.median(months)))
        name = f"{usual // 12}y" if usual % 12 == 0 else f"{usual}mo"
        return name, np.flatnonzero(months != usual), int(months.max()) // usual - 1
    name = next(
        (f"{int(usual) // size}{unit}" for unit, size in MICROSECONDS.items() if usual >= size and usual % size == 0),
        f"{usual / 1e6:g}s",
    )
    return name, np.flatnonzero(steps != usual), round(steps.max() / usual) - 1


def _spelled(column: pl.Series, dated: bool) -> pl.Series:
    """Return times as text, no finer than they are."""
    if not dated:
        return column.cast(pl.String)
    times = column.cast(pl.Datetime("us"))
    parts = times.dt
    if (parts.hour() == 0).all() and (parts.minute() == 0).all() and (parts.second() == 0).all():
        return times.dt.to_string("%Y-%m-%d")
    return times.dt.to_string("%Y-%m-%d %H:%M:%S")


def refuse_other_step(expected: str | None, got: str | None, names: Sequence[str]) -> None:
    """Refuse new data whose rows lie further apart, or closer, than those that were trained on."""
    if expected is not None and got is not None and expected != got:
        raise DataError(
            f"rows a step of {expected} apart were expected, as in training, got {got} in {', '.join(names)}."
        )
