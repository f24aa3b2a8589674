"""Pictures on the page as inline SVG: heat maps and strips, the chart of all layers, squares of the plane.

Colours are the page's own (a class on every mark), so that a picture follows light and dark. A matrix is an indexed
PNG inside the SVG: positive and negative numbers in two colours, the opacity says how large.

>>> png_of([[1.0, -1.0]], 1.0)[:22]
'data:image/png;base64,'
"""

from __future__ import annotations

import math
import struct
import zlib
from base64 import b64encode
from collections.abc import Sequence
from html import escape

from glasswork.tracing.document import Chart, Heat, Plane, Series
from glasswork.tracing.figures import figure

__all__ = ["chart_svg", "heat_svg", "plane_svg", "png_of"]

_POSITIVE, _NEGATIVE, _MISSING = (13, 110, 124), (196, 86, 30), (128, 128, 128)
_LEVELS = 127
_WIDEST = 640


def heat_svg(heat: Heat) -> str:
    """Return a matrix as a picture, a vector as a strip; the marked row and column are outlined."""
    rows, columns = len(heat.values), max(map(len, heat.values), default=0)
    if not rows or not columns:
        return ""
    finite = [abs(value) for row in heat.values for value in row if math.isfinite(value)]
    largest = max(finite, default=0.0)
    cell = max(1.0, min(16.0, _WIDEST / columns))
    high = max(26.0, rows * cell) if rows == 1 else rows * min(cell, max(2.0, 520 / rows))
    wide = columns * cell
    top = 6
    step = high / rows
    parts = [
        f'<rect class="frame" x="6" y="{top}" width="{wide:.1f}" height="{high:.1f}"/>'
        f'<image x="6" y="{top}" width="{wide:.1f}" height="{high:.1f}" preserveAspectRatio="none" '
        f'href="{png_of(heat.values, largest)}"/>'
    ]
    if heat.marked is not None:
        row, column = heat.marked
        box = [6.0, float(top), wide, high]
        if row >= 0:
            box[1], box[3] = top + row * step, step
        if column >= 0:
            box[0], box[2] = 6 + column * cell, cell
        parts.append('<rect class="marked" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>'.format(*box))
    end = figure(largest, 3).text.replace("-", "−")
    foot = top + high + 20
    bar = min(180.0, max(60.0, wide * 0.5))
    ramp = [[(place / 31) - 1 for place in range(63)]]
    parts.append(
        f'<text x="6" y="{foot:.1f}">−{end}</text>'
        f'<image x="{6 + 8 * len(end) + 12:.1f}" y="{foot - 9:.1f}" width="{bar:.1f}" height="9" '
        f'preserveAspectRatio="none" href="{png_of(ramp, 1.0)}"/>'
        f'<text x="{6 + 8 * len(end) + 18 + bar:.1f}" y="{foot:.1f}">{end}</text>'
    )
    width = max(wide + 12, bar + 16 * len(end) + 44)
    size = "numbers in a strip" if rows == 1 else f"a matrix of {rows} rows and {columns} columns"
    said = escape(f"{heat.title}: {columns if rows == 1 else ''} {size}".replace(":  ", ": "), quote=True)
    return _svg("heat", width, foot + 8, said, "".join(parts))


def chart_svg(chart: Chart) -> str:
    """Return the quantities of all layers above one another, over the same layers."""
    count = len(chart.names)
    left, right, panel, gap = 74, 16, 92, 34
    width = max(420, min(900, left + right + 26 * count))
    inner = width - left - right
    parts = []
    top = 26.0
    for series in chart.series:
        parts.append(_panel(series, count, left, top, inner, panel))
        top += panel + gap
    foot = top - gap + 18
    every = max(1, math.ceil(count / (inner / 42)))
    for place in range(0, count, every):
        x = left + _across(place, count) * inner
        parts.append(f'<text x="{x:.1f}" y="{foot:.1f}" text-anchor="middle">{place + 1}</text>')
    parts.append(f'<text class="name" x="{left + inner / 2:.1f}" y="{foot + 18:.1f}" text-anchor="middle">layer</text>')
    said = escape(f"{chart.title}: {', '.join(series.name for series in chart.series)}", quote=True)
    return _svg("chart", width, foot + 26, said, "".join(parts))


def plane_svg(plane: Plane) -> str:
    """Return a square of the plane with its points and paths."""
    side, left, top = 340.0, 52.0, 10.0
    middle = plane.boundary if plane.boundary is not None else 0.0
    shifted = [[value - middle for value in row] for row in reversed(plane.values)]
    largest = max((abs(value) for row in shifted for value in row if math.isfinite(value)), default=0.0)

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - plane.x[0]) / ((plane.x[1] - plane.x[0]) or 1.0)
        up = (y - plane.y[0]) / ((plane.y[1] - plane.y[0]) or 1.0)
        return left + across * side, top + (1 - up) * side

    parts = [
        f'<rect class="frame" x="{left}" y="{top}" width="{side}" height="{side}"/>'
        f'<image x="{left}" y="{top}" width="{side}" height="{side}" preserveAspectRatio="none" '
        f'href="{png_of(shifted, largest)}"/>'
    ]
    if plane.boundary is not None:
        parts.append(f'<path class="boundary" d="{_border(plane, place)}"/>')
    for number, (name, points) in enumerate(plane.paths):
        spots = [place(*point) for point in points]
        track = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
        parts.append(f'<path class="track track-{number % 3}" d="{track}"/>')
        parts += [f'<circle class="track-{number % 3}" cx="{x:.1f}" cy="{y:.1f}" r="2.6"/>' for x, y in spots]
        if spots and name:
            x, y = spots[-1]
            parts.append(f'<text class="end" x="{x + 6:.1f}" y="{y - 5:.1f}">{escape(name)}</text>')
    for x_value, y_value, mark in plane.points:
        x, y = place(x_value, y_value)
        parts.append(
            f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="9"/>'
            f'<text class="label" x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{escape(mark[:2])}</text>'
        )
    foot = top + side
    for value in plane.x:
        x, _ = place(value, plane.y[0])
        parts.append(f'<text x="{x:.1f}" y="{foot + 17:.1f}" text-anchor="middle">{_tick(value)}</text>')
    for value in plane.y:
        _, y = place(plane.x[0], value)
        parts.append(f'<text x="{left - 7:.1f}" y="{y + 4:.1f}" text-anchor="end">{_tick(value)}</text>')
    parts.append(
        f'<text class="name" x="{left + side / 2:.1f}" y="{foot + 20:.1f}" text-anchor="middle">'
        f"{escape(plane.names[0])}</text>"
        f'<text class="name" x="{left - 10:.1f}" y="{top + side / 2:.1f}" text-anchor="end">'
        f"{escape(plane.names[1])}</text>"
    )
    return _svg("plane", left + side + 14, foot + 28, escape(plane.title, quote=True), "".join(parts))


def png_of(values: Sequence[Sequence[float]], largest: float) -> str:
    """Return numbers from ``-largest`` to ``largest`` as an indexed picture, one byte a number."""
    width = max(map(len, values), default=0)
    rows = b"".join(b"\0" + bytes(_level(value, largest) for value in row).ljust(width, b"\0") for row in values)
    colours = bytearray(bytes(_MISSING) * 256)
    opacity = bytearray(256)
    opacity[0] = 60
    for level in range(-_LEVELS, _LEVELS + 1):
        place = 128 + level
        colours[3 * place : 3 * place + 3] = bytes(_POSITIVE if level > 0 else _NEGATIVE)
        opacity[place] = round(255 * (abs(level) / _LEVELS) ** 0.8)
    header = struct.pack(">IIBBBBB", width, len(values), 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", bytes(colours)), (b"tRNS", bytes(opacity)),
              (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))  # fmt: skip
    body = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return f"data:image/png;base64,{b64encode(body).decode()}"


def _level(value: float, largest: float) -> int:
    if not math.isfinite(value):
        return 0
    return 128 + round(_LEVELS * max(-1.0, min(1.0, value / largest))) if largest else 128


def _svg(kind: str, width: float, height: float, said: str, inner: str) -> str:
    return (
        f'<svg class="{kind}" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'role="img" aria-label="{said}"><title>{said}</title>{inner}</svg>'
    )


def _across(place: int, count: int) -> float:
    return (place + 0.5) / count


def _panel(series: Series, count: int, left: float, top: float, inner: float, high: float) -> str:
    """One quantity: its name, two or three ticks, a dot a layer and a line through them."""
    known = [value for value in series.values if value is not None and math.isfinite(value)]
    log = series.log and any(value > 0 for value in known)
    if log:
        known = [value for value in known if value > 0]
        low: float = math.floor(math.log10(min(known)))
        top_value: float = max(math.ceil(math.log10(max(known))), low + 1)
        every = max(1, math.ceil((top_value - low) / 3))
        ticks = [(float(power), f"10{_raised(power)}" if power not in (0, 1) else str(10**power))
                 for power in range(int(low), int(top_value) + 1, every)]  # fmt: skip
    else:
        low, top_value = min([0.0, *known]), max([0.0, *known]) or 1.0
        ticks = [(low, _tick(low)), (top_value, _tick(top_value))]

    def up(value: float) -> float:
        at = math.log10(value) if log else value
        return top + high - (at - low) / ((top_value - low) or 1.0) * high

    parts = [f'<text class="name" x="4" y="{top - 10:.1f}">{escape(series.name)}</text>']
    for at, text in ticks:
        y = top + high - (at - low) / ((top_value - low) or 1.0) * high
        parts.append(f'<line class="grid" x1="{left}" x2="{left + inner:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{left - 7}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    path, pen = [], "M"
    dots = []
    for place, value in enumerate(series.values):
        if value is None or not math.isfinite(value) or (log and value <= 0):
            pen = "M"
            continue
        x, y = left + _across(place, count) * inner, up(value)
        path.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
        dots.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6"/>')
    return "".join(parts) + f'<path class="line" d="{"".join(path)}"/>{"".join(dots)}'


def _border(plane: Plane, place: object) -> str:
    """The line where the values cross the boundary, cell by cell (marching squares)."""
    rows, level = plane.values, plane.boundary or 0.0
    high, wide = len(rows), len(rows[0])
    xs = [plane.x[0] + (plane.x[1] - plane.x[0]) * (i + 0.5) / wide for i in range(wide)]
    ys = [plane.y[0] + (plane.y[1] - plane.y[0]) * (j + 0.5) / high for j in range(high)]
    found = []
    for j in range(high - 1):
        for i in range(wide - 1):
            corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
            crossings = []
            for (a, b), (c, d) in zip(corners, corners[1:] + corners[:1], strict=True):
                first, second = rows[b][a] - level, rows[d][c] - level
                if (first > 0) != (second > 0):
                    t = first / (first - second)
                    crossings.append(place(xs[a] + t * (xs[c] - xs[a]), ys[b] + t * (ys[d] - ys[b])))  # type: ignore[operator]
            for start, end in zip(crossings[::2], crossings[1::2], strict=False):
                found.append(f"M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}")
    return "".join(found)


def _tick(value: float) -> str:
    return figure(value, 3).text.replace("-", "−")


def _raised(power: int) -> str:
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
