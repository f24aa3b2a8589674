"""Words: numbers as sentences say them."""

from __future__ import annotations

from math import isfinite

__all__ = ["part_of", "shown"]


def part_of(share: float) -> str:
    """Write a share for a sentence; one that is not 0 never reads as 0.

    >>> part_of(0.423), part_of(0.0004), part_of(0.9999), part_of(1.0)
    ('42%', 'less than 1%', 'more than 99%', '100%')
    """
    if 0 < share < 0.01:
        return "less than 1%"
    return "more than 99%" if 0.99 < share < 1 else f"{share:.0%}"


def shown(value: float) -> str:
    """Write a number for a sentence.

    >>> shown(0.123456), shown(12345.6), shown(3e-7), shown(2.0)
    ('0.123', '12,346', '3e-07', '2')
    """
    if isfinite(value) and 1000 <= abs(value) < 1e6:
        return f"{value:,.0f}"
    return f"{value:.3g}"
