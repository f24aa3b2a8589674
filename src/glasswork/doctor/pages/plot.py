"""Plot: a small writer of SVG whose colours are the page's own, so that a picture follows light and dark.

Every mark carries a class; the page's style sheet gives the colours. What is not finite is drawn as a cross at the top
of the picture, never left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, floor, isfinite, log10

from glasswork.doctor.pages.words import clean, figure

__all__ = ["MOST_POINTS", "Plot", "Scale", "Shown", "thinned"]

MOST_POINTS = 240
_TINY = 1e-30


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


@dataclass(frozen=True)
class Scale:
    """One direction of a plot, plain or in powers of ten.

    >>> Scale.around([1.0, 3.0], zero=True).place(3.0)
    0.9523809523809524
    """

    low: float
    high: float
    log: bool = False

    @classmethod
    def around(
        cls, values: Sequence[float | None], *, zero: bool = False, log: bool = False, pad: float = 0.05
    ) -> Scale:
        """Return a scale that holds all finite values; a logarithmic one those above 0."""
        known = [float(v) for v in values if v is not None and isfinite(v) and (v > _TINY or not log)]
        if not known:
            return cls(0.1, 1.0, log) if log else cls(0.0, 1.0)
        low, high = max(min(known), -1e300), min(max(known), 1e300)
        if log:
            return cls(low / 1.3, high * 1.3, log=True)
        if zero:
            low, high = min(low, 0.0), max(high, 0.0)
        if high - low <= 1e-9 * max(abs(low), abs(high)):
            size = abs(high) / 10 or 0.5
            return cls(low - size, high + size)
        span = high / 2 - low / 2
        return cls(
            low if zero and low == 0 else low - 2 * pad * span, high if zero and high == 0 else high + 2 * pad * span
        )

    def place(self, value: float) -> float:
        """Return where a value lies: 0 at the low end, 1 at the high end; what lies outside is brought to the edge."""
        if self.log:
            low, high = log10(self.low), log10(self.high)
            at = (log10(max(value, self.low)) - low) / ((high - low) or 1.0)
        else:
            at = (value / 2 - self.low / 2) / ((self.high / 2 - self.low / 2) or 1.0)
        return min(1.0, max(0.0, at))

    def ticks(self, wanted: int = 4) -> list[float]:
        """Return round values on the scale."""
        if self.log:
            first, last = ceil(log10(self.low)), floor(log10(self.high))
            every = max(1, ceil((last - first) / wanted))
            powers = [10.0**power for power in range(first, last + 1, every)]
            if len(powers) >= 2:
                return powers
            near = [f * 10.0**p for p in range(first - 1, last + 2) for f in (1, 2, 5)]
            return [value for value in near if self.low <= value <= self.high][:6]
        found: list[float] = []
        for finer in (1, 2):
            step = _nice(self.high / wanted / finer - self.low / wanted / finer)
            found = [i * step for i in range(ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9) + 1)]
            if len(found) > 2:
                break
        return found


class Plot:
    """A picture with two axes; marks are added, then `svg` gives it.

    Args:
        title: what is seen, for people who cannot see it.
        x: horizontal scale.
        y: vertical scale.
        x_name: of the horizontal axis.
        y_name: of the vertical axis.
        height: of the drawing, in its own units (about pixels).
        right: room for names at the ends of lines.
        names: what stands below the horizontal axis, by place; None: its round values.

    >>> plot = Plot("growth", Scale(0, 1), Scale(0, 2))
    >>> plot.line([0, 1], [0, 2], "a")
    >>> plot.svg().startswith('<svg class="plot"')
    True
    """

    WIDTH = 520

    def __init__(
        self,
        title: str,
        x: Scale,
        y: Scale,
        *,
        x_name: str = "",
        y_name: str = "",
        height: int = 240,
        right: int = 16,
        names: Sequence[tuple[float, str]] | None = None,
    ) -> None:
        self.title, self.x_scale, self.y_scale, self.x_name, self.y_name = title, x, y, x_name, y_name
        self.height, self.right, self.names = height, right, names
        self.left, self.top, self.bottom = 58, 28 if y_name else 12, 44 if x_name else 26
        self.behind: list[str] = []
        self.marks: list[str] = []
        self.ends: list[tuple[float, float, str, str]] = []

    def x(self, value: float) -> float:
        """Return the horizontal place of a value."""
        return self.left + self.x_scale.place(value) * (self.WIDTH - self.left - self.right)

    def y(self, value: float) -> float:
        """Return the vertical place of a value."""
        return self.height - self.bottom - self.y_scale.place(value) * (self.height - self.top - self.bottom)

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

    def dots(self, xs: Sequence[float], ys: Sequence[float | None], kind: str, *, radius: float = 2.8) -> None:
        """Draw a dot at each point."""
        spots = [(a, b) for a, b in zip(xs, ys, strict=True) if b is not None and isfinite(b)]
        inner = "".join(f'<circle cx="{self.x(a):.1f}" cy="{self.y(b):.1f}" r="{radius:g}"/>' for a, b in spots)
        self.marks.append(f'<g class="dots {kind}">{inner}</g>')

    def sign(self, x: float, y: float, what: str) -> None:
        """Draw a sign at a place of the drawing: ``x`` not finite, ``up`` too high, ``down`` too low."""
        self.marks.append(f'<path class="sign" d="{sign_path(x, y, what)}"/>')

    def band(self, low: float, high: float, name: str) -> None:
        """Mark a zone of the vertical axis, as far as it can be seen; not where all that can be seen lies in it."""
        if low <= self.y_scale.low and high >= self.y_scale.high:
            return
        low, high = max(low, self.y_scale.low), min(high, self.y_scale.high)
        if high > low:
            top, foot = self.y(high), self.y(low)
            wide = self.WIDTH - self.left - self.right
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
                side = f'x="{at - 5:.1f}" text-anchor="end"' if at > self.WIDTH * 0.6 else f'x="{at + 5:.1f}"'
                self.marks.append(f'<text class="note" {side} y="{self.top + 10}">{clean(name)}</text>')
        if y is not None and self.y_scale.low <= y <= self.y_scale.high:
            at = self.y(y)
            self.marks.append(f'<path class="{kind}" d="M{self.left} {at:.1f}H{self.WIDTH - self.right}"/>')
            if name:
                over = at - 5 if at > self.top + 14 else at + 13
                self.marks.append(f'<text class="note" x="{self.left + 6}" y="{over:.1f}">{clean(name)}</text>')

    def svg(self) -> str:
        """Return the finished picture."""
        foot, end = self.height - self.bottom, self.WIDTH - self.right
        parts = [
            f'<svg class="plot" viewBox="0 0 {self.WIDTH} {self.height}" role="img" aria-label="{clean(self.title)}">',
            *self.behind,
        ]
        for value in self.y_scale.ticks(4):
            at = self.y(value)
            parts.append(f'<path class="grid" d="M{self.left} {at:.1f}H{end}"/>')
            parts.append(f'<text x="{self.left - 7}" y="{at + 4:.1f}" text-anchor="end">{_tick(value)}</text>')
        parts.append(f'<path class="axis" d="M{self.left} {foot}H{end}"/>')
        ticks = self.names if self.names is not None else [(v, _tick(v)) for v in self.x_scale.ticks(5)]
        for value, name in ticks:
            parts.append(f'<text x="{self.x(value):.1f}" y="{foot + 17}" text-anchor="middle">{clean(name)}</text>')
        if self.x_name:
            middle = (self.left + end) / 2
            parts.append(
                f'<text class="name" x="{middle:.0f}" y="{self.height - 6}" text-anchor="middle">'
                f"{clean(self.x_name)}</text>"
            )
        if self.y_name:
            parts.append(f'<text class="name" x="4" y="14">{clean(self.y_name)}</text>')
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


def thinned(
    xs: Sequence[float], ys: Sequence[float | None], most: int = MOST_POINTS
) -> tuple[list[float], list[float | None]]:
    """Return at most so many points: of each stretch the mean, or what is not finite, where there is such a value."""
    if len(xs) <= most:
        return list(xs), list(ys)
    cuts = [round(i * len(xs) / most) for i in range(most + 1)]
    out_x: list[float] = []
    out_y: list[float | None] = []
    for a, b in pairwise(cuts):
        inside = [y for y in ys[a:b] if y is not None]
        broken = next((y for y in inside if not isfinite(y)), None)
        out_x.append(xs[a])
        out_y.append(broken if broken is not None else sum(y / len(inside) for y in inside) if inside else None)
    return out_x, out_y


def _nice(span: float) -> float:
    """Return 1, 2 or 5 times a power of ten, just above.

    >>> _nice(0.31), _nice(7.0)
    (0.5, 10.0)
    """
    if not span > 0:
        return 1.0
    power = 10.0 ** floor(log10(span))
    return next((factor * power for factor in (1, 2, 5) if span <= factor * power * 1.0001), 10 * power)


def _tick(value: float) -> str:
    return figure(0.0 if abs(value) < _TINY else round(value, 12) if abs(value) > 1e-6 else value)


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
