"""Sketch: curves in a terminal, eight dots a sign."""

from __future__ import annotations

from math import floor, isfinite, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glasswork.portraits import Portrait

__all__ = ["sketch"]

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def sketch(portrait: Portrait, *, width: int = 60, height: int = 12) -> str:
    """Return a portrait's curves as lines of text, `width` signs wide; images give an empty string.

    The first curve is drawn with all its dots, the others with every other one.

    >>> from glasswork.portraits import Curve, Portrait
    >>> line = Portrait("a line", "x", "y", [Curve("line", [0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.0])])
    >>> print(sketch(line, width=4, height=2))
    3 ⠀⠀⡠⠊
    0 ⡠⠊⠀⠀
      x from 0 to 3: line
    """
    points = [(x, _height(y, portrait)) for curve in portrait.curves for x, y in zip(curve.x, curve.y, strict=True)]
    known = [(x, y) for x, y in points if isfinite(x) and isfinite(y)]
    if not known:
        return ""
    (left, low), (right, high) = (
        (min(x for x, _ in known), min(y for _, y in known)),
        (
            max(x for x, _ in known),
            max(y for _, y in known),
        ),
    )
    cells = [[0] * width for _ in range(height)]
    for number, curve in enumerate(portrait.curves):
        for place, (x, y) in enumerate(_filled(curve.x, [_height(y, portrait) for y in curve.y], 4 * width)):
            if not (isfinite(x) and isfinite(y)) or (number and place % (2 + 2 * number) >= 1 + number):
                continue
            column = round((x - left) / (right - left or 1) * (2 * width - 1))
            row = round((high - y) / (high - low or 1) * (4 * height - 1))
            cells[row // 4][column // 2] |= _DOTS[row % 4][column % 2]
    labels = {0: _number(high, portrait), height - 1: _number(low, portrait)}
    margin = max(map(len, labels.values()))
    lines = [
        f"{labels.get(row, '').rjust(margin)} {''.join(chr(0x2800 + cell) for cell in cells[row])}"
        for row in range(height)
    ]
    names = ", ".join(curve.name for curve in portrait.curves)
    foot = f"{portrait.x_name} from {left:g} to {right:g}: {names}"
    return "\n".join([*lines, f"{' ' * (margin + 1)}{foot}"])


def _height(y: float, portrait: Portrait) -> float:
    return (log10(y) if y > 0 else float("nan")) if portrait.log else y


def _number(value: float, portrait: Portrait) -> str:
    return f"{10**value:.2g}" if portrait.log else f"{value:.3g}"


def _filled(xs: list[float], ys: list[float], wanted: int) -> list[tuple[float, float]]:
    """Return the points with straight lines between them filled, so that steep curves have no holes."""
    found = []
    each = max(1, floor(wanted / max(1, len(xs) - 1)))
    for (x, y), (next_x, next_y) in zip(zip(xs, ys, strict=True), zip(xs[1:], ys[1:], strict=True), strict=False):
        found += [(x + (next_x - x) * i / each, y + (next_y - y) * i / each) for i in range(each)]
    return [*found, *list(zip(xs, ys, strict=True))[-1:]]
