"""Bootstrap: how far a figure could have been off, had other rows been drawn.

Source: Efron 1979, "Bootstrap methods: another look at the jackknife"; fewer rows than there are: Bickel, Goetze &
van Zwet 1997, "Resampling fewer than n observations"; blocks in
a circle: Politis & Romano 1992.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np

from glasswork.checks import check_at_least, check_between

__all__ = ["bootstrap_intervals"]

MOST_ROWS = 50_000  # more rows than this are not drawn; the interval is narrowed by the square root instead
WORK = 40_000_000  # rows x replicates x cost: about half a second


def bootstrap_intervals(
    score: Callable[[np.ndarray], dict[str, float]],
    count: int,
    *,
    seed: int = 0,
    replicates: int = 1000,
    block: int = 1,
    cost: int = 1,
    level: float = 0.95,
) -> dict[str, tuple[float, float]]:
    r"""Return, for each figure, the interval between two percentiles of its bootstrap distribution.

    Rows are drawn with replacement and enter as weights, so `score` sorts and sums once, not once a replicate. The
    work is bounded: fewer replicates for more rows (never fewer than 100), and above 50,000 rows only
    :math:`m` of the :math:`n` are drawn, with the deviations narrowed by :math:`\sqrt{m/n}`.

    Args:
        score: takes (count,) weights, returns figures by name; a figure may be missing for some weights.
        count: number of rows.
        seed: the same seed gives the same intervals.
        replicates: draws at most.
        block: rows drawn together, for windows that overlap.
        cost: how many passes over the rows one call of `score` makes, in round numbers.
        level: share of the distribution inside the interval.

    Returns:
        ``{name: (low, high)}``.

    >>> values = np.arange(100.0)
    >>> low, high = bootstrap_intervals(lambda w: {"mean": float(w @ values / w.sum())}, 100)["mean"]
    >>> bool(43 < low < 45 and 54 < high < 56)  # 49.5 plus and minus 1.96 * 28.9 / 10
    True
    """
    check_at_least("bootstrap_intervals", 1, count=count, block=block, cost=cost, replicates=replicates)
    check_between("bootstrap_intervals", 0, 1, level=level)
    rng = np.random.default_rng(seed)
    block = min(block, count)
    drawn = -(-min(count, max(1000, MOST_ROWS // cost)) // block) * block
    replicates = int(np.clip(WORK // (count * cost), min(100, replicates), replicates))
    point = score(np.ones(count))
    draws: dict[str, list[float]] = {name: [] for name in point}
    for _ in range(replicates):
        weights = _weights(rng, count, drawn, block)
        for name, value in score(weights).items():
            draws.setdefault(name, []).append(value)
    tail = (1 - level) / 2
    narrow = sqrt(drawn / count)
    intervals = {}
    for name, value in point.items():
        if draws[name]:
            low, high = np.quantile(draws[name], [tail, 1 - tail])
            intervals[name] = (value + (float(low) - value) * narrow, value + (float(high) - value) * narrow)
    return intervals


def _weights(rng: np.random.Generator, count: int, drawn: int, block: int) -> np.ndarray:
    if block == 1:
        return np.bincount(rng.integers(0, count, drawn), minlength=count).astype(np.float64)
    starts = rng.integers(0, count, drawn // block)  # blocks run on from the last row to the first: none is favoured
    stops = starts + block
    edges = np.bincount(starts, minlength=count + 1) - np.bincount(np.minimum(stops, count), minlength=count + 1)
    over = stops[stops > count] - count
    edges[0] += len(over)
    edges -= np.bincount(over, minlength=count + 1)
    return np.cumsum(edges[:count]).astype(np.float64)
