"""Part page: a part's formula, settings, source, claims and portrait as one HTML file: no network, no script."""

from __future__ import annotations

import re
from dataclasses import asdict
from math import inf
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from markupsafe import Markup, escape

from glasswork.catalog import Entry
from glasswork.course import Claim, Item
from glasswork.drawing import Axis, Plot
from glasswork.portraits import Image, Portrait
from glasswork.reports.pictures import picture
from glasswork.reports.report import environment, write_whole
from glasswork.version import __version__

__all__ = ["portrait_svg", "write_part_page"]

_KINDS = ("network", "truth", "quiet")
_CELL = 6


def write_part_page(
    path: Path | str, entry: Entry, items: list[Item], claims: list[Claim], portrait: Portrait | None
) -> Path:
    """Write the page of one part and return its path."""
    template = environment().get_template("part.html.j2")
    page = template.render(
        version=__version__,
        entry=asdict(entry),
        formula=_formula(entry.formula),
        derivative=_formula(entry.derivative),
        paragraphs=_paragraphs(entry.text),
        settings=_settings(entry),
        items=[{"id": item.id, "name": item.name, "claim": _sentence(item.claim)} for item in items],
        claims=claims,
        picture=portrait_svg(portrait) if portrait else None,
        caption=portrait.caption if portrait else "",
    )
    return write_whole(Path(path), page)


def portrait_svg(portrait: Portrait) -> Markup:
    """Return a portrait as a drawing whose colours are the page's."""
    if portrait.images:
        return _images(portrait)
    xs = [value for curve in portrait.curves for value in curve.x]
    ys = [value for curve in portrait.curves for value in curve.y]
    x, y = Axis.around(xs, portrait.x_name, pad=0.0), Axis.around(ys, portrait.y_name, log=portrait.log)
    plot = Plot(portrait.caption, x, y, width=560, height=320, right=120)
    for curve, kind in zip(portrait.curves, _KINDS * len(portrait.curves), strict=False):
        plot.line(curve.x, curve.y, kind, name=curve.name)
    return picture(plot)


def _images(portrait: Portrait) -> Markup:
    """Return small grey pictures side by side, each as large as its cells."""
    largest = max(len(image.rows) for image in portrait.images)
    side, gap = largest * _CELL, 16
    width = len(portrait.images) * (side + gap)
    parts = [_image(image, place * (side + gap), side) for place, image in enumerate(portrait.images)]
    box = f'viewBox="0 0 {width} {side + 24}" shape-rendering="crispEdges" role="img"'
    label = f'aria-label="{escape(portrait.caption)}"'
    # Names are escaped, the rest are numbers.
    return Markup(f'<svg class="plot" {box} {label}>{"".join(parts)}</svg>')  # noqa: S704


def _image(image: Image, left: int, side: int) -> str:
    cell = side / max(len(image.rows), len(image.rows[0]))
    squares = [
        f'<rect x="{left + column * cell:.1f}" y="{row * cell:.1f}" width="{cell + 0.3:.1f}" '
        f'height="{cell + 0.3:.1f}" fill="rgb({round(255 * value)},{round(255 * value)},{round(255 * value)})"/>'
        for row, values in enumerate(image.rows)
        for column, value in enumerate(values)
    ]
    return "".join(squares) + f'<text x="{left}" y="{side + 17}">{escape(image.name)}</text>'


def _formula(latex: str) -> Markup:
    """Return display MathML, one row for each line of the LaTeX."""
    if not latex:
        return Markup("")
    rows = [latex] if "\\begin" in latex else re.split(r"\\\\|\\qquad", latex)
    shown = [convert(row.strip().strip(",").strip(), display="block") for row in rows if row.strip(" ,\n")]
    return Markup("".join(shown))  # noqa: S704 - made by the converter or escaped


def _sentence(text: str) -> Markup:
    """Return text whose formulas stand between dollar signs or in roles, as HTML."""
    text = re.sub(r":math:`([^`]*)`", r"$\1$", text)
    text = re.sub(r":\w+:`~?(?:[\w.]*\.)?([^`]*)`", r"``\1``", text)
    shown = []
    for number, piece in enumerate(re.split(r"\$([^$]+)\$", text)):
        if number % 2:
            shown.append(convert(piece))
        else:
            shown.append(re.sub(r"``?([^`]+)``?", r"<code>\1</code>", str(escape(piece))))
    return Markup("".join(shown))  # noqa: S704 - made by the converter or escaped


def _settings(entry: Entry) -> list[dict[str, Any]]:
    """Return the settings with what the docstring says of each."""
    block = re.search(r"^( *)Args:\n((?:\1 +.*\n?|\s*\n)+)", entry.text, re.MULTILINE)
    said = dict(re.findall(r"^\s+(\w+): ((?:.*)(?:\n\s{8,}.*)*)", block[2], re.MULTILINE)) if block else {}
    return [
        {
            "name": setting.name,
            "default": "required" if setting.required else repr(setting.default),
            "meaning": _sentence(" ".join(said.get(setting.name, "").split())),
        }
        for setting in entry.parameters
        if not setting.kind.startswith("var")
    ]


def _paragraphs(text: str) -> list[dict[str, Any]]:
    """Return a docstring's paragraphs: sentences, examples; formulas and settings stand elsewhere on the page."""
    found: list[dict[str, Any]] = []
    skip = inf
    for block in re.split(r"\n\s*\n", text):
        indent = len(block) - len(block.lstrip())
        head = block.strip()
        if indent > skip:
            continue
        skip = inf
        if head.startswith(".. math::"):
            skip = indent
        elif head.startswith(("Args:", "Source:", "Derivative:")):
            continue
        elif head.startswith(">>>"):
            found.append({"kind": "example", "text": head})
        else:
            found.append({"kind": "text", "text": _sentence(" ".join(head.split()))})
    return found
