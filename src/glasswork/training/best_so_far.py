"""BestSoFar: which epoch validated best, its weights, and when to stop waiting for a better one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from torch import nn

from glasswork.errors import UsageError
from glasswork.regularizers import EarlyStopping
from glasswork.training.checkpoints import Checkpoints, load_weights

if TYPE_CHECKING:
    from glasswork.training.evaluate import TaskLike

__all__ = ["BestSoFar"]


class BestSoFar:
    """The best epoch by one validation metric; of two with the same metric, the one with less ``valid/loss``.

    Args:
        name: the metric, as in an epoch's line.
        largest: whether more is better.
        patience: epochs to wait for a better one; None: for ever.
        keep_weights: whether the best weights are copied, to be restored at the end.

    >>> best = BestSoFar("valid/loss", patience=1, keep_weights=False)
    >>> [best.judge({"epoch": i, "valid/loss": loss}, nn.Identity()) for i, loss in enumerate([2.0, 1.0, 3.0])]
    [True, True, False]
    >>> best.out_of_patience, best.line
    (True, {'epoch': 1, 'valid/loss': 1.0})
    """

    def __init__(
        self, name: str, *, largest: bool = False, patience: int | None = None, keep_weights: bool = True
    ) -> None:
        self.name = name
        self.largest = largest
        self.keep_weights = keep_weights
        self.line: dict[str, Any] | None = None
        self.stopping = EarlyStopping(patience=patience, largest=largest)

    @classmethod
    def of(cls, task: TaskLike | None, *, patience: int | None, keep_weights: bool) -> BestSoFar:
        """Return one that judges by what the task monitors; without a task, by the loss."""
        name, largest = ("loss", False) if task is None else (task.monitor, task.monitor_direction == "max")
        return cls(f"valid/{name}", largest=largest, patience=patience, keep_weights=keep_weights)

    @property
    def out_of_patience(self) -> bool:
        """Whether there have been too many epochs without a better one."""
        return self.stopping.out_of_patience

    def judge(self, line: dict[str, Any], model: nn.Module) -> bool:
        """Take in an epoch's line, and say whether it is the best so far; NaN never is, unless it is the first."""
        if self.name not in line:
            known = ", ".join(name.removeprefix("valid/") for name in line if name.startswith("valid/"))
            raise UsageError(
                f"train: the task's metric '{self.name.removeprefix('valid/')}' was not measured; measured: {known}."
            )
        loss = float(line.get("valid/loss", 0.0))
        improved = self.stopping.judge(line[self.name], model if self.keep_weights else None, loss=loss)
        if improved:
            self.line = line
        return improved

    def restore(self, models: Iterable[nn.Module], checkpoints: Checkpoints | None) -> None:
        """Put the best weights into the models; after resuming they may be on disk only."""
        if not self.keep_weights or self.line is None:
            return
        weights = self.stopping.weights
        if weights is None and checkpoints is not None:
            saved = checkpoints.best()
            weights = None if saved is None else saved.weights()
        if weights is not None:
            for model in {id(one): one for one in models}.values():
                load_weights(model, weights, "best weights")

    def why_stopped(self, epoch: int) -> str:
        """Return the sentence for a person."""
        line = self.line or {}
        kept = "; its weights are kept" if self.keep_weights else ""
        best = f"{self.name} was best in epoch {line.get('epoch')} ({line.get(self.name, math.nan):.4g})"
        return f"stopped after epoch {epoch}: {best}{kept}"

    def state_dict(self) -> dict[str, Any]:
        """Return plain values; the weights are in the best checkpoint."""
        return {"line": self.line, **self.stopping.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state of `state_dict`."""
        self.line = state["line"]
        self.stopping.load_state_dict(state)
