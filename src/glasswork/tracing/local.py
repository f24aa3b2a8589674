"""Element by element: what one record does to single numbers. Never a whole Jacobian: one column, or one row.

- `column`: how every output moves with one input number (the pull-back, which is linear, derived once more).
- `row`: how one output number moves with every input (a pull-back of a one).
- `products`: which input multiplies which in one output number: the window of a convolution, the row and column of a
  matrix product, found from mixed second derivatives without a rule per layer.
- `terms`: the chain rule for one number, ``dL/dx_j = sum_i dL/do_i * do_i/dx_j``, as its list of terms.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from glasswork.tracing.precision import Precision
from glasswork.tracing.replay import derive, forward, pull, replaying, values
from glasswork.tracing.sweep import Sweep
from glasswork.tracing.tape import Record, Tape, element_at

__all__ = ["Pair", "Products", "Single", "Term", "Terms", "column", "products", "row", "terms"]

Element = tuple[int, ...]
_MOST_ROWS = 4096
_FEW_ROWS = 4
"""With so few outputs one pull for each is as quick, and torch's second derivatives of some losses are not exact."""


@dataclass(frozen=True, slots=True)
class Pair:
    """``coefficient * first * second``: two input numbers that are multiplied."""

    coefficient: float
    first: tuple[int, Element]
    """(which use, element)"""
    second: tuple[int, Element]
    value: float


@dataclass(frozen=True, slots=True)
class Single:
    """``coefficient * number``: an input number that is only scaled, such as a bias."""

    coefficient: float
    of: tuple[int, Element]
    value: float


@dataclass(frozen=True, slots=True)
class Products:
    """One output number as a sum of products: ``value = sum of pairs + sum of singles + rest``."""

    value: float
    pairs: tuple[Pair, ...]
    singles: tuple[Single, ...]
    rest: float
    """What is neither: a constant of the operation; rounding apart 0."""


@dataclass(frozen=True, slots=True)
class Term:
    """``upstream * local``: one summand of a chain rule."""

    record: int
    use: int
    output: int
    """The variable it came back from."""
    element: Element
    upstream: float
    local: float

    @property
    def product(self) -> float:
        """What this term adds to the derivative."""
        return self.upstream * self.local


@dataclass(frozen=True, slots=True)
class Terms:
    """The chain rule for one number of one variable."""

    variable: int
    element: Element
    value: float
    """The derivative that the sweep accumulated; the sum of the terms is equal to it but for rounding."""
    live: tuple[Term, ...]
    """The terms that are not 0, the largest first."""
    blocked: int
    """How many outputs it moves although nothing comes back from them (behind a ReLU that is off, not the maximum)."""
    stopped: tuple[int, ...]
    """The records whose own derivative is 0 here (a ReLU that is off)."""
    declared: float = 0.0
    """What comes back through custom functions, as their authors declared it."""


def column(tape: Tape, record: Record, use: int, element: Element, precision: Precision | None = None) -> list[Tensor]:
    """Return how each output of a record moves with one number of one of its inputs: ``do/dx_j``, a tensor each."""
    if precision is None:
        with replaying(tape) as precision:
            return column(tape, record, use, element, precision)
    given = values(tape, record)
    tangent = torch.zeros_like(given[use])
    tangent[element] = 1
    if record.kind == "overwritten":
        return [tangent]
    if record.kind == "gather":
        return [tangent.reshape(-1)[record.extra["index"]].reshape(record.extra["shape"])]
    if record.kind == "scatter":
        zeros = [torch.zeros_like(value) for value in given]
        zeros[use] = tangent
        return forward(record, zeros, precision)
    if sum(math.prod(tape.variables[v].shape) for v in record.outputs) <= _FEW_ROWS:
        return _column_by_rows(tape, record, use, element, precision)
    try:
        return _column_by_pulling(record, list(given), use, element, precision)
    except (NotImplementedError, RuntimeError):  # an operation whose derivative has none itself
        return _column_by_rows(tape, record, use, element, precision)


def row(tape: Tape, record: Record, place: int, element: Element, precision: Precision | None = None) -> list[Tensor]:
    """Return how one output number moves with each input: ``do_i/dx``, one tensor per use (zeros where none flows)."""
    if precision is None:
        with replaying(tape) as precision:
            return row(tape, record, place, element, precision)
    output = tape.variables[record.outputs[place]]
    one = torch.zeros(output.shape, dtype=output.dtype, device=output.device)
    one[element] = 1
    upstream: list[Tensor | None] = [None] * len(record.outputs)
    upstream[place] = one
    pulled, _ = pull(tape, record, upstream, precision)
    return [
        torch.zeros_like(value) if part is None else part.to_dense() if part.is_sparse else part
        for part, value in zip(pulled, values(tape, record), strict=True)
    ]


def products(tape: Tape, record: Record, place: int = 0, element: Element = ()) -> Products | None:
    """Return one output number as a sum of products of input numbers; None if it is not one.

    >>> from glasswork.tracing.record import record
    >>> weight, x = torch.tensor([[0.15, 0.20]]), torch.tensor([[0.05, 0.10]])
    >>> tape = record(lambda x: torch.nn.functional.linear(x, weight), lambda o: o.sum(), x)
    >>> found = products(tape, tape.records[1], element=(0, 0))  # mm
    >>> [(pair.first[1], pair.second[1], round(pair.value, 4)) for pair in found.pairs]
    [((0, 0), (0, 0), 0.0075), ((0, 1), (1, 0), 0.02)]
    """
    if record.kind != "operation" or record.random:
        return None
    inputs = [
        value.detach().requires_grad_(value.is_floating_point() and _floats(tape, use.variable))
        for use, value in zip(record.uses, values(tape, record), strict=True)
    ]
    with replaying(tape) as precision, torch.enable_grad():
        output = forward(record, inputs, precision)[place]
        if not output.requires_grad:
            return None
        number = output[element]
        places = [n for n, value in enumerate(inputs) if value.requires_grad]
        slopes = torch.autograd.grad(number, [inputs[n] for n in places], create_graph=True, allow_unused=True)
        slope = dict(zip(places, slopes, strict=True))
        pairs: list[Pair] = []
        paired: set[int] = set()
        for n, first in enumerate(places):
            for second in places[n + 1 :]:
                found = _paired(inputs, slope, first, second)
                if found is None:
                    return None
                if found:
                    pairs += found
                    paired |= {first, second}
        singles = []
        for use in places:
            steep = slope[use]
            if use in paired or steep is None:
                continue
            for at in steep.detach().nonzero().tolist():
                coefficient = float(steep.detach()[tuple(at)])
                singles.append(
                    Single(coefficient, (use, tuple(at)), coefficient * float(inputs[use].detach()[tuple(at)]))
                )
    value = float(number.detach())
    total = math.fsum([*(p.value for p in pairs), *(s.value for s in singles)])
    scale = math.fsum([*(abs(p.value) for p in pairs), *(abs(s.value) for s in singles)]) + abs(value)
    tiny = 64 * torch.finfo(output.dtype).eps * scale
    if not _is_linear(inputs, slope, paired, number) or (abs(value - total) > tiny and not _has_constant(record)):
        return None
    return Products(value, tuple(pairs), tuple(singles), value - total if abs(value - total) > tiny else 0.0)


def terms(tape: Tape, swept: Sweep, variable: int, element: Element = ()) -> Terms:
    """Return the chain rule for one number: each use of it, and each output number that it moves there.

    >>> from glasswork.tracing.record import record
    >>> from glasswork.tracing.sweep import sweep
    >>> x = torch.tensor([2.0, -1.0])
    >>> tape = record(lambda x: x.relu() * torch.tensor([3.0, 5.0]), lambda o: o.sum(), x)
    >>> found = terms(tape, sweep(tape), tape.inputs["x"], (0,))
    >>> [(t.upstream, t.local) for t in found.live], found.value
    ([(3.0, 1.0)], 3.0)
    >>> terms(tape, sweep(tape), tape.inputs["x"], (1,)).stopped
    (0,)
    """
    total = swept.cotangents.get(variable)
    live: list[Term] = []
    stopped: list[int] = []
    blocked, declared = 0, 0.0
    with replaying(tape) as precision:
        for index, place in tape.users().get(variable, []):
            record = tape.records[index]
            if not record.uses[place].needs or not any(out in swept.cotangents for out in record.outputs):
                continue
            if record.kind == "declared":
                part = pull(tape, record, [], precision)[0][place]
                declared += 0.0 if part is None else float(part[element])
                continue
            locals_ = column(tape, record, place, element, precision)
            moved = 0
            for output, local in zip(record.outputs, locals_, strict=True):
                upstream = swept.cotangents.get(output)
                for at in local.nonzero().tolist():
                    moved += 1
                    factor = 0.0 if upstream is None else float(upstream[tuple(at)])
                    if factor:
                        live.append(Term(index, place, output, tuple(at), factor, float(local[tuple(at)])))
                    else:
                        blocked += 1
            if not moved:
                stopped.append(index)
    live.sort(key=lambda term: -abs(term.product))
    value = 0.0 if total is None else float((total.to_dense() if total.is_sparse else total)[element])
    return Terms(variable, element, value, tuple(live), blocked, tuple(stopped), declared)


def _column_by_rows(tape: Tape, record: Record, use: int, element: Element, precision: Precision) -> list[Tensor]:
    """One pull for each output number: slow, but every operation that has a derivative can."""
    found = []
    for place, variable in enumerate(record.outputs):
        output = tape.variables[variable]
        local = torch.zeros(output.shape, dtype=torch.float64)
        if local.numel() > _MOST_ROWS:
            raise NotImplementedError(
                f"{record.name}: its derivative has none, and {local.numel()} outputs are too many."
            )
        if output.dtype.is_floating_point:
            for n in range(local.numel()):
                at = element_at(n, output.shape)
                local[at] = row(tape, record, place, at, precision)[use][element]
        found.append(local)
    return found


def _column_by_pulling(
    record: Record, given: list[Tensor], use: int, element: Element, precision: Precision
) -> list[Tensor]:
    """The pull-back is linear in what it pulls; its own derivative is the Jacobian again, transposed."""
    given[use] = given[use].detach().requires_grad_()
    with torch.enable_grad():
        outputs = forward(record, given, precision)
        found = []
        for output in outputs:
            if not output.requires_grad:
                found.append(torch.zeros(output.shape))
                continue
            upstream = torch.zeros_like(output, requires_grad=True)
            (pulled,) = derive([output], [given[use]], [upstream], again=True)
            if pulled is None or not pulled.requires_grad:
                found.append(torch.zeros_like(output))
                continue
            (local,) = torch.autograd.grad(pulled[element], upstream, retain_graph=True, allow_unused=True)
            found.append(torch.zeros_like(output) if local is None else local)
    return [tensor.detach() for tensor in found]


def _paired(inputs: list[Tensor], slope: Mapping[int, Tensor | None], first: int, second: int) -> list[Pair] | None:
    """Return the pairs of two inputs; None if one number meets several others, so that it is no list of pairs."""
    steep = slope[first]
    if steep is None or not steep.requires_grad:
        return []
    codes = torch.arange(1, steep.numel() + 1, dtype=steep.dtype, device=steep.device).reshape(steep.shape)
    sums = []
    for weights in (torch.ones_like(codes), codes, codes.square()):
        (mixed,) = derive([steep], [inputs[second]], [weights], again=True)
        if mixed is None:
            return []
        sums.append(mixed.detach().double())
    coefficients, coded, squared = sums
    found = []
    for at in coefficients.nonzero().tolist():
        coefficient = float(coefficients[tuple(at)])
        partner = float(coded[tuple(at)]) / coefficient
        spread = float(squared[tuple(at)]) / coefficient - partner**2
        if abs(spread) > 1e-3 * max(1.0, partner**2) or abs(partner - round(partner)) > 1e-2:
            return None
        mine = element_at(round(partner) - 1, tuple(steep.shape))
        product = coefficient * float(inputs[first].detach()[mine]) * float(inputs[second].detach()[tuple(at)])
        found.append(Pair(coefficient, (first, mine), (second, tuple(at)), product))
    return sorted(found, key=lambda pair: pair.first)


def _is_linear(inputs: list[Tensor], slope: Mapping[int, Tensor | None], paired: set[int], number: Tensor) -> bool:
    """Whether no input enters other than linearly: no slope depends on the input itself."""
    for use, steep in slope.items():
        if steep is None or not steep.requires_grad:
            continue
        others = [inputs[n] for n in slope if n != use and n not in paired] if use not in paired else []
        codes = torch.arange(1, steep.numel() + 1, dtype=steep.dtype, device=steep.device)
        found = torch.autograd.grad(
            (steep * codes.reshape(steep.shape)).sum(),
            [inputs[use], *others], retain_graph=True, allow_unused=True,
        )  # fmt: skip
        if any(part is not None and bool(part.ne(0).any()) for part in found):
            return False
    return bool(number.isfinite())


def _has_constant(record: Record) -> bool:
    """Whether a number that is no tensor is added: ``x + 1``."""
    return record.name.rstrip("_") in ("add", "sub", "rsub")


def _floats(tape: Tape, variable: int) -> bool:
    return tape.variables[variable].dtype.is_floating_point
