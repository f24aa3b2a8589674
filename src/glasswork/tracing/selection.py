"""Selection: which of all the numbers of a step are put on the page for one weight, one unit or one parameter.

From the number in question the strongest chain-rule terms are followed to the loss, within a budget; then everything
that these lines speak of is derived from the inputs. What is not shown is counted, and where it belongs to a sum it is
one exact term of that sum.
"""

from __future__ import annotations

from collections.abc import Sequence

from glasswork.tracing.algebra import Frac, Num
from glasswork.tracing.backward import Found, backward, sample_of, search
from glasswork.tracing.budget import Budget, abridged, named_values
from glasswork.tracing.document import Document, Section
from glasswork.tracing.elements import Elements, Node
from glasswork.tracing.notation import Names
from glasswork.tracing.readable import readable
from glasswork.tracing.sections import folded, grouped, place, updates, ways
from glasswork.tracing.settling import HUGE, Draft
from glasswork.tracing.sweep import Sweep
from glasswork.tracing.tape import Tape

__all__ = ["explain", "strongest"]

Element = tuple[int, ...]


def explain(
    tape: Tape,
    elements: Elements,
    starts: Sequence[Node],
    budget: Budget,
    *,
    sample: int | None = None,
    differences: Sequence[str] = (),
) -> Document:
    """Return everything needed for these numbers, from the inputs to the loss and back, and the update.

    Args:
        tape: the step.
        elements: its numbers.
        starts: numbers of parameters, inputs or computed values.
        budget: how much may be said.
        sample: which row of the batch is derived in full, from 0; by default the one that matters most here.
        differences: checks already made, a sentence each.
    """
    names = elements.names
    starts = [elements.origin(*start) for start in starts]
    found = search(elements, starts, budget, sample)
    back = backward(elements, found, starts, budget)
    forward, left = _forward(elements, found, starts, back, budget)
    title = ", ".join(names.letters(*start).plain for start in starts[:4])
    document = Document(title=title, checks=list(differences))
    forward, tables = folded(elements, forward, found.flows, budget)
    document.sections.append(Section("Forward", 1, children=grouped(elements, forward, budget, tables)))
    document.sections.append(Section("Backward", 1, children=grouped(elements, back, budget)))
    symbols, remarks = readable(elements, found.flows, found.sample, budget)
    if symbols is not None:
        document.sections.append(symbols)
    document.notes += remarks
    sums, note = ways(tape, elements, starts[0], budget)
    if sums is not None:
        next(section for section in document.sections if section.title == "Backward").children.append(sums)
    if note:
        document.notes.append(note)
    moved = updates(tape, names, starts, budget)
    if moved is not None:
        document.sections.append(moved)
    spent = len(forward) + len(back)
    document.lead.append(_announced(budget, spent, found, left, names))
    document.notes += _mean(elements)
    if found.sample is not None and names.samples > 1:
        document.notes.append(
            f"Derived in full is sample {found.sample + names.notation.first} of {names.samples}; the other samples "
            "stand in the sums as numbers."
        )
    if found.cut or left:
        document.notes.append(
            f"Left out for the budget of {budget.max_lines} lines: {found.cut} derivatives and {left} values stand as "
            "numbers without a line of their own; ask for them by name, or raise max_lines."
        )
    declared = {tape.records[n].name for flow in found.flows.values() for n in flow.declarers}
    document.notes += [f"The derivative of {name} is what its author declared; it is not checked." for name in declared]
    return document


def _mean(elements: Elements) -> list[str]:
    """The factor 1/N of a loss that is a mean over the batch."""
    tape, samples = elements.tape, elements.names.samples
    made = (
        elements.forward(elements.origin(tape.loss, (0,) * len(tape.variables[tape.loss].shape))) if tape.loss else None
    )
    if isinstance(made, Frac) and isinstance(made.bottom, Num) and samples > 1 and made.bottom.value % samples == 0:
        many = f"{made.bottom.value:g}"
        return [f"The loss is a mean of {many} terms over {samples} samples: hence the factor 1/{many}."]
    return []


def _forward(
    elements: Elements,
    found: Found,
    starts: Sequence[Node],
    back: Sequence[tuple[Node, Draft]],
    budget: Budget,
) -> tuple[list[tuple[Node, Draft]], int]:
    """A line for each value on the way, and for each value that these lines speak of; and how many had no room."""
    tape = elements.tape
    room = budget.max_lines - len(back)
    drafts: dict[Node, Draft] = {}
    wanted = [*sorted(found.flows)]
    if tape.loss is not None:
        wanted.append((tape.loss, (0,) * len(tape.variables[tape.loss].shape)))
    for _, draft in back:
        wanted += named_values(draft.formula)
    seen: set[Node] = set()
    left = 0
    for node in wanted:
        node = elements.origin(*node)
        if node in seen:
            continue
        seen.add(node)
        if tape.variables[node[0]].record is None or tape.variables[node[0]].value is None:
            continue
        row = sample_of(elements, node)
        if row is not None and found.sample is not None and row != found.sample:
            continue
        if not abs(elements.names.value(*node)) < HUGE and node not in found.flows:
            continue
        if len(drafts) >= room:
            left += 1
            continue
        draft = _made(elements, node, found, budget)
        drafts[node] = draft
        wanted += named_values(draft.formula)  # the loop goes on over what is added
    return sorted(drafts.items()), left


def _made(elements: Elements, node: Node, found: Found, budget: Budget) -> Draft:
    symbol = elements.names.symbol(*node)
    formula = elements.forward(node)
    note = ""
    if formula is None:
        record = elements.tape.records[elements.tape.variables[node[0]].record or 0]
        what = record.name.strip("_")
        note = (
            "drawn at random; here a constant" if record.random
            else f"as torch computes {what}" if record.kind == "operation"
            else f"as the custom function {what} gives it" if record.kind == "declared"
            else "written in place"
        )  # fmt: skip
    else:
        formula, note = abridged(formula, budget, set(found.flows))
    return Draft(symbol, formula, symbol.value or 0.0, note, place(elements, node), "forward")


def _announced(budget: Budget, spent: int, found: Found, left: int, names: Names) -> str:
    said = f"{spent} of at most {budget.max_lines} lines"
    return f"Budget: {said}; {found.cut + left} numbers without a line." if found.cut or left else f"Budget: {said}."


def strongest(swept: Sweep, variable: int, index: tuple[int | slice, ...] = ()) -> int:
    """Return the flat place, within a slice, of the number whose derivative is largest; 0 without a derivative."""
    found = swept.cotangents.get(variable)
    if found is None or not found.numel():
        return 0
    dense = found.to_dense() if found.is_sparse else found
    return int(dense[index].abs().reshape(-1).argmax())
