"""Kinds: is this a table, images, text, a time series or a corpus? Decided from paths, first bytes and first lines."""

from __future__ import annotations

import csv
import os
import re
import tarfile
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from glasswork.checks import check_choice
from glasswork.data.csv_dialect import recognise_separator
from glasswork.data.files import existing, is_archive, open_binary
from glasswork.data.options import DataOptions
from glasswork.errors import DataError, UsageError

__all__ = ["IMAGE_SUFFIXES", "TABLE_SUFFIXES", "recognise_kind"]

IMAGE_SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm", ".pbm"))
TABLE_SUFFIXES = frozenset((".csv", ".tsv", ".tab", ".parquet", ".data", ".dat"))
TEXT_SUFFIXES = frozenset((".txt", ".text", ".pos", ".neg", ".md", ".log"))
ARCHIVE_SUFFIXES = frozenset((".zip", ".tar", ".tgz", ".txz", ".tbz", ".tbz2"))
PACKED_SUFFIXES = frozenset((".gz", ".xz", ".bz2"))
TASKS = ("classification", "regression", "forecasting", "language-modelling")

HEAD = 1 << 16
WORDS_IN_TEXT = 4.0  # mean words a cell from which a column reads as text
LENGTH_OF_TEXT = 25.0  # and mean letters
COLUMNS_BESIDE_TEXT = 3
LABELS_IN_LINES = 20  # `label text` lines have few labels, ...
LINES_PER_LABEL = 20  # ... each on many lines

_NUMBER = re.compile(r"\s*[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?\s*")


def recognise_kind(options: DataOptions, task: str | None = None) -> tuple[str, str | None]:
    """Return the kind of data and a line that says why; no line where it was said or cannot be otherwise.

    >>> recognise_kind(DataOptions(kind="table", paths=("a.csv",)))
    ('table', None)
    """
    if task is not None:
        check_choice("data", TASKS, task=task)
    if options.kind != "auto":
        return options.kind, None
    if task == "forecasting" or options.horizon is not None or options.past is not None or options.time is not None:
        return "series", None
    if task == "language-modelling" or options.context is not None:
        return "corpus", None
    if not options.paths:
        return "table", None
    paths = [existing(path) for path in options.paths]
    if len(paths) > 1:
        return _of_several(paths, options)
    path = paths[0]
    if path.is_dir():
        return _of_folder(path)
    if is_archive(path):
        return _of_archive(path)
    return _of_file(path, options)


def _of_several(paths: list[Path], options: DataOptions) -> tuple[str, str | None]:
    found = {_of_file(path, options)[0] if path.is_file() and not is_archive(path) else "folder" for path in paths}
    if found == {"images"}:
        return "images", None
    if found == {"table"} and all(_suffix(path) in TABLE_SUFFIXES or _is_parquet(path) for path in paths):
        return "table", None
    if "folder" not in found and "images" not in found and not any(_suffix(path) in TABLE_SUFFIXES for path in paths):
        return "text", f"text: {len(paths)} files are {len(paths)} classes, one text a line (data.kind says otherwise)"
    raise UsageError(
        f"{len(paths)} paths were given that are not all tables nor all plain text; "
        "name one file or folder, or say which they are with data.kind."
    )


def _of_folder(folder: Path) -> tuple[str, str | None]:
    suffixes: dict[str, int] = {}
    idx = 0
    for _, _, names in islice(os.walk(folder), 200):
        for name in names[:1000]:
            suffix = _suffix(Path(name))
            suffixes[suffix] = suffixes.get(suffix, 0) + 1
            idx += "-ubyte" in name
    return _of_names(folder, suffixes, idx)


def _of_names(path: Path, suffixes: dict[str, int], idx: int) -> tuple[str, str | None]:
    images = sum(number for suffix, number in suffixes.items() if suffix in IMAGE_SUFFIXES)
    tables = sum(number for suffix, number in suffixes.items() if suffix in TABLE_SUFFIXES)
    texts = sum(number for suffix, number in suffixes.items() if suffix in TEXT_SUFFIXES)
    if idx >= 2:
        return "images", f"images: {path.name!r} holds idx files"
    if images and images >= tables + texts:
        return "images", f"images: {path.name!r} holds image files"
    if tables and tables >= texts:
        return "table", f"table: {path.name!r} holds a table"
    if texts:
        return "text", f"text: {path.name!r} holds text files"
    if not suffixes:
        raise DataError(f"the folder {str(path)!r} is empty.")
    shown = ", ".join(sorted(suffixes)[:8]) or "no suffix"
    raise DataError(
        f"{str(path)!r} holds neither images (in one folder a class), nor idx files, nor tables, nor text "
        f"(found: {shown}); say what it is with data.kind."
    )


def _of_archive(path: Path) -> tuple[str, str | None]:
    suffixes: dict[str, int] = {}
    idx = 0
    for name in islice(_members(path), 500):
        suffix = _suffix(Path(name))
        suffixes[suffix] = suffixes.get(suffix, 0) + 1
        idx += "-ubyte" in name
    if not suffixes:
        raise DataError(f"the archive {str(path)!r} holds no files.")
    return _of_names(path, suffixes, idx)


def _members(path: Path) -> Iterator[str]:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                names = [member.filename for member in archive.infolist() if not member.is_dir()]
            yield from (name for name in names if not _hidden(name))
        else:
            with tarfile.open(path, "r:*") as packed:
                yield from (member.name for member in packed if member.isreg() and not _hidden(member.name))
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise DataError(f"{str(path)!r} is cut short or damaged: {error}; fetch the archive again.") from None


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)


def _of_file(path: Path, options: DataOptions) -> tuple[str, str | None]:
    suffix = _suffix(path)
    if suffix in IMAGE_SUFFIXES:
        return "images", None
    if suffix in (".xlsx", ".xls", ".ods"):
        raise DataError(f"{str(path)!r} is a spreadsheet; save it as CSV or Parquet first.")
    if suffix in ARCHIVE_SUFFIXES:
        raise DataError(f"{str(path)!r} is not a zip or tar archive, or it is damaged; fetch the archive again.")
    with open_binary(path) as stream:
        head = stream.read(HEAD)
    if head[:4] in (b"\0\0\x08\x03", b"\0\0\x08\x01", b"\0\0\x08\x04"):
        return "images", f"images: {path.name!r} is an idx file"
    if head.startswith(b"PAR1"):
        return "table", None
    if options.text is not None:
        return "text", None
    text = _lenient(head, options.encoding)
    lines = [line for line in text.split("\n")[: -1 if len(head) == HEAD else None] if line.strip()][:400]
    if suffix not in TABLE_SUFFIXES:
        if _label_lines(lines):
            return "text", f"text: each line of {path.name!r} is a label and a text"
        if not _tabular(lines):
            return "corpus", f"corpus: {path.name!r} is running text (data.kind says otherwise)"
    column = _text_column(lines, options)
    if column is not None:
        return "text", f"text: column {column!r} of {path.name!r} holds texts (data.kind=table says otherwise)"
    return "table", None


def _lenient(head: bytes, encoding: str | None) -> str:
    try:
        return head.decode(encoding or "utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    except LookupError:
        raise DataError(f"unknown encoding {encoding!r}; usual ones: utf-8, latin-1, cp1252, utf-16.") from None


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == b"PAR1"


def _suffix(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in PACKED_SUFFIXES:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _label_lines(lines: list[str]) -> bool:
    """Whether lines read `label text` or `label<tab>text`: few labels, then words."""
    if len(lines) < 2:
        return False
    pairs = [re.split(r"[\t ]", line.strip(), maxsplit=1) for line in lines]
    labels = {pair[0] for pair in pairs}
    rests = [pair[1] for pair in pairs if len(pair) == 2]
    if len(rests) < 0.95 * len(lines) or len(labels) > min(LABELS_IN_LINES, max(2, len(lines) // LINES_PER_LABEL)):
        return False
    words = [word for rest in rests for word in rest.split()]
    numbers = sum(bool(_NUMBER.fullmatch(word.strip(",;"))) for word in words)
    return len(words) >= 2 * len(rests) and numbers < 0.3 * len(words)


def _tabular(lines: list[str]) -> bool:
    separator = recognise_separator(lines)
    if separator is None:
        return bool(lines) and sum(bool(_NUMBER.fullmatch(line)) for line in lines[1:]) >= max(1, 0.95 * len(lines[1:]))
    if separator != " ":
        return True
    cells = [cell for line in lines[1:] for cell in line.split()]
    return bool(cells) and sum(bool(_NUMBER.fullmatch(cell)) for cell in cells) >= 0.3 * len(cells)


def _text_column(lines: list[str], options: DataOptions) -> str | None:
    """Return the name of the one column of long texts in a narrow table, if there is one."""
    separator = options.separator or recognise_separator(lines)
    if separator is None or len(separator) != 1:
        return None
    try:
        rows = list(csv.reader(lines, delimiter=separator))
    except csv.Error:
        return None
    width = max((len(row) for row in rows), default=0)
    rows = [row for row in rows if len(row) == width]
    if not 2 <= width <= COLUMNS_BESIDE_TEXT + 1 or len(rows) < 3:
        return None
    long = []
    for position in range(width):
        cells = [row[position] for row in rows[1:]]
        words = sum(len(cell.split()) for cell in cells) / len(cells)
        letters = sum(map(len, cells)) / len(cells)
        if words >= WORDS_IN_TEXT and letters >= LENGTH_OF_TEXT and len(set(cells)) > 0.5 * len(cells):
            long.append(position)
    if len(long) != 1:
        return None
    name = rows[0][long[0]].strip()
    return name if len(name) <= LENGTH_OF_TEXT and name else f"c{long[0] + 1}"
