"""Expressions: what a printed line says, as a small tree. No torch; writers print it, they never compute.

- `Num` a constant of the formula (the 2 of a mean over two); `Sym` a quantity with a name, its value, and the tape
  element it stands for (`Ref`).
- `Sum`, `Prod`, `Frac`, `Apply` combine them; `Rest` is the one exact term that stands for all terms not shown.
- `Equation` is a line: a symbol, and expressions that are all equal to it, from the formula to the number.

Trees are built with Python's own operators or by hand; `evaluate` computes them exactly as written, on numbers, or on
tensors when symbols are given tensors for values (so one tree both prints a template and verifies it).

>>> w, x, b = Sym("w", 0.15), Sym("x", 0.05), Sym("b", 0.35)
>>> z = w * x + b
>>> z
Sum(terms=(Prod(factors=(Sym('w', 0.15), Sym('x', 0.05))), Sym('b', 0.35)))
>>> round(evaluate(z), 4)
0.3575
>>> evaluate(z, {"w": 1.0, "x": 2.0, "b": 3.0})
5.0
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = [
    "FUNCTIONS",
    "Apply",
    "Equation",
    "Expression",
    "Frac",
    "Num",
    "Prod",
    "Ref",
    "Rest",
    "Sum",
    "Sym",
    "evaluate",
    "mapped",
    "symbols",
]


@dataclass(frozen=True, slots=True)
class Ref:
    """Which number of the tape a symbol stands for."""

    variable: int
    element: tuple[int, ...] = ()
    """Its index in the tensor, from 0."""
    of: Literal["value", "cotangent", "state", "after"] = "value"
    """The value itself; the derivative of the loss with respect to it; an entry of the optimizer's state; the
    parameter after the update."""
    entry: str = ""
    """Which entry of the state."""


class Expression:
    """A node; the operators build larger ones. Sums and products flatten."""

    __slots__ = ()

    def __add__(self, other: Expression | float) -> Sum:
        return Sum((*_parts(self, Sum), *_parts(_wrap(other), Sum)))

    def __radd__(self, other: float) -> Sum:
        return _wrap(other) + self

    def __neg__(self) -> Expression:
        return Num(-self.value) if isinstance(self, Num) else Prod((Num(-1), *_parts(self, Prod)))

    def __sub__(self, other: Expression | float) -> Sum:
        return self + (-_wrap(other))

    def __rsub__(self, other: float) -> Sum:
        return _wrap(other) - self

    def __mul__(self, other: Expression | float) -> Prod:
        return Prod((*_parts(self, Prod), *_parts(_wrap(other), Prod)))

    def __rmul__(self, other: float) -> Prod:
        return _wrap(other) * self

    def __truediv__(self, other: Expression | float) -> Frac:
        return Frac(self, _wrap(other))

    def __rtruediv__(self, other: float) -> Frac:
        return Frac(_wrap(other), self)

    def __pow__(self, exponent: Expression | float) -> Apply:
        return Apply("power", (self, _wrap(exponent)))


@dataclass(frozen=True, slots=True)
class Num(Expression):
    """A number that belongs to the formula, or a result that closes a line."""

    value: float


@dataclass(frozen=True, slots=True)
class Sym(Expression):
    """A quantity with a name and a value."""

    name: str
    """Unformatted: ``w``, ``delta``, ``m_hat``. The notation decides how it is printed."""
    value: float | None = None
    at: Ref | None = None

    def __repr__(self) -> str:
        return f"Sym({self.name!r}, {self.value!r})"


@dataclass(frozen=True, slots=True)
class Sum(Expression):
    """Terms added from left to right."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Prod(Expression):
    """Factors."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Frac(Expression):
    """A quotient."""

    top: Expression
    bottom: Expression


@dataclass(frozen=True, slots=True)
class Apply(Expression):
    """A function of arguments; its name is a key of `FUNCTIONS`."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Rest(Expression):
    """One exact term for all that is not shown: ``[506 terms = 0.0132]``."""

    count: int
    value: float
    what: str = "terms"
    share: float | None = None
    """The share of the absolute sum that these terms hold."""
    zeros: int = 0
    """How many of them are exactly 0."""


@dataclass(frozen=True, slots=True)
class Equation:
    """A line: ``left = steps[0] = steps[1] = ...``, all of one value; the last step is usually a `Num`."""

    left: Sym
    steps: tuple[Expression, ...]
    note: str = ""


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": abs,
    "ceil": math.ceil,
    "cos": math.cos,
    "erf": math.erf,
    "exp": math.exp,
    "floor": math.floor,
    "log": math.log,
    "max": max,
    "min": min,
    "power": lambda x, y: x**y,
    "relu": lambda x: max(x, 0.0),
    "sigmoid": _sigmoid,
    "sign": lambda x: float((x > 0) - (x < 0)),
    "sin": math.sin,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
}
"""What `Apply` knows, on plain numbers; on tensors the method of the same name is used."""


def evaluate(expression: Expression, values: Mapping[str, Any] | None = None) -> Any:
    """Compute an expression as it is written.

    Args:
        expression: any tree.
        values: by symbol name, instead of the symbols' own; numbers, or tensors of one shape.

    Raises:
        ValueError: a symbol has no value.
    """
    match expression:
        case Num(value) | Rest(value=value):
            return value
        case Sym(name, value):
            found = value if values is None else values.get(name, value)
            if found is None:
                raise ValueError(f"the symbol {name!r} has no value.")
            return found
        case Sum(terms):
            parts = [evaluate(term, values) for term in terms]
            if all(isinstance(part, (int, float)) for part in parts) and all(map(math.isfinite, parts)):
                return math.fsum(parts)
            return sum(parts[1:], parts[0])
        case Prod(factors):
            result = evaluate(factors[0], values)
            for factor in factors[1:]:
                result = result * evaluate(factor, values)
            return result
        case Frac(top, bottom):
            return evaluate(top, values) / evaluate(bottom, values)
        case Apply(function, arguments):
            given = [evaluate(argument, values) for argument in arguments]
            if all(isinstance(part, (int, float)) for part in given) or function in ("power", "abs"):
                return FUNCTIONS[function](*given)
            if function in ("max", "min"):
                plain = isinstance(given[1], (int, float))
                names = ("clamp_min", "clamp_max") if plain else ("maximum", "minimum")
                return getattr(given[0], names[function == "min"])(given[1])
            return getattr(given[0], function)(*given[1:])
    raise TypeError(f"not an expression: {expression!r}")


def mapped(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return a tree of the same form whose leaves (symbols, numbers, remainders) are what `change` makes of them.

    >>> mapped(Sym("w") * Sym("x"), lambda leaf: Num(2.0))
    Prod(factors=(Num(value=2.0), Num(value=2.0)))
    """
    match expression:
        case Sum(terms):
            return Sum(tuple(mapped(term, change) for term in terms))
        case Prod(factors):
            return Prod(tuple(mapped(factor, change) for factor in factors))
        case Frac(top, bottom):
            return Frac(mapped(top, change), mapped(bottom, change))
        case Apply(function, arguments):
            return Apply(function, tuple(mapped(argument, change) for argument in arguments))
    return change(expression)


def symbols(expression: Expression) -> Iterator[Sym]:
    """Yield the symbols of an expression, from left to right."""
    match expression:
        case Sym():
            yield expression
        case Sum(parts) | Prod(parts) | Apply(arguments=parts):
            for part in parts:
                yield from symbols(part)
        case Frac(top, bottom):
            yield from symbols(top)
            yield from symbols(bottom)


def _wrap(value: Expression | float) -> Expression:
    return value if isinstance(value, Expression) else Num(value)


def _parts(expression: Expression, kind: type[Sum] | type[Prod]) -> tuple[Expression, ...]:
    if isinstance(expression, kind):
        return expression.terms if isinstance(expression, Sum) else expression.factors
    return (expression,)
