"""Single numbers of a tape and how they hang together, plumbing left out.

A number that is only moved (a view, a transpose, a gather) stays the same number: its `Node` is where it was made. From
there: `forward` is the line that made it, `terms` the chain rule that brings its derivative back, one `Link` for each
number that it moves.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from glasswork.tracing.algebra import Expression, Num, Prod, Sum, evaluate
from glasswork.tracing.document import Letters, named
from glasswork.tracing.local import column, products, row
from glasswork.tracing.notation import MOVERS, Names
from glasswork.tracing.precision import Precision
from glasswork.tracing.replay import forward, pull, values
from glasswork.tracing.rules import MOST, formula
from glasswork.tracing.settling import magnitude
from glasswork.tracing.slopes import slope
from glasswork.tracing.sweep import Sweep
from glasswork.tracing.tape import Record, Tape, element_at

__all__ = ["Backflow", "Elements", "Link", "Node", "Parts"]

Element = tuple[int, ...]
Node = tuple[int, Element]
"""(variable, element): a number where it was made."""


@dataclass(frozen=True, slots=True)
class Link:
    """One term of a chain rule: ``upstream * local``."""

    record: int
    to: Node
    upstream: float
    local: float

    @property
    def product(self) -> float:
        """What it adds to the derivative."""
        return self.upstream * self.local


@dataclass(slots=True)
class Parts:
    """What comes back to a number through one use of it."""

    record: int
    use: int
    links: list[Link]
    """The strongest."""
    count: int
    """How many are not 0."""
    total: float
    absolute: float
    blocked: int
    """Numbers that it moves although nothing comes back from them."""
    stopped: bool
    """Whether the operation's own derivative is 0 here (a ReLU that is off)."""
    dead: list[Node] = field(default_factory=list)
    """A few of the blocked numbers."""


@dataclass(slots=True)
class Backflow:
    """The chain rule for one number."""

    node: Node
    value: float
    parts: list[Parts]
    declared: float = 0.0
    """What comes back through custom functions."""
    declarers: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        """How many terms are not 0."""
        return sum(part.count for part in self.parts)

    @property
    def links(self) -> list[Link]:
        """The strongest terms, strongest first."""
        return sorted((link for part in self.parts for link in part.links), key=lambda link: -abs(link.product))


class Elements:
    """The numbers of one tape. To be used inside `replaying`."""

    def __init__(self, tape: Tape, swept: Sweep, names: Names, precision: Precision) -> None:
        self.tape, self.swept, self.names, self.precision = tape, swept, names, precision
        self.users = tape.users()
        self._ids: dict[int, list[Tensor] | None] = {}
        self._lookups: dict[int, list[Any]] = {}
        self._origins: dict[Node, Node] = {}
        self._formulas: dict[Node, Expression | None] = {}

    # Plumbing.

    def origin(self, variable: int, element: Element) -> Node:
        """Return where a number was made."""
        node = (variable, element)
        if node not in self._origins:
            found = node
            while True:
                back = self._back(found)
                if back is None:
                    break
                found = back
            self._origins[node] = found
        return self._origins[node]

    def _back(self, node: Node) -> Node | None:
        variable, element = node
        made = self.tape.variables[variable]
        if made.record is None or self.tape.variables[variable].value is None:
            return None
        record = self.tape.records[made.record]
        ids = self._moved(record)
        if ids is None:
            return None
        place = int(self._arrays(record, ids)[made.place][element])
        if place <= 0:
            return None
        place -= 1
        for use in record.uses:
            source = self.tape.variables[use.variable]
            count = math.prod(source.shape)
            if place < count:
                return use.variable, element_at(place, source.shape)
            place -= count
        return None

    def _arrays(self, record: Record, ids: list[Tensor]) -> list[Any]:
        """The same as `_moved` says, quick to look up one by one."""
        if record.index not in self._lookups:
            self._lookups[record.index] = [numbers.numpy() for numbers in ids]
        return self._lookups[record.index]

    def _moved(self, record: Record) -> list[Tensor] | None:
        """Return for a record that only moves numbers which number each of its outputs is, from 1; 0 is none."""
        if record.index in self._ids:
            return self._ids[record.index]
        found: list[Tensor] | None = None
        if record.kind in ("gather", "scatter") or (
            record.kind == "operation" and (_only_moves(record) or self._keeps_all(record))
        ):
            found = self._numbered(record)
        elif record.kind == "overwritten":
            before = self.tape.variables[record.uses[0].variable]
            after = self.tape.variables[record.outputs[0]]
            if before.value is not None and after.value is not None and torch.equal(before.value, after.value):
                found = [torch.arange(1, before.value.numel() + 1).reshape(before.shape)]
        self._ids[record.index] = found
        return found

    def _keeps_all(self, record: Record) -> bool:
        """Whether a sum or mean has one term only."""
        return record.name in ("sum", "mean") and math.prod(
            self.tape.variables[record.uses[0].variable].shape
        ) == math.prod(self.tape.variables[record.outputs[0]].shape)

    def _numbered(self, record: Record) -> list[Tensor] | None:
        given = values(self.tape, record)
        start, ids = 1, []
        for value in given:
            if value.is_floating_point():
                ids.append(torch.arange(start, start + value.numel(), dtype=torch.float64).reshape(value.shape))
            else:
                ids.append(value)
            start += value.numel()
        try:
            with torch.no_grad():
                outputs = forward(record, ids, self.precision)
        except (RuntimeError, ValueError, TypeError, IndexError):
            return None
        before = torch.cat([torch.zeros(1, dtype=torch.float64), *(v.reshape(-1).double() for v in given)])
        found = []
        for output, variable in zip(outputs, record.outputs, strict=False):
            whole = output.double()
            after = self.tape.variables[variable].value
            if after is None or whole.shape != after.shape or not after.is_floating_point():
                found.append(torch.zeros(self.tape.variables[variable].shape, dtype=torch.long))
                continue
            places = torch.where((whole >= 1) & (whole < start) & (whole == whole.round()), whole, 0).long()
            same = before[places] == after.double()
            found.append(torch.where(same & (places > 0), places, 0))
        return found

    def uses(self, node: Node) -> Iterator[tuple[Record, int, Element]]:
        """Yield where a number is used by something that is not plumbing."""
        for record, place, at, _ in self._uses(node):
            yield record, place, at

    def _uses(self, node: Node) -> Iterator[tuple[Record, int, Element, bool]]:
        variable, element = node
        for index, place in self.users.get(variable, []):
            record = self.tape.records[index]
            ids = self._moved(record)
            if ids is None:
                yield record, place, element, record.uses[place].needs
                continue
            offset = sum(math.prod(self.tape.variables[use.variable].shape) for use in record.uses[:place])
            mine = offset + 1 + _flat(element, self.tape.variables[variable].shape)
            landed = False
            for output, numbers in zip(record.outputs, ids, strict=False):
                for at in (numbers == mine).nonzero().tolist():
                    landed = True
                    if record.uses[place].needs:
                        yield from self._uses((output, tuple(at)))
            if not landed and self.tape.variables[variable].dtype.is_floating_point and not _covers(ids):
                yield record, place, element, record.uses[place].needs

    # Forward.

    def symbol(self, variable: int, element: Element) -> Expression:
        """Return a number with its name; whole numbers and masks are constants."""
        node = self.origin(variable, element)
        self.check_real(node)
        if not self.tape.variables[node[0]].dtype.is_floating_point:
            return Num(float(self.tape.value(node[0])[node[1]]))
        found = self.tape.variables[node[0]]
        if found.record is not None:
            record = self.tape.records[found.record]
            if record.kind == "operation" and not record.uses and not record.random:  # zeros, ones, a mask
                return Num(float(self.tape.value(node[0])[node[1]]))
        elif found.shape == () and found.role == "constant":
            return Num(float(self.tape.value(node[0])))
        return self.names.symbol(*node)

    def check_real(self, node: Node) -> None:
        """Complex numbers are not written out.

        Raises:
            NotImplementedError: it is one.
        """
        if self.tape.variables[node[0]].dtype.is_complex:
            raise NotImplementedError(f"{self.names.title(node[0])} is complex.")

    def forward(self, node: Node) -> Expression | None:
        """Return the formula that made a number, in symbols; None for a leaf, and where no formula is known."""
        if node not in self._formulas:
            self._formulas[node] = self._formula(node)
        return self._formulas[node]

    def _formula(self, node: Node) -> Expression | None:
        variable, element = node
        made = self.tape.variables[variable]
        if made.record is None or made.value is None:
            return None
        self.check_real(node)
        record = self.tape.records[made.record]

        def leaf(use: int, at: Element) -> Expression:
            return self.symbol(record.outputs[-use] if use < 0 else record.uses[use].variable, at)

        found = formula(self.tape, record, made.place, element, leaf)
        value = float(made.value[element])
        if found is not None and self.holds(found, value):
            return found
        if record.kind != "operation" or record.random or not record.differentiable:
            return None
        found = self._multiplied(record, made.place, element)
        if found is not None and self.holds(found, value):
            return found
        found = self._weighed(record, made.place, element)
        return found if found is not None and self.holds(found, value) else None

    def _multiplied(self, record: Record, place: int, element: Element) -> Expression | None:
        """A number that is a sum of products: which input meets which, found without a rule."""
        if math.prod(self.tape.variables[record.outputs[place]].shape) > MOST:
            return None
        try:
            found = products(self.tape, record, place, element)
        except (RuntimeError, NotImplementedError, ValueError):
            return None
        if found is None or not found.pairs or len(found.pairs) > MOST:
            return None
        terms: list[Expression] = []
        for pair in found.pairs:
            factors = [self.symbol(record.uses[use].variable, at) for use, at in (pair.first, pair.second)]
            terms.append(Prod((*([Num(pair.coefficient)] if pair.coefficient != 1 else []), *factors)))
        for single in found.singles:
            number = self.symbol(record.uses[single.of[0]].variable, single.of[1])
            terms.append(number if single.coefficient == 1 else Prod((Num(single.coefficient), number)))
        if found.rest:
            terms.append(Num(found.rest))
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def _weighed(self, record: Record, place: int, element: Element) -> Expression | None:
        """A number that is a weighted sum of others: a pooling window, a maximum, an interpolation."""
        try:
            rows = row(self.tape, record, place, element, self.precision)
        except (RuntimeError, NotImplementedError, ValueError):
            return None
        terms: list[Expression] = []
        for use, weights in enumerate(rows):
            spots = weights.nonzero().tolist()
            if len(spots) > MOST:
                return None
            for spot in map(tuple, spots):
                weight, number = float(weights[spot]), self.symbol(record.uses[use].variable, spot)
                terms.append(number if weight == 1 else Prod((Num(weight), number)))
        if not terms:
            return None
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def holds(self, expression: Expression, value: float) -> bool:
        """Whether an expression has this value, but for the rounding of the tape's own precision."""
        try:
            found = float(evaluate(expression))
            scale = magnitude(expression)
        except (ValueError, OverflowError, ZeroDivisionError, TypeError):
            return False
        if not math.isfinite(found) or not math.isfinite(value):
            return False
        return abs(found - value) <= self.tiny * max(scale, abs(value))

    @property
    def tiny(self) -> float:
        """What rounding may account for, relatively."""
        return 64 * torch.finfo(self.tape.dtype).eps

    # Backward.

    def upstream(self, node: Node) -> float:
        """Return the derivative of the loss with respect to a number, as swept."""
        found = self.swept.cotangents.get(node[0])
        if found is None:
            return 0.0
        return float((found.to_dense() if found.is_sparse else found)[node[1]])

    def terms(self, node: Node, k: int = 12) -> Backflow:
        """Return the chain rule for one number; each use lists its k strongest terms."""
        self.check_real(node)
        found = Backflow(node, self.upstream(node), [])
        declarers = []
        for record, use, at, needs in self._uses(node):
            if not needs:
                continue
            if record.kind == "declared":
                part = pull(self.tape, record, [], self.precision)[0][use]
                found.declared += 0.0 if part is None else float(part[at])
                declarers.append(record.index)
                continue
            if any(output in self.swept.cotangents for output in record.outputs):
                part_ = self._part(record, use, at, k)
                twin = next((n for n, other in enumerate(found.parts) if other.record == record.index), None)
                if twin is None:
                    found.parts.append(part_)
                else:
                    found.parts[twin] = _joined(found.parts[twin], part_, k)
        found.declarers = tuple(declarers)
        return found

    def _part(self, record: Record, use: int, element: Element, k: int) -> Parts:
        locals_ = column(self.tape, record, use, element, self.precision)
        links: list[Link] = []
        dead: list[Node] = []
        count = blocked = moved = 0
        total, absolute = 0.0, 0.0
        for output, local in zip(record.outputs, locals_, strict=True):
            if self.tape.variables[output].dtype.is_complex:
                self.check_real((output, ()))
            upstream = self.swept.cotangents.get(output)
            live = local != 0
            moved += int(live.sum())
            if upstream is None:
                blocked += int(live.sum())
                continue
            products = local.double() * upstream.double()
            passing = live & (upstream != 0)
            lost = live & ~passing
            blocked += int(lost.sum())
            dead += [(output, tuple(at)) for at in lost.nonzero()[:4].tolist()]
            count += int(passing.sum())
            total += float(products[passing].sum()) if products.dim() else float(products)
            absolute += float(products.abs().sum())
            if int(passing.sum()):
                flat = products.abs().reshape(-1)
                best = flat.topk(min(k, int(passing.sum()))).indices.tolist()
                for place in best:
                    to = element_at(place, tuple(local.shape))
                    links.append(Link(record.index, (output, to), float(upstream[to]), float(local[to])))
        links = sorted(links, key=lambda link: -abs(link.product))[:k]
        if count == len(links):
            total = math.fsum(link.product for link in links)
        return Parts(record.index, use, links, count, total, absolute, blocked, moved == 0, dead)

    def local(self, node: Node, link: Link) -> Expression:
        """Return the local derivative of a link as a formula: ``w^2_11``, ``O_11·(1 − O_11)``."""
        to = link.to
        made = self.forward(to)
        me, output = self.names.symbol(*node), self.names.symbol(*to)
        if made is not None:
            name = self.tape.records[link.record].name
            for form in (lambda: slope(made, me, output=output, name=name), lambda: slope(made, me)):
                with contextlib.suppress(ValueError, ZeroDivisionError, OverflowError):  # no rule
                    found = form()
                    if self.holds(found, link.local):
                        return found
        inner, outer = self.names.letters(*node).plain, self.names.letters(*to).plain
        return named(Letters(f"∂{outer}/∂{inner}"), link.local)


def _joined(first: Parts, second: Parts, k: int) -> Parts:
    """One operation that uses a number twice, such as ``x·x``: one local derivative."""
    merged = {link.to: link for link in first.links}
    for link in second.links:
        twin = merged.get(link.to)
        merged[link.to] = link if twin is None else Link(link.record, link.to, link.upstream, twin.local + link.local)
    links = sorted(merged.values(), key=lambda link: -abs(link.product))[:k]
    doubled = len(first.links) + len(second.links) - len(merged)
    return Parts(
        first.record, first.use, links, first.count + second.count - doubled, first.total + second.total,
        first.absolute + second.absolute, max(first.blocked, second.blocked), first.stopped and second.stopped,
        first.dead,
    )  # fmt: skip


def _only_moves(record: Record) -> bool:
    return record.name in MOVERS or record.name.rstrip("_") in MOVERS


def _covers(ids: list[Tensor]) -> bool:
    """Whether a moving record moved all that it gave out."""
    return all(bool((numbers > 0).all()) for numbers in ids)


def _flat(element: Element, shape: tuple[int, ...]) -> int:
    found = 0
    for at, size in zip(element, shape, strict=True):
        found = found * size + at
    return found
