"""Table features for linear models: numbers imputed and standardised, categories one-hot; fitted on training rows."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from glasswork.data.dataset import Examples

__all__ = ["TableFeatures"]

MOST_CATEGORIES = 200  # of one column; rarer ones share the place of the unknown


class TableFeatures:
    """Turns rows of a table into a sparse (N, D) matrix.

    Args:
        examples: of a table.
        rows: the training rows that means, deviations and frequent categories are taken from.
    """

    def __init__(self, examples: Examples, rows: np.ndarray) -> None:
        self.numbers = np.asarray(examples.inputs["numbers"]) if "numbers" in examples.inputs else None
        self.codes = np.asarray(examples.inputs["codes"]) if "codes" in examples.inputs else None
        if self.numbers is not None and self.numbers.shape[1]:
            known = self.numbers[rows].astype(np.float64)
            gaps = np.isnan(known)
            counts = np.maximum((~gaps).sum(axis=0), 1)
            self.mean = np.where(gaps, 0, known).sum(axis=0) / counts
            deviation = np.sqrt((np.where(gaps, 0, known - self.mean) ** 2).sum(axis=0) / counts)
            self.deviation = np.where(deviation > 0, deviation, 1.0)
            self.gappy = np.flatnonzero(gaps.any(axis=0))
        else:
            self.numbers = None
        self.places: list[np.ndarray] = []
        if self.codes is not None:
            for column in self.codes[rows].T:
                counts = np.bincount(column, minlength=int(self.codes.max(initial=0)) + 1)
                kept = np.argsort(-counts, kind="stable")[:MOST_CATEGORIES]
                kept = np.sort(kept[counts[kept] > 0])
                place = np.full(len(counts), -1, dtype=np.int64)
                place[kept] = np.arange(len(kept))
                self.places.append(place)

    def __call__(self, rows: np.ndarray) -> sparse.csr_matrix:
        """Return the features of these rows."""
        blocks = []
        if self.numbers is not None:
            values = self.numbers[rows].astype(np.float64)
            gaps = np.isnan(values)
            scaled = np.clip((np.where(gaps, self.mean, values) - self.mean) / self.deviation, -20, 20)
            blocks += [sparse.csr_matrix(scaled), sparse.csr_matrix(gaps[:, self.gappy].astype(np.float64))]
        if self.codes is not None:
            for place, column in zip(self.places, self.codes[rows].T, strict=True):
                spots = place[column]
                seen = np.flatnonzero(spots >= 0)
                width = int(place.max(initial=-1)) + 1
                blocks.append(sparse.csr_matrix((np.ones(len(seen)), (seen, spots[seen])), shape=(len(rows), width)))
        return sparse.hstack(blocks, format="csr") if blocks else sparse.csr_matrix((len(rows), 0))
