"""The update: what the optimizer did, written as the formula that it follows, and compared with what it wrote.

A template per kind of optimizer, in the letters of its paper, as expressions of the algebra: the same tree that is
printed for one weight is evaluated on whole tensors and compared with the parameter that the real optimizer wrote.
An optimizer without a template, or one that does not follow its template, is shown as before, gradient, after.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from glasswork.tracing.algebra import Apply, Equation, Expression, Frac, Num, Prod, Ref, Sum, Sym, evaluate
from glasswork.tracing.tape import Movement, Tape
from glasswork.tracing.templates import TEMPLATES, Lines, Values, template_of

__all__ = ["Update", "judge", "update"]

_SLICE = 1_000_000


@dataclass(slots=True)
class Update:
    """One parameter's update."""

    name: str
    variable: int
    kind: str
    """The optimizer's class name."""
    template: str | None
    """Which template it follows; None: only before, gradient and after are known."""
    lines: Lines
    """In order of computation: symbol and expression; the last symbol is ``w_new``."""
    values: Values
    """Every symbol's value: tensors of the parameter's shape, or plain numbers."""
    before: Tensor
    gradient: Tensor | None
    after: Tensor
    """What the real optimizer wrote."""
    difference: float
    """Largest difference between the template's result and `after`, or the state after."""
    allowed: float
    """What rounding may account for."""

    @property
    def ok(self) -> bool:
        """Whether the template gives what the optimizer wrote; without a template there is nothing to compare."""
        return self.template is None or self.difference <= self.allowed

    def equations(self, element: tuple[int, ...]) -> list[Equation]:
        """Return the lines for one weight, with its numbers: formula, then value."""
        numbers = {
            name: float(value[element]) if isinstance(value, Tensor) and value.dim() else float(value)
            for name, value in self.values.items()
        }
        return [
            Equation(
                self._symbol(name, numbers[name], element), (_bound(line, self, numbers, element), Num(numbers[name]))
            )
            for name, line in self.lines
        ]

    def _symbol(self, name: str, value: float, element: tuple[int, ...]) -> Sym:
        tensor = isinstance(self.values[name], Tensor) and self.values[name].dim() > 0
        if not tensor and self.values["w"].dim():
            return Sym(name, value)
        at = {"w": Ref(self.variable, element), "g": Ref(self.variable, element, "cotangent")}.get(
            name,
            Ref(self.variable, element, "after") if name == "w_new" else Ref(self.variable, element, "state", name),
        )
        return Sym(name, value, at)


def update(tape: Tape, variable: int) -> Update | None:
    """Return a parameter's update; None if no optimizer was given or it has no gradient.

    >>> from glasswork.tracing.record import record
    >>> w = torch.tensor([0.4], requires_grad=True)
    >>> optimizer = torch.optim.SGD([w], lr=0.5)
    >>> tape = record(lambda x: w * x, lambda o: o.sum(), torch.tensor([0.0822]), optimizer=optimizer)
    >>> found = update(tape, tape.parameters["w"])
    >>> found.template, found.ok, [name for name, _ in found.lines]
    ('SGD', True, ['w_new'])
    >>> round(evaluate(found.equations((0,))[0].steps[0]), 6)  # 0.4 - 0.5 * 0.0822
    0.3589
    """
    movement = tape.movements.get(variable)
    return None if movement is None else _explained(movement)


def judge(movement: Movement) -> None:
    """Compare a movement's state with its formula now, a slice at a time, and let go of its large tensors."""
    difference = allowed = 0.0
    for start in range(0, movement.after.numel(), _SLICE):
        found = _explained(_sliced(movement, slice(start, start + _SLICE)))
        difference, allowed = max(difference, found.difference), max(allowed, found.allowed)
    movement.judged = (difference, allowed)
    movement.state = {k: v for k, v in movement.state.items() if not isinstance(v, Tensor) or v.numel() == 1}


def _sliced(movement: Movement, part: slice) -> Movement:
    """Return a movement of some of the numbers; every formula treats each number for itself."""
    size = movement.after.numel()

    def cut(value: Any) -> Any:
        return value.reshape(-1)[part] if isinstance(value, Tensor) and value.numel() == size else value

    return replace(
        movement,
        gradient=None if movement.gradient is None else cut(movement.gradient.to_dense()),
        before={key: cut(value) for key, value in movement.before.items()},
        state={key: cut(value) for key, value in movement.state.items()},
        start=cut(movement.start),
        after=cut(movement.after),
    )


def _explained(movement: Movement) -> Update:
    before = movement.start
    template = template_of(movement.kind)
    bare = Update(
        movement.name, movement.variable, movement.kind.__name__, None, [], {"w": before}, before, movement.gradient,
        movement.after, 0.0, 0.0,
    )  # fmt: skip
    if template is None or movement.gradient is None or before.is_complex():
        return bare
    gradient = movement.gradient.to_dense() if movement.gradient.layout is not torch.strided else movement.gradient
    try:
        lines, given, kept = TEMPLATES[template](movement)
    except (KeyError, TypeError):  # another optimizer of the same name
        return bare
    values: Values = {"w": before, "g": gradient, **given}
    for name, expression in lines:
        values[name] = evaluate(expression, values)
    difference = _gap(values["w_new"], movement.after)
    scale = max(_size(before), _size(movement.after), _gap(movement.after, before))
    for symbol, entry in kept.items():
        if isinstance(movement.state.get(entry), Tensor):
            difference = max(difference, _gap(values[symbol], movement.state[entry]))
            scale = max(scale, _size(movement.state[entry]))
    allowed = 64 * torch.finfo(before.dtype).eps * max(scale, 1e-30)
    if movement.judged is not None:
        difference, allowed = max(difference, movement.judged[0]), max(allowed, movement.judged[1])
    return Update(
        movement.name, movement.variable, movement.kind.__name__, template, lines, values, before, movement.gradient,
        movement.after, difference, allowed,
    )  # fmt: skip


def _gap(first: Any, second: Any) -> float:
    if not isinstance(first, Tensor) or not isinstance(second, Tensor):
        return abs(float(first) - float(second))
    return float((first - second).abs().max()) if first.numel() else 0.0


def _size(tensor: Tensor) -> float:
    return float(tensor.abs().max()) if tensor.numel() else 0.0


def _bound(expression: Expression, update: Update, numbers: dict[str, float], element: tuple[int, ...]) -> Expression:
    """Return an expression whose symbols carry the values of one weight."""

    def bound(part: Expression) -> Expression:
        return _bound(part, update, numbers, element)

    match expression:
        case Sym(name):
            return update._symbol(name, numbers[name], element)
        case Sum(terms):
            return Sum(tuple(map(bound, terms)))
        case Prod(factors):
            return Prod(tuple(map(bound, factors)))
        case Frac(top, bottom):
            return Frac(bound(top), bound(bottom))
        case Apply(function, arguments):
            return Apply(function, tuple(map(bound, arguments)))
    return expression
