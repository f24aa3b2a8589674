"""Initialisation: weights drawn anew by the rule that fits what follows them."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from glasswork.doctor.remedies.layers import named
from glasswork.doctor.remedies.remedy import Action

__all__ = ["Initialise", "redraw"]

_RECTIFIED = {"relu", "relu6", "leaky_relu", "leakyrelu", "prelu", "elu", "gelu", "silu", "mish", "hardswish", "rrelu"}
_GAINS = {"tanh": 5 / 3, "selu": 0.75, "sigmoid": 1.0, "softsign": 1.0, "softmax": 1.0}


class Initialise(Action):
    """Draw the weights of layers anew, biases 0, from a generator of its own.

    Args:
        layers: the activation that follows each layer, by path; empty: all layers, as torch draws them.
        seed: of the draws.
    """

    def __init__(self, layers: dict[str, str] | None = None, seed: int = 0) -> None:
        self.layers, self.seed = layers or {}, seed

    def on_model(self, root: nn.Module) -> None:
        """Draw."""
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(self.seed)
            for name, module in named(root, self.layers) if self.layers else list(root.named_modules()):
                plain = name.removeprefix("_orig_mod.")
                follows = next(
                    (kind for path, kind in self.layers.items() if plain == path or plain.endswith(f".{path}")), ""
                )
                redraw(module, follows)


def redraw(module: nn.Module, follows: str = "") -> None:
    """Draw a layer's own weights.

    Args:
        module: the layer; one without weights stays.
        follows: the activation that takes its output; empty: torch's default.
    """
    kind = follows.lower()
    weight = module.weight if isinstance(module, nn.Linear | nn.modules.conv._ConvNd) else None
    if weight is not None and kind in _RECTIFIED:
        nn.init.kaiming_normal_(weight, nonlinearity="relu")
    elif weight is not None and kind in _GAINS:
        nn.init.xavier_uniform_(weight, _GAINS[kind])
    elif hasattr(module, "reset_parameters") or hasattr(module, "_reset_parameters"):
        reset: Any = getattr(module, "reset_parameters", None) or module._reset_parameters
        reset()
        if isinstance(module, nn.RNNBase):
            _bounded(module)
    else:
        for parameter in module.parameters(recurse=False):
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=1 / math.sqrt(max(parameter[0].numel(), 1)))
    bias = getattr(module, "bias", None)
    if weight is not None and isinstance(bias, torch.Tensor) and kind:
        bias.zero_()


def _bounded(module: nn.RNNBase) -> None:
    """Let a recurrent layer without a bound on its states keep their length."""
    if getattr(module, "nonlinearity", "tanh") == "relu":
        for name, weight in module.named_parameters():
            if "weight_hh" in name:
                nn.init.orthogonal_(weight)
