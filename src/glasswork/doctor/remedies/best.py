"""Best: the weights of the best validation instead of the last ones."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from glasswork.doctor.remedies.remedy import Action

__all__ = ["BestWeights"]


class BestWeights(Action):
    """Stop learning once the validated loss has passed its minimum, and go back to the weights that had it.

    A pass is measured by the losses of ``torch.nn.functional`` that are called without gradient between two steps.

    Args:
        patience: how many validations without a better one end the learning.
    """

    def __init__(self, patience: int = 3) -> None:
        self.patience = patience
        self._losses: list[float] = []
        self._best = float("inf")
        self._worse = 0
        self._kept: list[tuple[Tensor, Tensor]] = []
        self._ended = False
        self._model: nn.Module | None = None

    def functions(self) -> dict[str, Any]:
        """Stand in for the losses, to measure validations."""

        def measured(original: Any, *args: Any, **kwargs: Any) -> Any:
            value = original(*args, **kwargs)
            if not torch.is_grad_enabled() and isinstance(value, Tensor) and value.numel() == 1:
                self._losses.append(float(value))
            return value

        names = ("cross_entropy", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "mse_loss")
        return dict.fromkeys((*names, "l1_loss", "smooth_l1_loss", "huber_loss"), measured)

    def before_call(
        self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Judge the validation that ended where training goes on."""
        if torch.is_grad_enabled():
            self._model = model
            self._judge()
        return args, kwargs

    def before_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Take no more steps after the end."""
        if self._ended:
            for group in optimizer.param_groups:
                for p in group["params"]:
                    p.grad = None

    def _judge(self) -> None:
        if not self._losses or self._model is None or self._ended:
            return
        loss, self._losses = sum(self._losses) / len(self._losses), []
        if loss < self._best:
            self._best, self._worse = loss, 0
            values = [*self._model.parameters(), *self._model.buffers()]
            self._kept = [(value, value.detach().clone()) for value in values]
            return
        self._worse += 1
        if self._worse >= self.patience and self._kept:
            self._ended = True
            with torch.no_grad():
                for value, best in self._kept:
                    value.copy_(best)
