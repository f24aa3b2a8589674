"""Slopes: the derivative of a formula with respect to one of the numbers in it, again as a formula.

Written the way a lecture writes it: the derivative of a result ``s = sigmoid(a)`` is ``s (1 - s)``, in terms of the
result that is already there.
"""

from __future__ import annotations

import math

from glasswork.tracing.algebra import Apply, Expression, Frac, Num, Prod, Sum, evaluate
from glasswork.tracing.meaning.quantity import Part

__all__ = ["slope"]


def slope(formula: Expression, by: Part, result: Part | None = None) -> Expression | None:
    """Return the derivative of a formula by one number in it; None if it is zero everywhere.

    Args:
        formula: in terms of parts.
        by: the number.
        result: what the formula computes, if that has a symbol.
    """
    match formula:
        case Part():
            return Num(1.0) if _same(formula, by) else None
        case Sum(terms):
            return _sum([found for term in terms if (found := slope(term, by)) is not None])
        case Prod(factors):
            parts: list[Expression] = []
            for place, factor in enumerate(factors):
                inner = slope(factor, by)
                if inner is not None:
                    parts.append(_product(*factors[:place], inner, *factors[place + 1 :]))
            return _sum(parts)
        case Frac(top, bottom):
            up, down = slope(top, by), slope(bottom, by)
            quotient: list[Expression] = [] if up is None else [Frac(up, bottom)]
            if down is not None:
                quotient.append(_product(Num(-1.0), Frac(result or formula, bottom), down))
            return _sum(quotient)
        case Apply(function, arguments):
            return _applied(function, arguments, by, result or formula)
    return None


def _applied(function: str, arguments: tuple[Expression, ...], by: Part, result: Expression) -> Expression | None:
    found = []
    for place, argument in enumerate(arguments):
        inner = slope(argument, by)
        if inner is not None:
            outer = _outer(function, arguments, place, result)
            if outer is not None:
                found.append(_product(outer, inner))
    return _sum(found)


def _outer(function: str, arguments: tuple[Expression, ...], place: int, result: Expression) -> Expression | None:
    """The derivative of a function by its argument at a place; `result` is its value."""
    x = arguments[place]
    match function:
        case "sigmoid":
            return result * (1 - result)
        case "tanh":
            return 1 - result**2
        case "exp":
            return result
        case "log":
            return 1 / x
        case "sqrt":
            return Frac(Num(1.0), 2 * result)
        case "relu":
            return Num(1.0) if evaluate(x) > 0 else None
        case "abs":
            return Apply("sign", (x,))
        case "erf":
            return (2 / math.sqrt(math.pi)) * Apply("exp", (-(x**2),))
        case "sin":
            return Apply("cos", (x,))
        case "cos":
            return -Apply("sin", (x,))
        case "power" if place == 0 and isinstance(arguments[1], Num):
            n = arguments[1].value
            return 2 * x if n == 2 else n * x ** (n - 1)
        case "max" | "min":
            values = [evaluate(argument) for argument in arguments]
            best = max(values) if function == "max" else min(values)
            return Num(1.0) if values.index(best) == place else None
        case "sign":
            return None
    raise ValueError(f"the derivative of {function!r} is not known.")


def _same(first: Part, second: Part) -> bool:
    return first.quantity is second.quantity and first.element == second.element and first.side == second.side


def _sum(terms: list[Expression]) -> Expression | None:
    if not terms:
        return None
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


def _product(*factors: Expression) -> Expression:
    """A product without ones, signs gathered in front."""
    sign, found = 1.0, []
    for factor in factors:
        for part in factor.factors if isinstance(factor, Prod) else (factor,):
            if isinstance(part, Num) and abs(part.value) == 1.0:
                sign *= part.value
            else:
                found.append(part)
    if sign < 0 or not found:
        found.insert(0, Num(sign))
    return found[0] if len(found) == 1 else Prod(tuple(found))
