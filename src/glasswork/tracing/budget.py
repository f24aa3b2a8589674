"""The budget of a page, and sums kept within it: a few terms, and one exact term for all the rest."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from glasswork.tracing.algebra import Apply, Expression, Frac, Num, Prod, Rest, Sum, evaluate, symbols
from glasswork.tracing.figures import DIGITS

__all__ = ["Budget", "abridged", "named_values", "percent"]

Node = tuple[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a page may say."""

    max_lines: int = 80
    """Equations in the forward and backward sections; half as many more may stand in the lecture's symbols."""
    max_elements: int = 1000
    """Single numbers that may be looked at for the sum over paths."""
    listed: int = 12
    """A sum of up to this many terms, or paths, is written in full."""
    strongest: int = 6
    """Of a longer one, so many are shown, and one exact term for the rest."""
    digits: int = DIGITS


def abridged(formula: Expression, budget: Budget, keep: Iterable[Node] = ()) -> tuple[Expression, str]:
    """Shorten the sums of an expression: zeros are folded, of many terms the strongest are shown and one for the rest.

    >>> from glasswork.tracing.algebra import Sym
    >>> many = Sum(tuple(Sym(f"x{n}", float(n)) for n in range(20)))
    >>> abridged(many, Budget(listed=4, strongest=2))[1]
    'the 2 strongest of 19 terms cover 19 % of the absolute sum; 1 term is 0'
    """
    kept = set(keep)
    notes: list[str] = []

    def inner(part: Expression) -> Expression:
        match part:
            case Sum(terms):
                return _abridged_sum(tuple(map(inner, terms)), budget, kept, notes)
            case Prod(factors):
                return Prod(tuple(map(inner, factors)))
            case Frac(top, bottom):
                return Frac(inner(top), inner(bottom))
            case Apply(function, arguments):
                return Apply(function, tuple(map(inner, arguments)))
        return part

    short = inner(formula)
    return short, "; ".join(dict.fromkeys(notes))


def _abridged_sum(terms: tuple[Expression, ...], budget: Budget, keep: set[Node], notes: list[str]) -> Expression:
    if len(terms) <= 4:
        return Sum(terms)
    worth = [float(evaluate(term)) for term in terms]
    live = [n for n, value in enumerate(worth) if value != 0]
    zeros = len(terms) - len(live)
    folded = f"{zeros} {'term is' if zeros == 1 else 'terms are'} 0"
    if not live:
        notes.append(folded)
        return Num(0.0)
    if len(live) <= budget.listed:
        if zeros:
            notes.append(folded)
        return Sum(tuple(terms[n] for n in live)) if len(live) > 1 else terms[live[0]]
    order = sorted(live, key=lambda n: -abs(worth[n]))
    chosen = set(order[: budget.strongest])
    chosen |= {n for n in live if any(node in keep for node in named_values(terms[n]))} if len(keep) < 200 else set()
    if len(chosen) > budget.listed:
        chosen = set(order[: budget.strongest])
    rest = math.fsum(worth[n] for n in live if n not in chosen)
    absolute = math.fsum(map(abs, worth))
    share = math.fsum(abs(worth[n]) for n in chosen) / absolute
    which = "strongest" if len(chosen) == budget.strongest else "shown"
    notes.append(f"the {len(chosen)} {which} of {len(live)} terms cover {percent(share)} of the absolute sum")
    if zeros:
        notes.append(folded)
    return Sum((*(terms[n] for n in sorted(chosen)), Rest(len(live) - len(chosen), rest, "terms", 1 - share, zeros)))


def named_values(expression: Expression | None) -> list[Node]:
    """Return the numbers of the tape that an expression speaks of."""
    if expression is None:
        return []
    return [(s.at.variable, s.at.element) for s in symbols(expression) if s.at is not None and s.at.of == "value"]


def percent(share: float, decimals: int = 0) -> str:
    """Return a share as text.

    >>> percent(0.714), percent(0.0123, 1)
    ('71 %', '1.2 %')
    """
    return f"{100 * share:.{decimals}f} %"
