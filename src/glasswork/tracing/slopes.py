"""The derivative of an expression with respect to one of its symbols, as an expression.

>>> from glasswork.tracing.algebra import Ref, evaluate
>>> x = Sym("x", 3.0, Ref(0))
>>> evaluate(slope(Apply("power", (x, Num(2))), x))
6.0
"""

from __future__ import annotations

import math

from glasswork.tracing.algebra import Apply, Expression, Frac, Num, Prod, Rest, Sum, Sym, evaluate

__all__ = ["slope"]

ONE = Num(1)


def slope(expression: Expression, of: Sym, *, output: Sym | None = None, name: str = "") -> Expression:
    """Return the derivative of an expression with respect to one symbol, known by the tape element it stands for.

    Args:
        expression: a rule's.
        of: the symbol.
        output: the number that the expression gives; σ' and its like are written with it, as the textbooks do.
        name: the operation's.

    >>> from glasswork.tracing.algebra import Ref, evaluate
    >>> x, w = Sym("x", 3.0, Ref(0)), Sym("w", 2.0, Ref(1))
    >>> slope(x * w + x, x)
    Sum(terms=(Sym('w', 2.0), Num(value=1)))
    """
    if output is not None:
        match name.strip("_"):
            case "sigmoid":
                return Prod((output, 1 - output))
            case "tanh":
                return 1 - Apply("power", (output, Num(2)))
            case "exp":
                return output
            case "softmax" | "safe_softmax" if isinstance(expression, Frac):
                same = expression.top == Apply("exp", (of,))
                if same:
                    return Prod((output, 1 - output))
    return _slope(expression, of)


def _slope(expression: Expression, of: Sym) -> Expression:
    match expression:
        case Sym():
            return ONE if expression.at is not None and expression.at == of.at else Num(0)
        case Num() | Rest():
            return Num(0)
        case Sum(terms):
            parts = [part for part in (_slope(term, of) for term in terms) if not _is(part, 0)]
            return Num(0) if not parts else parts[0] if len(parts) == 1 else Sum(tuple(parts))
        case Prod(factors):
            parts = []
            for n, factor in enumerate(factors):
                inner = _slope(factor, of)
                if not _is(inner, 0):
                    parts.append(_times((*factors[:n], inner, *factors[n + 1 :])))
            if len(parts) > 1 and all(part == parts[0] for part in parts):  # x·x
                return _times((Num(len(parts)), parts[0]))
            return Num(0) if not parts else parts[0] if len(parts) == 1 else Sum(tuple(parts))
        case Frac(top, bottom):
            up, down = _slope(top, of), _slope(bottom, of)
            first = Num(0) if _is(up, 0) else Frac(up, bottom)
            if _is(down, 0):
                return first
            second = Frac(_times((top, down)), Apply("power", (bottom, Num(2))))
            return -second if _is(first, 0) else first - second
        case Apply(function, arguments):
            slopes = [_slope(argument, of) for argument in arguments]
            if all(_is(part, 0) for part in slopes):
                return Num(0)
            return _chain(expression, function, arguments, slopes)
    raise TypeError(f"not an expression: {expression!r}")


def _chain(whole: Expression, function: str, arguments: tuple[Expression, ...], inner: list[Expression]) -> Expression:
    x = arguments[0]
    match function:
        case "power" if _is(inner[1], 0) and isinstance(arguments[1], Num):
            power = arguments[1].value
            lowered = x if power == 2 else Apply("power", (x, Num(power - 1)))
            return _times((Num(power), lowered, inner[0]))
        case "exp":
            return _times((whole, inner[0]))
        case "log":
            return Frac(inner[0], x)
        case "sqrt":
            return Frac(inner[0], Prod((Num(2), whole)))
        case "tanh":
            return _times((1 - Apply("power", (whole, Num(2))), inner[0]))
        case "sin":
            return _times((Apply("cos", (x,)), inner[0]))
        case "cos":
            return _times((Num(-1), Apply("sin", (x,)), inner[0]))
        case "abs":
            return _times((Apply("sign", (x,)), inner[0]))
        case "erf":
            bell = Apply("exp", (Prod((Num(-1), Apply("power", (x, Num(2))))),))
            return _times((Frac(Num(2), Apply("sqrt", (Sym("π", math.pi),))), bell, inner[0]))
        case "max" | "min":
            return _chosen(whole, arguments, inner)
    raise ValueError(f"no derivative is known of {function}.")


def _chosen(whole: Expression, arguments: tuple[Expression, ...], inner: list[Expression]) -> Expression:
    best = evaluate(whole)
    for argument, part in zip(arguments, inner, strict=True):
        if evaluate(argument) == best:
            return part
    raise ValueError("neither argument is the one that was chosen.")


def _is(expression: Expression, value: float) -> bool:
    return isinstance(expression, Num) and expression.value == value


def _times(factors: tuple[Expression, ...]) -> Expression:
    kept = tuple(
        inner
        for factor in factors
        for inner in (factor.factors if isinstance(factor, Prod) else (factor,))
        if not _is(inner, 1)
    )
    return ONE if not kept else kept[0] if len(kept) == 1 else Prod(kept)
