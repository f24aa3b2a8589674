"""Table contract: what is settled from training rows, and a frame turned into arrays by it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from glasswork.data.contract import CategoryColumn, Column, Contract
from glasswork.data.dates import DATE_PARTS, date_part
from glasswork.data.question import Question, class_codes, order_classes
from glasswork.data.table import Table
from glasswork.data.tidy import spell
from glasswork.errors import DataError

__all__ = ["settle_contract", "table_inputs", "table_targets"]


def settle_contract(
    table: Table, frame: pl.DataFrame, columns: Sequence[Column], question: Question, train: np.ndarray
) -> Contract:
    """Return the contract of a table: names and kinds from all rows, categories and classes from training rows."""
    numbers: list[str] = []
    codes: list[CategoryColumn] = []
    settled = []
    taken = {column.name for column in columns}
    for column in columns:
        if column.role == "input" and column.kind in ("number", "boolean"):
            numbers.append(column.name)
        elif column.role == "input":
            values = frame[column.name].gather(train)
            if column.kind == "date":
                parts = [
                    f"{column.name}.{part}"
                    for part in DATE_PARTS
                    if date_part(values, part).drop_nulls().n_unique() > 1
                ]
                numbers += [part for part in parts if part not in taken]
            else:
                codes.append(CategoryColumn(name=column.name, categories=order_classes(spell(values))))
        settled.append(column)
    classes: tuple[str, ...] = ()
    if question.task == "classification":
        classes = order_classes(spell(frame[question.targets[0]].gather(train)))
        if len(classes) < 2:
            raise DataError(f"all training rows have the one class {classes[0]!r}; give training more rows.")
    return Contract(
        kind="table",
        task="classification" if question.task == "classification" else "regression",
        sources=table.sources,
        sha256=table.sha256,
        rows=table.frame.height,
        reading=table.reading,
        columns=tuple(settled),
        targets=question.targets,
        classes=classes,
        numbers=tuple(numbers),
        codes=tuple(codes),
    )


def table_targets(contract: Contract, frame: pl.DataFrame, rows: pl.DataFrame) -> np.ndarray:
    """Return class codes (N,), -1 where missing, or numbers (N, T), NaN where missing."""
    if contract.task == "classification":
        return class_codes(frame[contract.targets[0]], contract.classes, rows)
    values = np.empty((frame.height, len(contract.targets)), dtype=np.float32)
    for position, name in enumerate(contract.targets):
        column = frame[name]
        if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
            raise DataError(f"the target {name!r} must hold numbers, got {str(column.drop_nulls()[0])!r} in it.")
        given = column.cast(pl.Float64).fill_null(0.0).to_numpy()
        large = np.isfinite(given) & (np.abs(given) > np.finfo(np.float32).max)
        if large.any():
            row = rows["row"][int(large.argmax())]
            raise DataError(
                f"the target {name!r} holds {given[large][0]:.3g} in row {row}, beyond 3.4e38, the largest number "
                "that a network computes with; divide the column by a power of ten."
            )
        values[:, position] = column.cast(pl.Float32).fill_null(float("nan")).to_numpy()
    return values


def table_inputs(contract: Contract, frame: pl.DataFrame) -> dict[str, np.ndarray]:
    """Return ``numbers`` (N, F) and ``codes`` (N, C), filled by columns, so that the frame is never copied whole."""
    kinds = {column.name: column.kind for column in contract.columns}
    numbers = np.empty((frame.height, len(contract.numbers)), dtype=np.float32)
    for position, name in enumerate(contract.numbers):
        if name in kinds:
            column = frame[name].cast(pl.Float32)
        else:
            source, _, part = name.rpartition(".")
            column = date_part(_dates(frame[source]), part)
        numbers[:, position] = column.fill_null(float("nan")).to_numpy()
    numbers[~np.isfinite(numbers)] = np.nan
    codes = np.zeros((frame.height, len(contract.codes)), dtype=np.int64)
    for position, known in enumerate(contract.codes):
        if known.categories:
            found = {category: code for code, category in enumerate(known.categories, start=1)}
            column = spell(frame[known.name]).replace_strict(found, default=0, return_dtype=pl.Int64)
            codes[:, position] = column.fill_null(0).to_numpy()
    return {"numbers": numbers, "codes": codes}


def _dates(column: pl.Series) -> pl.Series:
    if column.dtype != pl.Datetime:
        raise DataError(f"column {column.name!r} must hold dates, got {column.dtype}.")
    return column
