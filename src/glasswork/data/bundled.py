"""Bundled: a small real table for the first run, shipped inside scikit-learn and read without importing it.

Breast Cancer Wisconsin (Diagnostic): 569 digitised fine-needle aspirates, thirty measures of cell nuclei, malignant
or benign.

Source: Street, Wolberg & Mangasarian 1993, "Nuclear feature extraction for breast tumor diagnosis"; UCI, CC BY 4.0.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import polars as pl

from glasswork.errors import DataError

__all__ = ["BUNDLED_NOTE", "bundled_path", "bundled_table"]

BUNDLED_NOTE = (
    "no data given: the bundled breast-cancer table (569 rows, 30 measures of cell nuclei, malignant or benign; "
    "UCI, shipped with scikit-learn)"
)
_MEASURES = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave_points",
    "symmetry",
    "fractal_dimension",
)


def bundled_path() -> Path:
    """Return where scikit-learn keeps the file."""
    spec = find_spec("sklearn")
    folders = list(spec.submodule_search_locations or []) if spec else []
    path = Path(folders[0], "datasets", "data", "breast_cancer.csv") if folders else Path("scikit-learn")
    if not path.is_file():
        raise DataError("the bundled data comes with scikit-learn, which is not complete here; name a data file.")
    return path


def bundled_table() -> pl.DataFrame:
    """Return the table: thirty numbers a row and the column ``diagnosis``.

    >>> bundled_table().shape
    (569, 31)
    >>> bundled_table()["diagnosis"].value_counts(sort=True).rows()
    [('benign', 357), ('malignant', 212)]
    """
    names = [f"{measure}_{what}" for what in ("mean", "error", "worst") for measure in _MEASURES]
    frame = pl.read_csv(bundled_path(), has_header=False, skip_rows=1, new_columns=[*names, "diagnosis"])
    label = pl.when(pl.col("diagnosis") == 0).then(pl.lit("malignant")).otherwise(pl.lit("benign"))
    return frame.with_columns(pl.col(names).cast(pl.Float64), label.alias("diagnosis"))
