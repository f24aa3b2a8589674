"""Table examples: a table becomes arrays, by a contract whose categories and classes come from training rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from glasswork.checks import nearest, unknown_name
from glasswork.data.bundled import BUNDLED_NOTE, bundled_path, bundled_table
from glasswork.data.columns import describe_columns
from glasswork.data.contract import Column, Contract
from glasswork.data.dataset import Examples, Prepared
from glasswork.data.dates import runs_regularly
from glasswork.data.files import content_hash
from glasswork.data.frames import as_frame
from glasswork.data.options import DataOptions, SplitOptions
from glasswork.data.question import Question, choose_positive, recognise_question
from glasswork.data.split import split
from glasswork.data.table import Table, read_table, table_of_frame
from glasswork.data.table_contract import settle_contract, table_inputs, table_targets
from glasswork.data.table_faults import find_faults, missing_target
from glasswork.data.tidy import spell
from glasswork.errors import DataError, UsageError
from glasswork.records import Finding

__all__ = ["encode_table", "join_tables", "open_table", "prepare_frame", "prepare_table", "read_further"]

LISTED = 6


def prepare_table(options: DataOptions, task: str | None = None, seed: int = 0) -> Prepared:
    """Read, split and encode the tables that `options` names; see `glasswork.data.prepare`."""
    table, options, notes = open_table(options)
    main = table.frame.height
    fixed: dict[str, np.ndarray] = {}
    for part in ("valid", "test"):
        path = getattr(options, part)
        if path is not None:
            further = read_further(table, path, options)
            start = table.frame.height
            table = join_tables(table, further)
            fixed[part] = np.arange(start, table.frame.height, dtype=np.int64)
    return _prepare(table, options, task, seed, notes=notes, main=main, fixed=fixed)


def prepare_frame(
    frame: Any,
    *,
    target: str | Sequence[str] | None = None,
    task: str | None = None,
    split: SplitOptions | None = None,
    options: DataOptions | None = None,
    seed: int = 0,
) -> Prepared:
    """Split and encode a table from memory.

    Args:
        frame: a polars or pandas frame, a dict of columns, or a 2-D array (columns ``c1`` ... ``cn``).
        target: the target column(s); default: the last.
        task: classification or regression; default: recognised.
        split: sizes of the parts.
        options: further options; `target` and `split` go before those in here.
        seed: of the split.

    >>> prepared = prepare_frame({"x": [0.0, 1.0, 2.0, 3.0] * 5, "y": ["a", "b"] * 10}, target="y")
    >>> prepared.contract.numbers, prepared.contract.classes, {k: len(v) for k, v in prepared.parts.items()}
    (('x',), ('a', 'b'), {'train': 10, 'valid': 5, 'test': 5})
    """
    changes: dict[str, Any] = {}
    if target is not None:
        changes["target"] = target if isinstance(target, str) else tuple(target)
    if split is not None:
        changes["split"] = split
    options = (options or DataOptions()).model_copy(update=changes)
    table = table_of_frame(as_frame(frame), options)
    return _prepare(table, options, task, seed, notes=[], main=table.frame.height, fixed={})


def encode_table(
    contract: Contract, data: Any, need_target: bool = False, *, options: DataOptions | None = None
) -> Examples:
    """Return new rows in the arrays of a contract; see `glasswork.data.encode`.

    Columns are found by name in any order, further ones are passed over, missing ones are named. Where the target is
    not needed it is used if it is there and every label is known.
    """
    roles = {column.name: column for column in contract.columns}
    numeric = [c.name for c in contract.columns if c.kind in ("number", "boolean") and c.role in ("input", "target")]
    if not need_target:
        numeric = [name for name in numeric if name not in contract.targets]
    text = [c.name for c in contract.columns if c.kind in ("category", "text") or c.role == "ignored"]
    paths = _paths(data)
    reading = dict(contract.reading)
    options = options or DataOptions()
    if paths is not None:
        table = read_table(
            paths,
            options,
            reading=reading,
            numbers=numeric,
            text=text,
            known=tuple(roles),
            optional=contract.targets,
        )
    else:
        table = table_of_frame(as_frame(data, contract), options, reading=reading, numbers=numeric, text=text)
    frame = table.frame
    wanted = [c.name for c in contract.columns if c.role == "input"]
    _refuse_missing(wanted, frame.columns, "input column")
    has_target = all(name in frame.columns for name in contract.targets)
    if need_target:
        _refuse_missing(contract.targets, frame.columns, "target column")
    targets = None
    rows = table.rows
    if has_target:
        try:
            targets = table_targets(contract, frame, rows)
        except DataError:
            if need_target:
                raise
    if need_target and targets is not None:
        known = targets >= 0 if contract.task == "classification" else np.isfinite(targets).all(axis=1)
        if not known.any():
            raise DataError(f"the target {', '.join(contract.targets)} has no value in any row.")
        if not known.all():
            frame, rows, targets = frame.filter(pl.Series(known)), rows.filter(pl.Series(known)), targets[known]
    elif targets is not None:
        known = targets >= 0 if contract.task == "classification" else np.isfinite(targets).all(axis=1)
        targets = targets if known.all() else None
    return Examples(contract, table_inputs(contract, frame), targets, rows)


def open_table(options: DataOptions) -> tuple[Table, DataOptions, list[str]]:
    """Read the training table: the paths of `options`, or the bundled one."""
    if options.paths:
        return read_table(options.paths, options), options, []
    table = table_of_frame(bundled_table(), options)
    table = Table(table.frame, table.rows, ("bundled:breast-cancer",), content_hash([bundled_path()]), table.reading)
    if options.target is None:
        options = options.model_copy(update={"target": "diagnosis"})
    return table, options, [BUNDLED_NOTE]


def _paths(data: Any) -> list[str | Path] | None:
    if isinstance(data, (str, Path)):
        return [data]
    if isinstance(data, (list, tuple)) and data and all(isinstance(entry, (str, Path)) for entry in data):
        return list(data)
    return None


def read_further(table: Table, path: str, options: DataOptions) -> Table:
    """Read a fixed validation or test file as the training file was read, types included."""
    schema = table.frame.schema
    return read_table(
        [path],
        options,
        reading=table.reading,
        numbers=[name for name, kind in schema.items() if kind in (pl.Int64, pl.Float64, pl.Boolean)],
        text=[name for name, kind in schema.items() if kind == pl.String],
        known=table.frame.columns,
    )


def join_tables(table: Table, further: Table) -> Table:
    """Put the rows of a further file under those of the training file."""
    schema = table.frame.schema
    if missing := [name for name in schema if name not in further.frame.columns]:
        lacking = unknown_name("column", missing[0], further.frame.columns)
        raise DataError(f"{', '.join(further.sources)!r}, unlike the training file, has {lacking}")
    frames = [table.frame, further.frame.select(list(schema))]
    for name in schema:
        kinds = {frame.schema[name] for frame in frames}
        if len(kinds) > 1:
            wanted = pl.String if pl.String in kinds else pl.Float64
            frames = [
                frame.with_columns(spell(frame[name]) if wanted == pl.String else pl.col(name).cast(wanted))
                for frame in frames
            ]
    return Table(
        pl.concat(frames),
        pl.concat([table.rows, further.rows]),
        table.sources + further.sources,
        content_hash(table.sources + further.sources),
        table.reading,
        table.notes + tuple(note for note in further.notes if note not in table.notes),
        table.findings + further.findings,
    )


def _prepare(
    table: Table,
    options: DataOptions,
    task: str | None,
    seed: int,
    *,
    notes: list[str],
    main: int,
    fixed: dict[str, np.ndarray],
) -> Prepared:
    question = recognise_question(table.frame.head(main), options, task)
    notes = [*notes, *table.notes, *question.notes]
    findings = list(table.findings)
    if options.group is not None and options.group not in table.frame.columns:
        raise DataError(f"group: {unknown_name('column', options.group, table.frame.columns)}")
    classification = question.task == "classification"
    columns = describe_columns(table.frame.head(main), options, question.targets, classification)
    for column in columns:
        if column.role == "ignored" and column.why != "as asked":
            notes.append(f"column {column.name!r} is not used: {column.why}")
        elif column.kind == "date" and column.role == "input" and runs_regularly(table.frame[column.name].head(main)):
            notes.append(f"column {column.name!r} runs in regular steps: --horizon N would forecast instead")
    if not any(column.role == "input" for column in columns):
        raise DataError(
            "no column is left to learn from: " + "; ".join(f"{c.name}: {c.why or c.role}" for c in columns)
        )
    frame, rows, kept = _with_target(table, question, notes, findings)
    parts = _split(frame, columns, question, options, seed, kept, main, fixed)
    contract = settle_contract(table, frame, columns, question, parts["train"])
    targets = table_targets(contract, frame, rows)
    if classification:
        counts = np.bincount(targets[parts["train"]], minlength=len(contract.classes))
        contract = contract.model_copy(update={"positive": choose_positive(contract.classes, targets[parts["train"]])})
        if (counts == 0).any():
            empty = contract.classes[int((counts == 0).argmax())]
            raise DataError(f"class {empty!r} has no training row; give training more rows or drop the class.")
    examples = Examples(contract, table_inputs(contract, frame), targets, rows)
    settled: dict[str, object] = {
        "target": question.targets[0] if len(question.targets) == 1 else list(question.targets),
        "kind": "table",
    }
    for key in ("header", "separator"):
        if key in table.reading:
            settled[key] = table.reading[key]
    findings += find_faults(table.frame.head(main), columns, question)
    return Prepared(examples, parts, tuple(notes), tuple(findings), settled)


def _with_target(
    table: Table, question: Question, notes: list[str], findings: list[Finding]
) -> tuple[pl.DataFrame, pl.DataFrame, np.ndarray]:
    """Set aside the rows whose target is missing."""
    known = table.frame.select(pl.all_horizontal(pl.col(list(question.targets)).is_not_null())).to_series()
    dropped = int((~known).sum())
    if dropped == 0:
        return table.frame, table.rows, np.arange(table.frame.height)
    shown = ", ".join(str(row) for row in table.rows["row"].filter(~known).head(LISTED).to_list())
    more = " …" if dropped > LISTED else ""
    notes.append(f"{dropped:,} rows without a target are left out (rows {shown}{more})")
    findings += missing_target(table.frame, question)
    return table.frame.filter(known), table.rows.filter(known), np.flatnonzero(known.to_numpy())


def _split(
    frame: pl.DataFrame,
    columns: Sequence[Column],
    question: Question,
    options: DataOptions,
    seed: int,
    kept: np.ndarray,
    main: int,
    fixed: dict[str, np.ndarray],
) -> dict[str, np.ndarray]:
    own = np.flatnonzero(kept < main)
    choice = options.split
    zeros = dict.fromkeys(fixed, 0)
    for part in fixed:
        if getattr(choice, part):
            raise UsageError(f"a fixed {part} file and a size for {part} were both given; drop one of them.")
    if "test" in fixed and choice.folds is not None:
        raise UsageError("a fixed test file and folds were both given; drop one of them.")
    choice = choice.model_copy(update=zeros)
    head = frame[own] if len(own) < frame.height else frame
    inputs = [column.name for column in columns if column.role == "input"]
    classification = question.task == "classification"
    codes = None
    if classification:
        labels = spell(head[question.targets[0]])
        codes = labels.rank("dense").to_numpy().astype(np.int64)
    group = None if options.group is None else spell(head[options.group]).fill_null("").rank("dense").to_numpy()
    if choice.how == "group" and group is None:
        raise UsageError("a split by group needs the group column: add --group COLUMN (data.group).")
    keys = head.select(inputs).hash_rows(seed=0).to_numpy() if choice.keep_duplicates_together else None
    order = None
    if choice.how == "time" and options.time is not None:
        if options.time not in head.columns:
            raise DataError(f"time: {unknown_name('column', options.time, head.columns)}")
        order = head[options.time].rank("ordinal").fill_null(0).to_numpy()
    parts = split(len(own), choice, seed, targets=codes, groups=group, keys=keys, order=order)
    parts = {part: own[index] for part, index in parts.items()}
    for part, index in fixed.items():
        parts[part] = np.flatnonzero(np.isin(kept, index))
        if len(parts[part]) == 0:
            raise DataError(f"no row of the {part} file has a target.")
    return {part: index.astype(np.int64) for part, index in parts.items()}


def _refuse_missing(wanted: Sequence[str], there: Sequence[str], what: str) -> None:
    missing = [name for name in wanted if name not in there]
    if not missing:
        return
    close = nearest(missing[0], [name for name in there if name not in wanted])
    hint = f" Did you mean to rename {close!r}?" if close else ""
    many = f"{len(missing)} {what}s are" if len(missing) > 1 else f"{what} {missing[0]!r} is"
    names = (
        f" {', '.join(map(repr, missing[:LISTED]))}{' …' if len(missing) > LISTED else ''}" if len(missing) > 1 else ""
    )
    raise DataError(
        f"{many} missing{':' if names else ''}{names}; the data has: {', '.join(map(str, there[:12]))}"
        f"{' …' if len(there) > 12 else ''}.{hint}"
    )
