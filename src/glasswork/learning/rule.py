"""Rule: what the learners share that change weights by a textbook's rule, without an optimiser."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from torch import Tensor, nn

from glasswork.checks import check_above
from glasswork.errors import DataError, UsageError
from glasswork.layers import Network
from glasswork.learning.non_finite import blame_loss, check_weights
from glasswork.records import StepRecord

if TYPE_CHECKING:
    from glasswork.records import Batch

__all__ = ["Rule"]


class Rule:
    r"""A learner whose only memory, beside the weights, is how many steps it has taken.

    Args:
        model: the module that the rule teaches, or a ``Network`` with such a body: then the network's inputs are
            prepared first, and the rule sees what the body would see.
        learning_rate: :math:`\eta`, above 0.

    A rule computes its corrections itself, so no hook sees them. Whoever wants to sets ``publish``: it is then given
    each layer that a step corrects, with the step's ``inputs``, ``outputs``, ``targets`` and, where the rule descends,
    the weights' ``gradient``.
    """

    teaches: ClassVar[tuple[type[nn.Module], ...]] = (nn.Module,)
    publish: Callable[[nn.Module, dict[str, Tensor]], None] | None = None

    def __init__(self, model: nn.Module, *, learning_rate: float = 1.0) -> None:
        who = type(self).__name__
        check_above(who, 0, learning_rate=learning_rate)
        self.model = model
        self.learning_rate = learning_rate
        self.number = 0  # batches seen
        self.unit: Any = model.body if isinstance(model, Network) else model
        if not isinstance(self.unit, self.teaches):
            wanted = " or ".join(kind.__name__ for kind in self.teaches)
            raise UsageError(f"{who} teaches {wanted}, got {type(self.unit).__name__}.")

    def features(self, batch: Batch) -> Tensor:
        """Return what the taught module sees of a batch, shape ``(B, I)``."""
        if batch.weights is not None:
            raise UsageError(f"{type(self).__name__} gives all examples the same weight; leave the weights out.")
        made: Any = batch.inputs
        if isinstance(self.model, Network) and self.model.inputs is not None:
            made = self.model.inputs(**batch.inputs)
        if isinstance(made, Mapping):
            (made,) = made.values()
        return made.flatten(1)

    def sides(self, targets: Tensor | None) -> Tensor:
        """Return the desired answers of a two-class unit, 0 or 1 each, shape ``(B,)``."""
        if targets is None:
            raise DataError(f"{type(self).__name__}: the batch has no targets to learn from.")
        desired_B = targets.reshape(-1)
        if not bool(((desired_B == 0) | (desired_B == 1)).all()):
            raise DataError(f"{type(self).__name__}: targets must be 0 or 1, the code of the class.")
        return desired_B

    def record(self, batch: Batch, loss: Tensor, *, examples: int | None = None, **extra: Tensor) -> StepRecord:
        """Report a step, refusing a loss that is not finite."""
        if not math.isfinite(loss.item()):
            raise blame_loss(self.model, batch, self.number)
        size = len(batch) if examples is None else examples
        return StepRecord(self.number, loss, size, self.learning_rate, extra=extra)

    def check(self) -> None:
        """Raise ``NonFiniteError`` if a weight is not finite."""
        check_weights(self.model, self.number)

    def state_dict(self) -> dict[str, Any]:
        """Return the count of steps."""
        return {"number": self.number}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state of `state_dict`."""
        self.number = state["number"]
