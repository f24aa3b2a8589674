"""Plot: a small writer of SVG whose colours are the page's own, so that a picture follows light and dark.

Every mark carries a class; the page's style sheet gives the colours. What is not finite is drawn as a cross at the top
of the picture, never left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from glasswork.drawing.axis import Axis
from glasswork.drawing.safe import clean

__all__ = ["Plot", "sign_path"]


class Plot:
    """A picture with two axes; marks are added, then `svg` gives it.

    Args:
        title: what is seen, for people who cannot see it.
        x: horizontal axis.
        y: vertical axis.
        width: of the drawing, in its own units (about pixels).
        height: likewise.
        left: room for the vertical axis' numbers.
        right: room for names at the ends of lines.
        names: what stands below the horizontal axis, by place; None: its round values.

    >>> plot = Plot("growth", Axis(0, 1, "step"), Axis(0, 2))
    >>> plot.line([0, 1], [0, 2], "network")
    >>> plot.svg().startswith('<svg class="plot"')
    True
    """

    def __init__(
        self,
        title: str,
        x: Axis,
        y: Axis,
        *,
        width: int = 460,
        height: int = 270,
        left: int = 52,
        right: int = 14,
        names: Sequence[tuple[float, str]] | None = None,
    ) -> None:
        self.title, self.x_axis, self.y_axis, self.width, self.height = title, x, y, width, height
        self.left, self.right, self.names = left, right, names
        self.top, self.bottom = 27 if y.name else 12, 44 if x.name else 28
        self.behind: list[str] = []
        self.marks: list[str] = []
        self.ends: list[tuple[float, float, str, str]] = []

    def x(self, value: float) -> float:
        """Return the horizontal place of a value."""
        return self.left + self.x_axis.place(value) * (self.width - self.left - self.right)

    def y(self, value: float) -> float:
        """Return the vertical place of a value."""
        return self.height - self.bottom - self.y_axis.place(value) * (self.height - self.top - self.bottom)

    def line(self, xs: Sequence[float], ys: Sequence[float | None], kind: str, *, name: str = "") -> None:
        """Draw a line through the points; it breaks where a value is missing, and one that is not finite is a cross."""
        path, pen, last = [], "M", None
        broken: list[float] = []
        for a, b in zip(xs, ys, strict=True):
            if b is None or not isfinite(b):
                pen = "M"
                if b is not None:
                    broken.append(a)
                continue
            path.append(f"{pen}{self.x(a):.1f} {self.y(b):.1f}")
            pen, last = "L", (self.x(a), self.y(b))
        if path:
            if len(path) == 1:
                self.dots([a for a, b in zip(xs, ys, strict=True) if b is not None and isfinite(b)],
                          [b for b in ys if b is not None and isfinite(b)], kind)  # fmt: skip
            self.marks.append(f'<path class="line {kind}" d="{"".join(path)}"/>')
        for a in broken[:: max(1, len(broken) // 30)]:
            self.sign(self.x(a), self.top + 5, "x")
        if last is not None and name:
            self.ends.append((last[0] + 6, last[1], kind, name))

    def dots(
        self, xs: Sequence[float], ys: Sequence[float | None], kind: str, *, radius: float | Sequence[float] = 2.4
    ) -> None:
        """Draw a dot at each point."""
        sizes = [radius] * len(xs) if isinstance(radius, float | int) else radius
        inner = "".join(
            f'<circle cx="{self.x(a):.1f}" cy="{self.y(b):.1f}" r="{r:g}"/>'
            for a, b, r in zip(xs, ys, sizes, strict=True)
            if b is not None and isfinite(a) and isfinite(b)
        )
        self.marks.append(f'<g class="dots {kind}">{inner}</g>')

    def bars(self, edges: Sequence[float], heights: Sequence[float], kind: str) -> None:
        """Draw bars from zero; bar i reaches from ``edges[i]`` to ``edges[i + 1]``."""
        foot = self.y(max(0.0, self.y_axis.low))
        inner = []
        for i, value in enumerate(heights):
            if value > 0:
                a, b, top = self.x(edges[i]), self.x(edges[i + 1]), self.y(value)
                wide, tall = max(0.5, b - a - 1), max(foot - top, 0.8)
                inner.append(f'<rect x="{a + 0.5:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{tall:.1f}"/>')
        self.marks.append(f'<g class="bars {kind}">{"".join(inner)}</g>')

    def sign(self, x: float, y: float, what: str) -> None:
        """Draw a sign at a place of the drawing: ``x`` not finite, ``up`` too high, ``down`` too low."""
        self.marks.append(f'<path class="sign" d="{sign_path(x, y, what)}"/>')

    def band(self, low: float, high: float, name: str) -> None:
        """Mark a zone of the vertical axis, as far as it can be seen; not where all that can be seen lies in it."""
        if low <= self.y_axis.low and high >= self.y_axis.high:
            return
        low, high = max(low, self.y_axis.low), min(high, self.y_axis.high)
        if high > low:
            top, foot = self.y(high), self.y(low)
            wide = self.width - self.left - self.right
            self.behind.append(
                f'<rect class="band" x="{self.left}" y="{top:.1f}" width="{wide}" height="{foot - top:.1f}"/>'
            )
            if name and foot - top >= 15:
                self.marks.append(f'<text class="bandname" x="{self.left + 6}" y="{foot - 5:.1f}">{clean(name)}</text>')

    def rule(self, *, x: float | None = None, y: float | None = None, name: str = "", kind: str = "rule") -> None:
        """Draw a straight line across, with a word beside it."""
        if x is not None:
            at = self.x(x)
            foot = self.height - self.bottom
            self.marks.append(f'<path class="{kind}" d="M{at:.1f} {self.top}V{foot}"/>')
            if name:
                side = f'x="{at - 5:.1f}" text-anchor="end"' if at > self.width * 0.6 else f'x="{at + 5:.1f}"'
                self.marks.append(f'<text class="note" {side} y="{self.top + 10}">{clean(name)}</text>')
        if y is not None and self.y_axis.low <= y <= self.y_axis.high:
            at = self.y(y)
            self.marks.append(f'<path class="{kind}" d="M{self.left} {at:.1f}H{self.width - self.right}"/>')
            if name:
                over = at - 5 if at > self.top + 14 else at + 13
                self.marks.append(f'<text class="note" x="{self.left + 6}" y="{over:.1f}">{clean(name)}</text>')

    def svg(self) -> str:
        """Return the finished picture."""
        foot, end = self.height - self.bottom, self.width - self.right
        parts = [
            f'<svg class="plot" viewBox="0 0 {self.width} {self.height}" role="img" aria-label="{clean(self.title)}">'
            f"<title>{clean(self.title)}</title>",
            *self.behind,
        ]
        for value, text in self.y_axis.ticks(4):
            at = self.y(value)
            parts.append(f'<path class="grid" d="M{self.left} {at:.1f}H{end}"/>')
            parts.append(f'<text x="{self.left - 7}" y="{at + 4:.1f}" text-anchor="end">{text}</text>')
        parts.append(f'<path class="axis" d="M{self.left} {foot}H{end}"/>')
        ticks = self.names if self.names is not None else self.x_axis.ticks(5)
        for value, name in ticks:
            parts.append(f'<text x="{self.x(value):.1f}" y="{foot + 17}" text-anchor="middle">{clean(name)}</text>')
        if self.x_axis.name:
            middle = (self.left + end) / 2
            parts.append(
                f'<text class="name" x="{middle:.0f}" y="{self.height - 6}" text-anchor="middle">'
                f"{clean(self.x_axis.name)}</text>"
            )
        if self.y_axis.name:
            parts.append(f'<text class="name" x="4" y="14">{clean(self.y_axis.name)}</text>')
        parts += self.marks
        parts += [
            f'<text class="end {kind}" x="{a:.1f}" y="{b + 4:.1f}">{clean(name)}</text>'
            for a, b, kind, name in _apart(self.ends, self.top + 6, foot - 2)
        ]
        return "".join([*parts, "</svg>"])


def sign_path(x: float, y: float, what: str) -> str:
    """Return the strokes of a sign around a place.

    >>> sign_path(5, 5, "up")
    'M2 7L5 3L8 7z'
    """
    if what == "x":
        return f"M{x - 2.8:.4g} {y - 2.8:.4g}l5.6 5.6m0 -5.6l-5.6 5.6"
    turn = 2 if what == "up" else -2
    return f"M{x - 3:.4g} {y + turn:.4g}L{x:.4g} {y - turn:.4g}L{x + 3:.4g} {y + turn:.4g}z"


def _apart(
    names: list[tuple[float, float, str, str]], top: float, foot: float, least: float = 14.0
) -> list[tuple[float, float, str, str]]:
    """Move names that would overlap apart, downwards first, then back up from the foot."""
    ordered = sorted(names, key=lambda name: name[1])
    places: list[float] = []
    for _, y, _, _ in ordered:
        places.append(max(y, top, places[-1] + least) if places else max(y, top))
    for i in range(len(places) - 1, -1, -1):
        limit = foot if i == len(places) - 1 else places[i + 1] - least
        places[i] = min(places[i], limit)
    return [(a, y, kind, name) for (a, _, kind, name), y in zip(ordered, places, strict=True)]
