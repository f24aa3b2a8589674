"""Small net: a model of any registered kind with few numbers, and random data that fits it, to look at one step."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from glasswork import catalog
from glasswork.errors import UsageError

__all__ = ["SmallNet", "small_net"]

_ROWS = 4
"""Rows that a small net's data has; one of them is traced."""

_SIZES: dict[str, Any] = {
    "inputs": 3, "outputs": 2, "hidden": (3,), "vocabulary": 8, "context": 4, "past": 4, "horizon": 2, "targets": 1,
    "embedding": 3, "heads": 2, "layers": 1, "expansion": 2, "filters": 2, "lengths_of_phrases": (2,), "maps": (2, 3),
    "stem": 2, "depths": (1, 1), "dropout": 0.0, "feature_dropout": 0.0,
}  # fmt: skip
_PICTURE = {"channels": 1, "height": 8, "width": 8}


@dataclass(frozen=True)
class SmallNet:
    """A net, data and a loss that fit one another."""

    model: nn.Module
    x: dict[str, Tensor]
    """Inputs by their names, a few rows."""
    y: Tensor
    loss: Callable[..., Tensor]
    loss_name: str


def small_net(name: str) -> SmallNet:
    """Return a net of a kind with few numbers, and data that fits it; the same each time.

    Raises:
        UsageError: its sizes cannot be guessed, or it learns without gradients.

    >>> net = small_net("mlp")
    >>> sum(p.numel() for p in net.model.parameters()), tuple(net.x["x"].shape), net.loss_name
    (20, (4, 3), 'cross entropy')
    """
    from glasswork.losses import cross_entropy, squared_error

    kind = catalog.find("models", name)
    asked = inspect.signature(kind).parameters
    sizes = dict(_SIZES)
    if {"channels", "height"} <= set(asked):
        sizes |= _PICTURE
    else:
        sizes |= {"channels": 2, "width": 4}
    if "hidden" in asked and not isinstance(asked["hidden"].default, (tuple, list)):
        sizes["hidden"] = 2
    settings = {key: sizes[key] for key in asked if key in sizes}
    missing = [key for key, parameter in asked.items() if parameter.default is parameter.empty and key not in settings]
    if missing:
        raise UsageError(f"models.{name} needs {', '.join(missing)}, for which there is no small default.")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = kind(**settings)
        for parameter in made.parameters():  # what begins at 0 shows nothing
            if parameter.requires_grad and not parameter.detach().any():
                nn.init.normal_(parameter, std=0.3)
        x = _data(kind, settings)
        made.eval()
        with torch.no_grad():
            outputs = made(**x)
        made.train()
        if not isinstance(outputs, Tensor) or not outputs.is_floating_point():
            raise UsageError(f"models.{name} gives no numbers that a loss could be taken of.")
        if not any(parameter.requires_grad for parameter in made.parameters()):
            raise UsageError(
                f"models.{name} learns by a rule of its own, without gradients; there is nothing to trace."
            )
        if "horizon" in asked:
            return SmallNet(made, x, torch.randn_like(outputs), squared_error, "squared error")
        if outputs.dim() == 3:
            targets = torch.randint(0, outputs.shape[-1], outputs.shape[:-1])

            def next_token(scores: Tensor, tokens: Tensor) -> Tensor:
                return cross_entropy(scores.flatten(0, 1), tokens.flatten())

            return SmallNet(made, x, targets, next_token, "cross entropy of the next token")
        classes = outputs.shape[-1]
        return SmallNet(made, x, torch.arange(_ROWS) % classes, cross_entropy, "cross entropy")


def _data(kind: Any, settings: dict[str, Any]) -> dict[str, Tensor]:
    """Return random inputs by the names that a model's `forward` takes."""
    asked = inspect.signature(kind.forward).parameters
    if "tokens" in asked:
        length = settings.get("context", 4)
        x = {"tokens": torch.randint(2, settings["vocabulary"], (_ROWS, length))}
        if "lengths" in asked:
            x["lengths"] = torch.full((_ROWS,), length)
        return x
    if "past" in asked:
        return {"past": torch.randn(_ROWS, settings["past"], settings["channels"])}
    if "height" in settings:
        return {"x": torch.randn(_ROWS, settings["channels"], settings["height"], settings["width"])}
    return {"x": torch.randn(_ROWS, settings["inputs"])}
