"""Optimizers: the path down a long narrow valley."""

from __future__ import annotations

from typing import Any

import torch

from glasswork.portraits.portrait import Curve, Portrait

__all__ = ["optimizer_portrait"]

_STEPS = 60
_START = (-3.0, 1.0)
# Large enough for each to get somewhere in so few steps; a rate of their own for those that measure steps otherwise.
_RATES = {"adadelta": 30.0, "adagrad": 0.4, "muon": 0.1, "sgd": 0.08, "momentum": 0.02, "nesterov": 0.02}


def optimizer_portrait(part: Any, name: str) -> Portrait | None:
    """Return the path of the two weights on f = x^2/2 + 10 y^2, beside the one of plain gradient descent."""
    rate = _RATES.get(name, 0.15)
    path = _path(part, rate)
    plain = _path(lambda weights, lr: torch.optim.SGD(weights, lr=lr), 0.08)
    curves = [Curve("gradient descent", *plain), Curve(name, *path)] if name != "sgd" else [Curve(name, *path)]
    caption = (
        f"{_STEPS} steps of {name} (learning rate {rate:g}) on f = x²/2 + 10 y² from {_START}; the minimum is (0, 0)."
    )
    return Portrait(caption, "x", "y", curves)


def _path(part: Any, rate: float) -> tuple[list[float], list[float]]:
    weights = torch.tensor([_START], requires_grad=True)  # a matrix, as some optimizers want one
    optimizer = part([weights], lr=rate)
    x, y = [_START[0]], [_START[1]]
    for _ in range(_STEPS):
        optimizer.zero_grad()
        ((weights[0, 0] ** 2) / 2 + 10 * weights[0, 1] ** 2).backward()
        optimizer.step()
        x.append(float(weights[0, 0].detach()))
        y.append(float(weights[0, 1].detach()))
    return x, y
