"""Chapter: an expansion as a section of a document, for one sample: forward lines, backward lines, small tables."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping

from glasswork.tracing.algebra import Equation, Expression, Num, Sum, evaluate
from glasswork.tracing.budget import Budget, abridged
from glasswork.tracing.document import Block, Kind, Section, Table, Text
from glasswork.tracing.figures import figure, powers
from glasswork.tracing.meaning.expansion import Expansion
from glasswork.tracing.meaning.quantity import Element, Quantity
from glasswork.tracing.settling import Draft, settle

__all__ = ["chapter"]

_FEW = 4
"""Of a quantity with up to so many numbers a sample, each gets its line; else one does."""

_SMALL = 8
"""A matrix of up to so many rows and columns is printed as a table."""

_UNROLLED = 3
"""So many time steps are written out; the others have the same formulas, and their numbers stand in a table."""


def chapter(
    found: Expansion, *, at: Mapping[str, int] | None = None, budget: Budget | None = None, level: int = 2
) -> Section:
    """Return the readable steps of a call as a section.

    Args:
        found: the expansion; of one that was refused, the section says why.
        at: which index of an axis is shown, from 0: ``{"n": 1, "unit": 2, "head": 0}``; by default the first.
        budget: how long sums may be, and how many lines.
        level: of the heading.

    >>> import torch, glasswork as gw
    >>> from glasswork.tracing.meaning.expand import expand
    >>> step = gw.trace(torch.nn.Softmax(0), lambda p: p[0], torch.tensor([0.0, 2.0]))
    >>> section = chapter(expand(step.tape.calls[0], step.tape, step.sweep))
    >>> [child.title for child in section.children], len(list(section.lines()))
    (['Forward', 'Backward'], 6)
    """
    budget, wanted = budget or Budget(), dict(at or {})
    title = f"{found.title}: {found.where}" if found.where else found.title
    section = Section(title[:1].upper() + title[1:], level)
    if not found.ok:
        section.blocks.append(Text(found.reason[:1].upper() + found.reason[1:]))
        return section
    section.blocks += [Text(remark) for remark in found.remarks]
    forward = _forward(found, wanted, budget, level + 1)
    backward = _backward(found, wanted, budget, level + 1)
    section.children = [child for child in (forward, backward) if child.blocks or child.children]
    section.blocks.append(Text(_checked(found)))
    return section


def _checked(found: Expansion) -> str:
    said = (
        f"These steps were compared with the recorded operation: the result differs by {found.difference:.1g} at most"
    )
    if any(quantity.gradient is not None for quantity in found.steps):
        said += f", the gradients by {found.gradient_difference:.1g}"
    return f"{said} ({found.allowed:.1g} is allowed)."


def _forward(found: Expansion, wanted: dict[str, int], budget: Budget, level: int) -> Section:
    section = Section("Forward", level)
    shown = [quantity for quantity in found.computed if not quantity.copy] or found.computed
    times = sorted({quantity.time for quantity in shown if quantity.time is not None})
    lines = 0
    left = 0
    for time, group in itertools.groupby(shown, key=lambda quantity: quantity.time):
        members = list(group)
        if time is not None and len(times) > _UNROLLED + 1 and time not in (*times[: _UNROLLED - 1], times[-1]):
            continue
        blocks: list[Block] = []
        for quantity in members:
            elements = _elements(quantity, wanted)
            if lines >= budget.max_lines:
                left += len(elements)
                continue
            lines += len(elements)
            blocks += _lines([(quantity.equation(e), quantity.title) for e in elements], found, budget, "forward")
            blocks += _matrix(quantity, wanted, budget)
        if time is None or len(times) < 2:
            section.blocks += blocks
        elif blocks:
            _under(section, f"t = {time}", blocks, level + 1)
    if len(times) > 1:
        section.blocks += _over_time(shown, times, wanted, budget)
        skipped = len(times) - _UNROLLED
        if skipped > 1:
            section.blocks.append(Text(f"The other {skipped} time steps follow the same formulas, with these numbers."))
    if left:
        section.blocks.append(Text(f"{left} further lines are left out."))
    return section


def _under(section: Section, title: str, blocks: list[Block], level: int) -> None:
    """Put blocks under a heading; the layers above one another share it."""
    for child in section.children:
        if child.title == title:
            child.blocks += blocks
            return
    section.children.append(Section(title, level, blocks))


def _backward(found: Expansion, wanted: dict[str, int], budget: Budget, level: int) -> Section:
    section = Section("Backward", level)
    times = sorted({quantity.time for quantity in found.computed if quantity.time is not None})
    count = left = 0
    for quantity in reversed(found.steps):
        if quantity.gradient is None or quantity.copy:
            continue
        if quantity.time and len(times) > _UNROLLED + 1 and quantity.time not in (*times[: _UNROLLED - 1], times[-1]):
            continue
        equations: list[tuple[Equation, str]] = []
        for element in _elements(quantity, wanted):
            line, short = found.backward(quantity, element), found.short(quantity, element)
            equations += [(one, note) for one, note in ((line, ""), (short, "in short")) if one is not None]
        if count >= budget.max_lines:
            left += len(equations)
            continue
        count += len(equations)
        section.blocks += _lines(equations, found, budget, "backward")
    if left:
        section.blocks.append(Text(f"{left} further lines are left out."))
    if not section.blocks and any(quantity.gradient is not None for quantity in found.steps):
        section.blocks.append(Text("There are too many numbers to write the chain rule out one by one."))
    return section


def _lines(
    equations: Iterable[tuple[Equation, str]], found: Expansion, budget: Budget, kind: Kind
) -> list[Block]:  # fmt: skip
    drafts = []
    for equation, title in equations:
        last = equation.steps[-1]
        formula, note = (None, "") if len(equation.steps) < 2 else _shortened(equation.steps[0], budget, kind)
        said = "; ".join(part for part in (title, note) if part)
        value = last.value if isinstance(last, Num) else 0.0
        drafts.append(Draft(equation.left, formula, value, said, found.where, kind))
    return list(settle(drafts, budget.digits))


def _shortened(formula: Expression, budget: Budget, kind: Kind) -> tuple[Expression, str]:
    """Keep long sums within the budget; of the chain rule's terms those along which nothing flows are only counted."""
    if kind == "backward" and isinstance(formula, Sum):
        live = [term for term in formula.terms if evaluate(term) != 0]
        zeros = len(formula.terms) - len(live)
        if zeros and live:
            short, note = abridged(live[0] if len(live) == 1 else Sum(tuple(live)), budget)
            folded = f"{zeros} {'term is' if zeros == 1 else 'terms are'} 0"
            return short, f"{note}; {folded}" if note else folded
    return abridged(formula, budget)


def _elements(quantity: Quantity, wanted: dict[str, int]) -> list[Element]:
    """The numbers of a quantity that are shown: of the sample (time, head) in question all if they are few."""
    sizes = tuple(quantity.value.shape)
    fixed = [
        min(wanted.get(axis, 0), size - 1) if axis in wanted or axis in ("n", "t", "head", "layer") else None
        for axis, size in zip(quantity.axes, sizes, strict=True)
    ]
    if math.prod(sizes) == 0:
        return []
    free = math.prod(size for size, index in zip(sizes, fixed, strict=True) if index is None)
    if free > _FEW:
        return [tuple(index or 0 for index in fixed)]
    ranges = [range(size) if index is None else [index] for size, index in zip(sizes, fixed, strict=True)]
    return list(itertools.product(*ranges))


def _matrix(quantity: Quantity, wanted: dict[str, int], budget: Budget) -> list[Block]:
    """A quantity whose last two axes make a small matrix (scores, weights of attention), as a table."""
    if quantity.value.dim() < 2 or quantity.axes[-2] in ("n", "t") or "n" in quantity.axes[-2:]:
        return []
    rows, columns = quantity.value.shape[-2:]
    if rows * columns <= _FEW or max(rows, columns) > _SMALL:
        return []
    front = tuple(
        min(wanted.get(axis, 0), size - 1)
        for axis, size in zip(quantity.axes[:-2], quantity.value.shape[:-2], strict=True)
    )
    values = quantity.value[front].tolist()
    shared = powers(value for row in values for value in row)
    return [
        Table(
            f"{quantity.symbol}: {quantity.title}",
            [f"{quantity.axes[-2]} {n + 1}" for n in range(rows)],
            [f"{quantity.axes[-1]} {n + 1}" for n in range(columns)],
            [[figure(value, budget.digits, shared) for value in row] for row in values],
        )
    ]


def _over_time(shown: list[Quantity], times: list[int], wanted: dict[str, int], budget: Budget) -> list[Block]:
    """One table per layer and direction: a row for each time step, a column for each quantity."""
    found: list[Block] = []
    tables: dict[str, dict[str, dict[int, Quantity]]] = {}
    for quantity in shown:
        if quantity.time is not None and quantity.symbol not in ("a", "s"):
            tables.setdefault(quantity.upper, {}).setdefault(quantity.symbol, {})[quantity.time] = quantity
    for upper, columns in tables.items():
        values = {
            (time, symbol): float(quantity.value[_elements(quantity, wanted)[0]])
            for symbol, by_time in columns.items()
            for time, quantity in by_time.items()
        }
        shared = powers(values.values())
        rows = [
            [
                figure(values[time, symbol], budget.digits, shared) if (time, symbol) in values else ""
                for symbol in columns
            ]
            for time in times
        ]
        title = "All time steps" + (f", layer {upper.replace(',back', ', read backwards')}" if upper else "")
        found.append(Table(title, [f"t = {time}" for time in times], list(columns), list(rows),
                           "one unit of the sample"))  # fmt: skip
    return found
