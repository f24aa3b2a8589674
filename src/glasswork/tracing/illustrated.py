"""Illustrated: a document with the pictures that suit it: its numbers as a graph, all layers as one chart."""

from __future__ import annotations

from typing import Any

from glasswork.tracing.depth import depth_chart
from glasswork.tracing.document import Document, Section
from glasswork.tracing.drawing import drawing
from glasswork.tracing.elements import Elements
from glasswork.tracing.notation import Names, Notation
from glasswork.tracing.replay import replaying
from glasswork.tracing.sweep import Sweep
from glasswork.tracing.tape import Tape

__all__ = ["illustrated"]


def illustrated(document: Document, tape: Tape, swept: Sweep, notation: Any = None, *, whole: bool = False) -> Document:
    """Add the pictures to a document of a step, in place, and return it.

    Args:
        document: of this step.
        tape: the step.
        swept: its sweep.
        notation: of the document.
        whole: whether the document is about the whole net; then there is a chart of all layers.
    """
    if whole:
        chart = depth_chart(tape, swept)
        if chart is not None:
            place = 1 if document.sections and document.sections[0].title == "Modules" else 0
            document.sections.insert(place, Section("Layers", 1, [chart]))
    if swept.kept:
        with replaying(tape) as precision:
            graph = drawing(document, Elements(tape, swept, Names(tape, Notation.of(notation)), precision))
        if graph is not None:
            places = [n for n, section in enumerate(document.sections) if section.title == "Forward"]
            document.sections.insert(places[0] if places else len(document.sections), Section("As a graph", 1, [graph]))
    return document
