"""Worst errors: the rows that cost most, because that is where wrong labels and missing features show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl

__all__ = ["worst_rows"]

MOST = 12
LONGEST_TEXT = 400


def worst_rows(
    losses: np.ndarray,
    describe: Callable[[int], dict[str, Any]],
    *,
    rows: pl.DataFrame | None = None,
    texts: Sequence[str] | None = None,
    most: int = MOST,
) -> list[dict[str, Any]]:
    """Return the rows with the highest loss, the worst first: where each lies, what was expected, what came.

    >>> rows = pl.DataFrame({"file": ["a.csv", "a.csv"], "row": [1, 2]})
    >>> worst_rows(np.array([0.1, 2.0]), lambda i: {"target": "yes"}, rows=rows, most=1)
    [{'file': 'a.csv', 'row': 2, 'target': 'yes', 'loss': 2.0}]
    """
    listed = []
    for i in np.argsort(-np.asarray(losses), kind="stable")[:most]:
        index = int(i)
        row: dict[str, Any] = {}
        if rows is not None and index < rows.height:
            place = rows.row(index, named=True)
            row = {"file": str(place.get("file", "")), "row": int(place.get("row") or index + 1)}
        else:
            row = {"row": index + 1}
        row |= describe(index) | {"loss": float(losses[index])}
        if texts is not None:
            text = texts[index]
            row["text"] = text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT].rstrip() + " …"
        listed.append(row)
    return listed
