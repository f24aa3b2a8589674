"""Initializers: how far apart the signals of a deep net lie, layer by layer, before it has learned anything."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from glasswork.portraits.portrait import Curve, Portrait

__all__ = ["initializer_portrait"]

_DEPTH, _WIDTH, _ROWS = 20, 128, 256


def initializer_portrait(part: Any, name: str) -> Portrait | None:
    """Return the spread of the outputs of 20 layers of 128 units, with three activations."""
    curves = []
    for label, activation in (("tanh", torch.tanh), ("relu", torch.relu), ("selu", torch.selu)):
        generator = torch.Generator().manual_seed(0)
        state = torch.random.get_rng_state()
        torch.manual_seed(0)
        try:
            x: Tensor = torch.randn(_ROWS, _WIDTH, generator=generator)
            spreads = []
            for _ in range(_DEPTH):
                weight = torch.empty(_WIDTH, _WIDTH)
                part(weight)
                x = activation(x @ weight.T)
                spreads.append(max(float(x.std()), 1e-12))
        finally:
            torch.random.set_rng_state(state)
        if all(value < 1e30 for value in spreads):
            curves.append(Curve(label, [float(layer + 1) for layer in range(_DEPTH)], spreads))
    caption = f"Standard deviation of the outputs of {_DEPTH} layers of {_WIDTH} units, weights by {name}."
    return Portrait(caption, "layer", "spread of outputs (logarithmic)", curves, log=True) if curves else None
