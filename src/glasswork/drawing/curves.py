"""Curves: long series made short and smooth enough to draw."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import exp, isfinite, log
from typing import Any, overload

__all__ = ["MOST_POINTS", "running_mean", "thinned"]

MOST_POINTS = 240


@overload
def thinned(xs: Sequence[float], ys: Sequence[float], most: int = MOST_POINTS) -> tuple[list[float], list[float]]: ...
@overload
def thinned(
    xs: Sequence[float], ys: Sequence[float | None], most: int = MOST_POINTS
) -> tuple[list[float], list[float | None]]: ...
def thinned(xs: Sequence[float], ys: Sequence[Any], most: int = MOST_POINTS) -> tuple[list[float], list[Any]]:
    """Return at most so many points: of each stretch the mean, or what is not finite, where there is such a value.

    >>> thinned([0.0, 1.0, 2.0, 3.0], [1.0, 3.0, None, 5.0], 2)
    ([0.5, 2.5], [2.0, 5.0])
    """
    if len(xs) <= most:
        return list(xs), list(ys)
    cuts = [round(i * len(xs) / most) for i in range(most + 1)]
    out_x: list[float] = []
    out_y: list[Any] = []
    for a, b in pairwise(cuts):
        inside = [y for y in ys[a:b] if y is not None]
        broken = next((y for y in inside if not isfinite(y)), None)
        out_x.append(sum(xs[a:b]) / (b - a))
        out_y.append(broken if broken is not None else sum(y / len(inside) for y in inside) if inside else None)
    return out_x, out_y


def running_mean(values: Sequence[float], *, powers: bool = False) -> list[float]:
    """Return the mean of each value and its neighbours, about a twentieth of all; what is not finite stays so.

    On a scale of powers of ten (`powers`) it is the mean of the powers, so that the line runs through the middle of
    its points. Few values stay as they are.

    >>> running_mean([float(n % 2) for n in range(40)])[1]
    0.3333333333333333
    """
    reach = len(values) // 40
    found: list[float] = []
    for i, value in enumerate(values):
        near = [v for v in values[max(0, i - reach) : i + reach + 1] if isfinite(v)]
        if not isfinite(value) or not reach:
            found.append(value)
        else:
            found.append(exp(sum(map(log, near)) / len(near)) if powers else sum(v / len(near) for v in near))
    return found
