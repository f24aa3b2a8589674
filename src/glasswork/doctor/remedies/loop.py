"""Loop: what a script forgets between two steps, or does besides: gradients, modes, schedules, changes by hand."""

from __future__ import annotations

import weakref
from typing import Any

import torch
from torch import Tensor, nn

from glasswork.doctor.remedies.remedy import Action

__all__ = ["Modes", "NoHandChanges", "Schedule", "ZeroGrad"]


class ZeroGrad(Action):
    """Forget the gradients after each step, and what another optimizer's loss has left before the next ``backward``."""

    def __init__(self) -> None:
        self._optimizers: list[weakref.ref[torch.optim.Optimizer]] = []
        self._stepped = False

    def on_optimizer(self, optimizer: torch.optim.Optimizer) -> None:
        """Remember it."""
        self._optimizers.append(weakref.ref(optimizer))

    def before_backward(self, loss: Tensor) -> Tensor:
        """Forget everything where this is the first ``backward`` after a step."""
        if self._stepped:
            self._stepped = False
            for known in self._optimizers:
                optimizer = known()
                if optimizer is not None:
                    _forget(optimizer)
        return loss

    def after_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Forget what was used."""
        self._stepped = True
        _forget(optimizer)


def _forget(optimizer: torch.optim.Optimizer) -> None:
    for group in optimizer.param_groups:
        for p in group["params"]:
            p.grad = None


class Modes(Action):
    """Put the model into training mode for passes with gradients and into evaluation mode for those without."""

    def before_call(
        self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Switch where it is in the other mode; parts that were put into another mode on purpose are switched, too."""
        if model.training != torch.is_grad_enabled():
            model.train(torch.is_grad_enabled())
        return args, kwargs


class Schedule(Action):
    """Leave a schedule out, so that the rate stays where it began; or step it once in so many calls.

    Args:
        every: calls for one step; 0: never.
    """

    def __init__(self, every: int = 0) -> None:
        self.every = every
        self._calls = 0

    def on_schedule(self, scheduler: Any) -> bool:
        """Count the calls."""
        self._calls += 1
        return bool(self.every) and self._calls % self.every == 0

    def after_schedule(self, scheduler: Any) -> None:
        """Go back to the first rate, which a schedule's constructor changes at once."""
        if not self.every:
            for group in scheduler.optimizer.param_groups:
                group["lr"] = group.get("initial_lr", group["lr"])


class NoHandChanges(Action):
    """Undo what is done to the weights between two steps, outside the optimizer."""

    def __init__(self) -> None:
        self._left: dict[int, tuple[torch.optim.Optimizer, list[tuple[Tensor, Tensor]]]] = {}

    def after_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Remember what the step made of them."""
        held = [p for group in optimizer.param_groups for p in group["params"]]
        self._left[id(optimizer)] = optimizer, [(p, p.detach().clone()) for p in held]

    def before_call(
        self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Put them back."""
        for _, pairs in self._left.values():
            with torch.no_grad():
                for p, value in pairs:
                    p.copy_(value)
        self._left = {}
        return args, kwargs
