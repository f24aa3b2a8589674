"""Table: CSV, TSV and their relatives, and Parquet, read into one tidy frame with the place of every row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from glasswork.checks import unknown_name
from glasswork.data.csv_dialect import MISSING, Dialect
from glasswork.data.csv_file import read_csv
from glasswork.data.files import content_hash, existing, extract, is_archive, unpacked
from glasswork.data.options import DataOptions
from glasswork.data.tidy import Tidied, tidy
from glasswork.errors import DataError
from glasswork.records import Finding

__all__ = ["Reading", "Table", "read_table", "table_of_frame"]

Reading = dict[str, str | bool | list[str] | None]

_SUFFIXES = (".csv", ".tsv", ".tab", ".parquet", ".data", ".dat", ".txt")


@dataclass(frozen=True)
class Table:
    """A tidy frame with the place of each row and what was settled in reading it.

    Args:
        frame: columns of Int64, Float64, Boolean, Datetime or String; missing cells are null.
        rows: ``file`` and ``row`` (from 1, the header not counted), one for each row of the frame.
        sources: the files as they were given.
        sha256: of the files.
        reading: the options settled: separator, header, names, encoding, missing spellings, decimal comma, and by
            column (``date:NAME``, ``missing:NAME``) the spelling of dates and of further missing cells.
        notes: one line for each guess.
        findings: mixed types and infinite cells.
    """

    frame: pl.DataFrame
    rows: pl.DataFrame
    sources: tuple[str, ...] = ()
    sha256: str = ""
    reading: Reading = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_table(
    paths: Sequence[str | Path],
    options: DataOptions | None = None,
    *,
    reading: Reading | None = None,
    numbers: Collection[str] = (),
    text: Collection[str] = (),
    known: Sequence[str] = (),
    optional: Sequence[str] = (),
) -> Table:
    """Read files of the same columns into one table.

    Args:
        paths: CSV, TSV, Parquet; plain, packed, or an archive or folder with one table inside.
        options: reading options; what they leave open is recognised and returned in ``Table.reading``.
        reading: what was settled for earlier files, for further files to be read alike.
        numbers: columns that must hold numbers; another cell is refused with its row.
        text: columns that stay text.
        known: column names that earlier files had.
        optional: of these, the ones that a headerless file may leave out.
    """
    options = options or DataOptions()
    if not paths:
        raise DataError("no file was given to read a table from.")
    missing = _missing(options, reading)
    given = [existing(path) for path in paths]
    parsed = [_read_file(path, options, reading or {}, missing, {*options.categories, *text}, known, optional)
              for path in given]  # fmt: skip
    frame = _stacked([part.frame for part in parsed], [str(path) for path in paths])
    places = [
        pl.DataFrame({"file": _repeated(str(path), part.rows.len()), "row": part.rows})
        for part, path in zip(parsed, paths, strict=True)
    ]
    notes = dict.fromkeys(note for part in parsed for note in part.notes)
    dialect = parsed[0].dialect
    del parsed
    return _tabled(
        frame,
        pl.concat(places),
        options,
        reading,
        dialect,
        numbers=numbers,
        text=text,
        sources=tuple(str(path) for path in paths),
        sha256=content_hash(given),
        notes=tuple(notes),
    )


def table_of_frame(
    frame: pl.DataFrame,
    options: DataOptions | None = None,
    *,
    reading: Reading | None = None,
    numbers: Collection[str] = (),
    text: Collection[str] = (),
) -> Table:
    """Return a frame from memory as a tidy table.

    >>> table_of_frame(pl.DataFrame({"a": ["1", "?"]})).frame["a"].to_list()
    [1, None]
    """
    if frame.width == 0 or frame.height == 0:
        raise DataError(f"a table needs rows and columns, got {frame.height} rows and {frame.width} columns.")
    rows = pl.DataFrame(
        {"file": _repeated("", frame.height), "row": pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True)}
    )
    return _tabled(frame, rows, options or DataOptions(), reading, None, numbers=numbers, text=text)


def _repeated(name: str, count: int) -> pl.Series:
    """Return a file's name once a row, as a category: four bytes a row instead of sixteen."""
    return pl.Series([name], dtype=pl.Categorical).new_from_index(0, count)


def _tabled(
    frame: pl.DataFrame,
    rows: pl.DataFrame,
    options: DataOptions,
    reading: Reading | None,
    dialect: Dialect | None,
    *,
    numbers: Collection[str],
    text: Collection[str],
    sources: tuple[str, ...] = (),
    sha256: str = "",
    notes: tuple[str, ...] = (),
) -> Table:
    if reading is None:
        for name in (*options.numbers, *options.categories, *options.ignore):
            if name not in frame.columns:
                raise DataError(unknown_name("column", name, frame.columns))
    earlier = reading or {}
    names = list(frame.columns)
    tidied = tidy(
        frame,
        missing=_missing(options, reading),
        text={*options.categories, *text},
        numbers={*options.numbers, *numbers},
        odd={name: list(_list(earlier, f"missing:{name}")) for name in names if f"missing:{name}" in earlier},
        formats={name: str(earlier[f"date:{name}"]) for name in names if f"date:{name}" in earlier},
    )
    settled = reading if reading is not None else _settled(dialect, options, names, tidied)
    return Table(tidied.frame, rows, sources, sha256, settled, (*notes, *tidied.notes), tidied.findings)


@dataclass(frozen=True)
class _Part:
    frame: pl.DataFrame
    rows: pl.Series
    dialect: Dialect | None = None
    notes: tuple[str, ...] = ()


def _list(reading: Reading, key: str, default: Sequence[str] = ()) -> tuple[str, ...]:
    value = reading.get(key)
    return tuple(value) if isinstance(value, list) else tuple(default)


def _missing(options: DataOptions, reading: Reading | None) -> tuple[str, ...]:
    if options.missing is not None:
        return tuple(options.missing)
    return _list(reading or {}, "missing", MISSING)


def _settled(dialect: Dialect | None, options: DataOptions, names: Sequence[str], tidied: Tidied) -> Reading:
    settled: Reading = {"missing": list(_missing(options, None))}
    if dialect is not None:
        settled |= {"separator": dialect.separator, "header": dialect.header, "encoding": options.encoding}
        settled["decimal_comma"] = dialect.decimal_comma
        if not dialect.header or options.names is not None:
            settled["names"] = list(names)
    settled |= {f"missing:{name}": list(cells) for name, cells in tidied.odd.items()}
    settled |= {f"date:{name}": form for name, form in tidied.formats.items()}
    return settled


def _read_file(
    path: Path,
    options: DataOptions,
    reading: Reading,
    missing: Sequence[str],
    text: Collection[str],
    known: Sequence[str],
    optional: Sequence[str],
) -> _Part:
    path = _single_file(path)
    plain = unpacked(path)
    with plain.open("rb") as stream:
        start = stream.read(8)
    if start.startswith(b"PAR1"):
        return _read_parquet(path, plain)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DataError(f"{str(path)!r} is a spreadsheet or a damaged archive; save it as CSV or Parquet first.")
    if ".parquet" in (path.suffix.lower(), plain.suffix.lower()) and start:
        raise DataError(
            f"{str(path)!r} is no Parquet file: it starts with {start[:4]!r} where b'PAR1' was expected; "
            "fetch the file again, or name it .csv where it is text."
        )
    encoding, separator = reading.get("encoding"), reading.get("separator")
    read = read_csv(
        path,
        encoding=options.encoding or (encoding if isinstance(encoding, str) else None),
        separator=options.separator,
        likely_separator=separator if isinstance(separator, str) else None,
        header=options.header,
        likely_header=False if reading.get("header") is False else None,
        names=options.names or _list(reading, "names") or None,
        optional=optional,
        known=known,
        missing=missing,
        text=text,
    )
    return _Part(read.frame, read.rows, read.dialect, read.notes)


def _read_parquet(path: Path, plain: Path) -> _Part:
    try:
        frame = pl.read_parquet(plain)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        reason = str(error).strip().split("\n")[0][:200]
        raise DataError(f"{str(path)!r} is a damaged Parquet file: {reason}.") from None
    if frame.height == 0 or frame.width == 0:
        raise DataError(f"{str(path)!r} holds no rows.")
    return _Part(frame, pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True))


def _single_file(path: Path) -> Path:
    """Return the one table in a folder or archive, or the file itself."""
    if path.is_file() and not is_archive(path):
        return path
    folder = path if path.is_dir() else extract(path)
    inside = [entry for entry in sorted(folder.rglob("*")) if entry.is_file() and not entry.name.startswith(".")]
    tables = [entry for entry in inside if any(suffix in _SUFFIXES for suffix in entry.suffixes)]
    if len(tables) != 1:
        shown = ", ".join(str(entry.relative_to(folder)) for entry in tables[:6]) or "none"
        raise DataError(f"{str(path)!r} must hold exactly one table, found {len(tables)}: {shown}; name the file.")
    return tables[0]


def _stacked(frames: list[pl.DataFrame], names: list[str]) -> pl.DataFrame:
    """Put files under each other, columns by name; where types differ, text wins over numbers."""
    first = frames[0]
    if len(frames) == 1:
        return first
    for frame, name in zip(frames[1:], names[1:], strict=True):
        for column in first.columns:
            if column not in frame.columns:
                raise DataError(f"{name!r}, unlike {names[0]!r}, has {unknown_name('column', column, frame.columns)}")
    for column in first.columns:
        kinds = {frame.schema[column] for frame in frames}
        if len(kinds) > 1:
            wanted = pl.Float64 if all(kind.is_numeric() for kind in kinds) else pl.String
            frames = [frame.with_columns(pl.col(column).cast(wanted)) for frame in frames]
    return pl.concat([frame.select(first.columns) for frame in frames])
