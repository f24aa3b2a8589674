"""Exercise: a step with blanks to fill in, and its solution sheet. A document in, two documents out.

A seeded choice of results becomes numbered blanks, wherever they stand on the page; so do all results that are computed
from a blank, since dividing one of those by its other factor would give the answer away. Blanks of one number hold one
value. Pictures are left out of the sheet.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from glasswork.checks import unknown_name
from glasswork.errors import UnknownNameError
from glasswork.tracing.algebra import Apply, Expression, Frac, Num, Prod, Rest, Sum, Sym, symbols
from glasswork.tracing.document import Block, Document, Edge, Graph, Line, Printed, Section, Table, Text
from glasswork.tracing.plain import plain
from glasswork.tracing.writers.html import write_html
from glasswork.tracing.writers.text import text

__all__ = ["Blanks", "Exercise", "exercise"]

Blanks = Literal["deltas", "weights", "activations", "all"]

_KINDS = {"activations": {"forward"}, "deltas": {"backward"}, "weights": {"update"}}
_SHARE = 0.6
"""So much of the quantities that were asked for is left blank."""
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?(?:·10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)|e([-+]?\d+))?")


@dataclass(frozen=True, slots=True)
class Exercise:
    """Two documents: what to fill in, and the answers."""

    sheet: Document
    solution: Document

    @property
    def answers(self) -> dict[int, Printed]:
        """The answer to each blank, by its number."""
        table = self.solution.sections[0].blocks[0]
        if not isinstance(table, Table):
            return {}
        return {int(n): row[1] for n, row in zip(table.rows, table.values, strict=True) if isinstance(row[1], Printed)}

    def text(self, *, width: int = 80) -> str:
        """Return the sheet as text; ``text`` of the writers prints the solution likewise."""
        return text(self.sheet, width=width)

    def html(self, path: Path | str) -> list[Path]:
        """Write the sheet to a file and the solution beside it, as ``<name>-solution.html``."""
        path = Path(path)
        beside = path.with_name(f"{path.stem}-solution{path.suffix or '.html'}")
        return [*write_html(self.sheet, path), *write_html(self.solution, beside)]

    def __str__(self) -> str:
        return f"{text(self.sheet)}\n\n\n{text(self.solution)}"


@dataclass(slots=True)
class _Answer:
    number: int
    symbol: Sym
    result: Num

    @property
    def value(self) -> float:
        return self.result.value if self.symbol.value is None else self.symbol.value


def exercise(document: Document, blanks: Blanks = "deltas", seed: int = 0) -> Exercise:
    """Return a document with blanks, and its solution sheet.

    Sections without an equation are left out.

    Args:
        document: a step.
        blanks: ``deltas`` (results of the backward pass), ``weights`` (of the update), ``activations`` (of the forward
            pass) or ``all``.
        seed: of the choice.

    Raises:
        UnknownNameError: there are no such blanks.
    """
    if blanks not in get_args(Blanks):
        raise UnknownNameError(unknown_name("kind of blanks", str(blanks), list(get_args(Blanks))))
    kinds = set.union(*_KINDS.values()) if blanks == "all" else _KINDS[blanks]
    document = replace(document, sections=[part for part in document.sections if next(part.lines(), None) is not None])
    lines = [line for line in document.lines() if line.result is not None and isinstance(line.symbol, Sym)]
    asked = list(dict.fromkeys(_key(line.symbol) for line in lines if line.kind in kinds and _is_work(line)))
    chosen = set(random.Random(seed).sample(asked, math.ceil(_SHARE * len(asked))))
    answers: dict[str, _Answer] = {}
    while True:  # a number that equals an answer gives it away, and so does what is computed from it
        chosen = _with_what_follows(lines, chosen)
        answers = _answers(lines, chosen)
        masker = _Masker(answers)
        alike = {
            _key(line.symbol)
            for line in lines
            if isinstance(line.result, Printed) and masker.match(line.result.text) is not None
        }
        if alike <= chosen:
            break
        chosen |= alike
    return Exercise(_sheet(document, answers, blanks), _solution(document, answers))


def _answers(lines: Sequence[Line], chosen: set[str]) -> dict[str, _Answer]:
    answers: dict[str, _Answer] = {}
    for line in lines:
        key = _key(line.symbol)
        if key in chosen and key not in answers and isinstance(line.symbol, Sym) and line.result is not None:
            answers[key] = _Answer(len(answers) + 1, line.symbol, line.result)
    return answers


def _is_work(line: Line) -> bool:
    """Whether there is something to compute: a line that only states a number cannot be asked for."""
    return line.numbers is not None or line.formula is not None


def _with_what_follows(lines: Sequence[Line], chosen: set[str]) -> set[str]:
    while True:
        more = {
            _key(line.symbol)
            for line in lines
            if line.formula is not None and any(_key(symbol) in chosen for symbol in symbols(line.formula))
        }
        if more <= chosen:
            return chosen
        chosen = chosen | more


def _sheet(document: Document, answers: dict[str, _Answer], blanks: str) -> Document:
    masker = _Masker(answers)
    many = "1 blank" if len(answers) == 1 else f"{len(answers)} blanks"
    what = {"all": "results", "deltas": "derivatives", "weights": "updates", "activations": "values"}[blanks]
    lead = [
        f"Fill in the {many}: {what}, and what is computed from them. Blanks of one number hold one value; round to "
        "four significant digits."
        if answers else f"There are no {what} to compute on this page; nothing is blank."
    ]  # fmt: skip
    return Document(
        masker.words(f"{document.title}: exercise"),
        lead,
        [masker.section(section) for section in document.sections],
        [masker.words(note) for note in document.notes],
        [],
    )


def _solution(document: Document, answers: dict[str, _Answer]) -> Document:
    rows = [str(answer.number) for answer in answers.values()]
    values: list[list[Printed | str]] = [
        [answer.symbol.name, answer.result if isinstance(answer.result, Printed) else plain(answer.result)]
        for answer in answers.values()
    ]
    first = Section("Answers", 1, [Table("", rows, ["quantity", "value"], values)])
    return Document(
        f"{document.title}: solution", list(document.lead), [first, *document.sections], list(document.notes),
        list(document.checks),
    )  # fmt: skip


class _Masker:
    """Replaces the answers wherever they stand."""

    def __init__(self, answers: dict[str, _Answer]) -> None:
        self.answers = answers

    def section(self, section: Section) -> Section:
        blocks = [self.block(block) for block in section.blocks]
        children = [self.section(child) for child in section.children]
        folded = None if section.folded is None else self.words(section.folded)
        return Section(self.words(section.title), section.level, blocks, children, folded)

    def block(self, block: Block) -> Block:
        match block:
            case Line():
                return self.line(block)
            case Table():
                values = [[self.cell(cell) for cell in row] for row in block.values]
                return replace(block, title=self.words(block.title), values=values, caption=self.words(block.caption))
            case Text(sentence):
                return Text(self.words(sentence))
            case Graph():
                nodes = [replace(n, label=self.words(n.label), value=self.words(n.value)) for n in block.nodes]
                edges = [
                    Edge(e.source, e.target, self.words(e.label), self.words(e.value), self.words(e.gradient))
                    for e in block.edges
                ]
                return Graph(nodes, edges, self.words(block.caption))
        return Text("A picture is left out here; it is on the solution sheet.")

    def line(self, line: Line) -> Line:
        answer = self.answers.get(_key(line.symbol)) if isinstance(line.symbol, Sym) else None
        result = _blank(answer) if answer is not None else line.result
        if result is not None and answer is None:
            result = self.number(result)
        numbers = line.numbers
        if numbers is not None:
            numbers = self.numbers(numbers, line.formula)
        formula = line.formula
        if formula is not None:
            formula = self.numbers(formula, None)
        return replace(line, formula=formula, numbers=numbers, result=result, note=self.words(line.note), exact=True)

    def numbers(self, shown: Expression, formula: Expression | None) -> Expression:
        """Walk through what is printed and through its formula side by side."""
        if isinstance(shown, Sym):
            return shown
        if isinstance(formula, Sym) and _key(formula) in self.answers:
            return _blank(self.answers[_key(formula)])
        if isinstance(shown, Num):
            return self.number(shown)
        if isinstance(shown, Rest):
            return shown
        parts = _parts(shown)
        beside: Sequence[Expression | None] = [None] * len(parts)
        if formula is not None and type(formula) is type(shown) and len(_parts(formula)) == len(parts):
            beside = _parts(formula)
        return _rebuilt(shown, [self.numbers(part, other) for part, other in zip(parts, beside, strict=True)])

    def number(self, number: Num) -> Num:
        if isinstance(number, Printed):
            answer = self.match(number.text)
            return number if answer is None else _blank(answer)
        return number

    def cell(self, cell: Printed | str) -> Printed | str:
        if isinstance(cell, Printed):
            answer = self.match(cell.text)
            return cell if answer is None else _blank(answer)
        return self.words(cell)

    def words(self, text: str) -> str:
        """Replace the numbers in a sentence that are answers."""

        def blanked(found: re.Match[str]) -> str:
            answer = self.match(found.group())
            return found.group() if answer is None else _blank(answer).digits

        return _NUMBER.sub(blanked, text)

    def match(self, said: str) -> _Answer | None:
        """Return the answer that a printed number is, to its last digit; numbers of one or two digits are nobody's."""
        read = _read(said)
        if read is None or read[2] < 3:
            return None
        value, unit, _ = read
        for answer in self.answers.values():
            if abs(abs(value) - abs(answer.value)) <= 0.5001 * unit or abs(value) == abs(answer.result.value):
                return answer
        return None


def _blank(answer: _Answer) -> Printed:
    return Printed(math.nan, f"____{str(answer.number).translate(_LOWERED)}", 0)


def _read(said: str) -> tuple[float, float, int] | None:
    """Return a printed number's value, what a unit of its last digit is worth, and its significant digits.

    >>> _read("−0.0150")
    (-0.015, 0.0001, 3)
    >>> _read("1.25·10⁻³")
    (0.00125, 1e-05, 3)
    """
    found = _NUMBER.fullmatch(said)
    if found is None:
        return None
    power = int((found.group(1) or found.group(2) or "0").translate(_RAISED))
    digits = re.match(r"[-−]?([\d.]+)", said)
    plain_digits = digits.group(1) if digits else ""
    decimals = len(plain_digits.partition(".")[2])
    sign = -1.0 if said[0] in "-−" else 1.0
    significant = len(plain_digits.replace(".", "").lstrip("0"))
    return sign * float(f"{plain_digits}e{power}"), float(f"1e{power - decimals}"), significant


def _key(symbol: Expression) -> str:
    return symbol.name if isinstance(symbol, Sym) else plain(symbol)


def _parts(expression: Expression) -> Sequence[Expression]:
    match expression:
        case Sum(parts) | Prod(parts) | Apply(arguments=parts):
            return parts
        case Frac(top, bottom):
            return (top, bottom)
    return ()


def _rebuilt(expression: Expression, parts: Sequence[Expression]) -> Expression:
    match expression:
        case Sum():
            return Sum(tuple(parts))
        case Prod():
            return Prod(tuple(parts))
        case Frac():
            return Frac(parts[0], parts[1])
        case Apply(function, _):
            return Apply(function, tuple(parts))
    return expression
