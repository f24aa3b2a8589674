"""Significant digits: how many a number shows, and which power of ten stands beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal

from glasswork.tracing.document import Printed

__all__ = ["DIGITS", "figure", "is_short", "powers"]

DIGITS = 4
"""Significant digits of a result, and of its factors unless the line needs more."""

_SAME = 1e-7
"""Two numbers closer than this, relatively, are printed as one: 0.15 in float32 is 0.15."""


def figure(value: float, digits: int = DIGITS, exponents: Sequence[int] = ()) -> Printed:
    """Return a number as it is printed, rounded to significant digits; a shorter exact decimal stays short.

    Args:
        value: any number.
        digits: significant digits; the integer part of a number below a million is always whole.
        exponents: powers of ten that the block shares; one of them is used if at most two zeros follow the point.

    >>> figure(0.592_669_99).text, figure(0.05).text, figure(-0.000_045_678).text, figure(123_456.7).text
    ('0.5927', '0.05', '-4.568·10⁻⁵', '123457')
    >>> figure(0.000_045_678, 4, [-3]).text
    '0.04568·10⁻³'
    """
    if not math.isfinite(value):
        return Printed(value, str(value), 0)
    if value == 0:
        return Printed(0.0, "0", 0)
    size = math.floor(math.log10(abs(value)))
    plain = _is_plain(value)
    rounded = Decimal(f"{value:.{max(digits, size + 1 if plain else 0) - 1}e}")
    if abs(float(rounded) - value) <= _SAME * abs(value):
        rounded = rounded.normalize()
    exponent = 0
    if not plain:
        size = rounded.adjusted()
        fitting = [shared for shared in exponents if size <= shared <= size + 2]
        exponent = min(fitting) if fitting else size
    digits_text = format(rounded.scaleb(-exponent), "f")
    found = Printed.of(digits_text, exponent)
    return found if math.isfinite(found.value) else Printed(value, digits_text, exponent)


def powers(values: Iterable[float]) -> list[int]:
    """Return the powers of ten that the small and large numbers of a block can share.

    >>> powers([0.5, 3e-5, 4e-6, 2e-12])
    [-5, -12]
    """
    found: list[int] = []
    sizes = {math.floor(math.log10(abs(v))) for v in values if v and math.isfinite(v) and not _is_plain(v)}
    for size in sorted(sizes, reverse=True):
        if not found or size < found[-1] - 2:
            found.append(size)
    return found


def _is_plain(value: float) -> bool:
    return 9.995e-4 <= abs(value) < 999_999


def is_short(value: float) -> bool:
    """Whether ten digits say all of a number."""
    return math.isfinite(value) and float(f"{value:.9e}") == value
