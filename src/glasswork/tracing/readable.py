"""Composite operations on the way, in the lecture's symbols: gates, attention weights, ``p − y``.

The steps come from `meaning`, which has compared them with the tape; here a few numbers of each are chosen. What has no
readable form, or does not agree, is left to the plain operations.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from glasswork.tracing.algebra import Equation, Num
from glasswork.tracing.budget import Budget, abridged
from glasswork.tracing.document import Kind, Section, Text
from glasswork.tracing.elements import Elements, Node
from glasswork.tracing.meaning import Expansion, Quantity, expand, expandable
from glasswork.tracing.settling import HUGE, Draft, settle
from glasswork.tracing.tape import Call, element_at, slots

__all__ = ["readable"]

_PLAIN = frozenset({"linear", "embedding", "dropout"})
"""Calls that are as readable as plain operations."""

_CALLS = 3
"""Of so many calls the steps are shown."""

_LARGE = 20_000
"""A call with a larger result is left to its plain operations."""


def readable(
    elements: Elements, nodes: Iterable[Node], sample: int | None, budget: Budget
) -> tuple[Section | None, list[str]]:
    """Return the readable steps of the composite calls that made these numbers, and what is left out."""
    tape = elements.tape
    calls: dict[int, Call] = {}
    for variable, _ in sorted(nodes, reverse=True):
        made = tape.variables[variable].record
        found = _outermost(elements, tape.records[made].call) if made is not None else None
        if found is not None:
            calls.setdefault(found.index, found)
    section, notes = Section("In the lecture's symbols", 1), []
    room = budget.max_lines // 2
    for call in list(calls.values())[:_CALLS]:
        expansion = expand(call, tape, elements.swept)
        if expansion is None or not expansion.ok:
            notes += [expansion.reason] if expansion is not None else []
            continue
        inner, left = _steps(elements, expansion, sample, budget, room)
        room -= len(inner.blocks)
        if inner.blocks:
            section.children.append(inner)
        if left:
            notes.append(f"{left} further steps of {expansion.title} are left out.")
    if len(calls) > _CALLS:
        notes.append(f"The readable steps of {len(calls) - _CALLS} further calls are left out.")
    return (section if section.children else None), notes


def _outermost(elements: Elements, index: int | None) -> Call | None:
    """The outermost call around an operation that has a readable form."""
    tape = elements.tape
    found = None
    while index is not None:
        call = tape.calls[index]
        size = sum(_size(elements, slot.index) for slot in slots(call.result))
        composite = call.last - call.first > 1 and call.name not in _PLAIN
        if composite and expandable(call) and size <= _LARGE:
            found = call
        index = call.parent
    return found


def _size(elements: Elements, variable: int) -> int:
    value = elements.tape.variables[variable].value
    return 0 if value is None else value.numel()


def _steps(
    elements: Elements, expansion: Expansion, sample: int | None, budget: Budget, room: int
) -> tuple[Section, int]:
    """One number of each computed quantity: that of the unit through which most of the gradient comes back."""
    computed = [quantity for quantity in expansion.computed if not quantity.copy and quantity.value.numel()]
    focus: dict[str, int] = {} if sample is None else {"n": sample}
    chosen = []
    for quantity in reversed(computed):
        element = _element(quantity, focus)
        chosen.append((quantity, element))
        for axis, index in zip(quantity.axes, element, strict=True):
            focus.setdefault(axis, index)
    chosen.reverse()
    lines: list[Draft] = []
    for quantity, element in chosen:
        lines += _draft(elements, quantity.equation(element), budget, expansion.where, quantity.title)
    for quantity, element in reversed(chosen):
        equation = expansion.short(quantity, element) or expansion.backward(quantity, element)
        if equation is not None:
            lines += _draft(elements, equation, budget, expansion.where, "", "backward")
    for quantity in expansion.given:
        for element in _closed(quantity, focus):
            equation = expansion.short(quantity, element)
            if equation is not None:
                lines += _draft(elements, equation, budget, expansion.where, "in short", "backward")
    title = f"{expansion.where or 'the model'}: {expansion.title}"
    section = Section(title, 2, [*settle(lines[: max(room, 0)], budget.digits)])
    if expansion.remarks:
        section.blocks += [Text(remark) for remark in expansion.remarks]
    return section, max(0, len(lines) - max(room, 0))


def _element(quantity: Quantity, focus: dict[str, int]) -> tuple[int, ...]:
    """The number with the largest derivative (else the largest) among those of the unit in focus."""
    shape = tuple(quantity.value.shape)
    index = tuple(
        slice(focus[axis], focus[axis] + 1) if axis in focus and focus[axis] < size else slice(None)
        for axis, size in zip(quantity.axes, shape, strict=True)
    )
    weights = (quantity.value if quantity.gradient is None else quantity.gradient)[index].detach().abs()
    inner = element_at(int(weights.reshape(-1).argmax()), tuple(weights.shape))
    return tuple((part.start or 0) + at for part, at in zip(index, inner, strict=True))


def _closed(quantity: Quantity, focus: dict[str, int]) -> list[tuple[int, ...]]:
    """The numbers whose derivative has a closed form: a few, all of the sample in focus."""
    if quantity.short is None or quantity.gradient is None:
        return []
    shape = tuple(quantity.value.shape)
    elements = (element_at(place, shape) for place in range(quantity.value.numel()))
    same = (e for e in elements if all(a != "n" or i == focus.get(a, i) for a, i in zip(quantity.axes, e, strict=True)))
    return list(itertools.islice(same, 4))


def _draft(
    elements: Elements, equation: Equation, budget: Budget, where: str, title: str, kind: Kind = "forward"
) -> list[Draft]:
    """A line, if its formula holds."""
    value = float(equation.left.value or 0.0)
    formula = equation.steps[0]
    if isinstance(formula, Num) or not abs(value) < HUGE or not elements.holds(formula, value):
        return []
    short, note = abridged(formula, budget)
    said = "; ".join(part for part in (title, equation.note, note) if part)
    return [Draft(equation.left, short, value, said, where, kind)]
