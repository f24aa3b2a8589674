"""Inspect table: facts and findings of a table, in about a second and without torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from glasswork.data.columns import describe_columns
from glasswork.data.contract import Column
from glasswork.data.dataset import Inspection
from glasswork.data.options import DataOptions
from glasswork.data.question import Question, recognise_question
from glasswork.data.table_examples import join_tables, open_table, read_further
from glasswork.data.table_faults import find_faults, missing_target, shared_rows
from glasswork.data.tidy import spell
from glasswork.records import Finding

__all__ = ["inspect_table"]


def inspect_table(options: DataOptions, task: str | None = None) -> Inspection:
    """Look at a table without training; see `glasswork.data.inspect`."""
    table, options, notes = open_table(options)
    question = recognise_question(table.frame, options, task)
    columns = describe_columns(table.frame, options, question.targets, question.task == "classification")
    notes = [*notes, *table.notes, *question.notes]
    notes += [f"column {c.name!r} is not used: {c.why}" for c in columns if c.role == "ignored"]
    findings = [*table.findings, *find_faults(table.frame, columns, question), *missing_target(table.frame, question)]
    if not any(column.role == "input" for column in columns):
        findings.append(
            Finding(
                "constant-feature",
                "critical",
                1.0,
                "all columns",
                "No column is left to learn from.",
                "Name the columns to use with data.numbers or data.categories.",
            )
        )
    for part in ("valid", "test"):
        path = getattr(options, part)
        if path is not None:
            joined = join_tables(table, read_further(table, path, options)).frame
            own = table.frame.height
            findings += shared_rows(joined.head(own), joined.tail(joined.height - own), columns, part)
    order = {"critical": 0, "warning": 1, "note": 2}
    findings = sorted(findings, key=lambda finding: order[finding.severity])
    return Inspection(tuple(_facts(table.frame, columns, question)), tuple(findings), tuple(notes))


def _facts(frame: pl.DataFrame, columns: Sequence[Column], question: Question) -> Iterator[str]:
    words = {"number": "number", "category": "category", "boolean": "truth value", "date": "date", "text": "text"}
    plural = {"category": "categories"}
    counts = {kind: sum(c.kind == kind and c.role == "input" for c in columns) for kind in words}
    said = [
        f"{number} {words[kind] if number == 1 else plural.get(kind, words[kind] + 's')}"
        for kind, number in counts.items()
        if number
    ]
    unused = sum(c.role not in ("input", "target") for c in columns)
    if unused:
        said.append(f"{unused} not used")
    targets = "the target" if len(question.targets) == 1 else f"{len(question.targets)} targets"
    yield f"{frame.height:,} rows, {frame.width} columns: {', '.join(said)} and {targets}"
    for name in question.targets:
        column = frame[name].drop_nulls()
        if question.task == "classification":
            counted = spell(column).value_counts(sort=True).rows()
            shown = ", ".join(f"{label} {number:,} ({number / column.len():.0%})" for label, number in counted[:6])
            more = f" and {len(counted) - 6} more" if len(counted) > 6 else ""
            yield f"target {name!r}, {len(counted)} classes: {shown}{more}"
        else:
            low, middle, high = (float(str(value)) for value in (column.min(), column.median(), column.max()))
            yield f"target {name!r}, numbers from {low:.6g} to {high:.6g}, half of them below {middle:.6g}"
    cells = sum(frame.null_count().row(0))
    share = cells / max(1, frame.height * frame.width)
    yield f"{cells:,} missing cells ({share:.1%})" if cells else "no missing cells"
