"""The page for a name: a parameter, one number of it, a module, one unit of it, an input, or the whole step."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

from torch import Tensor

from glasswork.checks import unknown_name
from glasswork.errors import UnknownNameError, UsageError
from glasswork.tracing.budget import Budget
from glasswork.tracing.document import Block, Document, Heat, Section, Table, Text
from glasswork.tracing.elements import Elements, Node
from glasswork.tracing.figures import figure, powers
from glasswork.tracing.notation import Names, Notation
from glasswork.tracing.overview import modules, operations, sentence
from glasswork.tracing.replay import replaying
from glasswork.tracing.selection import explain, strongest
from glasswork.tracing.shape_pages import shape_section
from glasswork.tracing.shapes import shapes
from glasswork.tracing.sweep import Sweep, sweep
from glasswork.tracing.tape import Slot, Tape, element_at
from glasswork.tracing.update import update

__all__ = ["DEPTHS", "page"]

DEPTHS = ("sentence", "modules", "operations", "element")

_FEW = 4
"""A tensor of up to so many numbers is derived number by number."""

_SMALL = 8
"""A matrix of up to so many rows and columns is printed; a larger one is a picture."""


def page(
    tape: Tape,
    swept: Sweep,
    name: str | None = None,
    *,
    depth: str | int | None = None,
    notation: Any = None,
    budget: Budget | None = None,
    sample: int | None = None,
) -> Document:
    """Return the document for a name.

    Args:
        tape: the step; its forward pass must have succeeded.
        swept: its sweep.
        name: a parameter or input (``h.weight``), one number of it (``h.weight[0,1]``, indices from 0), a slice
            (``h.weight[0,:]``), a module's path (``encoder.0``), one unit of its output (``encoder.0[0,3]``, or
            ``h[1]`` for unit 1 of the sample), or None for the whole step.
        depth: ``sentence``, ``modules``, ``operations`` or ``element``, or 1 to 4; by default what the name asks for.
        notation: a `Notation` or the name of one.
        budget: how much may be said.
        sample: which row of the batch is derived in full, from 0.

    Raises:
        UnknownNameError: there is nothing of this name; the message offers the nearest.
    """
    budget = budget or Budget()
    level = _level(depth, name)
    names = Names(tape, Notation.of(notation))
    if not 0 <= (sample or 0) < max(names.samples, 1):
        raise UsageError(f"trace: sample must be from 0 to {names.samples - 1}, got {sample}.")
    if name is None:
        return _whole(tape, swept, names, budget, level, sample)
    return _named(tape, swept, names, name, budget, level, sample)


def _level(depth: str | int | None, name: str | None) -> int:
    if depth is None:
        return 2 if name is None else 4
    if isinstance(depth, int) and 1 <= depth <= len(DEPTHS):
        return depth
    if depth in DEPTHS:
        return DEPTHS.index(str(depth)) + 1
    raise UsageError(f"trace: depth must be one of {', '.join(DEPTHS)}, or 1 to {len(DEPTHS)}, got {depth!r}.")


def _whole(tape: Tape, swept: Sweep, names: Names, budget: Budget, level: int, sample: int | None) -> Document:
    document = Document("One training step", [sentence(tape, swept)])
    if level >= 2:
        document.sections.append(modules(tape, swept, most=budget.max_lines))
    if level >= 3:
        document.sections.append(operations(tape, swept, names, most=budget.max_lines))
        found = shapes(tape)
        if len(found.layers) <= budget.max_lines // 4:
            document.sections.append(shape_section(found))
        else:
            document.notes.append(f"The arithmetic of the shapes of {len(found.layers)} layers is left out.")
    if level >= 4:
        nodes = [
            (variable, element_at(place, tape.variables[variable].shape))
            for variable in tape.parameters.values()
            if variable in swept.cotangents or swept.gradients.get(variable) is not None
            for place in range(math.prod(tape.variables[variable].shape))
        ][: budget.max_lines // 4 + 1]
        most = max(1, budget.max_lines // 4)
        with replaying(tape) as precision:
            elements = Elements(tape, _kept(tape, swept), names, precision)
            try:
                inner = explain(tape, elements, nodes[:most] or [(tape.loss or 0, ())], budget, sample=sample)
            except NotImplementedError as refused:  # complex numbers
                inner = Document("", notes=[f"Not derived number by number: {refused}"])
        document.lead += inner.lead
        document.sections += inner.sections
        document.notes += inner.notes
        if len(nodes) > most:
            document.notes.append(f"The first {most} parameters are derived here; ask for the others by name.")
    document.notes += tape.notes
    document.checks += _checks(tape, swept)
    return document


def _named(
    tape: Tape, swept: Sweep, names: Names, name: str, budget: Budget, level: int, sample: int | None
) -> Document:
    variable, part, path = _find(tape, names, name, sample)
    value = tape.value(variable)
    shape = tuple(value.shape)
    element = None if part is None or None in part else tuple(at for at in part if at is not None)
    kept = _kept(tape, swept, [variable, *(_own(tape, path) if path is not None else [])])
    lead = _about(tape, kept, name, variable, part, path)
    if level == 1:
        return Document(name, [lead])
    blocks: list[Section] = []
    if path is not None and part is None:
        nodes, inner = _layer(tape, kept, path, variable)
        blocks.append(inner)
    elif element is not None:
        nodes = [(variable, element)]
    else:
        nodes = _few(tape, kept, variable, part)
        blocks.append(_tables(tape, kept, variable, nodes[0][1] if len(nodes) == 1 else None))
    if level < 4:
        return Document(name, [lead], blocks, list(tape.notes), _checks(tape, swept))
    try:
        with replaying(tape) as precision:
            elements = Elements(tape, kept, names, precision)
            document = explain(tape, elements, nodes, budget, sample=sample, differences=_checks(tape, swept, variable))
    except NotImplementedError as refused:  # complex numbers
        document = Document(name, notes=[f"Not derived number by number: {refused}"])
        document.checks += _checks(tape, swept, variable)
    document.title = (
        f"{name}  shape {_shape(shape)}"
        if element is None
        else name
        if document.title == name
        else f"{name} = {document.title}"
    )
    document.lead.insert(0, lead)
    if element is None and path is None and len(nodes) == 1 and value.numel() > 1:
        document.lead.append(
            f"Derived in full is the number with the largest derivative, {names.letters(*nodes[0]).plain}"
            f" = {name}[{','.join(map(str, nodes[0][1]))}]."
        )
    document.sections[:0] = blocks
    document.notes += tape.notes
    return document


def _about(
    tape: Tape, swept: Sweep, name: str, variable: int, part: tuple[int | None, ...] | None, path: str | None
) -> str:
    """One sentence on what was asked for."""
    gradient = swept.cotangents.get(variable, swept.gradients.get(variable))
    gradient = gradient.to_dense() if gradient is not None and gradient.is_sparse else gradient
    movement = tape.movements.get(variable)
    index = tuple(slice(None) if at is None else at for at in part or ())
    value = tape.value(variable)[index]
    if value.dim() == 0 and part is not None and not value.is_complex():
        said = f"{name} is {_said(float(value))}"
        said += f", its gradient {_said(float(gradient[index]))}" if gradient is not None else ", without a gradient"
        if movement is not None:
            said += f", after the step {_said(float(movement.after[index]))}"
    else:
        verb = "holds" if path is None else "gives out"
        said = f"{name} {verb} {value.numel()} {'number' if value.numel() == 1 else 'numbers'}"
        if gradient is not None:
            said += f"; {'its' if path is None else 'their'} gradient has norm "
            said += _said(float(gradient[index].abs().double().norm()))
    return f"{said}. Loss {_said(float(tape.value(tape.loss or 0)))}."


def _said(value: float) -> str:
    return figure(value).text.replace("-", "−")


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "1"


def _find(
    tape: Tape, names: Names, name: str, sample: int | None
) -> tuple[int, tuple[int | None, ...] | None, str | None]:
    """Return variable, element (None for all of an axis) and module path that a name means."""
    head, element = names.parse(name)
    for text, at in ((name, None), (head, element)):
        variable = tape.leaf(text)
        if variable is not None:
            return variable, _within(tape, name, variable, at), None
        outcome = _output(tape, text)
        if outcome is not None:
            if at is not None and len(at) == 1 and len(tape.variables[outcome].shape) > 1:
                shape = tape.variables[outcome].shape
                row = (sample or 0) if shape[0] == names.samples else 0
                at = (row, *(0 for _ in shape[1:-1]), at[0])
            return outcome, _within(tape, name, outcome, at), text
    known = [*tape.parameters, *tape.aliases, *tape.inputs, *(v.path for v in tape.visits if v.path)]
    raise UnknownNameError(f"trace: {unknown_name('parameter or module', head, list(dict.fromkeys(known)))}")


def _output(tape: Tape, path: str) -> int | None:
    """Return what a module gave out, at its first visit or the one named: ``cell#2``."""
    path, _, number = path.partition("#")
    for visit in tape.visits:
        if visit.path == path and path and (not number or str(visit.number) == number):
            result = visit.result
            while isinstance(result, (tuple, list)) and result:
                result = result[0]
            if isinstance(result, dict):
                result = next(iter(result.values()), None)
            if isinstance(result, Slot) and tape.variables[result.index].dtype.is_floating_point:
                return result.index
    return None


def _within(
    tape: Tape, name: str, variable: int, element: tuple[int | None, ...] | None
) -> tuple[int | None, ...] | None:
    if element is None:
        return None
    shape = tape.variables[variable].shape
    if len(element) != len(shape) or any(
        at is not None and not -size <= at < size for at, size in zip(element, shape, strict=True)
    ):
        raise UsageError(f"trace: {name}: no such element, the shape is {tuple(shape)}; indices count from 0.")
    return tuple(None if at is None else at % size for at, size in zip(element, shape, strict=True))


def _kept(tape: Tape, swept: Sweep, variables: Collection[int] = ()) -> Sweep:
    """The sweep with the derivatives of all between these variables (none: all) and the loss."""
    if swept.kept:
        return swept
    reached = set(variables)
    for record in tape.records:
        if any(use.needs and use.variable in reached for use in record.uses):
            reached.update(record.outputs)
    return sweep(tape, keep=reached or True)


def _own(tape: Tape, path: str) -> list[int]:
    """The parameters that a module holds itself."""
    return [variable for name, variable in tape.parameters.items() if name.rpartition(".")[0] == path]


def _few(tape: Tape, kept: Sweep, variable: int, part: tuple[int | None, ...] | None) -> list[Node]:
    """The numbers of a tensor, or of a slice of it, that are derived: all of a few, else the strongest."""
    shape = tape.variables[variable].shape
    free = [axis for axis in range(len(shape)) if part is None or part[axis] is None]
    inside = tuple(shape[axis] for axis in free)
    fixed = [0 if part is None else part[axis] or 0 for axis in range(len(shape))]

    def whole(place: int) -> tuple[int, ...]:
        at = list(fixed)
        for axis, index in zip(free, element_at(place, inside), strict=True):
            at[axis] = index
        return tuple(at)

    if math.prod(inside) <= _FEW:
        return [(variable, whole(place)) for place in range(math.prod(inside))]
    index = tuple(slice(None) if axis in free else fixed[axis] for axis in range(len(shape)))
    return [(variable, whole(strongest(kept, variable, index)))]


def _layer(tape: Tape, kept: Sweep, path: str, output: int) -> tuple[list[Node], Section]:
    """What is derived for a module: its strongest unit, and of each of its own parameters the strongest number."""
    nodes = _few(tape, kept, output, None)[:1]
    for variable in _own(tape, path):
        if variable in kept.cotangents:
            nodes += [(variable, element_at(strongest(kept, variable), tape.variables[variable].shape))]
    inner = modules(tape, kept, within=path)
    inner.title = "Parameters"
    return nodes, inner


def _tables(tape: Tape, swept: Sweep, variable: int, marked: tuple[int, ...] | None) -> Section:
    """Value, gradient and value after the step, as tables or as pictures."""
    section = Section("In numbers", 1)
    found = update(tape, variable)
    gradient = swept.cotangents.get(variable, swept.gradients.get(variable))
    for title, tensor in (
        ("value", tape.value(variable)),
        ("gradient ∂L/∂value", gradient),
        ("after the step", None if found is None else found.after),
    ):
        if tensor is None:
            section.blocks.append(Text(f"No {title.partition(' ')[0]}.")) if title.startswith("grad") else None
            continue
        section.blocks.append(_matrix(title, tensor.to_dense() if tensor.is_sparse else tensor, marked))
    return section


def _matrix(title: str, tensor: Tensor, marked: tuple[int, ...] | None) -> Block:
    shape = tuple(tensor.shape)
    flat = (
        (tensor.abs() if tensor.is_complex() else tensor)
        .detach()
        .double()
        .reshape(shape[0] if len(shape) > 1 else 1, -1)
    )
    rows, columns = flat.shape
    if rows <= _SMALL and columns <= _SMALL:
        exponents = powers(flat.reshape(-1).tolist())
        values = [[figure(value, 4, exponents) for value in row] for row in flat.tolist()]
        labels = [str(n) for n in range(rows)] if len(shape) > 1 else [""]
        return Table(title, labels, [str(n) for n in range(columns)], [list(row) for row in values])
    high, wide = -(-rows // 24), -(-columns // 64)
    blocks = [
        [float(flat[r : r + high, c : c + wide].flatten()[flat[r : r + high, c : c + wide].abs().argmax()])
         for c in range(0, columns, wide)]
        for r in range(0, rows, high)
    ]  # fmt: skip
    spot = None
    if marked is not None and shape:
        place = sum(at * math.prod(shape[n + 1 :]) for n, at in enumerate(marked))
        spot = (place // columns // high, place % columns // wide)
    caption = f"{_shape(shape)}; largest {_said(float(flat.abs().max()))}"
    if high * wide > 1:
        caption += f"; each sign is the largest of {high} × {wide} numbers"
    return Heat(f"{title} (the stronger the colour, the larger)", blocks, spot, caption)


def _checks(tape: Tape, swept: Sweep, variable: int | None = None) -> list[str]:
    """What the sweep and the update were compared with."""
    asked = [variable] if variable is not None and variable in swept.differences else list(swept.differences)
    worst = max((swept.differences[v] for v in asked), default=0.0)
    many = f"{len(asked)} gradients" if len(asked) != 1 else "gradient"
    said = []
    if asked:
        said.append(
            f"{many} against autograd: identical to the last bit." if worst == 0
            else f"MISMATCH: {many} against autograd: largest difference {worst:.3g}."
            if worst > 1e-6 and not swept.declared else f"{many} against autograd: largest difference {worst:.3g}."
        )  # fmt: skip
    moved = [
        found for v in (asked if variable is not None else tape.movements) if (found := update(tape, v)) is not None
    ]
    if moved:
        bad = [found.name for found in moved if not found.ok]
        known = sum(found.template is not None for found in moved)
        if bad:
            said.insert(0, f"MISMATCH: the optimizer did not follow its formula on {', '.join(bad[:3])}.")
        elif known:
            said.append(f"{known} {'update follows its' if known == 1 else 'updates follow their'} formula.")
    return sorted(said, key=lambda s: not s.startswith("MISMATCH"))
