"""Attendant: somebody who looks over a training while it runs, and changes nothing."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from glasswork.records import Batch, StepRecord

__all__ = ["Attendant"]


class Attendant(Protocol):
    """What the loop tells whoever looks over it; the doctor is one.

    The loop owes it nothing but these calls, and takes nothing from it: a training with an attendant ends with the
    very weights of one without.
    """

    def learning(self, epoch: int) -> None:
        """Hear that the learner is about to be given a batch; `epoch` counts from 1."""
        ...

    def learned(self, record: StepRecord, batch: Batch) -> None:
        """Hear what came of it; the record's tensors are still on the device."""
        ...

    def validating(self) -> AbstractContextManager[None]:
        """Surround a validation, whose forward passes are no training."""
        ...

    def validated(self, line: dict[str, Any]) -> None:
        """Hear the line of an epoch: ``epoch``, ``train/loss`` and, where there are such examples, ``valid/...``."""
        ...

    def saved(self) -> None:
        """Hear that a checkpoint was written, from which the training may go on another day."""
        ...
