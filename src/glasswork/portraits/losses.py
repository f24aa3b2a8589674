"""Losses: how the loss of one prediction grows as it goes wrong."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch

from glasswork.portraits.portrait import Curve, Portrait

__all__ = ["loss_portrait"]

_X = torch.linspace(-4, 4, 161, dtype=torch.float64)


def _by_error(loss: Any) -> list[float]:
    target = torch.ones(1, dtype=torch.float64)
    return [float(loss(target + e, target)) for e in _X]


def _by_margin(loss: Any) -> list[float]:
    return [float(loss(f.reshape(1), torch.ones(1, dtype=torch.float64))) for f in _X]


def _by_logit(loss: Any) -> list[float]:
    return [float(loss(torch.stack([torch.zeros((), dtype=torch.float64), z])[None], torch.tensor([1]))) for z in _X]


# What a loss is a function of; a loss that compares numbers needs no line here.
_WAYS = {
    "hinge": ("margin", _by_margin),
    "squared_hinge": ("margin", _by_margin),
    "exponential": ("margin", _by_margin),
    "perceptron_criterion": ("margin", _by_margin),
    "binary_cross_entropy": ("logit of a row of class 1", _by_margin),
    "cross_entropy": ("logit of the right class, the other at 0", _by_logit),
    "focal": ("logit of the right class, the other at 0", _by_logit),
}
_ERRORS = (
    "absolute_error",
    "absolute_percentage_error",
    "half_squared_error",
    "huber",
    "log_cosh",
    "quantile",
    "squared_error",
)


def loss_portrait(part: Any, name: str) -> Portrait | None:
    """Return the loss of a single prediction, over its error, its margin or its logit; None where none of them fits."""
    x_name, way = _WAYS.get(name, ("error: prediction minus target, the target being 1", _by_error))
    if name not in _WAYS and name not in _ERRORS:
        return None
    y = way(part())
    rise = [(b - a) / float(_X[1] - _X[0]) for a, b in pairwise(y)]
    middle = ((_X[1:] + _X[:-1]) / 2).tolist()
    curves = [Curve("loss", _X.tolist(), y), Curve("slope", middle, rise)]
    return Portrait(f"{name} of one prediction, with its default settings.", x_name, "loss", curves)
