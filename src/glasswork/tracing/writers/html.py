"""A document as HTML: MathML and inline SVG, no script, no network, one file; light and dark, desk and phone.

What is wider than the screen scrolls in a frame of its own, which the keyboard reaches. A page that would be larger
than `CAP` becomes an index page and one page per section, beside it in a folder of its name.

>>> from glasswork.tracing.document import Document
>>> html(Document("One step"))[:15]
'<!doctype html>'
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path

from glasswork.tracing.document import (
    Block,
    Chart,
    Document,
    Graph,
    Heat,
    Line,
    Plane,
    Printed,
    Section,
    Table,
    Text,
)
from glasswork.tracing.figures import figure
from glasswork.tracing.plain import plain
from glasswork.tracing.writers.graph import graph_svg
from glasswork.tracing.writers.mathml import line_math
from glasswork.tracing.writers.pictures import chart_svg, heat_svg, plane_svg
from glasswork.version import __version__

__all__ = ["CAP", "html", "write_html"]

CAP = 2_000_000
"""Bytes of one page."""
_CONTENTS = 4
"""Sections from which on a page has a list of contents."""
_KINDS = {"forward": "forward", "backward": "backward", "update": "update", "shape": "shape", "remark": "remark"}


def html(document: Document) -> str:
    """Return a document as one page."""
    writer = _Writer()
    body = "".join(writer.section(section, 2) for section in document.sections)
    return _page(document, body, writer.contents if len(writer.contents) >= _CONTENTS else [])


def write_html(document: Document, path: Path | str, *, cap: int = CAP) -> list[Path]:
    """Write a document to a file; beyond the cap as an index page and a page per section.

    Returns:
        The files written, the one to open first.
    """
    path = Path(path)
    whole = html(document)
    if len(whole.encode()) <= cap or not document.sections:
        return [_write(path, whole)]
    folder = path.with_suffix("")
    if folder == path:
        folder = path.with_name(f"{path.name}-pages")
    folder.mkdir(parents=True, exist_ok=True)
    written, links = [], []
    for number, section in enumerate(_small_enough(document.sections, cap), 1):
        name = f"{number:03d}-{_slug(section.title)}.html"
        back = f"../{path.name}"
        inner = _page(Document(section.title), _Writer().section(section, 2), [], eyebrow=(document.title, back))
        written.append(_write(folder / name, inner))
        links.append((f"{folder.name}/{name}", section.title, section.folded or ""))
    items = "".join(
        f'<li><a href="{escape(link, quote=True)}">{escape(title)}</a>{f" ({escape(why)})" if why else ""}</li>'
        for link, title, why in links
    )
    note = f"This page would be {len(whole.encode()) / 1e6:.1f} MB; it is an index, with a page for each part."
    index = f'<section><h2>Parts</h2><p>{note}</p><nav aria-label="Parts"><ol>{items}</ol></nav></section>'
    return [_write(path, _page(document, index, [])), *written]


class _Writer:
    """Writes sections; remembers headings, so that every one has an address of its own."""

    def __init__(self) -> None:
        self.contents: list[tuple[str, str]] = []
        self.taken: set[str] = set()

    def section(self, section: Section, depth: int) -> str:
        """Return a section with what stands in it."""
        key = self._key(section.title)
        if depth == 2:
            self.contents.append((key, section.title))
        level = min(depth, 6)
        heading = f"<h{level}>{_words(section.title)}</h{level}>"
        inner = self._blocks(section) + "".join(self.section(child, depth + 1) for child in section.children)
        if section.folded is None:
            return f'<section id="{key}">{heading}{inner}</section>'
        why = f' <span class="why">{_words(section.folded)}</span>' if section.folded else ""
        return f'<section id="{key}"><details><summary>{heading}{why}</summary>{inner}</details></section>'

    def _blocks(self, section: Section) -> str:
        parts, lines, frames = [], [], 0
        for block in [*section.blocks, None]:
            if isinstance(block, Line):
                lines.append(block)
                continue
            if lines:
                frames += 1
                parts.append(_lines(lines, f"{section.title}, equations{f' {frames}' if frames > 1 else ''}"))
                lines = []
            if block is not None:
                parts.append(_block(block))
        return "".join(parts)

    def _key(self, title: str) -> str:
        slug = _slug(title)
        key, number = slug, 1
        while key in self.taken:
            number += 1
            key = f"{slug}-{number}"
        self.taken.add(key)
        return key


def _page(
    document: Document, body: str, contents: Sequence[tuple[str, str]], eyebrow: tuple[str, str] | None = None
) -> str:
    above = "glasswork trace"
    if eyebrow is not None:
        above = f'<a href="{escape(eyebrow[1], quote=True)}">{escape(eyebrow[0])}</a>'
    lead = "".join(f'<p class="lead">{_words(sentence)}</p>' for sentence in document.lead)
    listed = ""
    if contents:
        items = "".join(f'<li><a href="#{key}">{_words(title)}</a></li>' for key, title in contents)
        listed = f'<nav aria-label="Contents"><p>On this page</p><ol>{items}</ol></nav>'
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f'<meta name="generator" content="glasswork {__version__}">\n<link rel="icon" href="data:,">\n'
        f"<title>{escape(document.title)} · glasswork</title>\n<style>\n{_style()}</style>\n</head>\n<body>\n"
        f'<header><p class="eyebrow"><span class="mark" aria-hidden="true"></span>{above}</p>'
        f"<h1>{_words(document.title)}</h1>{lead}</header>\n"
        f"<main>{_verdict(document.checks)}{_notes(document.notes)}{listed}\n{body}\n</main>\n"
        f"<footer><p>Written by glasswork {__version__}. Colours: {_LEGEND} "
        "≈ marks a line whose printed numbers do not give the printed result to half a unit of its last digit."
        "</p></footer>\n</body>\n</html>\n"
    )


_LEGEND = (
    '<span class="legend"><span class="f">forward</span><span class="b">backward</span>'
    '<span class="u">update</span></span>'
)


_ON_EDGES = (
    '<span class="legend"><span class="f">value, forward</span><span class="b">← gradient, backward</span></span>'
)


def _verdict(checks: Sequence[str]) -> str:
    if not checks:
        return ""
    wrong = [check for check in checks if _is_wrong(check)]
    said = "Does not agree: see below." if wrong else "Checked by machine."
    items = "".join(f"<li{' class=mismatch' if _is_wrong(check) else ''}>{_words(check)}</li>" for check in checks)
    return f'<div class="verdict{" bad" if wrong else ""}"><p><strong>{said}</strong></p><ul>{items}</ul></div>'


def _is_wrong(check: str) -> bool:
    return check.lower().startswith("mismatch")


def _notes(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    items = "".join(f"<li>{_words(note)}</li>" for note in notes)
    return f'<div class="notes"><p>What this page shows, and what it leaves out</p><ul>{items}</ul></div>'


def _lines(lines: Sequence[Line], name: str) -> str:
    shown = []
    before = ""
    for line in lines:
        said = [f"<small>{_words(line.note)}</small>"] if line.note else []
        if line.where != before and not line.where.replace(".", "").isdigit() and line.where:
            said.append(f'<small class="where">{escape(line.where)}</small>')
        before = line.where
        shown.append(f'<div class="line {_KINDS.get(line.kind, "remark")}">{line_math(line)}{"".join(said)}</div>')
    return _scroll("".join(shown), name)


def _scroll(inner: str, name: str) -> str:
    return f'<div class="scroll" role="group" tabindex="0" aria-label="{escape(name, quote=True)}">{inner}</div>'


def _block(block: Block) -> str:
    match block:
        case Text(sentence):
            return f"<p>{_words(sentence)}</p>"
        case Line():
            return _lines([block], "Equation")
        case Table():
            return _table(block)
        case Heat():
            return _figure(block.title, _scroll(heat_svg(block), block.title or "Matrix"), block.caption)
        case Graph():
            name = block.caption or "Computation graph"
            return _figure("", _scroll(graph_svg(block), name), block.caption, _ON_EDGES)
        case Chart():
            return _figure(block.title, _scroll(chart_svg(block), block.title), block.caption) + _chart_numbers(block)
        case Plane():
            return _figure(block.title, plane_svg(block), block.caption)
    raise TypeError(f"not a block: {block!r}")


def _figure(title: str, inner: str, caption: str, legend: str = "") -> str:
    head = f'<p class="title">{_words(title)}</p>' if title else ""
    foot = f"<figcaption>{legend}{' ' if legend else ''}{_words(caption)}</figcaption>" if caption or legend else ""
    return f"<figure>{head}{inner}{foot}</figure>"


def _table(table: Table) -> str:
    labels = any(table.rows)
    width = max((len(row) for row in table.values), default=0)
    words = [any(_is_words(row[place]) for row in table.values if place < len(row)) for place in range(width)]
    head = ""
    if any(table.columns):
        names = table.columns if not labels or len(table.columns) > width else ["", *table.columns]
        offset = len(names) - width
        cells = "".join(
            f'<th scope="col"{" class=words" if place < offset or words[place - offset] else ""}>{_words(name)}</th>'
            if name else "<td></td>"
            for place, name in enumerate(names)
        )  # fmt: skip
        head = f"<thead><tr>{cells}</tr></thead>"
    rows = []
    for place, row in enumerate(table.values):
        label = table.rows[place] if place < len(table.rows) else ""
        first = f'<th scope="row">{_words(label)}</th>' if labels else ""
        rows.append(f"<tr>{first}{''.join(map(_cell, row))}</tr>")
    matrix = " class=matrix" if not labels and not head else ""
    title = f"<caption>{_words(table.title)}</caption>" if table.title else ""
    shown = _scroll(f"<table{matrix}>{title}{head}<tbody>{''.join(rows)}</tbody></table>", table.title or "Table")
    return _figure("", shown, table.caption)


def _cell(value: Printed | str) -> str:
    if isinstance(value, Printed):
        power = f"·10<sup>{str(value.exponent).replace('-', '−')}</sup>" if value.exponent else ""
        return f"<td>{escape(value.digits.replace('-', '−'))}{power}</td>"
    return f"<td{' class=words' if _is_words(value) else ''}>{_words(value)}</td>"


def _is_words(cell: Printed | str) -> bool:
    return isinstance(cell, str) and cell[:1] not in "0123456789−-"


def _chart_numbers(chart: Chart) -> str:
    """The numbers of a chart, for who wants or needs them instead of the picture."""
    head = "".join(f'<th scope="col">{_words(series.name)}</th>' for series in chart.series)
    rows = []
    for place, name in enumerate(chart.names):
        cells = "".join(
            "<td>–</td>" if (value := series.values[place]) is None
            else f"<td>{escape(plain(figure(value, 3)))}</td>"
            for series in chart.series
        )  # fmt: skip
        rows.append(f'<tr><td>{place + 1}</td><th scope="row">{_words(name)}</th>{cells}</tr>')
    table = (
        '<table><thead><tr><th scope="col">nr</th><th scope="col" class=words>layer</th>'
        f"{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
    name = f"{chart.title}, numbers"
    return f"<details><summary>The numbers</summary>{_scroll(table, name)}</details>"


def _words(text: str) -> str:
    """Return words, escaped; what stands between backticks is code, ``w^1_12`` has its indices above and below.

    >>> _words("`x` moves w^1_12")
    '<code>x</code> moves w<sup>1</sup><sub>12</sub>'
    """
    shown = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
    shown = re.sub(r"(?<![\w.])([^\W\d_])\^(\w+?)_(\d+)\b", r"\1<sup>\2</sup><sub>\3</sub>", shown)
    return re.sub(r"(?<![\w.])([^\W\d_])_(\d+)\b", r"\1<sub>\2</sub>", shown)


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "part"


def _small_enough(sections: Sequence[Section], cap: int) -> list[Section]:
    """Return sections that fit a page each; one that is too large is replaced by what stands in it."""
    found: list[Section] = []
    for section in sections:
        if section.children and len(_Writer().section(section, 2).encode()) > cap * 0.9:
            if section.blocks:
                found.append(Section(section.title, section.level, section.blocks, [], section.folded))
            inner = [
                Section(f"{section.title}: {child.title}", child.level, child.blocks, child.children, child.folded)
                for child in section.children
            ]
            found += _small_enough(inner, cap)
        else:
            found.append(section)
    return found


@cache
def _style() -> str:
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def _write(path: Path, text: str) -> Path:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path
