"""Sections: lines under the module that they belong to, the sum over paths, the update."""

from __future__ import annotations

import itertools
import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from glasswork.tracing.algebra import Expression, Num, Prod, Rest, Sum, Sym, mapped
from glasswork.tracing.budget import Budget, percent
from glasswork.tracing.document import Block, Letters, Line, Section, Table, Text, named
from glasswork.tracing.elements import Elements, Link, Node
from glasswork.tracing.figures import figure, powers
from glasswork.tracing.notation import Names
from glasswork.tracing.paths import paths
from glasswork.tracing.settling import Draft, settle
from glasswork.tracing.tape import Tape
from glasswork.tracing.update import update

__all__ = ["folded", "grouped", "place", "updates", "ways"]

Element = tuple[int, ...]

_WORK = 30_000_000
"""Numbers that may be touched while paths are counted; each step touches a tensor, so large tensors allow fewer."""

_LEAST = 50
"""So many numbers are looked at in any case."""


def place(elements: Elements, node: Node) -> str:
    """Return where a number was made: module path and the user's line."""
    made = elements.tape.variables[node[0]].record
    if made is None:
        return ""
    record = elements.tape.records[made]
    where = elements.names.where(record)
    return f"{where}, line {record.source.line}" if record.source is not None and where else where


def _heading(elements: Elements, node: Node) -> str:
    tape, names = elements.tape, elements.names
    made = tape.variables[node[0]].record
    if made is None:
        return "parameters" if tape.variables[node[0]].role == "parameter" else "inputs"
    record = tape.records[made]
    number = names.layer(node[0])
    if number is not None:
        mine = next(layer for layer in names.layers if layer.number == number)
        return f"layer {number}: {mine.path}" if mine.path else f"layer {number}"
    if record.visit is None:
        return "the loss" if names.where(record) == "loss" else "the model"
    visit = tape.visits[record.visit]
    where = names.where(record) or "the model"
    return f"{where} ({visit.kind})"


def grouped(
    elements: Elements,
    drafts: Sequence[tuple[Node, Draft]],
    budget: Budget,
    tables: Mapping[Node, Table] | None = None,
) -> list[Section]:
    """Put lines under the headings of the modules that made their numbers."""
    sections: list[Section] = []
    for heading, group in itertools.groupby(drafts, key=lambda pair: _heading(elements, pair[0])):
        members = list(group)
        blocks: list[Block] = []
        for (node, _), line in zip(members, settle([draft for _, draft in members], budget.digits), strict=True):
            blocks.append(line)
            if tables and node in tables:
                blocks.append(tables[node])
        sections.append(Section(heading, 2, blocks))
    return sections


def folded(
    elements: Elements, drafts: list[tuple[Node, Draft]], on_the_way: Container[Node], budget: Budget
) -> tuple[list[tuple[Node, Draft]], dict[Node, Table]]:
    """Of many numbers with one formula that only stand beside the way, two are written out, the others tabled.

    Returns:
        The lines that stay, and for the last line of a folded group its table.
    """
    beside: dict[int, list[Node]] = {}
    for node, draft in drafts:
        if node not in on_the_way and draft.formula is not None:
            beside.setdefault(node[0], []).append(node)
    dropped: set[Node] = set()
    tables: dict[Node, Table] = {}
    by_node = dict(drafts)
    for variable, nodes in beside.items():
        if len(nodes) <= budget.strongest:
            continue
        folded = nodes[2:]
        dropped |= set(folded)
        exponents = powers([by_node[node].value for node in folded])
        values = [[figure(by_node[node].value, budget.digits, exponents)] for node in folded]
        where = elements.names.letters(*nodes[0]).plain
        last = max(node for node, _ in drafts if node[0] == variable and node not in folded)
        tables[last] = Table(
            f"by the formula of {where}, ×{len(folded)}:", [by_node[node].symbol.name for node in folded], [""],
            [list(row) for row in values],
        )  # fmt: skip
    return [(node, draft) for node, draft in drafts if node not in dropped], tables


def ways(tape: Tape, elements: Elements, start: Node, budget: Budget) -> tuple[Section | None, str]:
    """Return the chain rule as the sum over paths, or a sentence that says why it is not written."""
    names = elements.names
    largest = max((math.prod(variable.shape) for variable in tape.variables), default=1)
    most = min(budget.max_elements, max(_LEAST, _WORK // max(largest, 1)))
    found = paths(tape, elements.swept, *start, k=budget.listed, most=most)
    if found is None:
        return None, (
            f"The sum over paths is not written: more than {most} numbers lie between "
            f"{names.letters(*start).plain} and the loss; the deltas above hold the same sum, factored."
        )
    if not found.count:
        return Section("Sum over paths", 2, [Text("No path leads from here to the loss: the gradient is 0.")]), ""
    few = found.count <= budget.listed
    shown = found.shown if few else found.shown[: budget.strongest]
    many = f"{found.count} {'path leads' if found.count == 1 else 'paths lead'} to the loss"
    sentence = f"{many}." if few else f"{many}; the {len(shown)} strongest are listed."
    drafts = []
    total: list[Expression] = []
    for number, path in enumerate(shown, 1):
        factors: list[Expression] = []
        stops = [names.letters(*start).plain]
        before = start
        for step in path.steps:
            node = elements.origin(step.variable, step.element)
            if node != before:
                stops.append(names.letters(*node).plain)
            if step.local != 1:
                factors.append(_local(elements, before, step.record, (step.variable, step.element), step.local))
            before = node
        rest = path.product / math.prod(step.local for step in path.steps)
        if not math.isclose(rest, 1.0, rel_tol=1e-9):  # it ends in a custom function, whose derivative is declared
            stops.append("(declared)")
            factors.append(named(replace(names.letters(*before), of_loss=True), rest))
        name = named(Letters("path", "", str(number)), path.product)
        total.append(name)
        formula = Prod(_flat(factors)) if len(factors) > 1 else factors[0] if factors else None
        drafts.append(Draft(name, formula, path.product, " → ".join(stops), "", "backward"))
    if not few:
        absolute = found.absolute or 1.0
        total.append(Rest(found.count - len(shown), found.total - math.fsum(path.product for path in shown), "paths"))
        share = sum(abs(path.product) for path in shown) / absolute
        sentence += f" They hold {percent(share)} of the absolute sum."
    if found.count > 1 and abs(found.total) < 0.1 * found.absolute:
        left = percent(abs(found.total) / found.absolute, 1)
        sentence += f" Paths nearly cancel: {left} of the absolute sum is left."
    whole = Draft(
        named(replace(names.letters(*start), of_loss=True), found.total),
        Sum(tuple(total)) if len(total) > 1 else total[0], found.total, "", "", "backward",
    )  # fmt: skip
    lines: list[Line] = settle([*drafts, whole], budget.digits)
    return Section("Sum over paths", 2, [Text(sentence), *lines]), ""


def _flat(factors: Sequence[Expression]) -> tuple[Expression, ...]:
    """All factors of a product, its sign in front."""
    flat = [inner for factor in factors for inner in (factor.factors if isinstance(factor, Prod) else (factor,))]
    signs = [factor for factor in flat if isinstance(factor, Num) and factor.value == -1]
    kept = [factor for factor in flat if factor not in signs]
    return (*([Num(-1)] if len(signs) % 2 else []), *kept) if kept else tuple(flat)


def _local(elements: Elements, before: Node, record: int, to: Node, value: float) -> Expression:
    """A path's local derivative in symbols, in brackets of its own."""
    if elements.origin(*to) != to:
        return Num(value)
    return elements.local(before, Link(record, to, 1.0, value))


def updates(tape: Tape, names: Names, starts: Sequence[Node], budget: Budget) -> Section | None:
    """Return what the optimizer did to these numbers."""
    section = Section("Update", 1)
    for variable, element in starts:
        if tape.variables[variable].role != "parameter":
            continue
        found = update(tape, variable)
        if found is None:
            continue
        settings = tape.movements[variable].settings
        said = ", ".join(
            f"{key} = {value:g}" for key, value in settings.items()
            if isinstance(value, float) and value
        )  # fmt: skip
        if isinstance(settings.get("betas"), (tuple, list)):
            said += f", betas = {' and '.join(f'{float(beta):g}' for beta in settings['betas'])}"
        sentence = f"{found.kind}{f' with {said}' if said else ''}."
        if not any(isinstance(block, Text) and block.sentence == sentence for block in section.blocks):
            section.blocks.append(Text(sentence))
        letters = names.letters(variable, element)
        if found.template is None or not found.ok:
            drafts = [
                Draft(named(letters), None, float(found.before[element]), "before"),
                Draft(
                    named(replace(letters, accent="new")),
                    None,
                    float(found.after[element]),
                    "as the optimizer wrote it",
                ),
            ]
            section.blocks.append(Text("Its rule is not known here: before and after." if found.template is None else
                                       "It did not follow its formula: before and after."))  # fmt: skip
        else:
            drafts = []
            for equation in found.equations(element):

                def lettered(leaf: Expression, variable: int = variable, element: Element = element) -> Expression:
                    return names.optimizer(leaf.name, variable, element, leaf) if isinstance(leaf, Sym) else leaf

                symbol = names.optimizer(equation.left.name, variable, element, equation.left)
                formula = mapped(equation.steps[0], lettered)
                drafts.append(Draft(symbol, formula, float(equation.left.value or 0.0), equation.note))
        for draft in drafts:
            draft.kind = "update"
        section.blocks += settle(drafts, budget.digits)
    return section if section.blocks else None
