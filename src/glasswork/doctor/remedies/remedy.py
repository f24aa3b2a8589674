"""Remedy: a treatment in plain values, and the action that carries it out on live objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

__all__ = ["Action", "Part", "Remedy", "one"]


@dataclass(frozen=True)
class Part:
    """One thing that a remedy does.

    Args:
        kind: which action, by its name in ``kinds``.
        settings: its arguments; plain values, so that another process can be told.
    """

    kind: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Remedy:
    """A treatment that can be tried on a training without editing it.

    Args:
        fault: which fault it is for.
        advice: the change to make in the script, in one sentence.
        parts: what is done to the live objects, in this order.
        same_loss: whether the loss still means the same, so that losses with and without it can be compared.

    >>> Remedy("divergence", "Clip.", (Part("clip", {"norm": 1.0}),)).to_json()["parts"]
    [['clip', {'norm': 1.0}]]
    """

    fault: str
    advice: str
    parts: tuple[Part, ...]
    same_loss: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        parts = [[part.kind, part.settings] for part in self.parts]
        return {"fault": self.fault, "advice": self.advice, "parts": parts, "same_loss": self.same_loss}

    @staticmethod
    def from_json(values: dict[str, Any]) -> Remedy:
        """Return the remedy that `to_json` made these values of."""
        parts = tuple(Part(kind, settings) for kind, settings in values["parts"])
        return Remedy(values["fault"], values["advice"], parts, values["same_loss"])


def one(fault: str, advice: str, *parts: tuple[str, dict[str, Any]], same_loss: bool = True) -> Remedy:
    """Return a remedy of these parts, each a kind with its settings."""
    return Remedy(fault, advice, tuple(Part(kind, settings) for kind, settings in parts), same_loss)


class Action:
    """What a remedy does at torch's joints. A kind overrides the joints that it needs; only those are installed."""

    def on_model(self, root: nn.Module) -> None:
        """Change a model before its first step: when an optimizer takes its parameters, or at its first call."""

    def on_optimizer(self, optimizer: torch.optim.Optimizer) -> None:
        """Change an optimizer that was just made."""

    def before_call(
        self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments that a model is called with; outermost calls of modules with parameters only."""
        return args, kwargs

    def after_call(self, model: nn.Module, output: Any) -> Any:
        """Return what such a call gives back."""
        return output

    def on_function(self, name: str, after: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return the output of a function that was called in a model after a layer; NotImplemented: as it is."""
        return NotImplemented

    def before_backward(self, loss: Tensor) -> Tensor:
        """Return the tensor that ``backward`` is called on."""
        return loss

    def after_backward(self) -> None:
        """Act once gradients are there."""

    def before_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Act before an optimizer's step."""

    def after_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Act after it."""

    def on_schedule(self, scheduler: Any) -> bool:
        """Return whether a scheduler may step."""
        return True

    def after_schedule(self, scheduler: Any) -> None:
        """Act after a scheduler has stepped, or has been kept from it."""

    def on_loader(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Return the settings that a DataLoader is made with."""
        return settings

    def on_item(self, item: Any) -> None:
        """See a batch leave a loader."""

    def passes(self, loader: Any) -> int:
        """Return how many times a loader goes over its data where the script asks for it once."""
        return 1

    def functions(self) -> dict[str, Any]:
        """Return functions that stand in for those of ``torch.nn.functional``, each given the original first."""
        return {}

    def arithmetic(self) -> dict[str, Any]:
        """Return functions that stand in for those of ``torch`` and ``Tensor``, each given the original first."""
        return {}
