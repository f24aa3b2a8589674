"""Graph: a network of any shape without circles: several inputs, several outputs, branches, shared layers.

Course: FG-01, FG-02, FG-03, FG-04, FG-05, FG-06, FG-07, MLP-02.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from glasswork.errors import UsageError

__all__ = ["Graph", "Input", "Node", "node"]


class Node:
    """A value that a graph will compute: what is done, and with which other values.

    Args:
        operation: a module or a function; None for an input, which is given.
        arguments: nodes, plain values, and lists or tuples of them.
        settings: the same by keyword.
        name: what it is called in the graph; None: after its operation.
    """

    def __init__(
        self,
        operation: Callable[..., Any] | None,
        arguments: Sequence[Any] = (),
        settings: dict[str, Any] | None = None,
        *,
        name: str | None = None,
    ) -> None:
        self.operation = operation
        self.arguments = list(arguments)
        self.settings = dict(settings or {})
        self.name = name

    @property
    def parents(self) -> list[Node]:
        """The nodes that it is computed from, in order."""
        return list(_nodes([*self.arguments, *self.settings.values()]))


def Input(name: str = "x") -> Node:  # noqa: N802 - it reads as a thing, in every library that has it
    """Return a value that is given to the graph under this name.

    >>> Input("image").name
    'image'
    """
    if not name.isidentifier():
        raise UsageError(f"Input: the name must be a word, as it becomes an argument, got {name!r}.")
    return Node(None, name=name)


def node(operation: Callable[..., Any], *arguments: Any, name: str | None = None, **settings: Any) -> Node:
    """Return the value that `operation` makes of other values: a module, or any function of tensors.

    Args:
        operation: a module or a function; the same module in two nodes is one shared layer.
        arguments: nodes, plain values, or lists of them, as in ``node(torch.cat, [a, b], dim=1)``.
        name: what it is called in the graph; default: after the operation.
        settings: the same by keyword.

    >>> node(torch.add, Input("a"), Input("b"), alpha=2).settings
    {'alpha': 2}
    """
    return Node(operation, arguments, settings, name=name)


@dataclass(frozen=True, slots=True)
class _Value:
    """Stands for the value of a node in a step's arguments."""

    name: str


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of the plan; `layer` names a module, else `function` is called."""

    name: str
    layer: str | None
    function: Callable[..., Any] | None
    arguments: list[Any]
    settings: dict[str, Any]


class Graph(nn.Module):
    r"""An ordinary module made of nodes, computed in an order in which each comes after what it needs.

    .. math:: y_n = f_n(y_{p_1}, y_{p_2}, \dots), \qquad p_1, p_2, \dots \text{ before } n

    Where a value, or a layer's weight, is used twice, its gradient is the sum over all paths from it to the loss.
    Where one line of layers is enough, ``nn.Sequential`` says the same in fewer words; it takes one input only.

    Args:
        inputs: nodes of ``Input``, in the order in which unnamed arguments are given.
        outputs: a node, whose value is returned; or a list of nodes, whose values are returned as a tuple.

    Shapes: whatever the operations take and give.

    >>> left, right = Input("left"), Input("right")
    >>> shared = nn.Linear(2, 3)
    >>> both = node(torch.cat, [node(shared, left), node(shared, right)], dim=1, name="both")
    >>> graph = Graph(inputs=[left, right], outputs=[node(nn.Linear(6, 1), both), node(torch.relu, both)])
    >>> [tuple(output.shape) for output in graph(torch.zeros(5, 2), right=torch.zeros(5, 2))]
    [(5, 1), (5, 6)]
    >>> [name for name, _ in graph.named_parameters()]  # one shared layer, one more
    ['layers.linear.weight', 'layers.linear.bias', 'layers.linear_3.weight', 'layers.linear_3.bias']
    >>> print(graph.listing(torch.zeros(5, 2), torch.zeros(5, 2)))
    left      input                          (5, 2)
    right     input                          (5, 2)
    linear    Linear  left                   (5, 3)
    linear_2  Linear  right                  (5, 3)  shares the layer of linear
    both      cat     linear, linear_2       (5, 6)
    linear_3  Linear  both                   (5, 1)  output
    relu      relu    both                   (5, 6)  output
    """

    def __init__(self, *, inputs: Sequence[Node], outputs: Node | Sequence[Node]) -> None:
        super().__init__()
        self.single = isinstance(outputs, Node)
        wanted = [outputs] if isinstance(outputs, Node) else list(outputs)
        if not wanted:
            raise UsageError("Graph: outputs are empty; name at least one node.")
        order = _ordered(wanted)
        _check_inputs(inputs, order)
        names = _named([*inputs, *(one for one in order if one.operation is not None)])
        self.inputs = tuple(names[one] for one in inputs)
        self.outputs = tuple(names[one] for one in wanted)
        self.layers = nn.ModuleDict()
        self.steps: list[_Step] = []
        owners: dict[int, str] = {}  # a module's first node, under whose name it is kept
        for one in order:
            if one.operation is None:
                continue
            name, operation, layer = names[one], one.operation, None
            if isinstance(operation, nn.Module):
                layer = owners.setdefault(id(operation), name)
                self.layers[layer] = operation
            settings = dict(zip(one.settings, _referred(one.settings.values(), names), strict=True))
            function = None if layer is not None else operation
            self.steps.append(_Step(name, layer, function, _referred(one.arguments, names), settings))

    def forward(self, *given: Tensor, **named: Tensor) -> Any:
        """Return the outputs for inputs that are given in order or by name."""
        values = self._compute(given, named)
        return values[self.outputs[0]] if self.single else tuple(values[name] for name in self.outputs)

    def listing(self, *given: Tensor, **named: Tensor) -> str:
        """Return the nodes as text, a line each in the order of computation; with inputs also the shapes."""
        shapes: dict[str, str] = {}
        if given or named:
            with torch.no_grad():
                shapes = {name: _shape(value) for name, value in self._compute(given, named).items()}
        rows = [(name, "input", "", shapes.get(name, ""), self._remark(name, None)) for name in self.inputs]
        for step in self.steps:
            called = type(self.layers[step.layer]).__name__ if step.layer is not None else _called(step.function)
            parents = ", ".join(value.name for value in _values([*step.arguments, *step.settings.values()]))
            rows.append((step.name, called, parents, shapes.get(step.name, ""), self._remark(step.name, step.layer)))
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        return "\n".join(
            "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        )

    def _compute(self, given: Sequence[Tensor], named: dict[str, Tensor]) -> dict[str, Any]:
        values: dict[str, Any] = dict(zip(self.inputs, given, strict=False))
        twice = [name for name in named if name in values]
        values.update(named)
        if len(given) > len(self.inputs) or twice or set(values) != set(self.inputs):
            got = [*(f"{len(given)} in order" for _ in given[:1]), *named]
            raise UsageError(f"Graph: inputs are {', '.join(self.inputs)}, each once; got {', '.join(got) or 'none'}.")
        for step in self.steps:
            call: Any = self.layers[step.layer] if step.layer is not None else step.function
            settings = dict(zip(step.settings, _filled(step.settings.values(), values), strict=True))
            values[step.name] = call(*_filled(step.arguments, values), **settings)
        return values

    def _remark(self, name: str, layer: str | None) -> str:
        shared = f"shares the layer of {layer}" if layer not in (None, name) else ""
        return ", ".join(remark for remark in (shared, "output" if name in self.outputs else "") if remark)


def _nodes(arguments: Iterable[Any]) -> Iterator[Node]:
    for argument in arguments:
        if isinstance(argument, Node):
            yield argument
        elif isinstance(argument, list | tuple):
            yield from _nodes(argument)


def _ordered(outputs: Sequence[Node]) -> list[Node]:
    """Return every node that the outputs need, each after its parents.

    Raises:
        UsageError: a node needs itself; the sentence names the circle.
    """
    order: list[Node] = []
    done: set[Node] = set()
    for output in outputs:
        # From the output to the node in hand; with each, its parents that are still to be seen.
        path = {output: iter(output.parents)} if output not in done else {}
        while path:
            here = next(reversed(path))
            parent = next(path[here], None)
            if parent is None:
                path.popitem()
                done.add(here)
                order.append(here)
            elif parent in path:
                line = list(path)
                circle = [*line[line.index(parent) :], parent][::-1]
                said = " -> ".join(one.name or _called(one.operation) for one in circle)
                raise UsageError(f"Graph: the nodes go round in a circle, {said}; a value cannot be made from itself.")
            elif parent not in done:
                path[parent] = iter(parent.parents)
    return order


def _check_inputs(inputs: Sequence[Node], order: Sequence[Node]) -> None:
    names = [one.name for one in inputs]
    for one in inputs:
        if one.operation is not None:
            raise UsageError(f"Graph: inputs are made by Input(...), {one.name or _called(one.operation)!r} is not.")
        if names.count(one.name) > 1:
            raise UsageError(f"Graph: two inputs are named {one.name!r}; give each its own name.")
        if one not in order:
            raise UsageError(f"Graph: no output needs the input {one.name!r}; leave it out, or use it.")
    for one in order:
        if one.operation is None and one not in inputs:
            raise UsageError(f"Graph: an output needs the input {one.name!r}, which is not among the inputs.")


def _named(nodes: Sequence[Node]) -> dict[Node, str]:
    """Return a name for each node: its own, or its operation's with a number where that is taken."""
    names = {one: one.name for one in nodes if one.name is not None}
    taken = set()
    for name in names.values():
        if name in taken:
            raise UsageError(f"Graph: two nodes are named {name!r}; give each its own name.")
        if not name.isidentifier() or hasattr(nn.ModuleDict, name):
            raise UsageError(f"Graph: a node cannot be named {name!r}; take another word.")
        taken.add(name)
    numbers: dict[str, int] = {}
    for one in nodes:
        if one.name is None:
            base = name = _called(one.operation).lower()
            while name in taken or hasattr(nn.ModuleDict, name):
                numbers[base] = numbers.get(base, 1) + 1
                name = f"{base}_{numbers[base]}"
            names[one] = name
            taken.add(name)
    return names


def _called(operation: Callable[..., Any] | None) -> str:
    if isinstance(operation, nn.Module):
        return type(operation).__name__
    said = getattr(operation, "__name__", type(operation).__name__)
    return said if said.isidentifier() else "function"


def _referred(arguments: Iterable[Any], names: dict[Node, str]) -> list[Any]:
    """Replace nodes by their names."""
    referred: list[Any] = []
    for argument in arguments:
        if isinstance(argument, Node):
            referred.append(_Value(names[argument]))
        elif isinstance(argument, list | tuple):
            referred.append(_referred(argument, names))
        else:
            referred.append(argument)
    return referred


def _filled(arguments: Iterable[Any], values: dict[str, Any]) -> list[Any]:
    """Replace names by values."""
    filled: list[Any] = []
    for argument in arguments:
        if isinstance(argument, _Value):
            filled.append(values[argument.name])
        elif isinstance(argument, list):
            filled.append(_filled(argument, values))
        else:
            filled.append(argument)
    return filled


def _values(arguments: Iterable[Any]) -> Iterator[_Value]:
    for argument in arguments:
        if isinstance(argument, _Value):
            yield argument
        elif isinstance(argument, list):
            yield from _values(argument)


def _shape(value: Any) -> str:
    if isinstance(value, Tensor):
        return str(tuple(value.shape))
    return ", ".join(_shape(one) for one in value) if isinstance(value, list | tuple) else type(value).__name__
