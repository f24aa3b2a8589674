"""Scaling: whether data were scaled with the training rows alone, or with those of the evaluation, too.

Of a table all rows are looked at; of windows that slide over a series, the first and the last moment of each: together
they are the series, each value once or twice.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

__all__ = ["Scaling"]

MOST_NUMBERS = 1_000_000
LEAST_COLUMNS, MOST_COLUMNS = 3, 128
LEAST_ROWS = 40
MOST_BATCHES = 10_000
_LOWS = (0.0, -1.0)  # of ranges up to 1 that data are scaled to
_MOSTLY = 0.5
_NEARLY = 0.5  # how far from 0 and 1 a table may be that was scaled at all
_TIED = 1e-6  # correlation that is left of columns that were made uncorrelated
SHORTEST = 3  # moments of a window
_UNTIED = 0.98  # part of a series' values that differ from all others
_ENDS = 3  # values of a series that are in no window


class Scaling:
    """The rows of a table as they came, while they are few.

    >>> scaling, x = Scaling(), torch.randn(100, 4, generator=torch.Generator().manual_seed(0))
    >>> x = (x - x.mean(0)) / x.std(0)
    >>> scaling.learned(x[:60]).shape
    torch.Size([60, 4])
    >>> scaling.asked(x[60:])
    >>> {name: round(gap, 2) for name, gap in scaling.gaps().items()}
    {'rows': 100.0, 'pooled_gap': 0.0, 'train_gap': 0.08}
    """

    def __init__(self) -> None:
        self._learned: list[Tensor] = []
        self._asked: list[Tensor] = []
        self._numbers = 0
        self._table: bool | None = None  # else windows of a series
        self.whole = True
        self.rows = 0  # of training, each as often as it came

    def learned(self, batch: Tensor) -> Tensor | None:
        """See training rows; return the copy that is kept, which nobody writes into, where all of them is kept."""
        copy = self._keep(batch, self._learned)
        self.rows += 0 if copy is None else len(copy)
        return copy if self._table else None

    def asked(self, batch: Tensor) -> None:
        """See rows of an evaluation."""
        self._keep(batch, self._asked)

    def _keep(self, batch: Tensor, rows: list[Tensor]) -> Tensor | None:
        if not self.whole:
            return None
        plain = batch.is_floating_point() and not batch.is_sparse and batch.is_cpu
        table = batch.dim() == 2 and LEAST_COLUMNS <= batch.shape[1] <= MOST_COLUMNS
        windows = batch.dim() == 3 and min(max(batch.shape[1:]), MOST_COLUMNS) >= SHORTEST
        if not plain or not (table or windows) or self._table is (not table):
            self._stop()
            return None
        self._table = table
        copy = batch.detach().clone() if table else _ends(batch.detach())
        rows.append(copy)
        self._numbers += copy.numel()
        if self._numbers > MOST_NUMBERS or len(rows) > MOST_BATCHES or rows[0].shape[1:] != copy.shape[1:]:
            self._stop()
        return copy

    def _stop(self) -> None:
        self.whole, self._learned, self._asked = False, [], []

    def gaps(self) -> dict[str, float]:
        """Return how far all rows together, and the training rows alone, are from being scaled; {} where unknown.

        ``pooled_gap`` and ``train_gap``: of standardised columns how far mean and deviation are from 0 and 1, the
        median over columns; of columns scaled to a range how far the ends are from 0 (or -1) and 1, on average, in
        parts of the range; the least.
        ``rows``: how many there are in all. ``pooled_tie`` and ``train_tie``: the largest correlation of two columns.
        Of windows, ``series`` is 1, the gaps are those of the column that tells most, and ``rows`` its values.
        """
        if not self.whole or not self._learned or not self._asked:
            return {}
        if not self._table:
            return _series(torch.cat(self._learned), torch.cat(self._asked))
        learned, times = _distinct(torch.cat(self._learned))
        asked, again = _distinct(torch.cat(self._asked))
        if learned.shape[1] != asked.shape[1] or len(learned) < LEAST_ROWS:
            return {}
        if not bool(learned.isfinite().all()) or not bool(asked.isfinite().all()):
            return {}
        near = min(_gaps(learned, times)) <= _NEARLY
        _, place = torch.cat([learned, asked]).unique(dim=0, return_inverse=True)
        fresh = ~torch.isin(place[len(learned) :], place[: len(learned)])
        if float(fresh.double().mean()) < _MOSTLY:  # the training rows were asked about as well
            asked, again = asked[fresh], again[fresh]
        if int(fresh.sum()) < LEAST_ROWS // 2:
            return {}
        every, weights = torch.cat([learned, asked]), torch.cat([times, again])
        found = {"rows": float(weights.sum())}
        tie = _tie(every, weights)
        if tie is not None and tie < _TIED:
            found |= {"pooled_tie": tie, "train_tie": _tie(learned, times) or 0.0}
        pooled = _gaps(every, weights)
        kind = pooled.index(min(pooled))
        if near:
            found |= {"pooled_gap": pooled[kind], "train_gap": _gaps(learned, times)[kind]}
            series = _series(learned[:, [0, -1], None], asked[:, [0, -1], None])
            if series and pooled[kind] > series["pooled_gap"]:
                return series
        return found if len(found) > 1 else {}


def _distinct(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return each row once, and how many such rows there are, however many passes were made over them."""
    rows, counts = x.unique(dim=0, return_counts=True)
    return rows, (counts / counts.median()).round().clamp(min=1).double()


def _gaps(x: Tensor, times: Tensor) -> list[float]:
    """Return how far columns are from standardised (by all rows, or by one less), and from the ranges up to 1."""
    x = x.double()
    x = x[:, x.amax(0) > x.amin(0)]
    if x.shape[1] < LEAST_COLUMNS:
        return [math.inf] * (2 + len(_LOWS))
    count = times.sum()
    means = (x * times[:, None]).sum(0) / count
    squares = ((x - means).square() * times[:, None]).sum(0)
    # numpy divides by the number of rows, torch and pandas by one less.
    gaps = [torch.maximum(means.abs(), ((squares / (count - one)).sqrt() - 1).abs()).median() for one in (0, 1)]
    gaps += [torch.maximum((x.amin(0) - low).abs(), (x.amax(0) - 1).abs()).mean() / (1 - low) for low in _LOWS]
    return [float(gap) for gap in gaps]


def _tie(x: Tensor, times: Tensor) -> float | None:
    """Return the largest correlation of two columns; None where one does not change, or has few values: a design."""
    x = x.double()
    if any(2 * len(column.unique()) < len(column) for column in x.T):
        return None
    x = x - (x * times[:, None]).sum(0) / times.sum()
    square = (x * times[:, None]).T @ x
    sizes = square.diagonal().sqrt()
    if not bool((sizes > 0).all()):
        return None
    return float((square / (sizes[:, None] * sizes)).fill_diagonal_(0).abs().max())


def _ends(windows: Tensor) -> Tensor:
    """Return the first and last moment of each window: (windows, 2, columns); time is the longer dimension."""
    if windows.shape[1] < windows.shape[2]:
        windows = windows.transpose(1, 2)
    return windows[:, [0, -1]].clone()


def _series(learned: Tensor, asked: Tensor) -> dict[str, float]:
    """Return what `Scaling.gaps` says of the series under windows, by their ends; {} where there is no such thing."""
    best: dict[str, float] = {}
    learned, asked = (x.flatten(1).unique(dim=0).unflatten(1, x.shape[1:]) for x in (learned, asked))
    for column in range(learned.shape[2]):
        first, last = learned[:, 0, column].unique(), learned[:, 1, column].unique()
        if len(first) < _UNTIED * len(learned) or len(learned) < LEAST_ROWS:
            continue
        if float(torch.isin(last, first).double().mean()) < _MOSTLY:
            continue  # not the same values later on: windows that have nothing to do with each other
        train = torch.cat([first, last]).unique()
        every = torch.cat([train, asked[:, :, column].flatten()]).unique()
        if len(every) - len(train) < LEAST_ROWS // 2 or not bool(every.isfinite().all()):
            continue
        pooled, alone = _of_values(every), _of_values(train)
        kind = pooled.index(min(pooled))
        if pooled[kind] <= _ENDS / len(every) and alone[kind] > best.get("train_gap", 0.0):
            best = {"pooled_gap": pooled[kind], "train_gap": alone[kind], "rows": float(len(every)), "series": 1.0}
    return best


def _of_values(x: Tensor) -> list[float]:
    """Return how far values are from standardised (by all, or by one less), and from the ranges up to 1."""
    x = x.double()
    stds = [float(x.std(correction=one)) for one in (0, 1)]
    mean = abs(float(x.mean()))
    low, high = float(x.min()), float(x.max())
    ranges = [(abs(low - least) + abs(high - 1)) / 2 / (1 - least) for least in _LOWS]
    return [*(max(mean, abs(std - 1)) for std in stds), *ranges]
