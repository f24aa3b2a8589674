"""The view from above: one sentence, the modules, the operations. Identical blocks are folded into one row."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from glasswork.tracing.budget import percent
from glasswork.tracing.document import Printed, Section, Table, Text
from glasswork.tracing.figures import figure
from glasswork.tracing.notation import MOVERS, Names
from glasswork.tracing.replay import forward, replaying, values
from glasswork.tracing.sweep import Sweep
from glasswork.tracing.tape import Record, Tape

__all__ = ["loss_after", "modules", "operations", "owners", "sentence"]

DIGITS = 3
"""Significant digits of norms."""

_MANY = 3
"""From so many identical blocks on they are folded."""

_MOST_OF_IT = 0.6
"""The sentence names the fewest blocks that hold so much of the squared gradient norm."""

_WIDE = 24
"""A table with longer names than this leaves out what is least needed."""

_OUTLIER = 10.0
"""A folded block whose gradient is so many times larger or smaller than their median is shown by itself."""


@dataclass(slots=True)
class _Row:
    path: str
    kind: str
    count: int
    norm: float
    gradient: float
    moved: float | None
    calls: int


def sentence(tape: Tape, swept: Sweep) -> str:
    """Return the step in one sentence: the loss before and after, and where the gradient sits."""
    said = f"Loss {_said(float(tape.value(tape.loss or 0)), 4)}"
    after = loss_after(tape)
    if after is not None:
        said += f" → {_said(after, 4)}"
    rows = owners(tape, swept)
    blocks = _blocks(rows)
    total = math.fsum(row.gradient**2 for row in rows)
    if not total:
        return f"{said}; the gradient is 0 everywhere."
    if len(blocks) < 2:
        return f"{said}; the gradient has norm {_said(math.sqrt(total))}."
    shares = [(name, share / total) for name, share in blocks]
    strong = sorted(range(len(shares)), key=lambda n: -shares[n][1])
    chosen: list[int] = []
    while math.fsum(shares[n][1] for n in chosen) < _MOST_OF_IT:
        chosen.append(strong[len(chosen)])
    covered = percent(math.fsum(shares[n][1] for n in chosen))
    return f"{said}; {covered} of the squared gradient norm sits in {_located([name for name, _ in shares], chosen)}."


def _located(names: list[str], chosen: list[int]) -> str:
    """``the last 2 of 12 blocks``, or the names."""
    chosen = sorted(chosen)
    container = {re.sub(r"\d+$", "", names[n]) for n in chosen}
    alike = [n for n, name in enumerate(names) if re.sub(r"\d+$", "", name) in container]
    numbered = len(container) == 1 and all(re.search(r"\d$", names[n]) for n in alike) and len(alike) > 1
    among, what = (alike, "blocks") if numbered and len(chosen) < len(alike) else (list(range(len(names))), "parts")
    many, whole = len(chosen), len(among)
    for side, run in (("last", among[whole - many :]), ("first", among[:many])):
        if chosen == run and many < whole:
            return f"the {side} {many} of {whole} {what}" if many > 1 else f"the {side} of {whole} {what}"
    if many == whole:
        return f"all {whole} {what}"
    listed = ", ".join(names[n] for n in chosen[:3])
    return f"{listed}{' …' if many > 3 else ''} ({many} of {whole} {what})"


def loss_after(tape: Tape) -> float | None:
    """Return the loss of the same step, same rows and same random draws, with the updated parameters.

    None without an update, and where the program wrote memory in ways that cannot be done again.
    """
    if not tape.movements or tape.loss is None or tape.failure is not None:
        return None
    new: dict[int, Tensor] = {variable: movement.after for variable, movement in tape.movements.items()}
    last: dict[int, int] = {}
    for record in tape.records:
        for use in record.uses:
            last[use.variable] = record.index
    try:
        with replaying(tape) as precision, torch.no_grad():
            for record in tape.records:
                if not any(use.variable in new for use in record.uses):
                    continue
                given = [new.get(use.variable, old) for use, old in zip(record.uses, values(tape, record), strict=True)]
                if record.kind == "overwritten":
                    if not torch.equal(tape.value(record.uses[0].variable), tape.value(record.outputs[0])):
                        return None
                    outputs = given[:1]
                elif record.kind == "declared" or record.answer is not None:
                    return None
                else:
                    outputs = forward(record, given, precision)
                new.update(zip(record.outputs, outputs, strict=False))
                for use in record.uses:
                    if last[use.variable] == record.index and use.variable != tape.loss:
                        new.pop(use.variable, None)
    except (RuntimeError, ValueError, TypeError, IndexError):
        return None
    found = new.get(tape.loss)
    return float(tape.value(tape.loss)) if found is None else float(found)


def modules(tape: Tape, swept: Sweep, *, most: int = 60, within: str = "") -> Section:
    """Return the table of modules that hold parameters: norms, share of the gradient, how far they moved.

    Args:
        tape: the step.
        swept: its sweep.
        most: how many rows.
        within: only this module and those inside it; shares are of its own gradient.
    """
    rows = [row for row in owners(tape, swept) if not within or f"{row.path}.".startswith(f"{within}.")]
    total = math.fsum(row.gradient**2 for row in rows) or 1.0
    table = Table("", [], ["kind", "numbers", "|w|", "|∂L/∂w|", "share"], [])
    moved = any(row.moved is not None for row in rows)
    if moved:
        table.columns.append("|Δw|/|w|")
    folded = _folded(rows)
    for label, members in folded[:most]:
        table.rows.append(label)
        share = math.fsum(row.gradient**2 for row in members) / total
        cells: list[Printed | str] = [
            members[0].kind + (f" ×{members[0].calls}" if members[0].calls > 1 else ""),
            f"{sum(row.count for row in members):,}".replace(",", " "),
            _range([row.norm for row in members]),
            _range([row.gradient for row in members]),
            percent(share, 1),
        ]
        if moved:
            cells.append(_range([row.moved for row in members if row.moved is not None]))
        table.values.append(cells)
    if max(map(len, table.rows), default=0) > _WIDE:  # the kind can be looked up; the name cannot be guessed
        table.columns = table.columns[1:]
        table.values = [cells[1:] for cells in table.values]
    section = Section("Modules", 1, [table] if table.rows else [Text("None holds parameters.")])
    if len(folded) > most:
        section.blocks.append(Text(f"{len(folded) - most} further rows are left out; raise max_lines."))
    return section


def operations(tape: Tape, swept: Sweep, names: Names, *, most: int = 60) -> Section:
    """Return the table of operations that do arithmetic: shape, size of the values and of what comes back."""
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for record in tape.records:
        moves = record.kind == "operation" and (record.name in MOVERS or record.name.rstrip("_") in MOVERS)
        if (
            moves
            or record.random
            or record.name.startswith("empty")
            or not any(use.needs for use in record.uses)
            or not record.outputs
        ):
            continue
        call = tape.calls[record.call].name.strip("_") if record.call is not None else ""
        name = record.name.strip("_").removeprefix("native_")
        said = f"{call}: {name}" if call and call != name and len(call) + len(name) < _WIDE - 4 else name
        shape = "×".join(map(str, tape.variables[record.outputs[0]].shape)) or "1"
        groups.setdefault((_pattern(names.where(record)), said, shape), []).append(record)
    table = Table("", [], ["operation", "shape", "|value|", "|∂L/∂value|"], [])
    for (_, said, shape), records in list(groups.items())[:most]:
        label = _common([names.where(record) for record in records])
        outputs = [record.outputs[0] for record in records]
        sizes = (_typical(tape.variables[output].value) for output in outputs)
        backs = (_typical(swept.cotangents.get(output)) for output in outputs)
        table.rows.append(label if len(label) <= _WIDE else f"…{label[1 - _WIDE :]}")
        ranges = [_range([size for size in group if size is not None], 2) for group in (sizes, backs)]
        table.values.append([said, shape, *ranges])
    table.caption = "Sizes are root mean squares; operations that only move numbers are left out."
    section = Section("Operations", 1, [table])
    if len(groups) > most:
        section.blocks.append(Text(f"{len(groups) - most} further rows are left out; raise max_lines."))
    return section


def owners(tape: Tape, swept: Sweep) -> list[_Row]:
    """A row for each module that holds parameters of its own, in order of its first parameter."""
    rows: dict[str, _Row] = {}
    kinds: dict[str, str] = {}
    calls: dict[str, int] = {}
    for visit in tape.visits:
        kinds[visit.path], calls[visit.path] = visit.kind, max(visit.number, calls.get(visit.path, 0))
    for name, variable in tape.parameters.items():
        path = name.rpartition(".")[0]
        row = rows.setdefault(path, _Row(path, kinds.get(path, ""), 0, 0.0, 0.0, None, calls.get(path, 1)))
        value, gradient = tape.value(variable), swept.gradients.get(variable)
        row.count += value.numel()
        row.norm = math.hypot(row.norm, _norm(value))
        if gradient is not None:
            row.gradient = math.hypot(row.gradient, _norm(gradient))
        movement = tape.movements.get(variable)
        if movement is not None:
            row.moved = math.hypot(row.moved or 0.0, _norm(movement.after - value))
    for row in rows.values():
        row.path = row.path or "(model)"
        if row.moved is not None:
            row.moved = row.moved / row.norm if row.norm else math.inf
    return list(rows.values())


def _folded(rows: Sequence[_Row]) -> list[tuple[str, list[_Row]]]:
    """Rows of blocks that differ in their number alone become one; those that stand out stay."""
    groups: dict[tuple[str, str, int], list[_Row]] = {}
    for row in rows:
        groups.setdefault((_pattern(row.path), row.kind, row.count), []).append(row)
    found: list[tuple[str, list[_Row]]] = []
    done: set[tuple[str, str, int]] = set()
    for row in rows:
        key = (_pattern(row.path), row.kind, row.count)
        members = groups[key]
        if len(members) < _MANY or "*" not in key[0]:
            found.append((row.path, [row]))
            continue
        if key in done:
            continue
        done.add(key)
        middle = statistics.median(member.gradient for member in members)
        odd = [m for m in members if middle and not middle / _OUTLIER <= m.gradient <= middle * _OUTLIER]
        alike = [m for m in members if m not in odd]
        if alike:
            found.append((_common([m.path for m in alike]), alike))
        found += [(f"{member.path} (stands out)", [member]) for member in odd]
    return found


def _pattern(path: str) -> str:
    """A path with the numbers of its blocks left open.

    >>> _pattern("blocks.3.linear1")
    'blocks.*.linear1'
    """
    parts = (re.sub(r"#\d+", "#*", part) for part in path.split("."))
    return ".".join("*" if re.fullmatch(r"\d+(#\*)?", part) else part for part in parts)


def _common(paths: Sequence[str]) -> str:
    """What several paths have in common, and how many they are."""
    if len(paths) == 1:
        return paths[0]
    columns = zip(*(path.split(".") for path in paths), strict=True)
    shared = ".".join(column[0] if len(set(column)) == 1 else _pattern(column[0]) for column in columns)
    return f"{shared or '(model)'} ×{len(paths)}"


def _blocks(rows: Sequence[_Row]) -> list[tuple[str, float]]:
    """Squared gradient norms by block: the numbered containers where there are some, else the modules."""
    found: dict[str, float] = {}
    for row in rows:
        numbered = re.match(r"(.*?\.\d+)(\.|$)|(\d+)(\.|$)", row.path)
        name = (numbered.group(1) or numbered.group(3)) if numbered else row.path
        found[name] = found.get(name, 0.0) + row.gradient**2
    return list(found.items())


def _norm(tensor: Tensor) -> float:
    dense = tensor.to_dense() if tensor.layout is not torch.strided else tensor
    dense = dense.detach().abs() if dense.is_complex() else dense.detach()
    return float(torch.linalg.vector_norm(dense, dtype=torch.float64 if dense.numel() < 1_000_000 else None))


def _typical(tensor: Tensor | None) -> float | None:
    """Root mean square."""
    if tensor is None or not tensor.numel() or not (tensor.is_floating_point() or tensor.is_complex()):
        return None
    return _norm(tensor) / math.sqrt(tensor.numel())


def _said(value: float, digits: int = DIGITS) -> str:
    return figure(value, digits).text.replace("-", "−")


def _range(numbers: Sequence[float], digits: int = DIGITS) -> Printed | str:
    if not numbers:
        return ""
    low, high = figure(min(numbers), digits), figure(max(numbers), digits)
    return low if low == high else f"{low.text}…{high.text}".replace("-", "−")
