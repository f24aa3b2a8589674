"""Quantities: the named numbers of a readable step, each with the formula that it came from.

A `Quantity` is a whole tensor (the forget gates of one time step); ``quantity[sample, unit]`` is one of its numbers as
a symbol of the algebra, a `Part`, which knows its letters, its value and where it came from.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from torch import Tensor

from glasswork.tracing.algebra import Equation, Expression, Num, Prod, Ref, Sum
from glasswork.tracing.document import Letters, Named

__all__ = ["Element", "Part", "Quantity", "dot"]

Element = tuple[int, ...]
Side = Literal["value", "gradient", "outside"]

_GREEK = {"mu": "μ", "gamma": "γ", "beta": "β"}
_noted: list[set[tuple[int, Element]]] = []


@contextlib.contextmanager
def _noting() -> Iterator[set[tuple[int, Element]]]:
    """Context in which the numbers that a formula asks for are noted, as (id of the quantity, element); quick."""
    _noted.append(set())
    try:
        yield _noted[-1]
    finally:
        _noted.pop()


_BEHIND = {"n", "t", "head"}
"""Axes that stand in brackets behind a symbol; ``n`` and ``head`` only if there are several."""


@dataclass(frozen=True, slots=True, repr=False)
class Part(Named):
    """One number of a quantity, as a symbol."""

    quantity: Quantity | None = field(default=None, compare=False, repr=False)
    element: Element = ()
    side: Side = "value"
    """The number itself; the derivative of the loss with respect to it; the share of that derivative which comes from
    outside of the call."""

    def __repr__(self) -> str:
        return f"Part({self.name!r}, {self.value!r})"


@dataclass(slots=True, eq=False)
class Quantity:
    """A named tensor of a readable step."""

    symbol: str
    title: str
    value: Tensor
    axes: tuple[str, ...]
    """What each dimension counts. ``layer`` is an upper index; ``n`` (sample), ``t`` (time) and ``head`` stand behind
    in brackets; ``to`` and ``from`` are a weight's ends; all others are lower indices."""
    formula: Callable[..., Expression] | None = None
    """``formula(*element)`` in terms of other quantities; None for what the step was given."""
    gradient: Tensor | None = None
    """Derivative of the loss, by this call; None where none flows."""
    outside: Tensor | None = None
    """For a result: the share of its gradient that comes from outside the call."""
    upper: str = ""
    at: str = ""
    accent: Any = ""
    time: int | None = None
    """The time step, from 1."""
    variable: int | None = None
    """The tape's variable that holds it, or of which it is a part."""
    place: Callable[..., Element] | None = None
    """From an element of this quantity to the element of that variable; None: the same."""
    local: Callable[[Element, Part], Expression | None] | None = None
    """``local(element, by)``: the derivative of its formula by a number in it, where that has a form that everybody
    knows; None: worked out from the formula."""
    short: Callable[..., Expression | None] | None = None
    """``short(*element)``: the derivative of the loss with respect to it in the closed form that everybody knows."""
    copy: bool = False
    """Whether it only moves numbers (the outputs of all steps in one tensor): nothing to compute."""
    live: Tensor | None = field(default=None, repr=False)
    _numbers: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def tensor(self) -> Tensor:
        """The live tensor, while the expansion runs."""
        if self.live is None:
            raise ValueError(f"{self.symbol} is written down; its tensor is no longer live.")
        return self.live

    def __getitem__(self, element: int | Element) -> Part:
        """Return one of its numbers as a symbol."""
        return self._part(element, "value")

    def slope(self, element: int | Element) -> Part:
        """Return the derivative of the loss with respect to one of its numbers, as a symbol."""
        return self._part(element, "gradient")

    def from_outside(self, element: int | Element) -> Part:
        """Return the share of that derivative that comes from outside the call, as a symbol."""
        return self._part(element, "outside")

    def equation(self, element: Element) -> Equation:
        """Return the line of one number: symbol, formula, value."""
        number = self[element]
        steps: tuple[Expression, ...] = (Num(number.value or 0.0),)
        return Equation(number, steps if self.formula is None else (self.formula(*element), *steps))

    def uses(self, element: Element) -> set[tuple[int, Element]]:
        """Return which numbers a formula asks for, as (id of the quantity, element)."""
        with _noting() as parts:
            if self.formula is not None:
                self.formula(*element)
        return parts

    def letters(self, element: Element, side: Side = "value") -> Letters:
        """Return how one of its numbers is written; indices are counted from 1."""
        upper, behind, lower = [self.upper] if self.upper else [], [self.at] if self.at else [], []
        for axis, index, size in zip(self.axes, element, self.value.shape, strict=True):
            if axis == "layer":
                if size > 1:
                    upper.append(str(index + 1))
            elif axis in _BEHIND:
                if axis == "t" or size > 1:
                    behind.append(f"{axis}={index + 1}")
            else:
                lower.append((axis, str(index + 1)))
        names = [axis for axis, _ in lower]
        if names == ["to", "from"]:
            lower.reverse()
        found = [index for _, index in lower]
        if side == "outside":
            behind.append("from outside")
        return Letters(
            _GREEK.get(self.symbol, self.symbol),
            ",".join(upper),
            ("" if all(len(index) == 1 for index in found) else ",").join(found),
            ", ".join(behind),
            self.accent,
            of_loss=side != "value",
        )

    def _part(self, element: int | Element, side: Side) -> Part:
        element = (element,) if isinstance(element, int) else tuple(element)
        if _noted:
            _noted[-1].add((id(self), element))
            return Part("", self._number(element, side), None, None, self, element, side)
        letters = self.letters(element, side)
        ref = None
        if self.variable is not None and side != "outside":
            there = element if self.place is None else self.place(*element)
            if side == "value" or (self.formula is not None and self.place is None):
                ref = Ref(self.variable, there, "value" if side == "value" else "cotangent")
        return Part(letters.plain, self._number(element, side), ref, letters, self, element, side)

    def _number(self, element: Element, side: Side) -> float:
        tensor = {"value": self.value, "gradient": self.gradient, "outside": self.outside}[side]
        if tensor is None:
            return 0.0
        if tensor.numel() > 65_536:
            return float(tensor[element])
        if side not in self._numbers:
            self._numbers[side] = tensor.tolist()
        found = self._numbers[side]
        for index in element:
            found = found[index]
        return float(found)


def dot(*pairs: tuple[Expression, Expression] | Expression) -> Expression:
    """Return the sum of these products and single terms.

    >>> from glasswork.tracing.algebra import Sym
    >>> dot((Sym("w"), Sym("x")), Sym("b"))
    Sum(terms=(Prod(factors=(Sym('w', None), Sym('x', None))), Sym('b', None)))
    """
    terms = tuple(Prod(pair) if isinstance(pair, tuple) else pair for pair in pairs)
    return terms[0] if len(terms) == 1 else Sum(terms)
