"""Expansion: a composite call of the tape in readable steps, and the chain rule through them."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from glasswork.tracing.algebra import Equation, Expression, Num, Prod, Rest, Sum
from glasswork.tracing.meaning.quantity import Element, Part, Quantity
from glasswork.tracing.meaning.slopes import slope
from glasswork.tracing.tape import element_at

__all__ = ["Expansion"]

_COUNTED = 300_000
"""Up to so many uses of numbers in a call, backward lines are written (about a second's work)."""


@dataclass(slots=True)
class Expansion:
    """A call in readable steps."""

    call: int
    title: str
    steps: list[Quantity] = field(default_factory=list)
    """What was given, then what was computed, in order; empty if it was refused."""
    remarks: list[str] = field(default_factory=list)
    where: str = ""
    """The module's path."""
    difference: float = 0.0
    """Largest difference of a result from the tape's."""
    gradient_difference: float = 0.0
    """Largest difference of an argument's gradient from the swept one."""
    formula_difference: float = 0.0
    """Largest difference of a formula, evaluated, from its value, over the sample."""
    allowed: float = 0.0
    reason: str = ""
    """Why it was refused; empty if it was not."""
    gradients: dict[int, Tensor] = field(default_factory=dict)
    """Argument's variable -> its gradient by this call alone."""
    results: dict[int, Quantity] = field(default_factory=dict)
    """Result's variable -> the quantity that it is."""
    _users: dict[tuple[int, Element], list[tuple[Quantity, Element]]] | None = None
    _crowded: bool = False

    @property
    def ok(self) -> bool:
        """Whether it agrees with the tape, and may be shown in its stead."""
        return not self.reason

    @property
    def given(self) -> list[Quantity]:
        """What the call was given."""
        return [quantity for quantity in self.steps if quantity.formula is None]

    @property
    def computed(self) -> list[Quantity]:
        """What it computed, in order."""
        return [quantity for quantity in self.steps if quantity.formula is not None]

    def find(self, symbol: str, time: int | None = None, upper: str | None = None) -> Quantity:
        """Return the first quantity of a symbol, at a time step where there are several.

        Raises:
            KeyError: there is none.
        """
        for quantity in self.steps:
            if (
                quantity.symbol == symbol
                and (time is None or quantity.time == time)
                and (upper is None or quantity.upper == upper)
            ):
                return quantity
        raise KeyError(
            f"no {symbol!r} in {self.title}; it has {', '.join(dict.fromkeys(q.symbol for q in self.steps))}."
        )

    def backward(self, quantity: Quantity, element: Element) -> Equation | None:
        """Return the chain rule's line for one number: the sum over its users of their slope times the local one.

        None where no derivative flows, or where there are too many numbers to find the users among.
        """
        if quantity.gradient is None:
            return None
        users = self._used()
        if users is None:
            return None
        terms: list[Expression] = []
        for user, there in users.get((id(quantity), element), []):
            if user.gradient is None or user.formula is None:
                continue
            by = quantity[element]
            local = user.local(there, by) if user.local else slope(user.formula(*there), by, user[there])
            if local is not None:
                terms.append(_chained(user.slope(there), local))
        if quantity.outside is not None:
            terms.append(quantity.from_outside(element))
        left = quantity.slope(element)
        result = Num(left.value or 0.0)
        if not terms:
            return Equation(left, (result,))
        return Equation(left, (terms[0] if len(terms) == 1 else Sum(tuple(terms)), result))

    def short(self, quantity: Quantity, element: Element) -> Equation | None:
        """Return the derivative of one number in the closed form that everybody knows (``p - y``), if it has one."""
        if quantity.gradient is None or quantity.short is None:
            return None
        said = quantity.short(*element)
        left = quantity.slope(element)
        return None if said is None else Equation(left, (said, Num(left.value or 0.0)))

    def _used(self) -> dict[tuple[int, Element], list[tuple[Quantity, Element]]] | None:
        """Who uses each number."""
        if self._users is None and not self._crowded:
            self._crowded = self._uses() > _COUNTED
            if self._crowded:
                return None
            users: dict[tuple[int, Element], list[tuple[Quantity, Element]]] = {}
            for quantity in self.computed:
                shape = tuple(quantity.value.shape)
                for place in range(quantity.value.numel()):
                    element = element_at(place, shape)
                    for part in quantity.uses(element):
                        users.setdefault(part, []).append((quantity, element))
            self._users = users
        return self._users

    def _uses(self) -> int:
        """About how many uses of numbers there are."""
        return sum(
            quantity.value.numel() * len(quantity.uses((0,) * quantity.value.dim()))
            for quantity in self.computed
            if quantity.value.numel()
        )


def _chained(upstream: Part, local: Expression) -> Expression:
    if isinstance(local, Num):
        return upstream if local.value == 1 else Prod((upstream, local))
    if isinstance(local, (Sum, Rest)):
        return Prod((upstream, local))
    if isinstance(local, Prod):
        if local.factors[0] == Num(-1.0):
            return Prod((local.factors[0], upstream, *local.factors[1:]))
        return Prod((upstream, *local.factors))
    return Prod((upstream, local))
