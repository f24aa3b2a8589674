"""Learner: anything that improves from a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import nn

    from glasswork.records import Batch, StepRecord

__all__ = ["Learner"]


@runtime_checkable
class Learner(Protocol):
    """What the loop asks of a way of learning.

    Gradient descent is the common one; the perceptron rule, competitive learning or a two-player game train in
    the same loop, with the same progress bar, checkpoints and records, because they offer the same four names.

    A learner may also have

    * ``loss(outputs, targets) -> Tensor``: evaluation then reports ``valid/loss``;
    * ``evaluated``: the module to evaluate and to save as the result, where it is not ``model`` (averaged weights);
    * ``steps``: None until the loop knows how many updates there will be, and fills it in for the schedule;
    * ``watch_every``: how often it measures the gradient's norm; the loop sets it to how often it logs;
    * ``flush() -> StepRecord | None``: apply what has been accumulated when an epoch ends;
    * ``observe(value) -> None``: told the monitored metric after each validation, signed so that less is better;
    * ``check() -> None``: raise ``NonFiniteError`` when a weight is not finite; asked before each checkpoint.
    """

    model: nn.Module

    def step(self, batch: Batch) -> StepRecord:
        """Learn from one batch."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Return all but the evaluated module's weights: nested dicts and lists of tensors and plain values."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state that `state_dict` returned; the evaluated module's weights are already in place."""
        ...
