"""StepRecord: what one step of learning reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["StepRecord"]


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step, with its numbers still on the device: reading them is the reader's choice.

    Args:
        number: the step, counted from 1.
        loss: mean loss over the step's examples, 0-d.
        examples: how many examples the step learned from.
        learning_rate: the rate of the first parameter group in this step.
        gradient_norm: Euclidean norm of the whole gradient before clipping, 0-d, where it was computed.
        updated: False while gradients only accumulate.
        extra: further 0-d tensors by name, such as the losses of two players.
    """

    number: int
    loss: Tensor
    examples: int
    learning_rate: float = 0.0
    gradient_norm: Tensor | None = None
    updated: bool = True
    extra: dict[str, Tensor] = field(default_factory=dict)
