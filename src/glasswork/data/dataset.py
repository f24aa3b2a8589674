"""Examples and Prepared: data as arrays, before any tensor library is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from glasswork.data.contract import Contract
from glasswork.records import Finding

__all__ = ["Examples", "ImageFiles", "Inspection", "Prepared", "Ragged"]


@dataclass(frozen=True)
class Ragged:
    """Sequences of different lengths, end to end: sequence i is ``flat[offsets[i]:offsets[i + 1]]``.

    >>> Ragged(np.array([5, 6, 7], dtype=np.int32), np.array([0, 1, 3]))[1].tolist()
    [6, 7]
    """

    flat: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        """Return the number of sequences."""
        return len(self.offsets) - 1

    def __getitem__(self, i: int) -> np.ndarray:
        """Return sequence i."""
        return self.flat[self.offsets[i] : self.offsets[i + 1]]

    @property
    def lengths(self) -> np.ndarray:
        """The length of each sequence."""
        return np.diff(self.offsets)


@dataclass(frozen=True)
class ImageFiles:
    """Images too many to keep decoded: where they lie and the size they are brought to, (height, width, channels)."""

    paths: tuple[Path, ...]
    size: tuple[int, int, int]

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.paths)


@dataclass(frozen=True)
class Examples:
    """All examples of one data set, encoded by its contract; the data room's page lists each kind's arrays.

    Args:
        contract: what the arrays mean.
        inputs: arrays by name; row i of each belongs to example i (series and corpora: position i).
        targets: one entry an example, or None where the inputs hold the targets (series, corpus) or nothing is known.
        rows: one row an example: ``file`` and ``row`` (from 1, the header not counted), to tell people which it was.
        texts: the readable form of an example where there is one (text), for worst-error lists.
    """

    contract: Contract
    inputs: Mapping[str, np.ndarray | Ragged | ImageFiles]
    targets: np.ndarray | None
    rows: pl.DataFrame
    texts: tuple[str, ...] | None = None

    def __len__(self) -> int:
        """Return the number of examples (for series and corpora: of positions)."""
        first = next(iter(self.inputs.values()))
        return len(first)


@dataclass(frozen=True)
class Inspection:
    """What a look at the data shows: facts in lines to print, and findings."""

    facts: tuple[str, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """Data ready to train on.

    Args:
        examples: every example that was read.
        parts: ``train``, ``valid``, ``test``: example indices, disjoint.
        notes: one line for each thing that was recognised rather than said.
        findings: what inspection found on the way.
        settled: data options with every guess filled in, by name, for the recipe that is written back.
    """

    examples: Examples
    parts: dict[str, np.ndarray]
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    settled: dict[str, object] = field(default_factory=dict)

    @property
    def contract(self) -> Contract:
        """The contract of the examples."""
        return self.examples.contract
