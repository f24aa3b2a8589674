"""Plane: what a net with two inputs says everywhere, and how optimizers move two weights; as pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from glasswork.checks import check_size
from glasswork.tracing.document import Plane

__all__ = ["decision_plane", "descent_plane"]

_SIDE = 61


def decision_plane(
    model: Callable[[Tensor], Tensor], x: Tensor, y: Tensor, *, title: str = "Where the net says 1"
) -> Plane:
    """Return the net's output over a square around its inputs, and the line where it changes its mind.

    Args:
        model: of two inputs; one output is read as a probability from 0 to 1, two as scores of the classes 0 and 1.
        x: ``(B, 2)``, marked by their classes.
        y: ``(B,)`` or ``(B, 1)``, the classes.
        title: above the picture.

    >>> plane = decision_plane(lambda x: x[:, :1], torch.tensor([[0.0, 0.0], [1.0, 1.0]]), torch.tensor([0, 1]))
    >>> plane.boundary, plane.points
    (0.5, [(0.0, 0.0, '0'), (1.0, 1.0, '1')])
    """
    check_size("decision_plane", 1, 2, x=x)
    low, high = x.detach().min(0).values, x.detach().max(0).values
    room = (high - low).clamp(min=1e-3) * 0.4
    (left, foot), (right, top) = (low - room).tolist(), (high + room).tolist()
    grid = _grid((left, right), (foot, top)).to(x.dtype)
    training = model.training if isinstance(model, nn.Module) else False
    if isinstance(model, nn.Module):
        model.eval()
    with torch.no_grad():
        answer = model(grid)
    if isinstance(model, nn.Module):
        model.train(training)
    value = answer[:, 0] if answer.shape[-1] == 1 else answer.softmax(-1)[:, 1]
    marks = [f"{float(label):g}" for label in y.reshape(-1)]
    points = [(float(a), float(b), mark) for (a, b), mark in zip(x.tolist(), marks, strict=True)]
    caption = (
        "The stronger the colour, the surer. The line is where the net changes its mind; the discs are the samples and "
        "their classes."
    )
    return Plane(title, (left, right), (foot, top), value.reshape(_SIDE, _SIDE).tolist(), 0.5, points, [],
                 ("x₁", "x₂"), caption)  # fmt: skip


def descent_plane(
    loss: Callable[[Tensor], Tensor],
    optimizers: Mapping[str, Callable[[list[Tensor]], torch.optim.Optimizer]],
    *,
    start: tuple[float, float],
    steps: int,
    x: tuple[float, float],
    y: tuple[float, float],
    title: str = "The way down",
) -> Plane:
    """Return a loss of two weights over a rectangle, and the way of each optimizer down from one start.

    Args:
        loss: of a tensor of two weights.
        optimizers: by name, each made from the list of parameters.
        start: the first weights.
        steps: how many.
        x: range of the first weight.
        y: range of the second.
        title: above the picture.

    >>> plane = descent_plane(lambda w: (w**2).sum(), {"sgd": lambda p: torch.optim.SGD(p, lr=0.25)}, start=(1.0, 0.0),
    ...     steps=2, x=(-1, 1), y=(-1, 1))
    >>> plane.paths
    [('sgd', [(1.0, 0.0), (0.5, 0.0), (0.25, 0.0)])]
    """
    paths = []
    for name, make in optimizers.items():
        weights = nn.Parameter(torch.tensor(start, dtype=torch.float64))
        optimizer = make([weights])
        places = [start]
        for _ in range(steps):
            optimizer.zero_grad()
            loss(weights).backward()
            optimizer.step()
            first, second = weights.tolist()
            places.append((first, second))
        paths.append((name, places))
    with torch.no_grad():
        values = torch.stack([loss(point) for point in _grid(x, y)]).log1p().reshape(_SIDE, _SIDE).tolist()
    caption = f"{steps} steps from ({start[0]:g}, {start[1]:g}); the stronger the colour, the higher the loss."
    return Plane(title, x, y, values, None, [], paths, ("w₁", "w₂"), caption)


def _grid(x: tuple[float, float], y: tuple[float, float]) -> Tensor:
    """Return the middles of the cells, row by row from the lowest."""
    across = torch.linspace(*x, 2 * _SIDE + 1, dtype=torch.float64)[1::2]
    up = torch.linspace(*y, 2 * _SIDE + 1, dtype=torch.float64)[1::2]
    return torch.cartesian_prod(up, across).flip(1)
