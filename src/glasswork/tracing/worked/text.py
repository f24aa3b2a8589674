"""Text: a worked example in full, with a remark where the printed number is wrong."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from glasswork import course
from glasswork.tracing.worked.lessons import lesson

__all__ = ["worked_text"]


def worked_text(id: str, *, width: int = 80) -> str:
    """Return an example's question, steps and numbers; traced afresh where it describes a step.

    Raises:
        UnknownNameError: no such example; the nearest one is offered.
    """
    example = course.worked(id)
    lines = [*_wrapped(f"{id}  {example['description']}", width), "", "Given:"]
    lines += [f"  {name} = {_shown(value)}" for name, value in example["inputs"].items()]
    lines += ["", "Steps:"]
    for step in example["steps"]:
        lines += _wrapped(f"- {step}", width, indent="  ", hang="    ")
    found = lesson(id)
    if found is not None:
        lines += ["", "Traced:"]
        for title, step in found.steps:
            verdict = "checked" if step.check().ok else "THE CHECK FAILED"
            lines.append(f"  {title}: loss {step.loss:.6g}, {verdict}")
    lines += ["", "Numbers:" if found is None else "Numbers, read from the trace:"]
    numbers = example["expected"] if found is None else found.numbers
    remarks = example.get("note_remark", {})
    for name, value in _flat({key: numbers[key] for key in example["expected"]}):
        lines += _wrapped(f"{name} = {_shown(value)}", width, indent="  ", hang="      ")
        if name in remarks:
            said = f"the notes print {example['note_value'][name]}: {remarks[name]}"
            lines += _wrapped(said, width, indent="      ", hang="      ")
    for name in set(remarks) - {name for name, _ in _flat(example["expected"])}:
        lines += _wrapped(f"{name}: the notes print {example['note_value'][name]}: {remarks[name]}", width, indent="  ")
    if example.get("comment"):
        lines += ["", *_wrapped(example["comment"], width)]
    return "\n".join(lines)


def _wrapped(text: str, width: int, *, indent: str = "", hang: str = "") -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=hang or indent, break_long_words=False
    ) or [indent]


def _flat(numbers: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield names and values, the rows of a table and the parts of a group one by one."""
    for name, value in numbers.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for place, row in enumerate(value):
                yield f"{before}{name}[{place}]", ", ".join(f"{key} {_shown(cell)}" for key, cell in row.items())
        else:
            yield f"{before}{name}", value


def _shown(value: Any) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(part)}" for key, part in value.items())
    return f"{value:.6g}"
