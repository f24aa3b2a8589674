"""watch: two lines around anyone's own loop, and the training is under observation."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import torch
from torch import nn

from glasswork.doctor.checkup import Checkup
from glasswork.doctor.observing.observer import Observer
from glasswork.doctor.preflight import Watched

__all__ = ["watch"]


class watch:  # noqa: N801 - reads as a verb: with watch(model) as checkup
    """Watch the training in a ``with`` block; what was found is in the `Checkup` that it gives.

    No number changes: weights, gradients and random states are, bit for bit, what they would be without.

    Args:
        model: the model, where it is known already; models that are called in training are found anyway.
        optimizer: the optimizer, likewise.
        loss_fn: the loss, likewise: any function of outputs and targets; `Checkup.preflight` calls it.
        planned_steps: how many steps there will be, where that is known: rules judge progress by it.
        share: of the training's time that close looks may take; None: 2 % where a step takes a millisecond or more,
            else 8 %.
        experiments: whether to try, when the training has ended without an error, what is in doubt on a copy of the
            model: within a fifth of the training's time, a minute at most.

    >>> model = nn.Linear(3, 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> with watch(model, optimizer) as checkup:
    ...     for _ in range(3):
    ...         optimizer.zero_grad()
    ...         nn.functional.mse_loss(model(torch.randn(8, 3)), torch.randn(8, 1)).backward()
    ...         optimizer.step()
    >>> [step.number for step in checkup.vitals.steps], checkup.vitals.losses[0].kind
    ([1, 2, 3], 'mse')
    """

    def __init__(
        self,
        model: nn.Module | None = None,
        optimizer: torch.optim.Optimizer | None = None,
        *,
        loss_fn: Any = None,
        planned_steps: int | None = None,
        share: float | None = None,
        experiments: bool = True,
    ) -> None:
        self.checkup = Checkup()
        self.checkup.vitals.planned_steps = planned_steps
        self._observer = Observer(self.checkup.vitals, self.checkup.on_step, share)
        self._observer.keeping.wanted = experiments
        self.checkup.settle = self._observer.settle
        self._model, self._optimizer, self._loss_fn = model, optimizer, loss_fn

    def __enter__(self) -> Checkup:
        observer = self._observer
        if self._model is not None:
            observer.add_model(self._model)
        if self._optimizer is not None:
            observer.on_optimizer(self._optimizer)
        if self._model is not None:
            self.checkup.watched = Watched(self._model, self._optimizer, self._loss_fn, observer.patches_out)
        observer.start()
        return self.checkup

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._observer.on_crash(error)
        self._observer.stop()
        self.checkup.examine()
        if error is None:
            self._observer.keeping.experiment(self.checkup)
