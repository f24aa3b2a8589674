r"""Labelled texts: every text and its label, from class folders, one file a class, ``label text`` lines or a table.

- folders: ``root/<class>/*.txt``, ``root/{train,valid,test}/<class>/*.txt``, and archives of these; a file is a text;
- files: two text files or more, or a folder of them, are classes; a line is a text. The class is the file's suffix
  where the stems are equal (``rt-polarity.pos``), else its stem;
- lines: ``label<tab>text`` or ``label text``;
- table: a text column and a target.

Lines end with ``\n`` alone (a ``\r`` before it is dropped): other signs that Python counts as
line ends occur inside texts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from glasswork.checks import unknown_name
from glasswork.data.files import content_hash, existing, extract, is_archive, read_text
from glasswork.data.options import DataOptions
from glasswork.data.pictures import PART_NAMES, arrange, natural
from glasswork.data.table import Reading, Table, read_table
from glasswork.errors import DataError, UsageError

__all__ = ["Texts", "class_names", "join_texts", "read_texts", "text_column"]

TABLES = frozenset((".csv", ".tsv", ".tab", ".parquet", ".data", ".dat"))
TEXTS = frozenset((".txt", ".text", ".pos", ".neg", ".md", ".html", ""))
PACKED = frozenset((".gz", ".xz", ".bz2"))
LONGEST_LABEL = 40


@dataclass
class Texts:
    """Texts with what is known of each.

    Args:
        layout: ``folders``, ``files``, ``lines``, ``table`` or ``plain`` (a text a line, no labels).
        texts: the texts.
        labels: one a text, null where there is none; of a table, the target column in its own type.
        rows: ``file`` and ``row``.
        fixed: part of each text, 0 free or training, 1 valid, 2 test.
        sha256: of the files.
        reading: what was settled in reading.
        groups: the group column, if there is one.
        notes: what was recognised.
    """

    layout: str
    texts: list[str]
    labels: pl.Series
    rows: pl.DataFrame
    fixed: np.ndarray
    sha256: str
    reading: Reading = field(default_factory=dict)
    groups: pl.Series | None = None
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.texts)


def read_texts(
    paths: Sequence[str | Path],
    options: DataOptions,
    *,
    layout: str | None = None,
    reading: Reading | None = None,
    classes: Collection[str] = (),
    labelled: bool = True,
) -> Texts:
    """Read texts, in the layout given or recognised.

    Args:
        paths: files or folders.
        options: encoding, separator, text and target columns.
        layout: of earlier files that these are to be read like.
        reading: what was settled for the earlier files.
        classes: known labels: of new data, a line starts with one of them or is a text without a label.
        labelled: whether a label must be there.
    """
    if not paths:
        raise UsageError("no text was given: name a file, a folder, or one text file a class.")
    files = [existing(path) for path in paths]
    files = [extract(file) if file.is_file() and is_archive(file) else file for file in files]
    encoding = options.encoding
    if len(files) == 1 and files[0].is_dir():
        return _of_folder(files[0], encoding, classes, content_hash(paths), labelled)
    if any(file.is_dir() for file in files):
        raise UsageError("texts are read from one folder or from files, not from several folders.")
    if (layout in (None, "table") and all(_is_table(file) for file in files)) or layout == "table" or options.text:
        return _of_table(paths, options, reading, labelled)
    if (layout is None and len(files) > 1) or (layout == "files" and labelled):
        return _of_class_files(files, encoding, classes, paths)
    if len(files) > 1:
        return join_texts([_of_lines(file, encoding, reading, classes, labelled) for file in files])
    return _of_lines(files[0], encoding, reading, classes, labelled)


def class_names(files: Sequence[Path], known: Collection[str] = ()) -> list[str]:
    """Return the class that each file's name tells: the suffix where the stems are equal, else the stem.

    >>> class_names([Path("rt-polarity.pos"), Path("rt-polarity.neg")])
    ['pos', 'neg']
    >>> class_names([Path("ham.txt"), Path("spam.txt.gz")])
    ['ham', 'spam']
    """
    bare = [
        Path(file.name[: -len(file.suffix)]) if file.suffix.lower() in PACKED else Path(file.name) for file in files
    ]
    suffixes = [file.suffix.removeprefix(".") for file in bare]
    stems = [file.stem for file in bare]
    if known:
        return [suffix if suffix in known else stem for suffix, stem in zip(suffixes, stems, strict=True)]
    return suffixes if len(set(suffixes)) == len(files) and len(set(stems)) == 1 and all(suffixes) else stems


def text_column(frame: pl.DataFrame, options: DataOptions) -> str:
    """Return the column of texts: the one named, or the string column with the longest cells."""
    if options.text is not None:
        if options.text not in frame.columns:
            raise DataError(f"text: {unknown_name('column', options.text, frame.columns)}")
        return options.text
    targets = {options.target} if isinstance(options.target, str) else set(options.target or ())
    lengths = {
        name: float(frame[name].str.len_chars().mean() or 0)  # type: ignore[arg-type]
        for name in frame.columns
        if frame[name].dtype == pl.String and name not in targets and name not in options.ignore
    }
    if not lengths:
        raise DataError(f"no column holds text; columns: {', '.join(frame.columns[:12])}. Name one with data.text.")
    return max(lengths, key=lambda name: lengths[name])


def join_texts(pieces: Sequence[Texts]) -> Texts:
    """Put texts of the same layout together, in order."""
    first = pieces[0]
    if len(pieces) == 1:
        return first
    grouped = all(piece.groups is not None for piece in pieces)
    try:
        labels = pl.concat([piece.labels.alias("label") for piece in pieces])
    except pl.exceptions.PolarsError:
        labels = pl.concat([piece.labels.alias("label").cast(pl.String) for piece in pieces])
    return Texts(
        first.layout,
        [text for piece in pieces for text in piece.texts],
        labels,
        pl.concat([piece.rows.cast({"file": pl.String}) for piece in pieces]),  # a table's are categories
        np.concatenate([piece.fixed for piece in pieces]),
        first.sha256,
        first.reading,
        pl.concat([piece.groups for piece in pieces if piece.groups is not None]) if grouped else None,
        list(dict.fromkeys(note for piece in pieces for note in piece.notes)),
    )


def _is_table(file: Path) -> bool:
    suffixes = [suffix.lower() for suffix in file.suffixes if suffix.lower() not in PACKED]
    return bool(suffixes) and suffixes[-1] in TABLES


def _rows(names: Sequence[str], rows: Sequence[int]) -> pl.DataFrame:
    return pl.DataFrame({"file": list(names), "row": list(rows)}, schema={"file": pl.String, "row": pl.Int64})


def _lines(file: Path, encoding: str | None) -> tuple[list[str], list[int]]:
    """Return the lines that are not blank, with their numbers."""
    lines = read_text(file, encoding).split("\n")
    numbered = [(line.removesuffix("\r"), number) for number, line in enumerate(lines, 1) if line.strip()]
    if not numbered:
        raise DataError(f"{str(file)!r} holds no text: all its lines are blank.")
    return [line for line, _ in numbered], [number for _, number in numbered]


def _of_folder(folder: Path, encoding: str | None, classes: Collection[str], sha256: str, labelled: bool) -> Texts:
    files = []
    for root, folders, inside in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__MACOSX"))]
        files += [Path(root) / name for name in inside if not name.startswith(".")]
    chosen = [file for file in files if file.suffix.lower() in TEXTS or file.suffix.lower() in PACKED]
    if not chosen:
        raise DataError(f"the folder {str(folder)!r} holds no text files ({', '.join(sorted(TEXTS - {''}))}).")
    relative = {file: file.relative_to(folder).as_posix() for file in chosen}
    chosen.sort(key=lambda file: natural(relative[file]))
    notes = (
        [f"{len(files) - len(chosen):,} files that are no text were passed over"] if len(chosen) < len(files) else []
    )
    labels, fixed = arrange([relative[file] for file in chosen], classes)
    if all(label is None for label in labels) and len(chosen) > 1 and labelled:
        return _of_class_files(chosen, encoding, classes, [folder])
    bare = [str(file) for file, label in zip(chosen, labels, strict=True) if label is None]
    if bare and labelled:
        raise DataError(
            f"{len(bare):,} texts have no class, such as {bare[0]!r}; texts must lie in one folder a class."
        )
    texts = [read_text(file, encoding).strip() if file.stat().st_size else "" for file in chosen]
    spelled = pl.Series("class", labels, dtype=pl.String)
    rows = _rows([str(file) for file in chosen], [1] * len(chosen))
    return Texts("folders", texts, spelled, rows, fixed, sha256, {"encoding": encoding}, notes=notes)


def _of_class_files(
    files: Sequence[Path], encoding: str | None, classes: Collection[str], paths: Sequence[str | Path]
) -> Texts:
    names = class_names(files, classes)
    stems = [name.lower() for name in names]
    if not classes and set(stems) <= set(PART_NAMES):
        raise UsageError(
            f"the files {', '.join(file.name for file in files)} look like parts, not classes; "
            "give the training file alone, and the others with --valid and --test."
        )
    if len(set(names)) < len(names):
        raise DataError(
            f"several files have the same class name: {', '.join(file.name for file in files)}; rename one."
        )
    texts: list[str] = []
    labels: list[str] = []
    places: list[str] = []
    numbers: list[int] = []
    for file, name in zip(files, names, strict=True):
        lines, at = _lines(file, encoding)
        texts += [line.strip() for line in lines]
        labels += [name] * len(lines)
        places += [str(file)] * len(lines)
        numbers += at
    return Texts(
        "files",
        texts,
        pl.Series("class", labels, dtype=pl.String),
        _rows(places, numbers),
        np.zeros(len(texts), dtype=np.int8),
        content_hash(paths),
        {"encoding": encoding},
        notes=[f"{len(names)} files are {len(names)} classes: {', '.join(names[:12])}"],
    )


def _of_lines(
    file: Path, encoding: str | None, reading: Reading | None, classes: Collection[str], labelled: bool
) -> Texts:
    lines, numbers = _lines(file, encoding)
    said = (reading or {}).get("separator")
    separator = said if isinstance(said, str) else _label_separator(lines)
    place = str(file)
    cut = _cutter(separator)
    pairs = [cut(line) for line in lines]
    bad = next((i for i, (label, _) in enumerate(pairs) if label is None or (classes and label not in classes)), None)
    layout, notes = "lines", []
    if bad is not None and labelled:
        raise DataError(
            f"{place!r} line {numbers[bad]}: a label{' that is known' if classes else ''}, "
            f"{'a tab' if separator == chr(9) else 'a space'} and a text were expected, got {lines[bad][:60]!r}."
        )
    if bad is None:
        labels = [label for label, _ in pairs]
        texts = [text for _, text in pairs]
        if reading is None:
            shown = "tab" if separator == "\t" else "space"
            notes.append(f"each line of {file.name!r} is a label, a {shown} and a text")
    else:
        layout, labels, texts = "plain", [None] * len(lines), [line.strip() for line in lines]
    return Texts(
        layout,
        texts,
        pl.Series("label", labels, dtype=pl.String),
        _rows([place] * len(texts), numbers),
        np.zeros(len(texts), dtype=np.int8),
        content_hash([file]),
        {"encoding": encoding, "separator": separator},
        notes=notes,
    )


def _label_separator(lines: Sequence[str]) -> str:
    return "\t" if sum("\t" in line for line in lines) > 0.5 * len(lines) else " "


def _cutter(separator: str) -> Callable[[str], tuple[str | None, str]]:
    def cut(line: str) -> tuple[str | None, str]:
        label, found, text = line.partition(separator) if separator == "\t" else line.strip().partition(" ")
        label = label.strip()
        return (label, text.strip()) if found and 0 < len(label) <= LONGEST_LABEL else (None, line.strip())

    return cut


def _of_table(paths: Sequence[str | Path], options: DataOptions, reading: Reading | None, labelled: bool) -> Texts:
    settled = dict(reading or {})
    column, target = settled.pop("text", None), settled.pop("target", None)
    settled.pop("layout", None)
    keep_text = [name for name in (options.text, column) if isinstance(name, str)]
    if reading is None:
        table = read_table(paths, options)
    else:
        known = [name for name in (column, target) if isinstance(name, str)]
        table = read_table(paths, options, reading=settled, text=keep_text, known=known, optional=known[1:])
    return texts_of_table(table, options, column, target, labelled)


def texts_of_table(
    table: Table, options: DataOptions, column: object = None, target: object = None, labelled: bool = True
) -> Texts:
    """Return the texts of a table that is read: by the column names given, or recognised."""
    frame, notes = table.frame, list(table.notes)
    if isinstance(column, str):
        if column not in frame.columns:
            raise DataError(f"text: {unknown_name('column', column, frame.columns)}")
    else:
        column = text_column(frame, options)
        if options.text is None:
            notes.append(f"text: column {column!r} (data.text names another)")
    if not isinstance(target, str):
        target = _target(frame, options, column, notes)
    if target in frame.columns:
        labels = frame[target]
    elif labelled:
        raise DataError(f"target: {unknown_name('column', target, frame.columns)}")
    else:
        labels = pl.Series(target, [None] * frame.height, dtype=pl.String)
    groups = None
    if options.group is not None:
        if options.group not in frame.columns:
            raise DataError(f"group: {unknown_name('column', options.group, frame.columns)}")
        groups = frame[options.group]
    reading: Reading = {**table.reading, "text": column, "target": target}
    texts = [text or "" for text in frame[column].cast(pl.String).to_list()]
    fixed = np.zeros(len(texts), dtype=np.int8)
    return Texts("table", texts, labels, table.rows, fixed, table.sha256, reading, groups, notes)


def _target(frame: pl.DataFrame, options: DataOptions, column: str, notes: list[str]) -> str:
    if options.target is not None:
        if not isinstance(options.target, str) and len(options.target) != 1:
            raise UsageError(f"texts have one target column, got {', '.join(options.target)}.")
        name = options.target if isinstance(options.target, str) else options.target[0]
        if name not in frame.columns:
            raise DataError(f"target: {unknown_name('column', name, frame.columns)}")
        return name
    left = [name for name in frame.columns if name not in (column, options.group, *options.ignore)]
    if not left:
        raise DataError(f"beside the text column {column!r} a target column was expected, but there is none.")
    telling = [name for name in left if name.lower() in ("target", "label", "labels", "class", "sentiment", "y")]
    name = telling[0] if len(telling) == 1 else left[-1]
    if len(left) > 1:
        notes.append(f"target: {name!r} (--target names another)")
    return name
