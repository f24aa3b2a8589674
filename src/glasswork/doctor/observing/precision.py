"""Precision: losses that are scaled for half precision, and steps that the scaler leaves out."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from glasswork.doctor.vitals import StepVitals

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["Precision"]

SCALED = 0.01  # a factor further from 1 than that is no rounding


class Precision:
    """The watch over an AMP scaler.

    Args:
        observer: whom to tell.
    """

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.scaled: dict[int, tuple[weakref.ref[Tensor], float]] = {}
        self.factor = 1.0  # what the gradients that are there are multiplied with
        self._step: tuple[int, int] | None = None

    def on_scale(self, outputs: Any, scaled: Any) -> None:
        """See a loss being scaled."""
        observer = self.observer
        observer.vitals.amp = True
        if isinstance(outputs, Tensor) and isinstance(scaled, Tensor) and outputs.numel() == 1 and not observer.deaf:
            with observer.guarded("a scaled loss"), torch.no_grad():
                value = float(outputs)
                factor = float(scaled) / value if value else 1.0
                self.scaled = {id(scaled): (weakref.ref(scaled), factor or 1.0)}
                self.factor = factor or 1.0

    def on_unscale(self) -> None:
        """See gradients being divided by what they were multiplied with."""
        self.factor = 1.0

    def on_clip(self) -> None:
        """See gradients being clipped: too early while they are multiplied."""
        observer, vitals = self.observer, self.observer.vitals
        if not observer.deaf and vitals.scaled_clip is None and abs(self.factor - 1) > SCALED:
            vitals.scaled_clip, vitals.scale = observer.steps_taken + 1, self.factor

    def on_step(self, number: int) -> None:
        """See an optimizer begin a step: wrong while its gradients are multiplied."""
        vitals = self.observer.vitals
        if abs(self.factor - 1) > SCALED and vitals.scaled_step is None:
            vitals.scaled_step, vitals.scale = number, self.factor
        self.factor = 1.0

    def scale_of(self, tensor: Tensor) -> float:
        """Return what a loss was multiplied with."""
        known = self.scaled.get(id(tensor))
        return known[1] if known is not None and known[0]() is tensor else 1.0

    def before_step(self, scaler: Any, optimizer: torch.optim.Optimizer) -> None:
        """See a scaler begin a step; it divides the gradients itself, or the optimizer does."""
        self.factor = 1.0
        stepping = self.observer.steppings.get(id(optimizer))
        self._step = (id(optimizer), stepping.number if stepping else 0)

    def after_step(self, optimizer: torch.optim.Optimizer) -> None:
        """See whether a scaler left the weights as they were."""
        observer = self.observer
        if observer.deaf or self._step is None:
            return
        with observer.guarded("a scaler"):
            stepping = observer.optimizing.stepping_of(optimizer)
            if stepping.number != self._step[1]:
                return
            stepping.number += 1
            backwards = observer.backwards
            observer.vitals.steps.append(
                StepVitals(
                    stepping.number,
                    stepping.facts.name,
                    loss=backwards.mean(),
                    learning_rates=stepping.rates(),
                    backwards=backwards.count,
                    zeroed=stepping.zeroed,
                    skipped=True,
                    epoch=observer.epoch,
                )
            )
            observer.consumed = True
            observer.steps_taken += 1
