"""CSV dialect: separator, header, decimal comma and stray spaces, recognised from a file's first lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["MISSING", "Dialect", "is_number", "recognise_dialect", "recognise_separator"]

MISSING = ("", "?", "NA", "N/A", "nan", "NaN", "null", "NULL", "None")

AGREEMENT = 0.98  # share of lines that must have the same number of cells
SAMPLE_CELLS = 200_000

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|infinity|nan)", re.IGNORECASE)
_COMMA_NUMBER = re.compile(r"[+-]?(\d+,\d+|\d+)")


@dataclass(frozen=True)
class Dialect:
    """How a text file spells a table.

    Args:
        separator: one character; a space stands for runs of spaces.
        header: whether the first line that is not empty names the columns.
        names: of the columns, as spelled in the header or ``c1`` ... ``cn``.
        sample: the first rows, header excluded, as spelled.
        decimal_comma: whether ``1,5`` is a number.
        spaced_quotes: whether spaces stand between separator and opening quote.
        line_end: what ends a line.
        blank: how many empty lines come first.
    """

    separator: str
    header: bool
    names: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    decimal_comma: bool = False
    spaced_quotes: bool = False
    line_end: str = "\n"
    blank: int = 0


def is_number(cell: str, *, decimal_comma: bool = False) -> bool:
    """Whether a cell spells a number, spaces around it allowed.

    >>> is_number(" -1.5e3"), is_number("1,5"), is_number("1,5", decimal_comma=True), is_number("'-1'")
    (True, False, True, False)
    """
    cell = cell.strip()
    return bool(_NUMBER.fullmatch(cell) or (decimal_comma and _COMMA_NUMBER.fullmatch(cell)))


def recognise_separator(lines: Sequence[str]) -> str | None:
    r"""Return the separator at which all lines fall into the same number of cells, or None.

    >>> recognise_separator(["a;b", "1,5;2,5"]), recognise_separator(["a\tb", "1\t2"]), recognise_separator(["a", "b"])
    (';', '\t', None)
    """
    lines = [line for line in lines if line.strip()]
    if not lines:
        return None
    best: tuple[float, str] | None = None
    for separator in ("\t", ";", "|", ","):
        counts = Counter(len(row) for row in _rows(lines, separator) if row)
        width, number = counts.most_common(1)[0] if counts else (1, 0)
        share = number / max(1, sum(counts.values()))
        if width > 1 and share >= AGREEMENT:
            return separator
        if width > 1 and share > 0.6 and (best is None or share > best[0]):
            best = (share, separator)  # a few broken lines, to be named later, do not hide the separator
    if best is not None and len(lines) >= 3:
        return best[1]
    counts = Counter(len(line.split()) for line in lines)
    width, number = counts.most_common(1)[0]
    return " " if width > 1 and number >= AGREEMENT * len(lines) and len(lines) > 1 else None


def recognise_dialect(
    head: str,
    *,
    separator: str | None = None,
    header: bool | None = None,
    likely_header: bool | None = None,
    names: Sequence[str] | None = None,
    missing: Sequence[str] = MISSING,
    known: Sequence[str] = (),
) -> Dialect:
    r"""Recognise how a table is spelled; what is said is not guessed.

    Args:
        head: the file's first lines, whole lines only.
        separator: where it is known.
        header: where it is known.
        likely_header: of the files read before; False is believed unless the first line holds the `known` names.
        names: given names; then there is no header unless said.
        missing: spellings of a missing cell.
        known: column names expected (new data for a trained run), which make a first line a header.

    >>> dialect = recognise_dialect("39, State-gov, <=50K\n50, Private, >50K\n")
    >>> dialect.separator, dialect.header, dialect.names
    (',', False, ('c1', 'c2', 'c3'))
    """
    line_end = "\n" if "\n" in head or "\r" not in head else "\r"
    lines = [line.rstrip("\r") for line in head.split(line_end)]
    blank = next((number for number, line in enumerate(lines) if line.strip()), 0)
    lines = [line for line in lines if line.strip()]
    if separator is None:
        separator = recognise_separator(lines[:400]) or ","
    spaced_quotes = separator != " " and bool(re.search(f'{re.escape(separator)} +"', "\n".join(lines[:400])))
    rows = _rows(lines, separator, skip_spaces=spaced_quotes or separator == " ")
    rows = [row for row in rows if row]
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 1
    decimal_comma = separator == ";" and _has_decimal_commas(rows[1:])
    if header is None:
        if rows and known and len({cell.strip() for cell in rows[0]} & set(known)) >= max(1, len(known) // 2):
            header = True
        else:
            header = names is None and likely_header is not False and _is_header(rows, missing, decimal_comma)
    first = rows[0] if header and rows else []
    body = tuple(tuple(row) for row in (rows[1:] if header else rows) if len(row) == width)
    if header:
        width = max(width, len(first))
    return Dialect(
        separator=separator,
        header=header,
        names=tuple(_unique(first if header else [f"c{i + 1}" for i in range(width)])),
        sample=body,
        decimal_comma=decimal_comma,
        spaced_quotes=spaced_quotes,
        line_end=line_end,
        blank=blank,
    )


def _rows(lines: Sequence[str], separator: str, *, skip_spaces: bool = False) -> list[list[str]]:
    rows: list[list[str]] = []
    cells = 0
    reader = csv.reader((line + "\n" for line in lines), delimiter=separator, skipinitialspace=skip_spaces)
    try:
        for row in reader:
            if separator == " ":
                row = [cell for cell in row if cell]
            rows.append(row)
            cells += len(row)
            if cells > SAMPLE_CELLS:
                break
    except csv.Error:
        pass  # the reader proper says what is wrong; the rows so far tell the dialect
    return rows


def _has_decimal_commas(rows: Sequence[Sequence[str]]) -> bool:
    cells = [cell.strip() for row in rows[:200] for cell in row]
    return any(re.fullmatch(r"[+-]?\d+,\d+", cell) for cell in cells) and not any(
        re.fullmatch(r"[+-]?\d+\.\d+", cell) for cell in cells
    )


def _is_header(rows: list[list[str]], missing: Sequence[str], decimal_comma: bool) -> bool:
    """Whether the first row differs in kind from the rows below it."""
    if not rows:
        return False
    first = [cell.strip() for cell in rows[0]]
    below = [row for row in rows[1:201] if len(row) == len(first)]
    yes = no = 0
    for position, cell in enumerate(first):
        cells = [row[position].strip() for row in below]
        cells = [value for value in cells if value not in missing]
        numeric = bool(cells) and sum(is_number(value, decimal_comma=decimal_comma) for value in cells) > 0.8 * len(
            cells
        )
        if is_number(cell, decimal_comma=decimal_comma) or (cell and cell in missing):
            no += 1
        elif numeric:
            yes += 1
    if yes or no:
        return yes > no
    if not below or len(set(first)) < len(first):
        return len(rows) == 1 and len(set(first)) == len(first) and all(first)
    repeated = sum(cell in {row[i].strip() for row in below} for i, cell in enumerate(first))
    return repeated == 0 and all(first)


def _unique(names: Sequence[str]) -> list[str]:
    """Name what has no name, and number what is named twice."""
    taken: set[str] = set()
    result = []
    for position, given in enumerate(names):
        base = given.strip().strip('"').strip() or f"c{position + 1}"
        name, number = base, 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        result.append(name)
    return result
