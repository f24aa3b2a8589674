"""The trace: one training step of any model, with its numbers, checked."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from glasswork.checks import unknown_name
from glasswork.errors import UnknownNameError, UsageError
from glasswork.tracing.budget import Budget
from glasswork.tracing.check import Check, check
from glasswork.tracing.document import Document
from glasswork.tracing.exercise import Blanks, Exercise, exercise
from glasswork.tracing.illustrated import illustrated
from glasswork.tracing.pages import page
from glasswork.tracing.record import record
from glasswork.tracing.shape_pages import failure_page
from glasswork.tracing.sweep import Sweep, sweep
from glasswork.tracing.tape import Failure, Tape
from glasswork.tracing.update import Update, update
from glasswork.tracing.writers.html import write_html
from glasswork.tracing.writers.json import json
from glasswork.tracing.writers.latex import latex
from glasswork.tracing.writers.text import text

__all__ = ["Trace", "trace"]

_KEPT_BYTES = 100_000_000
"""Beyond this much recorded memory the sweep frees each cotangent once it is used, and keeps gradients alone."""


class Trace:
    """One recorded step. Cheap to make; sweep, checks and pages are computed when they are asked for."""

    def __init__(self, tape: Tape, notation: Any = None) -> None:
        self.tape, self.notation = tape, notation

    @property
    def failure(self) -> Failure | None:
        """Why the forward pass stopped, if it did."""
        return self.tape.failure

    @property
    def loss(self) -> float:
        """The loss of the step."""
        return float(self.tape.value(self._whole().loss or 0))

    @cached_property
    def sweep(self) -> Sweep:
        """The reverse sweep, compared with autograd."""
        return sweep(self._whole(), keep=self.tape.size() < _KEPT_BYTES)

    def check(self, *, samples: int | None = None, seed: int = 0) -> Check:
        """Check everything that can be checked; the result has `.ok`, and prints as a report.

        Args:
            samples: how many derivatives to measure by differences; by default 40, less where a pass takes long.
            seed: of the choice.
        """
        return check(self.tape, self.__dict__.get("sweep"), samples=samples, seed=seed)

    def gradient(self, name: str) -> Tensor | None:
        """Return the swept gradient of a parameter or input by its name; None if no path leads to it."""
        variable = self.leaf(name)
        return self.sweep.gradients.get(variable)

    def update(self, name: str) -> Update | None:
        """Return what the optimizer did to a parameter; None if none was given."""
        return update(self._whole(), self.leaf(name))

    def leaf(self, name: str) -> int:
        """Return the variable of a parameter, input or buffer.

        Raises:
            UnknownNameError: there is none of this name; the message offers the nearest.
        """
        variable = self.tape.leaf(name)
        if variable is None:
            known = [*self.tape.parameters, *self.tape.aliases, *self.tape.inputs]
            raise UnknownNameError(f"trace: {unknown_name('parameter', name, known)}")
        return variable

    def document(
        self,
        name: str | None = None,
        *,
        depth: str | int | None = None,
        notation: Any = None,
        sample: int | None = None,
        max_lines: int | None = None,
        max_elements: int | None = None,
    ) -> Document:
        """Return what there is to say about a name, for any of the writers; arguments as for `text`.

        Of a step that failed it says why: the arithmetic of shapes that does not fit, and what came before.
        """
        if self.tape.failure is not None:
            why = failure_page(self.tape)
            if why is not None:
                return why
        budget = Budget()
        budget = Budget(max_lines or budget.max_lines, max_elements or budget.max_elements)
        return page(
            self._whole(), self.sweep, name, depth=depth, notation=self.notation if notation is None else notation,
            budget=budget, sample=sample,
        )  # fmt: skip

    def text(
        self,
        name: str | None = None,
        *,
        depth: str | int | None = None,
        notation: Any = None,
        sample: int | None = None,
        max_lines: int | None = None,
        max_elements: int | None = None,
        width: int = 80,
    ) -> str:
        """Return everything needed for a name, from forward to update, as text.

        Args:
            name: a parameter or input (``h.weight``), one number of it (``h.weight[0,1]``, indices from 0), a module's
                path (``encoder.0``), a unit of its output (``h[1]``), or None for the whole step.
            depth: ``sentence``, ``modules``, ``operations`` or ``element``; by default what the name asks for.
            notation: ``course``, ``to_from``, ``names`` or a `Notation`; by default the trace's.
            sample: which row of the batch is derived in full, from 0; by default the one that matters most.
            max_lines: how many equations the page may have.
            max_elements: how many single numbers may be looked at for the sum over paths.
            width: columns of the terminal.

        Raises:
            UnknownNameError: there is nothing of this name; the message offers the nearest.
        """
        found = self.document(
            name, depth=depth, notation=notation, sample=sample, max_lines=max_lines, max_elements=max_elements
        )
        return text(found, width=width)

    def html(self, path: Path | str, name: str | None = None, **selection: Any) -> Path:
        """Write a page of its own: no script, no network; return its path.

        Args:
            path: the file; a page beyond 2 MB becomes an index with a page per part in a folder beside it.
            name: what it is about, as for `text`.
            selection: ``depth``, ``notation``, ``sample``, ``max_lines``, ``max_elements``, as for `text`.
        """
        return write_html(self.illustrated(name, **selection), path)[0]

    def latex(self, name: str | None = None, **selection: Any) -> str:
        """Return a LaTeX document; arguments as for `text`."""
        return latex(self.illustrated(name, **selection))

    def json(self, name: str | None = None, **selection: Any) -> str:
        """Return the document as JSON, which `glasswork.tracing.writers.json.read_json` reads back."""
        return json(self.illustrated(name, **selection))

    def illustrated(self, name: str | None = None, **selection: Any) -> Document:
        """Return the document with its pictures: the numbers as a graph, all layers as one chart."""
        found = self.document(name, **selection)
        if self.tape.failure is not None:
            return found
        notation = selection.get("notation")
        notation = self.notation if notation is None else notation
        return illustrated(found, self.tape, self.sweep, notation, whole=name is None)

    def exercise(
        self, blanks: Blanks = "deltas", seed: int = 0, *, name: str | None = None, **selection: Any
    ) -> Exercise:
        """Return the same step with blanks to fill in, and its solution sheet; printing it prints both.

        Args:
            blanks: ``deltas``, ``weights`` (after the update), ``activations`` or ``all``.
            seed: which of them.
            name: what it is about, as for `text`; by default the whole step.
            selection: as for `html`.
        """
        selection.setdefault("depth", "element")
        return exercise(self.document(name, **selection), blanks, seed)

    def _whole(self) -> Tape:
        if self.tape.failure is not None:
            failure = self.tape.failure
            where = f" in {failure.where}" if failure.where else ""
            raise UsageError(f"trace: the step failed{where}: {failure.error}") from failure.error
        return self.tape


def trace(
    model: Callable[..., Any],
    loss_fn: Callable[..., Any] | None,
    x: Any,
    y: Any = None,
    *,
    optimizer: torch.optim.Optimizer | None = None,
    dtype: torch.dtype | None = None,
    notation: Any = None,
) -> Trace:
    """Trace the next training step of a model, forward, backward and update, without taking it.

    Args:
        model: a module, or any function of the inputs; it is left exactly as it was.
        loss_fn: ``loss_fn(model(x), y)``; ``loss_fn(model(x))`` if `y` is None; None if the model returns the loss, or
            an object whose ``loss`` it is.
        x: a tensor, a tuple of positional inputs, or a dictionary of keyword inputs.
        y: the targets, in any structure.
        optimizer: whose step is shown; it does not move.
        dtype: the type to work in; by default float64 below a million parameters, else the model's own.
        notation: how symbols are written.

    Returns:
        The trace; if the forward pass raised, one whose ``failure`` says why and whose tape ends there.

    >>> net = torch.nn.Linear(2, 1, bias=False)
    >>> with torch.no_grad():
    ...     _ = net.weight.copy_(torch.tensor([[0.5, -1.0]]))
    >>> step = trace(net, lambda o, y: 0.5 * (o - y) ** 2, torch.tensor([2.0, 3.0]), torch.tensor([1.0]))
    >>> step.loss, step.gradient("weight")  # e = 0.5*2 - 3 - 1 = -3; 0.5 e^2; e x
    (4.5, tensor([[-6., -9.]], dtype=torch.float64))
    >>> step.check().ok
    True
    """
    return Trace(record(model, loss_fn, x, y, optimizer, dtype), notation)
