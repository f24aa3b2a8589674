"""All ways by which one number reaches the loss: counted first, the strongest listed, the rest in one exact term.

A path is a chain of single numbers; its product of local derivatives is its share of the gradient, and the sum over
all paths is the gradient. Counting and summing are dynamic programming over the local derivatives that are not 0.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass

from glasswork.tracing.local import Element, column
from glasswork.tracing.replay import replaying
from glasswork.tracing.sweep import Sweep
from glasswork.tracing.tape import Tape

__all__ = ["Path", "Paths", "Step", "paths"]

Node = tuple[int, Element]


@dataclass(frozen=True, slots=True)
class Step:
    """One link: by which record, to which number, with which local derivative."""

    record: int
    variable: int
    element: Element
    local: float


@dataclass(frozen=True, slots=True)
class Path:
    """One way to the loss."""

    steps: tuple[Step, ...]
    product: float


@dataclass(frozen=True, slots=True)
class Paths:
    """The gradient of one number as a sum over paths."""

    variable: int
    element: Element
    count: int
    """How many paths there are whose local derivatives are all different from 0."""
    shown: tuple[Path, ...]
    """The strongest, by absolute product."""
    rest: float
    """The sum of all others: ``total - sum of those shown``, exactly."""
    total: float
    """The sum over all paths: the gradient."""
    absolute: float
    """The sum of the absolute products: `total` is much smaller where paths cancel."""

    @property
    def share(self) -> float:
        """The share of the absolute sum that the shown paths hold."""
        return sum(abs(path.product) for path in self.shown) / self.absolute if self.absolute else 1.0


def paths(
    tape: Tape, swept: Sweep, variable: int, element: Element = (), *, k: int = 12, most: int = 5000
) -> Paths | None:
    """Return the paths from one number to the loss.

    Args:
        tape: the step.
        swept: its sweep; a custom function's declared derivative is taken from it.
        variable: whose number.
        element: which number of it.
        k: how many to list.
        most: how many numbers on the way may be looked at.

    Returns:
        The paths; None if more than `most` numbers lie on the way.

    >>> import torch
    >>> from glasswork.tracing.record import record
    >>> from glasswork.tracing.sweep import sweep
    >>> x = torch.tensor([2.0])
    >>> tape = record(lambda x: x * x + 3 * x, lambda o: o.sum(), x)
    >>> found = paths(tape, sweep(tape), tape.inputs["x"], (0,))
    >>> found.count, sorted(path.product for path in found.shown), found.total
    (3, [2.0, 2.0, 3.0], 7.0)
    """
    edges: dict[Node, list[tuple[int, Node, float]]] = defaultdict(list)
    ends: dict[Node, float] = defaultdict(float)
    reached: dict[int, set[Element]] = defaultdict(set)
    reached[variable].add(element)
    looked = 0
    with replaying(tape) as precision:
        for record in tape.records:
            if not any(out in swept.cotangents for out in record.outputs) and record.kind != "declared":
                continue
            for place, use in enumerate(record.uses):
                if not use.needs or use.variable not in reached:
                    continue
                for at in sorted(reached[use.variable]):
                    looked += 1
                    if looked > most:
                        return None
                    if record.kind == "declared":
                        returned = record.extra.get("returned", [None] * len(record.uses))[place]
                        if returned is not None:
                            ends[use.variable, at] += float(returned[at])
                        continue
                    locals_ = column(tape, record, place, at, precision)
                    for output, local in zip(record.outputs, locals_, strict=True):
                        for to in map(tuple, local.nonzero().tolist()):
                            edges[use.variable, at].append((record.index, (output, to), float(local[to])))
                            reached[output].add(to)
    return _sum_up(tape, variable, element, edges, ends, k)


def _sum_up(
    tape: Tape,
    variable: int,
    element: Element,
    edges: dict[Node, list[tuple[int, Node, float]]],
    ends: dict[Node, float],
    k: int,
) -> Paths:
    """Count, add and rank, from the loss back."""
    if tape.loss is None:
        raise ValueError("the forward pass failed; there are no paths.")
    last = (tape.loss, (0,) * len(tape.variables[tape.loss].shape))
    count: dict[Node, int] = defaultdict(int)
    total: dict[Node, float] = defaultdict(float)
    absolute: dict[Node, float] = defaultdict(float)
    best: dict[Node, list[Path]] = defaultdict(list)
    count[last], total[last], absolute[last], best[last] = 1, 1.0, 1.0, [Path((), 1.0)]
    for node in sorted({*edges, *ends}, reverse=True):  # a later variable has a higher index
        found: list[Path] = list(best[node])
        if node in ends:
            count[node] += 1
            total[node] += ends[node]
            absolute[node] += abs(ends[node])
            found.append(Path((), ends[node]))
        for record, to, local in edges[node]:
            if not count[to]:
                continue
            count[node] += count[to]
            total[node] += local * total[to]
            absolute[node] += abs(local) * absolute[to]
            found += [Path((Step(record, *to, local), *path.steps), local * path.product) for path in best[to]]
        best[node] = heapq.nlargest(k, found, key=lambda path: abs(path.product))
    start = (variable, element)
    shown = tuple(best[start])
    rest = total[start] - sum(path.product for path in shown) if count[start] > len(shown) else 0.0
    return Paths(variable, element, count[start], shown, rest, total[start], absolute[start])
