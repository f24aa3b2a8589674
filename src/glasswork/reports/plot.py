"""Plot: a small writer of SVG whose colours are the page's own, so that a picture follows light and dark.

Every mark carries a class (``network``, ``truth``, ``quiet`` …); the page's style sheet gives the colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, inf, isfinite, log10

from markupsafe import Markup

from glasswork.reports.numbers import tick_text

__all__ = ["Axis", "Plot", "nice_step"]

Values = Sequence[float]
SMALLEST = 1e-290  # below, powers of ten run out


def nice_step(span: float, ticks: int = 5) -> float:
    """Return 1, 2 or 5 times a power of ten, so that about so many steps cover the span.

    >>> nice_step(0.93), nice_step(430.0)
    (0.2, 100.0)
    """
    rough = span / max(1, ticks)
    power = 10.0 ** floor(log10(rough))
    for factor in (1, 2, 5, 10):
        if rough <= factor * power * 1.0001:
            return factor * power
    return 10 * power


@dataclass(frozen=True)
class Axis:
    """One direction of a plot: where it begins and ends, its name, whether it counts in powers of ten."""

    low: float
    high: float
    name: str = ""
    log: bool = False

    @classmethod
    def around(
        cls, values: Values, name: str = "", *, zero: bool = False, log: bool = False, pad: float = 0.05
    ) -> Axis:
        """Return an axis that holds all finite values; `zero` draws it down to zero."""
        least = SMALLEST if log else -inf
        known = [float(value) for value in values if value is not None and isfinite(value) and value > least]
        if not known:
            return cls(0.0, 1.0, name)
        low, high = (0.0 if abs(value) < SMALLEST else value for value in (min(known), max(known)))
        if log:
            return cls(low / 1.15, high * 1.15, name, log=True)
        if zero:
            low = min(low, 0.0)
        size = max(abs(low), abs(high))
        if high - low <= 1e-9 * size:  # a line that does not move lies in the middle
            return cls(low - (size / 10 or 0.5), high + (size / 10 or 0.5), name)
        span = high - low
        return cls(low if zero and low == 0 else low - pad * span, high + pad * span, name)

    def place(self, value: float) -> float:
        """Return where a value lies, 0 at the low end and 1 at the high end."""
        if self.log:
            return (log10(max(value, self.low)) - log10(self.low)) / (log10(self.high) - log10(self.low) or 1.0)
        return (value - self.low) / (self.high - self.low or 1.0)

    def ticks(self, wanted: int = 5) -> list[tuple[float, str]]:
        """Return round values on the axis with their texts."""
        if self.log:
            first, last = floor(log10(self.low)), ceil(log10(self.high))
            factors = (1,) if last - first > 3 else (1, 2, 5)
            values = [f * 10.0**power for power in range(first, last + 1) for f in factors]
            return [(v, tick_text(v, min(v, 1))) for v in values if self.low <= v <= self.high]
        step = nice_step(self.high - self.low, wanted)
        first = ceil(self.low / step - 1e-9)
        last = floor(self.high / step + 1e-9)
        return [(i * step, tick_text(i * step, step)) for i in range(first, last + 1)]


class Plot:
    """A picture with two axes; marks are added, then `render` gives the SVG.

    Args:
        title: what is seen, for people who cannot see it.
        x: horizontal axis.
        y: vertical axis.
        width: of the drawing, in its own units (about pixels).
        height: likewise.
        left: room for the vertical axis' labels.
        right: room for names at the ends of lines.

    >>> plot = Plot("growth", Axis(0, 1, "step"), Axis(0, 2))
    >>> plot.line([0, 1], [0, 2], "network")
    >>> str(plot.render()).startswith('<svg class="plot"')
    True
    """

    def __init__(
        self, title: str, x: Axis, y: Axis, *, width: int = 460, height: int = 270, left: int = 52, right: int = 14
    ) -> None:
        self.title, self.x_axis, self.y_axis, self.width, self.height = title, x, y, width, height
        self.left, self.right, self.top, self.bottom = left, right, 26 if y.name else 12, 44 if x.name else 28
        self.marks: list[str] = []
        self.names: list[tuple[float, float, str, str]] = []

    def x(self, value: float) -> float:
        """Return the horizontal place of a value in the drawing."""
        return self.left + self.x_axis.place(value) * (self.width - self.left - self.right)

    def y(self, value: float) -> float:
        """Return the vertical place of a value in the drawing."""
        return self.height - self.bottom - self.y_axis.place(value) * (self.height - self.top - self.bottom)

    def line(self, xs: Values, ys: Values, kind: str, *, name: str = "") -> None:
        """Draw a line through the points, broken where a value is not finite; `name` stands at its end."""
        path, pen = [], "M"
        last = None
        for a, b in zip(xs, ys, strict=True):
            if b is None or not isfinite(b):
                pen = "M"
                continue
            path.append(f"{pen}{self.x(a):.1f} {self.y(b):.1f}")
            pen, last = "L", (self.x(a), self.y(b))
        if last is None:
            return
        self.marks.append(f'<path class="line {kind}" d="{"".join(path)}"/>')
        if name:
            self.names.append((last[0] + 6, last[1], kind, name))

    def dots(self, xs: Values, ys: Values, kind: str, *, radius: float | Sequence[float] = 2.2) -> None:
        """Draw a dot at each point."""
        sizes = [radius] * len(xs) if isinstance(radius, float | int) else radius
        self.marks.append(f'<g class="dots {kind}">')
        for a, b, r in zip(xs, ys, sizes, strict=True):
            if isfinite(a) and isfinite(b):
                self.marks.append(f'<circle cx="{self.x(a):.1f}" cy="{self.y(b):.1f}" r="{r:g}"/>')
        self.marks.append("</g>")

    def bars(self, edges: Values, heights: Values, kind: str) -> None:
        """Draw bars from zero; bar i reaches from ``edges[i]`` to ``edges[i + 1]``."""
        floor_y = self.y(max(0.0, self.y_axis.low))
        self.marks.append(f'<g class="bars {kind}">')
        for i, value in enumerate(heights):
            if value > 0:
                a, b, top = self.x(edges[i]), self.x(edges[i + 1]), self.y(value)
                width, tall = max(0.5, b - a - 1), max(floor_y - top, 0.8)
                self.marks.append(f'<rect x="{a + 0.5:.1f}" y="{top:.1f}" width="{width:.1f}" height="{tall:.1f}"/>')
        self.marks.append("</g>")

    def rule(self, *, x: float | None = None, y: float | None = None, kind: str = "rule", name: str = "") -> None:
        """Draw a straight line across the plot, with a word beside it."""
        if x is not None:
            at = self.x(x)
            self.marks.append(
                f'<line class="{kind}" x1="{at:.1f}" x2="{at:.1f}" y1="{self.top}" y2="{self.height - self.bottom}"/>'
            )
            if name:
                end = at > self.width * 0.62
                side = f'x="{at - 5:.1f}" text-anchor="end"' if end else f'x="{at + 5:.1f}"'
                self.marks.append(f'<text class="note" {side} y="{self.top + 10}">{escape(name)}</text>')
        if y is not None:
            at = self.y(y)
            self.marks.append(
                f'<line class="{kind}" x1="{self.left}" x2="{self.width - self.right}" y1="{at:.1f}" y2="{at:.1f}"/>'
            )

    def render(self) -> Markup:
        """Return the finished SVG."""
        foot = self.height - self.bottom
        parts = [
            f'<svg class="plot" viewBox="0 0 {self.width} {self.height}" role="img" aria-label="{escape(self.title)}">'
            f"<title>{escape(self.title)}</title>"
        ]
        for value, text in self.y_axis.ticks(4):
            at = self.y(value)
            parts.append(
                f'<line class="grid" x1="{self.left}" x2="{self.width - self.right}" y1="{at:.1f}" y2="{at:.1f}"/>'
            )
            parts.append(f'<text class="tick" x="{self.left - 7}" y="{at + 4:.1f}" text-anchor="end">{text}</text>')
        parts.append(f'<line class="axis" x1="{self.left}" x2="{self.width - self.right}" y1="{foot}" y2="{foot}"/>')
        for value, text in self.x_axis.ticks(5):
            parts.append(
                f'<text class="tick" x="{self.x(value):.1f}" y="{foot + 17}" text-anchor="middle">{text}</text>'
            )
        if self.x_axis.name:
            middle = (self.left + self.width - self.right) / 2
            parts.append(
                f'<text class="name" x="{middle:.0f}" y="{self.height - 6}" text-anchor="middle">'
                f"{escape(self.x_axis.name)}</text>"
            )
        if self.y_axis.name:
            parts.append(f'<text class="name" x="4" y="13">{escape(self.y_axis.name)}</text>')
        parts += self.marks
        parts += [
            f'<text class="end {kind}" x="{a:.1f}" y="{b + 4:.1f}">{escape(name)}</text>'
            for a, b, kind, name in _apart(self.names, self.top + 6, foot - 2)
        ]
        parts.append("</svg>")
        return Markup("".join(parts))  # noqa: S704 - every text in it was escaped above


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
