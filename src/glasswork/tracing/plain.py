"""An expression as plain text that a person reads and `reread` computes.

>>> from glasswork.tracing.algebra import Apply, Frac, Num, Rest, Sum, Sym
>>> plain(Sym("w") * Sym("x") + Sym("b"))
'w·x + b'
>>> plain(Num(0.05) * Num(0.15) + Num(-0.35))
'(0.05)(0.15) − 0.35'
>>> plain(Frac(Num(1), 1 + Apply("exp", (Num(-0.3775),))))
'1/(1 + e^−0.3775)'
>>> plain(Sum((Num(2) * Num(3), Rest(506, 0.0132))))
'(2)(3) + [506 terms = 0.0132]'
"""

from __future__ import annotations

import re

from glasswork.tracing.algebra import Apply, Expression, Frac, Num, Prod, Rest, Sum, Sym, symbols
from glasswork.tracing.document import Line, Printed
from glasswork.tracing.figures import figure

__all__ = ["line_text", "plain"]

_FUNCTIONS = {"log": "ln", "sigmoid": "σ", "relu": "ReLU", "sqrt": "√"}


def plain(expression: Expression) -> str:
    """Return an expression as text."""
    match expression:
        case Printed():
            return expression.text.replace("-", "−")
        case Num(value):
            return figure(value, 12).text.replace("-", "−")
        case Sym(name):
            return name
        case Rest(count, value, what):
            return f"[{count} {what} = {plain(Num(value))}]"
        case Sum(terms):
            return _sum(terms)
        case Prod(factors):
            return _product(factors)
        case Frac(top, bottom):
            above = plain(top) if not isinstance(top, (Sum, Frac)) else f"({plain(top)})"
            simple = isinstance(bottom, Sym) or (_bare(bottom) and not plain(bottom).startswith("−"))
            return f"{above}/{plain(bottom) if simple or _closed(bottom) else f'({plain(bottom)})'}"
        case Apply("power", (base, exponent)):
            raised = plain(exponent)
            simple = isinstance(exponent, Sym) or (_bare(exponent) and not raised.startswith("−"))
            return f"({plain(base)})^{raised if simple else f'({raised})'}"
        case Apply("exp", (exponent,)):
            raised = plain(exponent)
            return f"e^{raised if re.fullmatch('−?[0-9.]+', raised) else f'({raised})'}"
        case Apply(function, arguments):
            return f"{_FUNCTIONS.get(function, function)}({', '.join(map(plain, arguments))})"
    raise TypeError(f"not an expression: {expression!r}")


def line_text(line: Line) -> str:
    """Return a line as text, without its note: ``symbol = formula = numbers = result``."""
    sides = [plain(side) for side in (line.symbol, line.formula) if side is not None]
    text = " = ".join(sides)
    if line.numbers is not None:
        text += f" = {plain(line.numbers)}"
    if line.result is not None:
        text += f" {'=' if line.exact else '≈'} {plain(line.result)}"
    return text


def _bare(expression: Expression) -> bool:
    """Whether it is a number without a power of ten."""
    return isinstance(expression, Num) and "·" not in plain(expression)


def _closed(expression: Expression) -> bool:
    """Whether its text needs no brackets as a divisor."""
    return isinstance(expression, Apply) and expression.function not in ("power", "exp")


def _sum(terms: tuple[Expression, ...]) -> str:
    text = plain(terms[0])
    for term in terms[1:]:
        said = plain(term)
        text += f" − {said[1:]}" if said.startswith("−") else f" + {said}"
    return text


def _product(factors: tuple[Expression, ...]) -> str:
    sign = ""
    if isinstance(factors[0], Num) and factors[0].value == -1 and len(factors) > 1:
        sign, factors = "−", factors[1:]
    if len(factors) == 1:
        inner = plain(factors[0])
        return sign + (f"({inner})" if sign and (isinstance(factors[0], Sum) or inner.startswith("−")) else inner)
    numeric = not any(True for factor in factors for _ in symbols(factor))
    parts = []
    for factor in factors:
        said = plain(factor)
        if isinstance(factor, Sum | Frac | Prod) or (isinstance(factor, Num) and (numeric or said.startswith("−"))):
            said = f"({said})"
        parts.append(said)
    return sign + ("" if numeric else "·").join(parts)
