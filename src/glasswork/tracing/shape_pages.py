"""Shapes as a section of a document, and a failed step as a document."""

from __future__ import annotations

from glasswork.tracing.document import Block, Document, Line, Printed, Section, Table, Text
from glasswork.tracing.misfit import misfit
from glasswork.tracing.settling import Draft, settle
from glasswork.tracing.shapes import LayerShape, Shapes, Size, shapes
from glasswork.tracing.tape import Tape

__all__ = ["failure_page", "shape_section"]

_DIGITS = 12
"""Sizes and counts are whole numbers: all their digits are printed."""


def shape_section(found: Shapes, level: int = 1) -> Section:
    """Return where shapes and counts come from: a table of the layers, then each layer's arithmetic, then the total.

    >>> import torch
    >>> from glasswork.tracing.plain import line_text
    >>> from glasswork.tracing.record import record
    >>> tape = record(torch.nn.Conv1d(2, 4, 3, stride=2), lambda out: out.sum(), torch.zeros(1, 2, 9))
    >>> for line in shape_section(shapes(tape)).lines():
    ...     print(line_text(line))
    L = floor((n + 2·p − d·(m − 1) − 1)/s) + 1 = floor((9 + (2)(0) − (1)(3 − 1) − 1)/2) + 1 = 4
    N = m·C·O + O = (3)(2)(4) + 4 = 28
    """
    section = Section("Shapes and counts", level, [_table(found)])
    for layer in found.layers:
        sizes = [size for size in layer.sizes if len(size.equation.steps) > 1]
        blocks: list[Block] = [*_lines(layer, sizes)]
        if layer.parameters is not None and not layer.shared and len(layer.parameters.equation.steps) > 1:
            blocks += _lines(layer, [layer.parameters])
        remark = layer.remark if layer.remark != "the input's shape" else ""
        if layer.shared:
            remark = f"Its parameters are those of {layer.shared}; they count once."
        if remark:
            blocks.append(Text(remark[:1].upper() + remark[1:] + ("" if remark.endswith(".") else ".")))
        if blocks:
            section.children.append(Section(f"{layer.path or 'the model'} ({layer.kind})", level + 1, blocks))
    if len(found.layers) > 1:
        section.blocks.append(Text(f"Parameters in all: {found.total.working}."))
    if found.frozen:
        section.blocks.append(Text(f"{found.frozen} of them do not learn."))
    if found.receptive:
        seen = "; ".join(f"{path}: {working}" for path, working in found.receptive)
        section.blocks.append(Text(f"Places of the input that one unit sees, along one side: {seen}."))
    return section


def failure_page(tape: Tape) -> Document | None:
    """Return why a step failed, with the shapes until then; None if it did not fail."""
    why = misfit(tape)
    if why is None:
        return None
    document = Document("The step failed", str(why).splitlines())
    if why.line:
        document.lead.append(f"At {why.line}")
    if not why.explained and why.shapes:
        said = ", ".join(_said(shape) for shape in why.shapes)
        document.lead.append(f"The shapes that went in: {said}.")
    document.sections.append(shape_section(shapes(tape)))
    return document


def _table(found: Shapes) -> Table:
    rows, values = [], []
    for layer in found.layers:
        count: Printed | str = ""
        if layer.parameters is not None:
            count = f"as {layer.shared}" if layer.shared else Printed.of(str(layer.parameters.value))
        rows.append(layer.path or "the model")
        kind = f"{layer.kind} x {layer.visits}" if layer.visits > 1 else layer.kind
        values.append(
            [kind, " and ".join(map(_said, layer.inputs)), "failed" if layer.failed else _said(layer.output), count]
        )
    return Table("Layers", rows, ["layer", "in", "out", "parameters"], values)


def _lines(layer: LayerShape, sizes: list[Size]) -> list[Line]:
    drafts = []
    for size in sizes:
        formula = size.equation.steps[0] if len(size.equation.steps) > 1 else None
        drafts.append(Draft(size.equation.left, formula, float(size.value), size.what, layer.path, "shape"))
    return settle(drafts, _DIGITS)


def _said(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) if shape else "one number"
