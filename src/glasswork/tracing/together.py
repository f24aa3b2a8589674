"""Together: several steps, or several views of one, on one page."""

from __future__ import annotations

from collections.abc import Sequence

from glasswork.tracing.document import Document, Section, Text

__all__ = ["together"]


def together(title: str, parts: Sequence[tuple[str, Document]]) -> Document:
    """Return one document whose sections are those of several, each part below a heading of its own.

    >>> page = together("Two steps", [("First", Document("a", ["The loss falls."])), ("Second", Document("b"))])
    >>> [section.title for section in page.sections], page.sections[0].blocks
    (['First', 'Second'], [Text(sentence='The loss falls.')])
    """
    page = Document(title)
    for heading, part in parts:
        page.sections.append(Section(heading, 1, [*map(Text, part.lead)], [_deeper(inner) for inner in part.sections]))
        page.notes += [note for note in part.notes if note not in page.notes]
        page.checks += [f"{heading}: {check}" for check in part.checks]
    page.checks = sorted((_worst_first(check) for check in page.checks), key=lambda check: "MISMATCH" not in check)
    return page


def _deeper(section: Section) -> Section:
    children = [_deeper(child) for child in section.children]
    return Section(section.title, section.level + 1, section.blocks, children, section.folded)


def _worst_first(check: str) -> str:
    before, mark, after = check.partition("MISMATCH: ")
    return f"{mark}{before}{after}" if mark else check
