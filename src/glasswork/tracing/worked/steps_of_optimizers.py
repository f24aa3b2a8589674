"""Optimizers: three steps each on a parabola, the expansion of momentum, and a saddle that holds gradient descent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from glasswork import optimizers
from glasswork.optimizers import Optimizer
from glasswork.tracing.trace import trace
from glasswork.tracing.worked.lesson import Lesson, gradient, moved, take

__all__ = ["we_27", "we_38", "we_49"]

Maker = Callable[[Any], Optimizer]


class _Point(nn.Module):
    """Weights that are themselves the place on a surface."""

    def __init__(self, *start: float) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(start, dtype=torch.float64))

    def forward(self, slope: Tensor | None = None) -> Tensor:
        return self.w if slope is None else self.w * slope


def _total(values: Tensor) -> Tensor:
    return values.sum()


def _squares(w: Tensor) -> Tensor:
    return (w**2).sum()


def we_27(inputs: dict[str, Any]) -> Lesson:
    """The velocity of momentum as a weighted sum of the gradients that came before."""
    lesson, velocities = Lesson("WE-27"), []
    gamma, slopes = inputs["gamma"], inputs["g"]
    point = _Point(0.0)
    optimizer = optimizers.Momentum(point.parameters(), lr=1.0, momentum=gamma)
    for number, g in enumerate(slopes, start=1):
        x = torch.tensor([float(g)], dtype=torch.float64)
        step = trace(point, _total, x, optimizer=optimizer)
        lesson.steps.append((f"step {number}: gradient {g}", step))
        before = point.w.detach().clone()
        take(point, _total, x, None, optimizer)
        velocities.append((before - moved(step, "w")).item())  # at a rate of 1 the step is the velocity
    lesson.numbers = {
        "v": velocities,
        "coeffs_v3": _shares(gamma, len(slopes)),
        "beta0_equals_gd": _same_as_descent(slopes),
    }
    return lesson


def _shares(gamma: float, steps: int) -> list[float]:
    """Return what a gradient of 1 at each step alone adds to the last velocity."""
    shares = []
    for when in range(steps):
        point = _Point(0.0)
        optimizer = optimizers.Momentum(point.parameters(), lr=1.0, momentum=gamma)
        for now in range(steps):
            before = point.w.detach().clone()
            take(point, _total, torch.tensor([float(now == when)], dtype=torch.float64), None, optimizer)
        shares.append((before - point.w.detach()).item())
    return shares


def _same_as_descent(slopes: list[float]) -> bool:
    """Whether momentum 0 takes gradient descent's steps, by their traces."""
    ends = []
    for maker in (lambda w: optimizers.Momentum(w, lr=0.1, momentum=0.0), lambda w: optimizers.SGD(w, lr=0.1)):
        point = _Point(0.0)
        optimizer = maker(point.parameters())
        for g in slopes:
            x = torch.tensor([float(g)], dtype=torch.float64)
            ends.append(moved(trace(point, _total, x, optimizer=optimizer), "w"))
            take(point, _total, x, None, optimizer)
    half = len(ends) // 2
    return all(torch.equal(a, b) for a, b in zip(ends[:half], ends[half:], strict=True))


def we_38(inputs: dict[str, Any]) -> Lesson:
    """Three steps of ten optimizers on f(w) = w^2 from 1."""
    i = inputs
    lr, eps, beta = i["lr"], i["eps"], i["rms_beta"]
    o = optimizers
    makers: dict[str, Maker] = {
        "gd": lambda w: o.SGD(w, lr=lr),
        "momentum": lambda w: o.Momentum(w, lr=lr, momentum=i["momentum"]),
        "nag": lambda w: o.Nesterov(w, lr=lr, momentum=i["momentum"]),
        "adagrad_eps_in": lambda w: o.AdagradEpsilonInside(w, lr=lr, eps=eps),
        "adagrad_eps_out": lambda w: o.Adagrad(w, lr=lr, eps=eps),
        "rmsprop_eps_in": lambda w: o.RMSpropEpsilonInside(w, lr=lr, beta=beta, eps=eps),
        "rmsprop_eps_out": lambda w: o.RMSprop(w, lr=lr, alpha=beta, eps=eps),
        "adam_b2_0_99_eps_in": lambda w: o.AdamEpsilonInside(w, lr=lr, betas=(i["beta1"], 0.99), eps=eps),
        "adam_b2_0_999_eps_out": lambda w: o.Adam(w, lr=lr, betas=(i["beta1"], 0.999), eps=eps),
        "adadelta": lambda w: o.Adadelta(w, lr=i["adadelta"]["lr"], rho=i["adadelta"]["rho"], eps=i["adadelta"]["eps"]),
    }
    lesson = Lesson("WE-38")
    for name, maker in makers.items():
        point = _Point(float(i["w0"]))
        optimizer = maker(point.parameters())
        places = []
        for number in (1, 2, 3):
            step = trace(point, _squares, (), optimizer=optimizer)
            lesson.steps.append((f"{name}, step {number}", step))
            take_alone(point, optimizer)
            places.append(_landed(point, optimizer, moved(step, "w")))
        lesson.numbers[name] = places
    return lesson


def take_alone(point: _Point, optimizer: Optimizer) -> None:
    """Take the step that was traced; the point has no inputs."""
    optimizer.zero_grad()
    _squares(point()).backward()
    optimizer.step()


def _landed(point: _Point, optimizer: Optimizer, after: Tensor) -> float:
    """Return the weight itself; Nesterov's parameters stand at the point it looks ahead to."""
    if isinstance(optimizer, optimizers.Nesterov):
        with optimizer.landed():
            return point.w.item()
    return after.item()


def we_49(inputs: dict[str, Any]) -> Lesson:
    """A saddle: the gradient is zero, and gradient descent stays."""
    point = _Point(*map(float, inputs["start"]))
    step = trace(point, _saddle, (), optimizer=optimizers.SGD(point.parameters(), lr=inputs["lr"]))
    curvature = torch.autograd.functional.hessian(_saddle, point.w.detach())
    values = sorted(torch.linalg.eigvalsh(curvature).tolist(), reverse=True)
    numbers = {"grad": gradient(step, "w").tolist(), "w_new": moved(step, "w").tolist(), "hessian_eigenvalues": values}
    return Lesson("WE-49", [("the step", step)], numbers)


def _saddle(w: Tensor) -> Tensor:
    return w[0] ** 2 - w[1] ** 2
