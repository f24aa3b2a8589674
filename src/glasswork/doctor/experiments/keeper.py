"""Keeper: what of a training is kept while it runs, so that experiments can be made on it afterwards.

It is fed with the calls of the model and of the loss function that an observer sees, and keeps copies of a few
batches. The loss is one of torch's functions, called again with the same settings; it counts as known only where it
gives the same number for the model's own output, so that anything a script does between model and loss is noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from math import isclose
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.doctor.experiments.subject import KeptBatch, Subject

__all__ = ["Keeper"]

BATCHES = 8  # of training; a quarter of that of validation
ROWS = 64  # of a batch
NUMBERS = 4_000_000  # in all kept batches together
WEIGHTS = 20_000_000  # of a model whose first weights are kept
_TARGETS = ("target", "targets")
_NOT_SETTINGS = ("input", *_TARGETS, "size_average", "reduce")


class Keeper:
    """Keeps the first weights, a few batches and the loss of one model.

    >>> model, keeper = nn.Linear(2, 1), Keeper()
    >>> x, y = torch.ones(4, 2), torch.zeros(4, 1)
    >>> outputs = model(x)
    >>> given = {"input": outputs, "target": y}
    >>> keeper.learned(model, (x,), {}, outputs, "mse_loss", given, (outputs**2).mean().item())
    >>> len(keeper.subject(model, None).batches)
    1
    """

    def __init__(self) -> None:
        self._model: nn.Module | None = None
        self._start: dict[str, Tensor] | None = None
        self._loss: Callable[[Any, Tensor], Tensor] | None = None
        self._learned: list[KeptBatch] = []
        self._asked: list[KeptBatch] = []
        self._numbers = 0
        self._refused = 0

    @property
    def full(self) -> bool:
        """Whether nothing more is wanted of training batches."""
        return len(self._learned) >= BATCHES or self._numbers > NUMBERS or self._refused >= BATCHES

    def learned(
        self,
        model: nn.Module,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        outputs: Any,
        function: str,
        given: Mapping[str, Any],
        value: float,
    ) -> None:
        """See a training batch, before the step that learns from it.

        Args:
            model: that was called.
            args: with these.
            kwargs: and these.
            outputs: and returned this.
            function: the loss, by its name in ``torch.nn.functional``.
            given: its arguments by name.
            value: what it returned.
        """
        if self.full or (self._model is not None and model is not self._model):
            return
        targets = next((given[name] for name in _TARGETS if name in given), None)
        scores = given.get("input")
        rows = _rows(args, kwargs)
        known = hasattr(functional, function) and rows > 0
        if not known or not (
            isinstance(targets, Tensor) and isinstance(scores, Tensor) and isinstance(outputs, Tensor)
        ):
            self._refused += 1
            return
        if not targets.dim() or len(targets) % rows:
            self._refused += 1
            return
        loss = _Loss(function, given, tuple(scores.shape[1:]), tuple(targets.shape[1:]))
        kept = _by_row(targets.detach(), rows)
        with torch.no_grad():
            again = float(loss(outputs.detach(), kept)) if outputs.numel() == scores.numel() else float("nan")
        if not isclose(again, value, rel_tol=1e-3, abs_tol=1e-6):
            self._refused += 1
            return
        if self._model is None:
            self._model, self._loss = model, loss
            if sum(p.numel() for p in model.parameters()) <= WEIGHTS:
                self._start = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
        self._learned.append(self._kept(args, kwargs, kept, rows))

    def asked(self, model: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any], targets: Any) -> None:
        """See a validation batch."""
        rows = _rows(args, kwargs)
        if model is not self._model or len(self._asked) >= BATCHES // 4 or not rows:
            return
        if isinstance(targets, Tensor) and targets.dim() and len(targets) % rows == 0:
            self._asked.append(self._kept(args, kwargs, _by_row(targets.detach(), rows), rows))

    def subject(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer | None,
        *,
        suspects: tuple[str, ...] = (),
        pause: Callable[[], AbstractContextManager[Any]] = nullcontext,
    ) -> Subject | None:
        """Return what experiments can be made on; None for another model, or without a loss that can be repeated."""
        if model is not self._model or self._loss is None or not self._learned:
            return None
        learned, asked = list(self._learned), list(self._asked)
        return Subject(model, optimizer, self._loss, learned, asked, self._start, suspects=suspects, pause=pause)

    def _kept(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], targets: Tensor, rows: int) -> KeptBatch:
        def copied(value: Any) -> Any:
            if not isinstance(value, Tensor):
                return value
            cut = value.detach()[:ROWS] if value.dim() and len(value) == rows else value.detach()
            self._numbers += cut.numel()
            return cut.clone()

        named = {name: copied(value) for name, value in kwargs.items()}
        return KeptBatch(tuple(copied(value) for value in args), copied(targets), named)


class _Loss:
    """One of torch's loss functions with the settings that the script gave it."""

    def __init__(
        self, function: str, given: Mapping[str, Any], scores: tuple[int, ...], targets: tuple[int, ...]
    ) -> None:
        self._function = getattr(functional, function)
        self._settings = {name: value for name, value in given.items() if name not in _NOT_SETTINGS}
        self._scores, self._targets = scores, targets

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        # Places in time count as examples where the script made them so.
        outputs, targets = outputs.reshape(-1, *self._scores), targets.reshape(-1, *self._targets)
        loss: Tensor = self._function(outputs, targets, **self._settings)
        return loss if loss.dim() == 0 else loss.mean()


def _rows(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> int:
    """Return how many examples a call was about: the length of its first tensor; 0 where there is none."""
    tensors = [value for value in (*args, *kwargs.values()) if isinstance(value, Tensor) and value.dim()]
    return len(tensors[0]) if tensors else 0


def _by_row(targets: Tensor, rows: int) -> Tensor:
    """Return targets with the examples first, where the script had made one row of every place."""
    return targets if len(targets) == rows else targets.reshape(rows, len(targets) // rows, *targets.shape[1:])
