"""Series: a table in the order of time becomes one matrix, and windows that never look into the future.

A forecast from origin i sees rows ``[i - past, i)`` and predicts rows ``[i, i + horizon)`` of the target columns. Its
whole future lies inside one part of the split; its past may reach back into an earlier part, as it would in use.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from glasswork.checks import unknown_name
from glasswork.data.contiguous import Ranges, contiguous
from glasswork.data.contract import Column, Contract, SeriesFacts
from glasswork.data.dataset import Examples, Inspection, Prepared
from glasswork.data.inspect_series import constant_findings, missing_finding, series_facts, short_finding
from glasswork.data.options import DataOptions
from glasswork.data.series_time import Clock, find_time, refuse_other_step, set_clock
from glasswork.data.table import Table, read_table, table_of_frame
from glasswork.errors import DataError, UnknownNameError, UsageError

__all__ = ["encode_series", "inspect_series", "prepare_series", "windows"]

VALID_SHARE, TEST_SHARE = 0.1, 0.2
HORIZON_MOST, HORIZON_SHARE, HORIZON_UNSEASONED = 96, 0.1, 24
SEASONS_BACK = 4
HOURLY_BACK = 336  # two weeks of hours, so that weekdays are seen twice
LEFT_SHARE = 0.2  # of windows that must be left when those with missing futures are set aside


def prepare_series(options: DataOptions, task: str | None = None, seed: int = 0) -> Prepared:
    """Read a series, order it in time, settle how far to look back and ahead, and cut it into parts by time.

    Missing cells are filled with the last value before them, which is all that a forecast could know. The seed changes
    nothing, as nothing is drawn.
    """
    if task not in (None, "forecasting"):
        raise UsageError(f"a time series answers forecasting, not {task}; for rows on their own use data.kind=table.")
    if not options.paths:
        raise UsageError("a series needs a table, such as `glasswork train series.csv --horizon 24`.")
    table, fixed = _read(options)
    frame = table.frame
    column, made_of, said = find_time(frame, options)
    clock = set_clock(column, table.rows)
    if fixed and (np.diff(clock.order) < 0).any():
        raise DataError("the validation and test files of a series must come after the training file in time.")
    targets, covariates, notes = _columns(frame, options, made_of)
    notes = [*table.notes, *([said] if said else []), *notes]
    values = frame.select([*targets, *covariates]).cast(pl.Float64).to_numpy()[clock.order]
    series, missing = _filled(values, [*targets, *covariates])
    count = len(series)
    horizon = options.horizon or _horizon(count, clock.season)
    ranges = _ranges(count, options, horizon, fixed)
    past = options.past or _past(ranges["train"][1], horizon, clock.season)
    _refuse_short(count, past, horizon, ranges)
    parts, set_aside = _parts(ranges, past, horizon, np.asarray(missing[:, : len(targets)].any(axis=1)))
    facts = SeriesFacts(
        past=past,
        horizon=horizon,
        time=None if not made_of else column.name if column is not None and len(made_of) == 1 else ", ".join(made_of),
        step=clock.step,
        season=clock.season,
        covariates=covariates,
    )
    contract = Contract(
        kind="series",
        task="forecasting",
        sources=table.sources,
        sha256=table.sha256,
        rows=count,
        reading=table.reading,
        columns=_described(frame, targets, covariates, made_of),
        targets=targets,
        series=facts,
    )
    notes += _notes(options, facts, ranges, count, set_aside)
    findings = [*table.findings, *clock.findings]
    names = [*targets, *covariates]
    findings += missing_finding(missing, names, _rows(table, clock), set_aside)
    findings += constant_findings(series[slice(*ranges["train"])], names)
    findings += short_finding(parts, past, horizon)
    examples = Examples(contract, {"series": _single(series, names)}, None, _rows(table, clock))
    settled: dict[str, object] = {
        "kind": "series",
        "target": targets[0] if len(targets) == 1 else list(targets),
        "past": past,
        "horizon": horizon,
    }
    if options.time is None and len(made_of) == 1:
        settled["time"] = made_of[0]
    return Prepared(examples, parts, tuple(notes), tuple(findings), settled)


def encode_series(contract: Contract, data: Any, need_target: bool = False) -> Examples:
    """Read the rows of a later stretch; the forecast after its end has the origin ``len(series)``.

    At least `past` rows are needed, and for an evaluation `horizon` more.
    """
    facts = contract.series
    if facts is None:
        raise DataError("this contract holds no window lengths; data.json is damaged.")
    names = [*contract.targets, *facts.covariates]
    table = _read_new(contract, data, names)
    frame = table.frame
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise DataError(f"the series lacks {unknown_name('column', absent[0], frame.columns)}")
    made_of = facts.time.split(", ") if facts.time else []
    column: pl.Series | None = None
    if made_of and all(name in frame.columns for name in made_of):
        column = find_time(frame, DataOptions(time=made_of[0] if len(made_of) == 1 else None))[0]
    clock = set_clock(column, table.rows)
    refuse_other_step(facts.step, clock.step, table.sources or ("the data",))
    values = frame.select(names).cast(pl.Float64).to_numpy()[clock.order]
    series, _ = _filled(values, names)
    needed = facts.past + (facts.horizon if need_target else 0)
    if len(series) < needed:
        what = f"past {facts.past}" + (f" + horizon {facts.horizon}" if need_target else "")
        raise DataError(f"at least {needed} rows ({what}) were expected, got {len(series)}; bring a longer stretch.")
    return Examples(contract, {"series": _single(series, names)}, None, _rows(table, clock))


def inspect_series(options: DataOptions, task: str | None = None) -> Inspection:
    """Look at a series: length, step, season, windows; gaps, disorder, missing cells and constants."""
    prepared = prepare_series(options, task)
    return Inspection(tuple(series_facts(prepared)), prepared.findings, prepared.notes)


def windows(start: int, stop: int, past: int, horizon: int) -> np.ndarray:
    """Return the origins whose future lies in ``[start, stop)`` and whose past begins at row 0 or later.

    >>> windows(0, 10, past=4, horizon=2).tolist(), windows(10, 13, past=4, horizon=2).tolist()
    ([4, 5, 6, 7, 8], [10, 11])
    """
    return np.arange(max(start, past), stop - horizon + 1, dtype=np.int64)


def _read(options: DataOptions) -> tuple[Table, Ranges]:
    """Read the series; fixed validation and test files follow it, and their rows are returned as ranges."""
    further = [(part, path) for part, path in (("valid", options.valid), ("test", options.test)) if path is not None]
    paths = [*options.paths, *(path for _, path in further)]
    table = read_table(paths, options)
    if not further:
        return table, {}
    fixed: Ranges = {}
    files = table.rows["file"].to_numpy()
    for part, path in further:
        index = np.flatnonzero(files == str(path))
        fixed[part] = (int(index[0]), int(index[-1]) + 1)
    return table, fixed


def _read_new(contract: Contract, data: Any, names: Sequence[str]) -> Table:
    paths = [data] if isinstance(data, (str, Path)) else data
    reading = dict(contract.reading)
    if isinstance(paths, (list, tuple)) and paths and all(isinstance(path, (str, Path)) for path in paths):
        known = [column.name for column in contract.columns]
        return read_table(paths, reading=reading, numbers=names, known=known)
    from glasswork.data.frames import as_frame

    return table_of_frame(as_frame(data), reading=reading, numbers=names)


def _columns(
    frame: pl.DataFrame, options: DataOptions, made_of: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
    """Return target columns, covariates, and what was recognised."""
    left = [name for name in frame.columns if name not in made_of and name not in options.ignore]
    numeric = [name for name in left if frame[name].dtype.is_numeric() or frame[name].dtype == pl.Boolean]
    numeric = [name for name in numeric if frame[name].null_count() < frame.height]
    notes = []
    counting = [name for name in numeric if len(made_of) > 1 and _counts(frame[name])]
    numeric = [name for name in numeric if name not in counting]
    unused = [name for name in left if name not in numeric]
    if options.target is not None:
        targets = [options.target] if isinstance(options.target, str) else list(options.target)
        for name in targets:
            if name not in frame.columns:
                raise UnknownNameError(f"target: {unknown_name('column', name, frame.columns)}")
            if name not in numeric:
                raise DataError(f"the target {name!r} of a series must be a column of numbers with values.")
    else:
        targets = numeric
        if len(numeric) > 1:
            notes.append(f"targets: all {len(numeric)} columns of numbers (--target names one)")
    if not targets:
        raise DataError(f"no column of numbers to forecast; columns: {', '.join(frame.columns[:12])}.")
    if unused:
        notes.append(f"not used, as they hold no numbers to forecast from: {', '.join(unused)}")
    return tuple(targets), tuple(name for name in numeric if name not in targets), notes


def _counts(column: pl.Series) -> bool:
    return column.dtype.is_integer() and column.len() > 2 and bool((np.diff(column.to_numpy()) == 1).all())


def _filled(values: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the values with missing cells filled by the last value before them, and where they were missing.

    What is missing before a column's first value gets that value, as there is none before.
    """
    missing = ~np.isfinite(values)
    if not missing.any():
        return values, missing
    empty = [name for name, gone in zip(names, missing.all(axis=0).tolist(), strict=True) if gone]
    if empty:
        raise DataError(f"column {empty[0]!r} holds no number at all.")
    place = np.where(missing, 0, np.arange(len(values))[:, None])
    np.maximum.accumulate(place, axis=0, out=place)
    first = (~missing).argmax(axis=0)
    place = np.maximum(place, first)
    return np.take_along_axis(values, place, axis=0), missing


def _single(series: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Return the values as float32; larger ones would become infinite."""
    large = np.abs(series).max(axis=0, initial=0.0) > np.finfo(np.float32).max
    if large.any():
        name = names[int(large.argmax())]
        raise DataError(
            f"column {name!r} holds numbers beyond 3.4e38, the largest that a network computes with; divide it by a "
            "power of ten, or leave it out with data.ignore."
        )
    return series.astype(np.float32)


def _horizon(count: int, season: int | None) -> int:
    most = max(1, int(HORIZON_SHARE * count))
    return min(most, HORIZON_MOST, season or HORIZON_UNSEASONED)


def _past(training: int, horizon: int, season: int | None) -> int:
    usual = HOURLY_BACK if season == 24 else SEASONS_BACK * season if season else 2 * horizon
    wanted = max(usual, min(horizon, HOURLY_BACK))
    room = max(1, (training - horizon) // 2)
    if wanted <= room:
        return wanted
    return room // season * season if season and room >= season else room


def _ranges(count: int, options: DataOptions, horizon: int, fixed: Ranges) -> Ranges:
    if fixed:
        own = min(start for start, _ in fixed.values())
        zeros = dict.fromkeys(fixed, 0)
        rest = contiguous(own, options.split.model_copy(update=zeros), valid=VALID_SHARE, test=TEST_SHARE)
        return {**rest, **fixed}
    # A default part is made long enough for one forecast at least.
    least = (horizon + 0.5) / count
    if least >= 1:
        raise DataError(
            f"a series of {count} row{'s' if count != 1 else ''} is too short for a horizon of {horizon}: training, "
            "validation and test need a stretch each; ask for a shorter data.horizon, or bring a longer series."
        )
    return contiguous(count, options.split, valid=max(VALID_SHARE, least), test=max(TEST_SHARE, least))


def _refuse_short(count: int, past: int, horizon: int, ranges: Ranges) -> None:
    training = ranges["train"][1] - ranges["train"][0]
    if training < past + horizon:
        raise DataError(
            f"training needs at least past {past} + horizon {horizon} = {past + horizon} rows, got "
            f"{training} of {count} in the training part; ask for less with data.past and data.horizon, "
            "or bring a longer series."
        )
    for part in ("valid", "test"):
        start, stop = ranges[part]
        if 0 < stop - start < horizon:
            raise DataError(
                f"the {part} part has {stop - start} rows, fewer than the horizon {horizon}; ask for a larger "
                f"data.split.{part}, or 0, or a shorter data.horizon."
            )


def _parts(ranges: Ranges, past: int, horizon: int, gone: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Return the origins of each part, without those whose future holds a missing target, and how many these are."""
    parts, set_aside = {}, {}
    before = np.concatenate([[0], np.cumsum(gone)])
    for part, (start, stop) in ranges.items():
        origins = windows(start, stop, past, horizon)
        known = origins[before[origins + horizon] == before[origins]] if len(origins) else origins
        if len(known) < LEFT_SHARE * len(origins):
            known = origins  # too few would be left: the filled values have to do, and a finding says so
        set_aside[part] = len(origins) - len(known)
        parts[part] = known
    return parts, set_aside


def _described(
    frame: pl.DataFrame, targets: Sequence[str], covariates: Sequence[str], made_of: Sequence[str]
) -> tuple[Column, ...]:
    columns = []
    for name in frame.columns:
        temporal = frame[name].dtype.is_temporal()
        if name in targets:
            columns.append(Column(name=name, kind="number", role="target"))
        elif name in covariates:
            columns.append(Column(name=name, kind="number", role="input"))
        elif name in made_of:
            columns.append(Column(name=name, kind="date" if temporal else "number", role="time"))
        else:
            kind = "date" if temporal else "number" if frame[name].dtype.is_numeric() else "text"
            columns.append(Column(name=name, kind=kind, role="ignored"))
    return tuple(columns)


def _rows(table: Table, clock: Clock) -> pl.DataFrame:
    rows = table.rows[clock.order]
    return rows if clock.times is None else rows.with_columns(clock.times.alias("time"))


def _notes(
    options: DataOptions, facts: SeriesFacts, ranges: Ranges, count: int, set_aside: dict[str, int]
) -> list[str]:
    notes = []
    season = f", a season of {facts.season}" if facts.season else ""
    if facts.step is not None:
        notes.append(f"step: {facts.step}{season}")
    guessed = [
        f"{name} {value} rows" for name, value in (("past", facts.past), ("horizon", facts.horizon))
        if getattr(options, name) is None
    ]  # fmt: skip
    if guessed:
        notes.append(f"windows: {', '.join(guessed)} (data.past and data.horizon say otherwise)")
    said = ", ".join(f"{part} {stop - start:,}" for part, (start, stop) in ranges.items())
    last = max(stop for _, stop in ranges.values())
    rest = f"; the last {count - last:,} rows are not used" if last < count else ""
    notes.append(f"split by time, in rows: {said}{rest}")
    if any(set_aside.values()):
        notes.append(f"{sum(set_aside.values()):,} windows were set aside, as their future holds missing targets")
    return notes
