"""Drawing: the numbers of a page as a computation graph, with value and gradient on each edge.

The forward lines of a document are the nodes, the symbols in their formulas the edges. What flows back along an edge is
its term of the chain rule, so that the gradients on the edges that leave a number add up to its derivative.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Literal

from glasswork.tracing.algebra import Apply, Expression, Frac, Prod, Rest, Sum, Sym, symbols
from glasswork.tracing.document import Document, Edge, Graph, Line, Node
from glasswork.tracing.elements import Elements
from glasswork.tracing.elements import Node as Number
from glasswork.tracing.figures import figure
from glasswork.tracing.plain import plain
from glasswork.tracing.tape import Tape

__all__ = ["MOST", "drawing"]

MOST = 26
"""Nodes of a drawing that can still be read."""
_WITH_PARAMETERS = 14
"""Up to so many numbers, each parameter is a node of its own; beyond, a weight stands on its edge."""

Kind = Literal["input", "parameter", "value", "loss", "rest"]


def drawing(document: Document, elements: Elements) -> Graph | None:
    """Return the graph of a document's forward lines; None if there are too few or too many to draw.

    Args:
        document: of the step that `elements` belongs to.
        elements: its numbers, inside `replaying`.
    """
    lines: dict[Number, Line] = {}
    for line in document.lines():
        number = _number(elements, line.symbol)
        if line.kind == "forward" and number is not None and line.formula is not None:
            lines.setdefault(number, line)
    used = [(number, source, line) for number, line in lines.items() for source in _sources(elements, line)]
    numbers = dict.fromkeys([*lines, *(source for _, source, _ in used)])
    tape = elements.tape
    folded: set[Number] = set()
    if len(numbers) > _WITH_PARAMETERS:
        folded = {number for number in numbers if tape.variables[number[0]].role == "parameter"}
        shared = {n for n in folded if sum(source == n for _, source, _ in used) > 1}
        folded -= shared if len(numbers) - len(folded) + len(shared) <= MOST else set()
    shown = [number for number in numbers if number not in folded]
    if not 3 <= len(shown) <= MOST or not lines:
        return None
    layers = _layers(shown, [(source, number) for number, source, _ in used if source not in folded])
    nodes = [_node(elements, number, layers[number]) for number in shown]
    edges = [
        _edge(elements, source, number, line, folded, lines)
        for number, source, line in used
        if source not in folded
    ]  # fmt: skip
    caption = "The numbers of this page: on each edge above what flows forward, below what flows back."
    if folded:
        caption += " A factor × on an edge is the weight; biases and other parameters are not drawn."
    if any(line.numbers is not None and _has_rest(line.numbers) for line in lines.values()):
        caption += " Terms that the page adds up in one are not drawn."
    return Graph(nodes, edges, caption)


def _has_rest(expression: Expression) -> bool:
    match expression:
        case Rest():
            return True
        case Sum(parts) | Prod(parts) | Apply(arguments=parts):
            return any(map(_has_rest, parts))
        case Frac(top, bottom):
            return _has_rest(top) or _has_rest(bottom)
    return False


def _number(elements: Elements, symbol: Expression) -> Number | None:
    if isinstance(symbol, Sym) and symbol.at is not None and symbol.at.of == "value":
        return elements.origin(symbol.at.variable, symbol.at.element)
    return None


def _sources(elements: Elements, line: Line) -> list[Number]:
    found = [_number(elements, symbol) for symbol in symbols(line.formula)] if line.formula is not None else []
    return list(dict.fromkeys(number for number in found if number is not None))


def _layers(numbers: Sequence[Number], edges: Iterable[tuple[Number, Number]]) -> dict[Number, int]:
    """Return each number's column: a computed one stands behind all it is made of, a leaf just before its first use."""
    edges = list(edges)
    layer = dict.fromkeys(numbers, 0)
    for _ in numbers:
        for source, target in edges:
            layer[target] = max(layer[target], layer[source] + 1)
    made = {target for _, target in edges}
    for number in numbers:
        users = [layer[target] for source, target in edges if source == number]
        if number not in made and users:
            layer[number] = min(users) - 1
    return layer


def _node(elements: Elements, number: Number, layer: int) -> Node:
    symbol = elements.names.symbol(*number)
    value = "" if symbol.value is None else plain(figure(symbol.value))
    return Node(_key(number), symbol.name, value, _kind(elements.tape, number), layer)


def _kind(tape: Tape, number: Number) -> Kind:
    if number[0] == tape.loss:
        return "loss"
    role = tape.variables[number[0]].role
    return "parameter" if role == "parameter" else "value" if role == "value" else "input"


def _edge(
    elements: Elements, source: Number, target: Number, line: Line, folded: set[Number], drawn: Container[Number]
) -> Edge:
    symbol = elements.names.symbol(*source)
    value = "" if symbol.value is None else plain(figure(symbol.value))
    label = ""
    weight = _factor(elements, line.formula, source, folded)
    if weight is not None and weight.value is not None:
        label = f"× {plain(figure(weight.value))}"
    return Edge(_key(source), _key(target), label, value, _gradient(elements, source, target, drawn))


def _factor(elements: Elements, formula: Expression | None, source: Number, folded: set[Number]) -> Sym | None:
    """Return the folded weight by which a number is multiplied."""
    for term in formula.terms if isinstance(formula, Sum) else (formula,):
        if isinstance(term, Prod) and len(term.factors) == 2:
            numbers = [_number(elements, factor) for factor in term.factors]
            for mine, other in ((0, 1), (1, 0)):
                weight = term.factors[other]
                if numbers[mine] == source and numbers[other] in folded and isinstance(weight, Sym):
                    return weight
    return None


def _gradient(elements: Elements, source: Number, target: Number, drawn: Container[Number]) -> str:
    """Return what flows back from a number to one that it is made of, as printed; empty where that cannot be told."""
    cotangent = elements.swept.cotangents.get(source[0])
    if cotangent is None:
        return ""
    flow = elements.terms(source, 64)
    direct = [link.product for link in flow.links if link.to == target]
    if direct:
        return plain(figure(sum(direct)))
    if flow.count == 1 and not flow.links:
        return plain(figure(flow.value))
    whole = len(flow.links) == flow.count and all(link.to in drawn for link in flow.links)
    return "0" if whole and elements.swept.cotangents.get(target[0]) is not None else ""


def _key(number: Number) -> str:
    return f"{number[0]}:{','.join(map(str, number[1]))}"
