"""Activations: the curve and its slope."""

from __future__ import annotations

from typing import Any

import torch

from glasswork.portraits.portrait import Curve, Portrait

__all__ = ["activation_portrait"]


def activation_portrait(part: Any, name: str) -> Portrait | None:
    """Return the curve of an elementwise activation on [-4, 4] and its slope; None for one that joins its inputs."""
    try:
        activation = part()
    except TypeError:  # it has sizes of its own
        return None
    activation.eval() if isinstance(activation, torch.nn.Module) else None
    x = torch.linspace(-4, 4, 161, dtype=torch.float64)
    own = x.clone().requires_grad_()
    module = activation.double() if isinstance(activation, torch.nn.Module) else activation
    y = module(own)
    alone = torch.stack([module(value.reshape(1)).squeeze() for value in x[::40]])
    if y.shape != x.shape or not torch.allclose(alone, y.detach()[::40]):
        return None
    curves = [Curve(name, x.tolist(), y.detach().tolist())]
    if y.requires_grad:
        (slope,) = torch.autograd.grad(y.sum(), own)
        curves.append(Curve("slope", x.tolist(), slope.tolist()))
    return Portrait(f"{name} and its slope, with its default settings.", "input", "output", curves)
