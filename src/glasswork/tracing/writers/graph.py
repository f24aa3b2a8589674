"""Drawings of computation graphs: as SVG in layers from left to right, and as plain text.

Every edge carries its value above the line, and below it the gradient that flows back; both as the document printed
them. Nothing is computed here but places: nodes stand in the column of their layer, and within a column near the
nodes that they are joined to, so that few edges cross.

>>> from glasswork.tracing.document import Edge, Graph, Node
>>> drawn = Graph([Node("x", "x", "2", "input"), Node("L", "L", "4", "loss", 1)], [Edge("x", "L", "square", "2", "4")])
>>> print(graph_text(drawn))
x = 2
  → L  (square)  value 2, gradient 4
L = 4
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape

from glasswork.tracing.document import Edge, Graph, Node

__all__ = ["graph_svg", "graph_text"]

_HIGH = 46
_GAP = 34
_EDGE = 108
"""Least room between two columns, for what stands on the edges."""
_SIGN = 7.2
"""How wide a sign of the labels is, about."""
_SPOTS = tuple(0.5 + side * step * 0.04 for step in range(10) for side in (1, -1))
"""Where along an edge its label may stand, in order of preference."""

Box = tuple[float, float, float, float]


def graph_svg(graph: Graph) -> str:
    """Return a drawing as SVG whose colours are the page's."""
    columns = _columns(graph)
    if not columns:
        return ""
    widths = {layer: max(_node_width(node) for node in nodes) for layer, nodes in columns.items()}
    room, gap = _room_for_edges(graph), _gap(graph)
    tallest = max(map(len, columns.values()))
    height = tallest * (_HIGH + gap) + 40
    places: dict[str, Box] = {}
    left = 8.0
    for layer, nodes in columns.items():
        step = height / len(nodes)
        for row, node in enumerate(nodes):
            places[node.key] = (left, step * (row + 0.5) - _HIGH / 2, widths[layer], _HIGH)
        left += widths[layer] + room[layer]
    width = max(box[0] + box[2] for box in places.values()) + 8
    taken = list(places.values())
    tops: list[float] = [0.0]
    paths, labels = [], []
    for edge in graph.edges:
        if edge.source in places and edge.target in places:
            drawn, said = _edge(edge, places, taken, tops)
            paths.append(drawn)
            labels.append(said)
    top = min(tops)
    nodes_drawn = [_node(node, places[node.key]) for nodes in columns.values() for node in nodes]
    said = escape(graph.caption or "A computation graph.", quote=True)
    return (
        f'<svg class="graph" viewBox="0 {top:.0f} {width:.0f} {height - top:.0f}" width="{width:.0f}" '
        f'height="{height - top:.0f}" '
        f'role="img" aria-label="{said}"><title>{said}</title>{"".join(paths + nodes_drawn + labels)}</svg>'
    )


def graph_text(graph: Graph) -> str:
    """Return a drawing as lines: each node, and below it where its value goes."""
    names = {node.key: node.label for node in graph.nodes}
    onward = defaultdict(list)
    for edge in graph.edges:
        onward[edge.source].append(edge)
    rows = []
    for node in sorted(graph.nodes, key=lambda node: node.layer):
        rows.append(f"{node.label} = {node.value}" if node.value else node.label)
        rows += [f"  → {_edge_text(names, edge)}" for edge in onward[node.key]]
    return "\n".join(rows)


def _edge_text(names: Mapping[str, str], edge: Edge) -> str:
    numbers = [f"value {edge.value}"] * bool(edge.value) + [f"gradient {edge.gradient}"] * bool(edge.gradient)
    label = f"  ({edge.label})" if edge.label else ""
    return f"{names.get(edge.target, edge.target)}{label}" + (f"  {', '.join(numbers)}" if numbers else "")


def _columns(graph: Graph) -> dict[int, list[Node]]:
    """Return the nodes by layer; within one in the order in which fewest edges cross, roughly."""
    columns: dict[int, list[Node]] = {}
    for node in sorted(graph.nodes, key=lambda node: node.layer):
        columns.setdefault(node.layer, []).append(node)
    beside: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        beside[edge.source].append(edge.target)
        beside[edge.target].append(edge.source)
    if all(len(nodes) == 1 for nodes in columns.values()):
        return columns
    layers = list(columns)
    for sweep in range(4):
        place = {
            node.key: (row + 0.5) / len(nodes)
            for nodes in columns.values()
            for row, node in enumerate(nodes)
        }  # fmt: skip
        for layer in layers if sweep % 2 else reversed(layers):
            columns[layer].sort(key=lambda node: _middle(beside[node.key], place, place[node.key]))
            count = len(columns[layer])
            place |= {node.key: (row + 0.5) / count for row, node in enumerate(columns[layer])}
    return columns


def _middle(neighbours: Sequence[str], place: Mapping[str, float], own: float) -> float:
    known = [place[key] for key in neighbours if key in place]
    return sum(known) / len(known) if known else own


def _node_width(node: Node) -> float:
    return max(54.0, _SIGN * max(len(node.label), len(node.value)) + 22)


def _room_for_edges(graph: Graph) -> dict[int, float]:
    """Return the room behind each layer: for the widest label, twice that where edges cross."""
    layer = {node.key: node.layer for node in graph.nodes}
    room: dict[int, float] = defaultdict(lambda: float(_EDGE))
    leaving: dict[int, int] = defaultdict(int)
    for edge in graph.edges:
        source = layer.get(edge.source, 0)
        leaving[source] += 1
        room[source] = max(room[source], _label_width(edge) + 44)
    for source, count in leaving.items():
        if count > 2:
            room[source] *= 1.6 + min(count, 16) / 8
    return room


def _gap(graph: Graph) -> float:
    """Return the room between two nodes of a column: more where more edges need labels."""
    layer = {node.key: node.layer for node in graph.nodes}
    leaving: dict[int, int] = defaultdict(int)
    for edge in graph.edges:
        leaving[layer.get(edge.source, 0)] += 1
    return _GAP + 5.0 * min(14, max(0, max(leaving.values(), default=0) - 4))


def _above(edge: Edge) -> str:
    return "  ".join(part for part in (edge.label, edge.value) if part)


def _label_width(edge: Edge) -> float:
    return _SIGN * max(len(_above(edge)), len(edge.gradient) + 2)


def _edge(edge: Edge, places: Mapping[str, Box], taken: list[Box], tops: list[float]) -> tuple[str, str]:
    """Return the line of an edge, and what stands on it where there is room; `tops` learns how high it reaches."""
    x1, y1, wide, high = places[edge.source]
    x2, y2, _, _ = places[edge.target]
    x1, y1, y2 = x1 + wide, y1 + high / 2, y2 + high / 2
    bend = 40.0 if x2 > x1 else 70.0
    points = ((x1, y1), (x1 + bend, y1), (x2 - bend, y2), (x2 - 6, y2))
    between = [box for key, box in places.items() if key not in (edge.source, edge.target)]
    if any(_overlap(box, (*_on_curve(t / 8, points), 1.0, 1.0)) for box in between for t in range(1, 8)):
        rise = 46 + 0.16 * (x2 - x1)  # past the nodes that would be in the way
        points = ((x1, y1), (x1 + bend, y1 - 1.33 * rise), (x2 - bend, y2 - 1.33 * rise), (x2 - 6, y2 - 8))
        tops.append(min(y1, y2) - rise - 24)
    (a, b), (c, d), (e, f), (g, h) = points
    path = (
        f'<path class="edge" d="M{a:.1f} {b:.1f}C{c:.1f} {d:.1f} {e:.1f} {f:.1f} {g:.1f} {h:.1f}"/>'
        f'<path class="tip" d="M{g - 3:.1f} {h - 4:.1f}L{x2 - 1:.1f} {h:.1f}L{g - 3:.1f} {h + 4:.1f}Z"/>'
    )
    above = _above(edge)
    if not above and not edge.gradient:
        return path, ""
    half = _label_width(edge) / 2

    def box(share: float) -> Box:
        x, y = _on_curve(share, points)
        return x - half, y - 19, 2 * half, 38

    free = min(_SPOTS, key=lambda share: (sum(_overlap(box(share), other) for other in taken), _SPOTS.index(share)))
    taken.append(box(free))
    x, y = _on_curve(free, points)
    said = ""
    if above:
        said += f'<text class="forward" x="{x:.1f}" y="{y - 5:.1f}" text-anchor="middle">{escape(above)}</text>'
    if edge.gradient:
        back = f"← {escape(edge.gradient)}"
        said += f'<text class="backward" x="{x:.1f}" y="{y + 14:.1f}" text-anchor="middle">{back}</text>'
    return path, said


def _overlap(one: Box, other: Box) -> float:
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0.0, wide) * max(0.0, high)


def _on_curve(t: float, points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    x, y = (sum(w * p[axis] for w, p in zip(weights, points, strict=True)) for axis in (0, 1))
    return x, y


def _node(node: Node, place: Box) -> str:
    x, top, width, high = place
    middle, y = x + width / 2, top + high / 2
    label = y + 4 if not node.value else y - 4
    value = f'<text class="number" x="{middle:.1f}" y="{y + 14:.1f}" text-anchor="middle">{escape(node.value)}</text>'
    return (
        f'<g class="node {node.kind}"><rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{high:.1f}" rx="7"/>'
        f'<text class="letter" x="{middle:.1f}" y="{label:.1f}" text-anchor="middle">{_label(node.label)}</text>'
        f"{value if node.value else ''}</g>"
    )


def _label(text: str) -> str:
    """Set upper and lower indices as such.

    >>> _label("w^1_12")[:43]
    'w<tspan class="index" dy="-5">1</tspan><tsp'
    """
    found = re.fullmatch(r"([^\W\d_]|path)(?:\^\{?([^_{}]+)\}?)?(?:_\{?([^{}()]+)\}?)?(\(.*\))?", text)
    if found is None or not (found.group(2) or found.group(3)):
        return escape(text)
    base, upper, lower, at = (escape(part or "") for part in found.groups())
    shown, back = base, 0
    for part, shift in ((upper, -5), (lower, 4)):
        if part:
            shown += f'<tspan class="index" dy="{shift - back}">{part}</tspan>'
            back = shift
    return shown + (f'<tspan dy="{-back}">{at}</tspan>' if at else "")
