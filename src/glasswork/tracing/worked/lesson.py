"""Lesson: a worked example of the course as traced steps, with the numbers that the example asks for read from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from glasswork.tracing.tape import slots
from glasswork.tracing.trace import Trace

__all__ = ["Lesson", "delta", "gradient", "linear", "moved", "output", "take"]


@dataclass
class Lesson:
    """A worked example, done again.

    Args:
        id: such as ``WE-10``.
        steps: the traced steps in order, each with a few words about it.
        numbers: the quantities of the example, by the names of its expected values.
    """

    id: str
    steps: list[tuple[str, Trace]] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)


def linear(weight: Any, bias: Any = None) -> nn.Linear:
    """Return a linear layer with these weights, outputs x inputs, in float64."""
    weight = torch.as_tensor(weight, dtype=torch.float64)
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(weight)
        if layer.bias is not None:
            layer.bias.copy_(torch.as_tensor(bias, dtype=torch.float64).reshape(-1))
    return layer


def output(trace: Trace, path: str, number: int = 1) -> Tensor:
    """Return what a module returned at its n-th call."""
    return trace.tape.value(_result(trace, path, number))


def delta(trace: Trace, path: str, number: int = 1) -> Tensor:
    """Return the derivative of the loss by what a module returned."""
    found = trace.sweep.cotangents.get(_result(trace, path, number))
    return torch.zeros_like(output(trace, path, number)) if found is None else found


def gradient(trace: Trace, name: str) -> Tensor:
    """Return the derivative of the loss by a parameter or an input; zeros where no path leads to it."""
    found = trace.gradient(name)
    leaf = trace.tape.value(trace.leaf(name))
    return torch.zeros_like(leaf) if found is None else found


def moved(trace: Trace, name: str) -> Tensor:
    """Return a parameter after the step."""
    found = trace.update(name)
    return trace.tape.value(trace.leaf(name)) if found is None else found.after


def take(model: nn.Module, loss_fn: Callable[..., Tensor], x: Any, y: Any, optimizer: torch.optim.Optimizer) -> None:
    """Take the step that was traced, as any loop does."""
    optimizer.zero_grad()
    answer = model(**x) if isinstance(x, dict) else model(x)
    (loss_fn(answer) if y is None else loss_fn(answer, y)).backward()
    optimizer.step()


def _result(trace: Trace, path: str, number: int) -> int:
    for visit in trace.tape.visits:
        if visit.path == path and visit.number == number:
            return next(slots(visit.result)).index
    known = sorted({visit.path for visit in trace.tape.visits})
    raise KeyError(f"no call {number} of {path!r}; there are {known}")
