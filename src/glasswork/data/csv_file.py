"""CSV file: one text file parsed by polars into a frame, with every broken line named.

Types are settled from the first rows. Where a later cell disagrees, the column is widened (whole numbers, numbers,
text) and the file read again: the whole file decides, and no list of Python objects is ever made of it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import polars as pl

from glasswork.data.csv_dialect import Dialect, is_number, recognise_dialect
from glasswork.data.files import temporary_folder, utf8_file
from glasswork.errors import DataError, UsageError

__all__ = ["CsvFile", "read_csv"]

HEAD = 1 << 19
RETRIES = 8
CHECKED_SIZE = 64 << 20  # bytes up to which lines with too few cells are looked for

_PARSE = re.compile(r"could not parse `.*` as dtype `(\w+)` at column '.*' \(column number (\d+)\)", re.DOTALL)
_WHOLE = re.compile(r"\s*[+-]?\d{1,18}\s*")


@dataclass(frozen=True)
class CsvFile:
    """A parsed file: text cells as spelled, and the row number (from 1, the header not counted) of each row."""

    frame: pl.DataFrame
    rows: pl.Series
    dialect: Dialect
    notes: tuple[str, ...]


def read_csv(
    path: Path,
    *,
    encoding: str | None = None,
    separator: str | None = None,
    likely_separator: str | None = None,
    header: bool | None = None,
    likely_header: bool | None = None,
    names: Sequence[str] | None = None,
    optional: Sequence[str] = (),
    known: Sequence[str] = (),
    missing: Sequence[str] = (),
    text: Collection[str] = (),
) -> CsvFile:
    """Parse a file.

    Args:
        path: plain or packed.
        encoding: default UTF-8.
        separator: default: recognised; else `likely_separator`, where no other is seen.
        likely_separator: of the files read before.
        header: whether the first line names the columns; default: recognised.
        likely_header: of the files read before.
        names: column names of a headerless file, or in place of the header's.
        optional: of `names`, those that may be absent from a headerless file (targets, in new data).
        known: names that a header is expected to hold.
        missing: spellings of a missing cell.
        text: columns to leave as text.
    """
    plain = utf8_file(path, encoding)
    separator = _one_letter(separator)
    head = _head(plain)
    look = partial(
        recognise_dialect, head, header=header, likely_header=likely_header, names=names, missing=missing, known=known
    )
    dialect = look(separator=separator)
    if separator is None and likely_separator and len(dialect.names) == 1:
        dialect = look(separator=likely_separator)
    columns, notes = _columns(path, dialect, names, optional)
    dialect = replace(dialect, names=tuple(columns))
    prepared, letter = _rewritten(plain, dialect)
    frame = _parse(path, prepared, letter, dialect, missing, text)
    rows = pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True)
    if frame.height and all(frame.null_count().row(0)):  # else no row is empty
        filled = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
        frame, rows = frame.filter(filled), rows.filter(filled)
        inside = int((~filled).sum()) - 1
        if inside > 0:
            notes.append(f"{path.name}: {inside + 1} empty lines are skipped")
    if frame.height == 0:
        raise DataError(f"{str(path)!r} holds no rows below its column names ({', '.join(columns[:8])}).")
    if frame.width > 1 and frame[:, -1].null_count() and prepared.stat().st_size <= CHECKED_SIZE:
        _refuse_lines(path, prepared, letter, frame.width, shorter_only=True)
    return CsvFile(frame, rows, dialect, tuple(notes))


def _one_letter(separator: str | None) -> str | None:
    if separator is None:
        return None
    separator = {"\\t": "\t", "tab": "\t", "comma": ",", "semicolon": ";", "bar": "|", "space": " "}.get(
        separator.lower(), separator
    )
    if len(separator) != 1 or ord(separator) > 127 or separator in '"\n\r':
        raise UsageError(f"a separator is one letter such as ',', ';', '|' or tab, got {separator!r}.")
    return separator


def _head(plain: Path) -> str:
    """Return the first lines, whole ones only."""
    with plain.open("rb") as stream:
        block = stream.read(HEAD)
        more = bool(stream.read(1))
    if more:
        end = max(block.rfind(b"\n"), block.rfind(b"\r"))
        block = block[: end + 1] if end > 0 else block
    return block.decode("utf-8-sig", errors="ignore")


def _columns(
    path: Path, dialect: Dialect, names: Sequence[str] | None, optional: Sequence[str]
) -> tuple[list[str], list[str]]:
    found = list(dialect.names)
    if names is not None:
        if dialect.header and (len(names) != len(found) or set(found) <= set(names)):
            return found, []
        without = [name for name in names if name not in optional]
        if len(names) == len(found):
            return list(names), []
        if len(without) == len(found):
            return without, []
        counts = f"{len(without)} or {len(names)}" if len(without) < len(names) else f"{len(names)}"
        raise DataError(f"{str(path)!r} has {len(found)} columns, {counts} were expected: {', '.join(names[:20])}.")
    if not dialect.header and len(found) > 1:
        return found, [f"{path.name} has no header line: its columns are called {found[0]} … {found[-1]}"]
    return found, []


def _rewritten(plain: Path, dialect: Dialect) -> tuple[Path, str]:
    """Return a file that polars can parse, and its separator: runs of spaces and the like are mended in a copy."""
    mend: Callable[[bytes], bytes]
    letter = dialect.separator
    if dialect.line_end == "\r":

        def mend(line: bytes) -> bytes:
            return line.lstrip(b"\r").replace(b"\r", b"\n")

    elif letter == " ":
        letter = "\t"

        def mend(line: bytes) -> bytes:
            return b"\t".join(line.split()) + b"\n"

    elif dialect.spaced_quotes:
        pattern = re.compile(re.escape(letter).encode() + b' +"')

        def mend(line: bytes) -> bytes:
            return pattern.sub(letter.encode() + b'"', line)

    elif dialect.blank:
        mend = bytes
    else:
        return plain, letter
    target = temporary_folder() / plain.name
    with plain.open("rb") as source, target.open("wb") as out:
        started = False
        for line in source:
            started = started or bool(line.strip(b" \t\r\n"))  # empty lines at the start are left out
            if started:
                out.write(mend(line))
    return target, letter


def _guess_types(dialect: Dialect, missing: Sequence[str], text: Collection[str]) -> list[type[pl.DataType]]:
    types: list[type[pl.DataType]] = []
    empty = set(missing)
    for position, name in enumerate(dialect.names):
        cells = [row[position] for row in dialect.sample if position < len(row)]
        cells = [cell for cell in cells if cell.strip() not in empty]
        if name in text or not cells:
            types.append(pl.String)
        elif not dialect.decimal_comma and all(map(_WHOLE.fullmatch, cells)):
            types.append(pl.Int64)
        elif all(is_number(cell, decimal_comma=dialect.decimal_comma) for cell in cells):
            types.append(pl.Float64)
        else:
            types.append(pl.String)
    return types


def _parse(
    path: Path, plain: Path, letter: str, dialect: Dialect, missing: Sequence[str], text: Collection[str]
) -> pl.DataFrame:
    types = _guess_types(dialect, missing, text)
    spellings = list(dict.fromkeys([*(cell for cell in missing if cell), *(f" {cell}" for cell in missing if cell)]))
    for attempt in range(RETRIES + 2):
        if attempt == RETRIES:  # many columns surprise: read text, and let the cells be converted column by column
            types = [pl.String] * len(types)
        try:
            frame = pl.read_csv(
                plain,
                has_header=False,
                skip_rows=1 if dialect.header else 0,
                schema={f"c{position}": kind for position, kind in enumerate(types)},
                separator=letter,
                null_values=spellings,
                decimal_comma=dialect.decimal_comma,
                truncate_ragged_lines=False,
            )
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            found = _PARSE.search(str(error))
            position = int(found.group(2)) - 1 if found else len(types)
            if found is None or position >= len(types) or types[position] == pl.String:
                _refuse_lines(path, plain, letter, len(types))
                reason = str(error).strip().split("\n")[0][:200]
                raise DataError(f"{str(path)!r} cannot be read as a table: {reason}.") from None
            types[position] = pl.Float64 if types[position] == pl.Int64 else pl.String
            continue
        frame.columns = list(dialect.names)
        return frame
    raise DataError(f"{str(path)!r} cannot be read as a table.")


def _refuse_lines(path: Path, plain: Path, letter: str, width: int, *, shorter_only: bool = False) -> None:
    """Name the first line whose number of cells is not `width`."""
    try:
        with plain.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, delimiter=letter)
            for row in reader:
                if len(row) == width or not any(cell.strip() for cell in row):
                    continue
                if len(row) < width or not shorter_only:
                    raise DataError(
                        f"{str(path)!r}: line {reader.line_num} has {len(row)} cells where {width} were expected "
                        f"(separator {letter!r}); correct the line, or say --separator."
                    )
    except csv.Error as error:
        raise DataError(f"{str(path)!r}: line {reader.line_num}: {error}.") from None
