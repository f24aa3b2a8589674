"""A document as plain text, for terminals of any width.

A long equation goes on in the next lines, indented deeper than it began, so that it can be joined again.
"""

from __future__ import annotations

import re
import textwrap

from glasswork.tracing.document import Block, Chart, Document, Graph, Heat, Line, Plane, Printed, Section, Table
from glasswork.tracing.figures import figure
from glasswork.tracing.plain import line_text

__all__ = ["text"]

WIDTH = 80
_BREAKS = re.compile(r" (?=[+−=≈] )|(?<=\))(?=\()|(?<=·)(?=\S)(?!10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻])|(?=/\()")
"""Where an equation may go on in the next line: before a sign, between factors, before a long divisor."""

_SHADES = " ·:-=+*#%@"


def text(document: Document, *, width: int = WIDTH) -> str:
    """Return a document as text that keeps within `width` columns (names longer than that aside).

    >>> from glasswork.tracing.document import Section, Text
    >>> print(text(Document("w", ["one step"], [Section("Forward", 1, [Text("Nothing happens.")])])))
    w
    =
    one step
    <BLANKLINE>
    Forward
    -------
    Nothing happens.
    """
    width = max(width, 20)
    rows = [*_wrapped(document.title, width, ""), "=" * min(width, max(1, len(document.title)))]
    for sentence in document.lead:
        rows += _wrapped(sentence, width, "")
    for section in document.sections:
        rows += _section(section, width)
    for heading, sentences in (("Notes", document.notes), ("Checks", document.checks)):
        if sentences:
            rows += ["", heading, "-" * len(heading)]
            for sentence in sentences:
                rows += _wrapped(sentence, width, "", bullet="- ")
    return "\n".join(row.rstrip() for row in rows)


def _section(section: Section, width: int) -> list[str]:
    rows = [""]
    title = section.title + (f"  ({section.folded})" if section.folded else "")
    if section.level == 1:
        rows += [*_wrapped(title, width, ""), "-" * min(width, len(title))]
    elif title:
        rows += _wrapped(title, width, "")
    indent = "  " if section.level > 1 else ""
    for block in section.blocks:
        rows += _block(block, width, indent)
    for child in section.children:
        inner = _section(child, width)
        rows += inner[1:] if rows[-1].startswith("-") else inner
    return rows


def _block(block: Block, width: int, indent: str) -> list[str]:
    match block:
        case Line():
            rows = _equation(line_text(block), width, indent)
            if block.note:
                rows += _wrapped(block.note, width, indent + "    ", bullet="│ ")
            return rows
        case Table():
            return _table(block, width, indent)
        case Heat():
            return _heat(block, width, indent)
        case Graph():
            return _graph(block, width, indent)
        case Chart():
            return _chart(block, width, indent)
        case Plane():
            said = f"{block.title}: {block.names[0]} from {block.x[0]:g} to {block.x[1]:g}, {block.names[1]} from "
            return _wrapped(f"{said}{block.y[0]:g} to {block.y[1]:g}. {block.caption}".strip(), width, indent)
    return _wrapped(block.sentence, width, indent)


def _wrapped(sentence: str, width: int, indent: str, bullet: str = "") -> list[str]:
    later = indent + (bullet if bullet == "│ " else " " * len(bullet))
    return textwrap.wrap(
        sentence, width, initial_indent=indent + bullet, subsequent_indent=later, break_long_words=False,
        break_on_hyphens=False,
    ) or [""]  # fmt: skip


def _equation(line: str, width: int, indent: str) -> list[str]:
    """Break before an equals sign where possible, else before a plus or minus, else between factors."""
    if len(indent) + len(line) <= width:
        return [indent + line]
    rows: list[str] = []
    current = indent
    deeper = indent + "      "
    for side in _split(line, r"(?<=\S) (?=[=≈] )"):
        joined = f"{current} {side}" if current.strip() else current + side
        if len(joined) <= width:
            current = joined
            continue
        if current.strip():
            rows.append(current)
            current = indent + "    " + side
        else:
            current = current + side
        while len(current) > width:
            head, tail = _halved(current, width)
            if not tail:
                break
            rows.append(head)
            current = deeper + tail
    rows.append(current)
    return rows


def _split(line: str, pattern: str) -> list[str]:
    """Split outside of square brackets, in which an exact remainder stands."""
    pieces: list[str] = []
    for piece in re.split(pattern, line):
        if pieces and pieces[-1].count("[") > pieces[-1].count("]"):
            pieces[-1] += " " + piece
        else:
            pieces.append(piece)
    return pieces


def _halved(row: str, width: int) -> tuple[str, str]:
    """Cut a row that is too long at its last good place, outside of brackets rather than inside."""
    body = len(row) - len(row.lstrip())
    outside = inside = 0
    for found in _BREAKS.finditer(row):
        before = row[: found.start()]
        if body + 2 < found.start() <= width and before.count("[") == before.count("]"):
            inside = found.start()
            if before.count("(") == before.count(")"):
                outside = found.start()
    best = outside if outside > (body + width) // 2 or not inside else inside
    if not best:  # a name that is longer than the line
        later = _BREAKS.search(row, width)
        if later is None:
            return row, ""
        best = later.start()
    return row[:best].rstrip(), row[best:].lstrip()


def _table(table: Table, width: int, indent: str) -> list[str]:
    rows = _wrapped(table.title, width, indent) if table.title else []
    labelled = any(table.rows)
    cells = [[*([""] if labelled else []), *table.columns]]
    for label, values in zip(table.rows, table.values, strict=True):
        said = [value.text.replace("-", "−") if isinstance(value, Printed) else value for value in values]
        cells.append([*([label] if labelled else []), *said])
    widths = [max(len(row[n]) for row in cells) for n in range(len(cells[0]))]
    numeric = [all(isinstance(values[n], Printed) or not values[n] for values in table.values)
               for n in range(len(table.columns))]  # fmt: skip
    right = [*([False] if labelled else []), *numeric]
    first = widths[0] if labelled else 0
    start = 1 if labelled else 0
    while start < len(widths):
        stop, used = start, len(indent) + first
        while stop < len(widths) and (stop == start or used + 2 + widths[stop] <= width):
            used += 2 + widths[stop]
            stop += 1
        for row in cells if any(table.columns) else cells[1:]:
            picked = ([0] if labelled else []) + list(range(start, stop))
            line = "  ".join(row[n].rjust(widths[n]) if right[n] else row[n].ljust(widths[n]) for n in picked)
            rows.append((indent + line).rstrip())
        start = stop
    if table.caption:
        rows += _wrapped(table.caption, width, indent)
    return rows


def _heat(heat: Heat, width: int, indent: str) -> list[str]:
    rows = _wrapped(heat.title, width, indent)
    largest = max((abs(v) for row in heat.values for v in row), default=0.0) or 1.0
    for values in heat.values:
        said = "".join(_SHADES[min(9, int(abs(v) / largest * 9.999))] for v in values)
        rows.append((indent + "|" + said[: max(1, width - len(indent) - 2)] + "|").rstrip())
    if heat.caption:
        rows += _wrapped(heat.caption, width, indent)
    return rows


def _chart(chart: Chart, width: int, indent: str) -> list[str]:
    """A chart of all layers as the table of its numbers."""
    values: list[list[Printed | str]] = [
        ["" if (value := series.values[place]) is None else figure(value, 3) for series in chart.series]
        for place in range(len(chart.names))
    ]
    columns = [series.name for series in chart.series]
    return _table(Table(chart.title, chart.names, columns, values, chart.caption), width, indent)


def _graph(graph: Graph, width: int, indent: str) -> list[str]:
    rows = []
    names = {node.key: node.label for node in graph.nodes}
    for edge in graph.edges:
        said = f"{names.get(edge.source, edge.source)} → {names.get(edge.target, edge.target)}" + (
            f"  {edge.label}" if edge.label else ""
        )
        said += f"  value {edge.value}" if edge.value else ""
        said += f"  gradient {edge.gradient}" if edge.gradient else ""
        rows += _wrapped(said, width, indent)
    return rows + (_wrapped(graph.caption, width, indent) if graph.caption else [])
