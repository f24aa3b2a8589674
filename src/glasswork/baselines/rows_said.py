"""How many examples a baseline was fitted on, in words: said whenever it was not all of them."""

from __future__ import annotations

__all__ = ["rows_said"]


def rows_said(used: int, there: int, what: str) -> str:
    """Return the end of a label.

    >>> rows_said(2000, 32561, "rows")
    ' (2,000 of 32,561 rows)'
    >>> rows_said(150, 150, "rows")
    ''
    """
    return "" if used >= there else f" ({used:,} of {there:,} {what})"
