"""Page: a worked example as a document: what is given, the traced steps in full, the numbers, the notes' mistakes."""

from __future__ import annotations

from typing import Any

from glasswork import course
from glasswork.tracing.document import Document, Printed, Section, Table, Text
from glasswork.tracing.figures import figure
from glasswork.tracing.worked.lessons import lesson

__all__ = ["worked_document"]


def worked_document(id: str, *, max_lines: int = 60) -> Document:
    """Return a worked example as a document; its steps are traced afresh where it describes one.

    Raises:
        UnknownNameError: no such example; the nearest one is offered.

    >>> [section.title for section in worked_document("WE-30").sections]
    ['Given', 'To do', 'The graph', 'The numbers of the example']
    """
    example = course.worked(id)
    found = lesson(id)
    document = Document(f"{id}: {example['description']}")
    document.sections.append(Section("Given", 1, [_table(example["inputs"])]))
    document.sections.append(Section("To do", 1, [Text(f"{n}. {step}") for n, step in enumerate(example["steps"], 1)]))
    for title, step in found.steps if found is not None else ():
        inner = step.illustrated(depth="element", max_lines=max_lines)
        sections = [part for part in inner.sections if part.title in ("As a graph", "Forward", "Backward", "Update")]
        document.sections.append(Section(title[:1].upper() + title[1:], 1, [*map(Text, inner.lead[:1])], sections))
        document.notes += [note for note in inner.notes if note not in document.notes]
        checked = step.check()
        verdict = "agrees with autograd, differences and formulas" if checked.ok else "; ".join(checked.problems)
        document.checks.append(f"{'' if checked.ok else 'MISMATCH: '}{title}: {verdict}.")
    numbers = example["expected"] if found is None else found.numbers
    document.sections.append(
        Section("The numbers of the example", 1, [_table({k: numbers[k] for k in example["expected"]})])
    )
    remarks = example.get("note_remark", {})
    if remarks:
        printed = example["note_value"]
        said = [Text(f"{name}: the notes print {_said(printed[name])}. {remark}") for name, remark in remarks.items()]
        document.sections.append(Section("Where the notes print another number", 1, [*said]))
    if example.get("comment"):
        document.sections[-1].blocks.append(Text(str(example["comment"])))
    document.checks.sort(key=lambda check: not check.startswith("MISMATCH"))
    return document


def _table(values: dict[str, Any]) -> Table:
    rows = list(values)
    return Table("", rows, ["value"], [[_cell(values[name])] for name in rows])


def _cell(value: Any) -> Printed | str:
    return figure(float(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else _said(value)


def _said(value: Any) -> str:
    if isinstance(value, float):
        return figure(value).text.replace("-", "−")
    if isinstance(value, list):
        return f"[{', '.join(map(_said, value))}]"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_said(part)}" for key, part in value.items())
    return str(value)
