"""Scaling: whether a table was scaled with the training rows alone, or with those of the evaluation, too."""

from __future__ import annotations

import math

import torch
from torch import Tensor

__all__ = ["Scaling"]

MOST_NUMBERS = 1_000_000
LEAST_COLUMNS, MOST_COLUMNS = 3, 128
LEAST_ROWS = 40
MOST_BATCHES = 10_000
_MOSTLY = 0.5
_NEARLY = 0.5  # how far from 0 and 1 a table may be that was scaled at all


class Scaling:
    """The rows of a table as they came, while they are few.

    >>> scaling, x = Scaling(), torch.randn(100, 4, generator=torch.Generator().manual_seed(0))
    >>> x = (x - x.mean(0)) / x.std(0)
    >>> scaling.learned(x[:60]).shape
    torch.Size([60, 4])
    >>> scaling.asked(x[60:])
    >>> {name: round(gap, 2) for name, gap in scaling.gaps().items()}
    {'pooled_gap': 0.0, 'train_gap': 0.08, 'rows': 100.0}
    """

    def __init__(self) -> None:
        self._learned: list[Tensor] = []
        self._asked: list[Tensor] = []
        self._numbers = 0
        self.whole = True
        self.rows = 0  # of training, each as often as it came

    def learned(self, batch: Tensor) -> Tensor | None:
        """See training rows; return the copy that is kept of them, which nobody writes into."""
        copy = self._keep(batch, self._learned)
        self.rows += 0 if copy is None else len(copy)
        return copy

    def asked(self, batch: Tensor) -> None:
        """See rows of an evaluation."""
        self._keep(batch, self._asked)

    def _keep(self, batch: Tensor, rows: list[Tensor]) -> Tensor | None:
        if not self.whole:
            return None
        table = batch.dim() == 2 and batch.is_floating_point() and not batch.is_sparse and batch.is_cpu
        if not table or not LEAST_COLUMNS <= batch.shape[1] <= MOST_COLUMNS:
            self._stop()
            return None
        copy = batch.detach().clone()
        rows.append(copy)
        self._numbers += batch.numel()
        if self._numbers > MOST_NUMBERS or len(rows) > MOST_BATCHES or rows[0].shape[1] != batch.shape[1]:
            self._stop()
        return copy

    def _stop(self) -> None:
        self.whole, self._learned, self._asked = False, [], []

    def gaps(self) -> dict[str, float]:
        """Return how far all rows together, and the training rows alone, are from being scaled; {} where unknown.

        ``pooled_gap`` and ``train_gap``: of standardised columns how far mean and deviation are from 0 and 1, the
        median over columns; of columns scaled to a range how far the ends are from 0 and 1, on average; the lesser.
        ``rows``: how many there are in all.
        """
        if not self.whole or not self._learned or not self._asked:
            return {}
        learned, times = _distinct(torch.cat(self._learned))
        asked, again = _distinct(torch.cat(self._asked))
        if learned.shape[1] != asked.shape[1] or len(learned) < LEAST_ROWS:
            return {}
        if not bool(learned.isfinite().all()) or min(_gaps(learned, times)) > _NEARLY:
            return {}
        _, place = torch.cat([learned, asked]).unique(dim=0, return_inverse=True)
        fresh = ~torch.isin(place[len(learned) :], place[: len(learned)])
        if float(fresh.double().mean()) < _MOSTLY:  # the training rows were asked about as well
            asked, again = asked[fresh], again[fresh]
        if int(fresh.sum()) < LEAST_ROWS // 2:
            return {}
        pooled = _gaps(torch.cat([learned, asked]), torch.cat([times, again]))
        kind = pooled.index(min(pooled))
        rows = float(times.sum() + again.sum())
        return {"pooled_gap": pooled[kind], "train_gap": _gaps(learned, times)[kind], "rows": rows}


def _distinct(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return each row once, and how many such rows there are, however many passes were made over them."""
    rows, counts = x.unique(dim=0, return_counts=True)
    return rows, (counts / counts.median()).round().clamp(min=1).double()


def _gaps(x: Tensor, times: Tensor) -> list[float]:
    """Return how far columns are from standardised (by all rows, or by one less), and from the range of 0 to 1."""
    x = x.double()
    x = x[:, x.amax(0) > x.amin(0)]
    if x.shape[1] < LEAST_COLUMNS:
        return [math.inf] * 3
    count = times.sum()
    means = (x * times[:, None]).sum(0) / count
    squares = ((x - means).square() * times[:, None]).sum(0)
    # numpy divides by the number of rows, torch and pandas by one less.
    gaps = [torch.maximum(means.abs(), ((squares / (count - one)).sqrt() - 1).abs()).median() for one in (0, 1)]
    gaps.append(torch.maximum(x.amin(0).abs(), (x.amax(0) - 1).abs()).mean())
    return [float(gap) for gap in gaps]
