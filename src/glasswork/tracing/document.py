"""The document: what there is to say about a step, chosen and rounded, before any writer puts it on a page.

Plain data. Selection makes it, writers (text, HTML, LaTeX, JSON) print it, and writers never compute:

- a `Document` has a title, a lead, `Section`s, notes (the budget, what is left out, declared derivatives) and checks.
- a `Section` has blocks and inner sections; `folded` says that it stands closed, and why (``the same, 12 times``).
- a block is a `Line` (one equation), a `Table`, a `Heat` (a picture of a matrix), a `Graph`, a `Chart` of all
  layers, a `Plane` or a `Text`.

Expressions are the algebra's trees. In a document their leaves are of two special kinds, both ordinary `Num` and `Sym`
to everybody who only evaluates:

- `Printed` is a number as it is printed: its digits and the power of ten beside them. ``Printed.value`` is exactly
  what these digits say, so that a tree of printed numbers evaluates to what a pencil makes of the page.
- `Named` is a symbol as it is printed: `Letters` with upper and lower indices; ``Named.name`` is the same as text.

>>> number = Printed.of("1.25", -3)
>>> number.value, number.text
(0.00125, '1.25·10⁻³')
>>> named(Letters("w", "2", "11")).name
'w^2_11'
>>> named(Letters("w", "2", "11", of_loss=True)).name
'∂L/∂w^2_11'
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from glasswork.tracing.algebra import Expression, Num, Ref, Sym

__all__ = [
    "Block",
    "Chart",
    "Document",
    "Edge",
    "Graph",
    "Heat",
    "Kind",
    "Letters",
    "Line",
    "Named",
    "Node",
    "Plane",
    "Printed",
    "Section",
    "Series",
    "Table",
    "Text",
    "letters_of",
    "named",
]

Kind = Literal["forward", "backward", "update", "shape", "remark"]

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Printed(Num):
    """A number as it is printed: ``digits`` times ten to the ``exponent``."""

    digits: str = ""
    """A plain decimal, sign included: ``-0.0150``."""
    exponent: int = 0

    @staticmethod
    def of(digits: str, exponent: int = 0) -> Printed:
        """Make one from what is printed."""
        return Printed(float(f"{digits}e{exponent}"), digits, exponent)

    @property
    def text(self) -> str:
        """The number in plain text: ``1.25·10⁻³``."""
        return f"{self.digits}·10{str(self.exponent).translate(_RAISED)}" if self.exponent else self.digits


@dataclass(frozen=True, slots=True)
class Letters:
    """A symbol as it is set: a letter (or a plain name) with indices."""

    base: str
    """``w``, ``δ``, ``encoder.0.weight``."""
    upper: str = ""
    """Upper index: the layer, or a power's place is never here."""
    lower: str = ""
    """Lower index: the unit, or sending and receiving unit."""
    at: str = ""
    """What stands behind in round brackets: sample, token, time step: ``t=3``."""
    accent: Literal["", "hat", "new", "old", "prime"] = ""
    of_loss: bool = False
    """Whether this is the derivative of the loss with respect to the symbol: ∂L/∂w."""

    @property
    def plain(self) -> str:
        """The symbol in plain text."""
        braces = ("{", "}") if _needs_braces(self.base, self.upper) else ("", "")
        upper = f"^{braces[0]}{self.upper}{braces[1]}" if self.upper else ""
        lower = f"_{self.lower}" if self.lower and "," not in self.lower else f"_{{{self.lower}}}" if self.lower else ""
        accent = {"": "", "hat": "_hat", "new": "", "old": "_old", "prime": "'"}[self.accent]
        if self.base.endswith("]") or "." in self.base:
            lower = f"[{self.lower}]" if self.lower else ""
        name = f"{self.base}{accent}{upper}{lower}" + (f"({self.at})" if self.at else "")
        if self.accent == "new":
            return f"new {name}"
        return f"∂L/∂{name}" if self.of_loss else name


@dataclass(frozen=True, slots=True)
class Named(Sym):
    """A symbol with its letters; ``name`` is ``letters.plain``."""

    letters: Letters | None = None


def named(letters: Letters, value: float | None = None, at: Ref | None = None) -> Named:
    """Return a symbol of these letters."""
    return Named(letters.plain, value, at, letters)


def letters_of(symbol: Sym) -> Letters:
    """Return the letters of any symbol; one without them is all base."""
    found = symbol.letters if isinstance(symbol, Named) else None
    return found or Letters(symbol.name)


@dataclass(slots=True)
class Line:
    """One equation: ``symbol = formula = numbers = result``; a missing side is left out."""

    symbol: Expression
    formula: Expression | None = None
    """In symbols."""
    numbers: Expression | None = None
    """The same with the numbers put in, as they are printed: its leaves are `Printed`, or `Rest` for what is not shown
    (of which `Rest.value` holds what is printed)."""
    result: Num | None = None
    exact: bool = True
    """False where the printed numbers do not reproduce the printed result to half a unit of its last digit: print ≈."""
    note: str = ""
    """A few words behind the line: ``top 6 of 512 cover 83 %``."""
    where: str = ""
    """Module path and the user's line."""
    kind: Kind = "forward"


@dataclass(slots=True)
class Table:
    """A small matrix, or rows of words and numbers."""

    title: str
    rows: list[str]
    """A label per row; empty strings where rows have none."""
    columns: list[str]
    values: list[list[Printed | str]]
    caption: str = ""


@dataclass(slots=True)
class Heat:
    """A matrix as a picture, beyond 8 x 8."""

    title: str
    values: list[list[float]]
    marked: tuple[int, int] | None = None
    """Row and column that are outlined; -1 marks a whole row or column."""
    caption: str = ""


@dataclass(slots=True)
class Node:
    """A value in a drawing."""

    key: str
    label: str
    value: str = ""
    kind: Literal["input", "parameter", "value", "loss", "rest"] = "value"
    layer: int = 0
    """Its column, from the left."""


@dataclass(slots=True)
class Edge:
    """An operation between two values: what flows forward and what flows back, as printed."""

    source: str
    target: str
    label: str = ""
    value: str = ""
    gradient: str = ""


@dataclass(slots=True)
class Graph:
    """A computation graph."""

    nodes: list[Node]
    edges: list[Edge]
    caption: str = ""


@dataclass(slots=True)
class Series:
    """One quantity along the depth of a net, a number per layer; None where a layer has none."""

    name: str
    values: list[float | None]
    log: bool = False
    """Whether powers of ten are equally far apart."""


@dataclass(slots=True)
class Chart:
    """One picture of all layers: quantities above one another over the same layers."""

    title: str
    names: list[str]
    """The layers, from the input to the loss."""
    series: list[Series]
    caption: str = ""


@dataclass(slots=True)
class Plane:
    """A square of the plane: predictions of a net with two inputs, or a loss of two weights; points and paths on it."""

    title: str
    x: tuple[float, float]
    y: tuple[float, float]
    values: list[list[float]]
    """Rows from the lowest to the highest `y`, in each from the lowest to the highest `x`."""
    boundary: float | None = None
    """Where one side ends and the other begins; None: the higher, the stronger the colour."""
    points: list[tuple[float, float, str]] = field(default_factory=list)
    """Place and mark: a class, ``start``."""
    paths: list[tuple[str, list[tuple[float, float]]]] = field(default_factory=list)
    names: tuple[str, str] = ("x1", "x2")
    caption: str = ""


@dataclass(slots=True)
class Text:
    """A sentence or two."""

    sentence: str


Block = Line | Table | Heat | Graph | Chart | Plane | Text


@dataclass(slots=True)
class Section:
    """A heading and what stands under it."""

    title: str
    level: int = 1
    blocks: list[Block] = field(default_factory=list)
    children: list[Section] = field(default_factory=list)
    folded: str | None = None
    """Why it may stand closed, in a few words; None: it stands open."""

    def lines(self) -> Iterator[Line]:
        """Yield the equations in it, inner sections included."""
        for block in self.blocks:
            if isinstance(block, Line):
                yield block
        for child in self.children:
            yield from child.lines()


@dataclass(slots=True)
class Document:
    """A page."""

    title: str
    lead: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """The budget, what is left out, declared derivatives: a sentence each."""
    checks: list[str] = field(default_factory=list)
    """What was checked and what came of it, a sentence each; a mismatch stands first."""

    def lines(self) -> Iterator[Line]:
        """Yield all equations, top to bottom."""
        for section in self.sections:
            yield from section.lines()


def _needs_braces(base: str, upper: str) -> bool:
    return len(upper) > 1 and not upper.isdigit()
