"""Frames: rows from memory, whatever holds them, as a polars frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from glasswork.data.contract import Contract
from glasswork.errors import DataError

__all__ = ["as_frame"]


def as_frame(data: Any, contract: Contract | None = None) -> pl.DataFrame:
    """Return rows from memory as a polars frame; arrays get the contract's column names, or ``c1`` ... ``cn``.

    >>> as_frame(np.zeros((2, 3))).columns
    ['c1', 'c2', 'c3']
    """
    if isinstance(data, pl.DataFrame):
        return data
    if isinstance(data, pl.LazyFrame):
        return data.collect()
    if hasattr(data, "columns") and hasattr(data, "to_numpy"):  # pandas
        return pl.DataFrame({str(name): _series(str(name), data[name].to_numpy()) for name in data.columns})
    try:
        if isinstance(data, (list, tuple)) and data and all(isinstance(row, dict) for row in data):
            names = dict.fromkeys(name for row in data for name in row)
            data = {name: [row.get(name) for row in data] for name in names}
        if isinstance(data, dict):
            return pl.DataFrame({str(name): _column(str(name), values) for name, values in data.items()})
        array = np.asarray(data)
    except (ValueError, TypeError, pl.exceptions.PolarsError) as error:
        raise DataError(f"rows could not be made into a table: {error}.") from None
    if array.ndim != 2:
        raise DataError(f"an array of rows must have shape (rows, columns), got {array.shape}.")
    given = _array_names(array.shape[1], contract)
    return pl.DataFrame([_series(name, array[:, position]) for position, name in enumerate(given)])


def _column(name: str, values: Any) -> pl.Series:
    if isinstance(values, pl.Series):
        return values.alias(name)
    if isinstance(values, np.ndarray):
        return _series(name, values)
    return _cells(name, list(values))


def _series(name: str, values: np.ndarray) -> pl.Series:
    if values.dtype == object:
        return _cells(name, values.tolist())
    return pl.Series(name, np.ascontiguousarray(values))


def _cells(name: str, values: list[Any]) -> pl.Series:
    values = [_cell(value) for value in values]
    if any(isinstance(value, str) for value in values):  # polars would make the others null
        values = [value if value is None else str(value) for value in values]
    return pl.Series(name, values, strict=False)


def _cell(value: Any) -> Any:
    return None if value is None or (isinstance(value, float) and value != value) else value


def _array_names(width: int, contract: Contract | None) -> list[str]:
    if contract is None:
        return [f"c{position + 1}" for position in range(width)]
    everything = [column.name for column in contract.columns]
    inputs = [name for name in everything if name not in contract.targets]
    used = [column.name for column in contract.columns if column.role == "input"]
    for names in (inputs, used, everything):
        if len(names) == width:
            return names
    raise DataError(f"an array with {len(inputs)} columns was expected, got {width}: {', '.join(inputs[:12])}.")
