"""Lessons: nets whose numbers are round, to be traced by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from glasswork.errors import UsageError
from glasswork.tracing import Trace, decision_plane
from glasswork.tracing import trace as trace_step
from glasswork.tracing.document import Plane

__all__ = ["lesson"]


def lesson(name: str, sample: int) -> tuple[Trace, str, Plane | None]:
    """Return the traced step of a lesson on one of its rows, what it is, and what a net of two inputs says."""
    return _LESSONS[name](sample)


def _xor(sample: int) -> tuple[Trace, str, Plane | None]:
    net = nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 1), nn.Sigmoid()).double()
    _fill(net[0], [[0.5, -0.4], [0.9, 1.0]], [-0.8, 0.1])
    _fill(net[2], [[-1.2, 1.1]], [0.3])
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]], dtype=torch.float64)
    y = torch.tensor([[1.0], [1.0], [0.0], [0.0]], dtype=torch.float64)
    said = "lesson xor: a 2-2-1 net of sigmoids"
    return _lesson(net, x, y, sample, said, 0.1)


def _chain(sample: int) -> tuple[Trace, str, Plane | None]:
    net = nn.Sequential(nn.Linear(1, 1), nn.Tanh(), nn.Linear(1, 1)).double()
    _fill(net[0], [[0.8]], [0.1])
    _fill(net[2], [[-0.5]], [0.2])
    x = torch.tensor([[0.5], [-1.0]], dtype=torch.float64)
    said = "lesson chain: two units in a row, so that one path leads from each weight to the loss"
    return _lesson(net, x, torch.tensor([[1.0], [0.5]], dtype=torch.float64), sample, said, 0.5)


class _Shared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.step = nn.Linear(1, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = x
        for _ in range(3):
            h = torch.tanh(self.step(h))
        return h


def _shared(sample: int) -> tuple[Trace, str, Plane | None]:
    net = _Shared().double()
    _fill(net.step, [[0.9]], [0.2])
    x = torch.tensor([[0.5], [-1.0]], dtype=torch.float64)
    said = "lesson shared: one weight used three times, so that its gradient is a sum over its uses"
    return _lesson(net, x, torch.tensor([[1.0], [0.0]], dtype=torch.float64), sample, said, 0.5)


def _lesson(
    net: nn.Module, x: Tensor, y: Tensor, sample: int, said: str, rate: float
) -> tuple[Trace, str, Plane | None]:
    if sample >= len(x):
        raise UsageError(f"sample must be below {len(x)}, the rows of this lesson, got {sample}.")

    def half_squared_error(o: Tensor, y: Tensor) -> Tensor:
        return 0.5 * ((o - y) ** 2).sum()

    optimizer = torch.optim.SGD(net.parameters(), lr=rate)
    step = trace_step(net, half_squared_error, x[sample : sample + 1], y[sample : sample + 1], optimizer=optimizer)
    plane = decision_plane(net, x, y, title="What the net says before the step") if x.shape[1] == 2 else None
    return step, f"{said}, row {sample} of {len(x)}, half the squared error, SGD at learning rate {rate:g}", plane


def _fill(layer: Any, weight: list[list[float]], bias: list[float]) -> None:
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight, dtype=torch.float64))
        layer.bias.copy_(torch.tensor(bias, dtype=torch.float64))


_LESSONS: dict[str, Callable[[int], tuple[Trace, str, Plane | None]]] = {
    "xor": _xor,
    "chain": _chain,
    "shared": _shared,
}
