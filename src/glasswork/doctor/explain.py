"""Explain: a rule's page, in its parts and as lines for a terminal."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from glasswork.doctor import rules
from glasswork.doctor.rules import codes, page

__all__ = ["explained", "numbers", "parts", "title"]

_PART = re.compile(r"^([A-Z][A-Za-z ]{2,14}):\s+(.*)$")
_INDENT = 14


def title(code: str) -> str:
    """Return what a fault is, in a few words.

    >>> title("missing-zero-grad")
    'Gradients that are never set back to zero.'
    """
    return page(code).splitlines()[0]


def parts(code: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of a rule's page: their names and their text, as one line.

    >>> [name for name, _ in parts("dying-relu")]
    ['Looks at', 'Fires when', 'Why it hurts', 'Try first', 'Can be wrong', 'Source']
    """
    name = ""
    lines: list[str] = []
    for line in page(code).splitlines()[1:]:
        found = _PART.match(line)
        if found:
            if lines:
                yield name, " ".join(lines)
            name, lines = found[1], [found[2].strip()]
        elif line.strip():
            lines.append(line.strip())
    if lines:
        yield name, " ".join(lines)


def numbers(code: str) -> dict[str, str]:
    """Return the named constants that a rule's page speaks of, with their values as the file writes them.

    >>> numbers("dying-relu")["HALF"]
    '0.5'
    """
    text = page(code)
    file = Path(rules.__file__).with_name(f"{code.strip().lower().replace('-', '_')}.py")
    found: dict[str, str] = {}
    for statement in ast.parse(file.read_text(encoding="utf-8")).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if re.search(rf"\b{name}\b", text):
                if all(_is_number(node) for node in ast.walk(value)):
                    found[name] = ast.unparse(value)
    return found


def _is_number(node: ast.AST) -> bool:
    """Whether a part of an expression is a number, or what numbers are joined by."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float)
    return isinstance(node, ast.BinOp | ast.UnaryOp | ast.operator | ast.unaryop)


def explained(code: str | None, width: int = 80) -> str:
    """Return a rule's page in lines of a width; without a code, the list of all.

    Args:
        code: the fault; None: all faults with their titles.
        width: of a line, in characters; at least 40.

    Raises:
        UnknownNameError: there is no such fault; the message names the nearest, and how to list all.

    >>> print(explained("dying-relu", 72).splitlines()[0])
    dying-relu: ReLU units that have fallen silent.
    """
    width = max(40, width)
    if code is None:
        longest = max(map(len, codes()))
        return "\n".join(
            line
            for one in codes()
            for line in textwrap.wrap(
                title(one), width, initial_indent=f"{one:<{longest}}  ", subsequent_indent=" " * (longest + 2)
            )
        )
    name = code.strip().lower().replace("_", "-")
    lines = [*textwrap.wrap(f"{name}: {title(code)}", width), ""]
    constants = ", ".join(f"{one} {value}" for one, value in numbers(name).items())
    for label, text in [*parts(code), *([("Numbers", f"{constants}.")] if constants else [])]:
        said = text.replace("``", "")
        head = f"{label}:" if label else ""
        lines += textwrap.wrap(
            said,
            width,
            initial_indent=f"{head:<{_INDENT - 1}} ",
            subsequent_indent=" " * _INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(lines)
