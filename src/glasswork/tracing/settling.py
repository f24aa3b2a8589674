"""Settling a line: rounding it so that what is printed still comes true.

A line is computed again from its printed numbers, by the same reader that a doubting student would use. Where that
misses the printed result, the factors show more digits; where even that does not help, the line is marked with ≈.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from glasswork.tracing.algebra import Apply, Expression, Frac, Num, Prod, Rest, Sum, Sym, evaluate, mapped, symbols
from glasswork.tracing.document import Kind, Letters, Line, Printed, named
from glasswork.tracing.figures import DIGITS, figure, is_short, powers
from glasswork.tracing.plain import plain
from glasswork.tracing.reread import reread_line

__all__ = ["HUGE", "Draft", "magnitude", "printed", "settle"]

_MORE = (0, 1, 2, 3, 5, 8)
"""Digits that a line's factors may show beyond those of its result, in order of trial."""


HUGE = 1e300
"""A mask's stand-in for infinity; no arithmetic is written with it."""

_NOISE = 1e-14
"""A sum that is smaller than this, beside its terms, is nothing but rounding."""


@dataclass(slots=True)
class Draft:
    """A line before rounding: its formula's symbols carry their values."""

    symbol: Sym
    formula: Expression | None
    value: float
    note: str = ""
    where: str = ""
    kind: Kind = "forward"


def magnitude(expression: Expression) -> float:
    """Return a bound on what rounding can act on: the expression with all its terms taken as positive."""
    match expression:
        case Sum(terms):
            return math.fsum(magnitude(term) for term in terms)
        case Prod(factors):
            return math.prod(magnitude(factor) for factor in factors)
        case Frac(top, bottom):
            below = abs(evaluate(bottom))
            return magnitude(top) / below * max(1.0, magnitude(bottom) / below) if below else math.inf
        case Apply("power", (base, Num(exponent))) if exponent >= 1:
            return float(magnitude(base) ** exponent)
        case Apply(_, arguments):
            return abs(evaluate(expression)) + max(map(magnitude, arguments))
    return abs(float(evaluate(expression)))


def settle(drafts: Sequence[Draft], digits: int = DIGITS) -> list[Line]:
    """Round the lines of one block.

    >>> from glasswork.tracing.algebra import Sym
    >>> (line,) = settle([Draft(Sym("d"), Sym("u", 0.0154) * Sym("v", 0.0500), 0.00077)])
    >>> line.result.text, line.exact
    ('7.7·10⁻⁴', True)
    """
    exponents = powers(number for draft in drafts for number in _numbers(draft))
    return [_settled(draft, digits, exponents) for draft in drafts]


def _settled(draft: Draft, digits: int, exponents: list[int]) -> Line:
    line = Line(draft.symbol, draft.formula, None, None, True, draft.note, draft.where, draft.kind)
    formula = draft.formula
    if formula is None or isinstance(formula, Sym) or not abs(draft.value) < HUGE:
        line.result = figure(draft.value, digits, exponents)
        if isinstance(formula, Sym) and figure(formula.value or 0.0, digits, exponents) != line.result:
            line.formula = None
        return line
    if 0 < abs(draft.value) <= _NOISE * magnitude(formula):
        line.numbers, line.result, line.exact = printed(formula, digits, exponents), Printed.of("0"), False
        line.note = f"{line.note}; 0 but for rounding" if line.note else "0 but for rounding"
        return _spoken(line)
    best: tuple[float, Expression, Printed] | None = None
    for fewer in (0, 1):
        for more in _MORE:
            result = figure(draft.value, digits - fewer, exponents)
            numbers = printed(formula, digits + more, exponents)
            reading = reread_line(f"{plain(numbers)} = {plain(result)}")
            if reading.agrees and abs(reading.parts[0] - result.value) <= _half_unit(result.value, digits - fewer):
                line.numbers, line.result = numbers, result
                return _spoken(line)
            if best is None or reading.off < best[0]:
                best = (reading.off, numbers, result)
    if best is not None:
        line.numbers, line.result, line.exact = best[1], best[2], False
    return _spoken(line)


def _half_unit(value: float, digits: int) -> float:
    """Half a unit of the last of so many digits: a result that is short (0.5) is meant as 0.5000."""
    return 0.5000005 * 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1) if value else 0.0


def _spoken(line: Line) -> Line:
    """A formula without symbols says what its numbers say; the remainder's worth stands among the numbers."""
    if line.formula is not None:
        line.formula = mapped(line.formula, _unworthy)
    if line.formula is not None and not any(True for _ in symbols(line.formula)):
        line.formula = None
    if isinstance(line.numbers, Num):
        line.numbers = None
    return line


def _unworthy(leaf: Expression) -> Expression:
    return named(Letters(f"[{leaf.count} {leaf.what}]"), leaf.value) if isinstance(leaf, Rest) else leaf


def printed(expression: Expression, digits: int, exponents: Sequence[int] = ()) -> Expression:
    """Return an expression with each symbol replaced by its number as printed."""

    def rounded(leaf: Expression) -> Expression:
        match leaf:
            case Printed():
                return leaf
            case Num(value):
                return figure(value, max(digits, 10) if is_short(value) else digits, exponents)
            case Rest(count, value, what, share, zeros):
                return Rest(count, figure(value, digits, exponents).value, what, share, zeros)
            case Sym(_, value):
                return figure(math.nan if value is None else float(value), digits, exponents)
        return leaf

    return mapped(expression, rounded)


def _numbers(draft: Draft) -> Iterator[float]:
    yield draft.value
    if draft.formula is not None:
        yield from _leaves(draft.formula)


def _leaves(expression: Expression) -> Iterator[float]:
    match expression:
        case Num(value) | Rest(value=value):
            yield value
        case Sym(_, value):
            yield 0.0 if value is None else float(value)
        case Sum(parts) | Prod(parts) | Apply(arguments=parts):
            for part in parts:
                yield from _leaves(part)
        case Frac(top, bottom):
            yield from _leaves(top)
            yield from _leaves(bottom)
