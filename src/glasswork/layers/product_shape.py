"""Product shape: whether two matrices can be multiplied, said in their own numbers.

Nothing here needs torch; a shape is a tuple of sizes.
"""

from __future__ import annotations

from collections.abc import Sequence

from glasswork.errors import ShapeError

__all__ = ["broadcast_shape", "explain_broadcast", "explain_product", "product_shape"]


def product_shape(left: Sequence[int], right: Sequence[int]) -> tuple[int, ...]:
    """Return the shape of ``left @ right``; sizes before the last two are broadcast.

    >>> product_shape((128, 49), (49, 10))
    (128, 10)
    >>> product_shape((128, 49), (64, 10))
    Traceback (most recent call last):
    glasswork.errors.ShapeError: product_shape: 128 x 49 times 64 x 10: 49 is not 64.
    """
    shape, reason = _product(tuple(left), tuple(right))
    if shape is None:
        raise ShapeError(f"product_shape: {_said(left)} times {_said(right)}: {reason}.")
    return shape


def explain_product(left: Sequence[int], right: Sequence[int]) -> str:
    """Say how the sizes of ``left @ right`` come about, or why there is no such product.

    >>> explain_product((128, 49), (49, 10))
    '128 x 49 times 49 x 10 = 128 x 10'
    >>> explain_product((128, 49), (64, 10))
    '128 x 49 times 64 x 10: 49 is not 64'
    """
    shape, reason = _product(tuple(left), tuple(right))
    said = f"{_said(left)} times {_said(right)}"
    return f"{said}: {reason}" if shape is None else f"{said} = {_said(shape)}"


def broadcast_shape(*shapes: Sequence[int]) -> tuple[int, ...]:
    """Return the shape of an operation by elements: sizes are compared from the right, and a 1 stretches.

    >>> broadcast_shape((8, 1, 3), (5, 3))
    (8, 5, 3)
    >>> broadcast_shape((8, 3), (8,))
    Traceback (most recent call last):
    glasswork.errors.ShapeError: broadcast_shape: 8 x 3 with 8: 3 is not 8, and neither is 1.
    """
    shape, reason = _broadcast([tuple(shape) for shape in shapes])
    if shape is None:
        raise ShapeError(f"broadcast_shape: {' with '.join(map(_said, shapes))}: {reason}.")
    return shape


def explain_broadcast(*shapes: Sequence[int]) -> str:
    """Say which shape an operation by elements has, or why there is none.

    >>> explain_broadcast((8, 3), (3,)), explain_broadcast((8, 3), (8,))
    ('8 x 3 with 3 = 8 x 3', '8 x 3 with 8: 3 is not 8, and neither is 1')
    """
    shape, reason = _broadcast([tuple(shape) for shape in shapes])
    said = " with ".join(map(_said, shapes))
    return f"{said}: {reason}" if shape is None else f"{said} = {_said(shape)}"


def _product(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[tuple[int, ...] | None, str]:
    if not left or not right:
        return None, "a single number has no rows or columns"
    # A vector on the left is one row, on the right one column; the 1 is dropped again.
    rows, inner = left[-2:-1], left[-1]
    meets = right[-2] if len(right) > 1 else right[0]
    columns = right[-1:] if len(right) > 1 else ()
    if inner != meets:
        return None, f"{inner} is not {meets}"
    batch, reason = _broadcast([left[:-2], right[:-2]])
    return (None, reason) if batch is None else ((*batch, *rows, *columns), "")


def _broadcast(shapes: Sequence[tuple[int, ...]]) -> tuple[tuple[int, ...] | None, str]:
    length = max((len(shape) for shape in shapes), default=0)
    result = [1] * length
    for shape in shapes:
        for place, size in enumerate(shape, start=length - len(shape)):
            if size != 1 and result[place] not in (1, size):
                return None, f"{result[place]} is not {size}, and neither is 1"
            result[place] = size if size != 1 else result[place]
    return tuple(result), ""


def _said(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) if shape else "a single number"
