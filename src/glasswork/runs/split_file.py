"""The split on disk: exactly which rows or files were train, valid and test."""

from __future__ import annotations

import numpy as np
import polars as pl

from glasswork.data import Prepared

__all__ = ["split_frame"]


def split_frame(prepared: Prepared) -> pl.DataFrame:
    """Return one row an example (``file, row, part``); series and corpora: one row a stretch (``part, start, stop``).

    A stretch counts positions from 0: of forecast origins for a series, of window starts for a corpus. Where the
    stretch is not unbroken, there is a row for each unbroken piece.
    """
    if prepared.contract.kind in ("series", "corpus"):
        pieces = [(name, start, stop) for name, part in prepared.parts.items() for start, stop in _pieces(part)]
        schema = {"part": pl.String, "start": pl.Int64, "stop": pl.Int64}
        return pl.DataFrame(pieces, schema=schema, orient="row")
    names = np.full(len(prepared.examples), "unused", dtype=object)
    for name, part in prepared.parts.items():
        names[part] = name
    return prepared.examples.rows.with_columns(pl.Series("part", names.tolist(), dtype=pl.String))


def _pieces(part: np.ndarray) -> list[tuple[int, int]]:
    if not len(part):
        return []
    steps = np.diff(part)
    usual = int(np.median(steps)) if len(steps) else 1
    cuts = np.flatnonzero(steps != usual) + 1
    return [(int(piece[0]), int(piece[-1]) + 1) for piece in np.split(part, cuts)]
