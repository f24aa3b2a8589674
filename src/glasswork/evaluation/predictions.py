"""Predictions: one line for each example, as a table to keep or to hand out (``predictions.parquet``)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from glasswork.data.contract import Contract
from glasswork.errors import DataError

__all__ = ["predictions_frame"]

MOST_ROWS = 500_000  # of a forecast: beyond, only windows that do not overlap are kept


def predictions_frame(
    contract: Contract,
    decoded: Mapping[str, np.ndarray],
    targets: np.ndarray | None = None,
    *,
    rows: pl.DataFrame | None = None,
    origins: np.ndarray | None = None,
) -> pl.DataFrame:
    """Return ``file, row, target, prediction`` and what the task adds, one row an example.

    Classification adds ``probability <class>`` for each class. Several targets have ``target <name>`` and
    ``prediction <name>``. A forecast has one row for each ``origin`` and ``step`` ahead; a language model has the mean
    ``nats`` of each window.

    >>> contract = Contract(kind="table", task="classification", sources=(), sha256="", rows=1, classes=("no", "yes"))
    >>> frame = predictions_frame(contract, {"probabilities": np.array([[0.2, 0.8]])}, np.array([0]))
    >>> frame.row(0)
    (1, 'no', 'yes', 0.2, 0.8)
    """
    first = next(iter(decoded.values()))
    count = len(first)
    places = rows.select([c for c in ("file", "row") if c in rows.columns]) if rows is not None else None
    if places is None or places.height != count:
        places = pl.DataFrame({"row": np.arange(1, count + 1)})
    if contract.task == "classification":
        return places.hstack(_classes(contract, decoded, targets))
    if contract.task == "regression":
        return places.hstack(_values(contract, np.asarray(decoded["values"]).reshape(count, -1), targets))
    if contract.task == "forecasting":
        return _forecasts(contract, np.asarray(decoded["values"]), targets, origins)
    if contract.task == "language-modelling":
        nats = np.asarray(decoded["nats"], np.float64)
        start = np.arange(count) if origins is None else np.asarray(origins)
        return pl.DataFrame({"start": start, "nats": nats.reshape(count, -1).mean(axis=1)})
    raise DataError(f"predictions_frame: no table is known for the task {contract.task!r}.")


def _classes(contract: Contract, decoded: Mapping[str, np.ndarray], targets: np.ndarray | None) -> pl.DataFrame:
    names = np.asarray(contract.classes, dtype=object)
    probabilities = np.asarray(decoded["probabilities"])
    labels = np.asarray(decoded["labels"]) if "labels" in decoded else probabilities.argmax(axis=1)
    columns: dict[str, object] = {}
    if targets is not None:
        columns["target"] = names[np.asarray(targets, np.int64)].tolist()
    columns["prediction"] = names[labels].tolist()
    columns |= {f"probability {name}": probabilities[:, k] for k, name in enumerate(contract.classes)}
    return pl.DataFrame(columns)


def _values(contract: Contract, values: np.ndarray, targets: np.ndarray | None) -> pl.DataFrame:
    columns: dict[str, object] = {}
    known = None if targets is None else np.asarray(targets).reshape(len(values), -1)
    for t in range(values.shape[1]):
        name = "" if values.shape[1] == 1 else f" {contract.targets[t]}"
        if known is not None:
            columns[f"target{name}"] = known[:, t]
        columns[f"prediction{name}"] = values[:, t]
    return pl.DataFrame(columns)


def _forecasts(
    contract: Contract, values: np.ndarray, targets: np.ndarray | None, origins: np.ndarray | None
) -> pl.DataFrame:
    count, horizon, width = values.shape
    starts = np.arange(count) if origins is None else np.asarray(origins)
    if count * horizon > MOST_ROWS:
        kept, last = [], -horizon
        for i, start in enumerate(starts.tolist()):
            if start - last >= horizon:
                kept.append(i)
                last = start
        values, starts = values[kept], starts[kept]
        targets = None if targets is None else np.asarray(targets)[kept]
        count = len(kept)
    frame = pl.DataFrame({"origin": np.repeat(starts, horizon), "step": np.tile(np.arange(1, horizon + 1), count)})
    flat = None if targets is None else np.asarray(targets).reshape(-1, width)
    return frame.hstack(_values(contract, values.reshape(-1, width), flat))
