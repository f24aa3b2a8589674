"""Pooling size: how many windows fit along one side, and how many values are left.

Nothing here needs torch. Letters: n places of the input, m places of the window, p padding, s stride.

Course: POOL-06, POOL-07.
"""

from __future__ import annotations

from typing import Any

from glasswork.checks import check_at_least, check_dimensions
from glasswork.errors import RangeError, ShapeError
from glasswork.layers.worked_number import WorkedNumber

__all__ = ["check_pooling", "pooling_size"]


def pooling_size(
    n: int, *, size: int = 2, stride: int | None = None, padding: int = 0, dilation: int = 1, ceil: bool = False
) -> WorkedNumber:
    r"""Return how many places a pooling gives along one side.

    .. math:: \Bigl\lfloor \frac{n + 2p - d\,(m - 1) - 1}{s} \Bigr\rfloor + 1

    Args:
        n: places of the input along this side.
        size: places of the window, m.
        stride: steps from one window to the next, s; None means windows side by side. At least 1: with a stride of 0
            the window would never move.
        padding: places added at each end, p; at most half a window.
        dilation: steps between two places of the window, d.
        ceil: round up instead, so that a window that sticks out at the end counts, as long as it begins inside.

    >>> pooling_size(7).working, pooling_size(7, ceil=True).working
    ('floor((7 + 2*0 - 1*(2-1) - 1)/2) + 1 = 3', 'ceil((7 + 2*0 - 1*(2-1) - 1)/2) + 1 = 4')
    >>> pooling_size(4, stride=0)
    Traceback (most recent call last):
    glasswork.errors.RangeError: pooling_size: stride must be >= 1, got stride=0.
    """
    stride = _checked("pooling_size", size, stride, padding)
    check_at_least("pooling_size", 0, n=n)
    check_at_least("pooling_size", 1, dilation=dilation)
    span = dilation * (size - 1) + 1
    room = n + 2 * padding - span
    rounded = -(-room // stride) if ceil else room // stride
    count = rounded + 1
    formula = f"{'ceil' if ceil else 'floor'}(({n} + 2*{padding} - {dilation}*({size}-1) - 1)/{stride}) + 1"
    if ceil and (count - 1) * stride >= n + padding:
        count, formula = count - 1, f"{formula} - 1 (the last window would begin behind the end)"
    if count < 1:
        raise ShapeError(
            f"pooling_size: the window spans {span} places, the padded input {n + 2 * padding}: {formula} = {count}."
        )
    return WorkedNumber(count, formula)


def check_pooling(who: str, size: int, stride: int | None, padding: int, x: Any = None) -> int:
    """Require a window that moves and, given `x` of shape ``(B, C, T)`` or ``(B, C, H, W)``, fits; return the stride.

    >>> check_pooling("MaxPool", 2, None, 0), check_pooling("MaxPool", 3, 1, 1)
    (2, 1)
    """
    stride = _checked(who, size, stride, padding)
    if x is not None:
        check_dimensions(who, (3, 4), x=x)
        for n in x.shape[2:]:
            if n + 2 * padding < size or n == 0:
                raise ShapeError(f"{who}: a window of {size} does not fit into x of shape {tuple(x.shape)}.")
    return stride


def _checked(who: str, size: int, stride: int | None, padding: int) -> int:
    stride = size if stride is None else stride
    check_at_least(who, 1, size=size, stride=stride)
    check_at_least(who, 0, padding=padding)
    if padding > size // 2:
        raise RangeError(f"{who}: padding must be at most half the window, got padding={padding} and size={size}.")
    return stride
