"""Shown: a picture, how to read it, and the same as a table; the plot that all curves of the doctor begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from glasswork.drawing import Axis, Plot

__all__ = ["Shown", "wide_plot"]


@dataclass(frozen=True)
class Shown:
    """A picture with its caption, and the same as a table.

    Args:
        title: what is seen, in a few words.
        svg: the picture.
        caption: how to read it.
        headings: of the table's columns.
        rows: of the table, the first cell names the row.
    """

    title: str
    svg: str
    caption: str
    headings: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = field(default_factory=list)


def wide_plot(
    title: str,
    x: Axis,
    y: Axis,
    *,
    height: int = 240,
    right: int = 16,
    names: Sequence[tuple[float, str]] | None = None,
) -> Plot:
    """Return an empty plot of the width that all have on the doctor's page."""
    return Plot(title, x, y, width=520, height=height, left=58, right=right, names=names)
