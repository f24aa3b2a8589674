"""Early stopping: stop when validation no longer improves, and go back to the weights that were best.

Course: REG-07, HP-04.
"""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor, nn

from glasswork.checks import check_at_least
from glasswork.errors import UsageError

__all__ = ["EarlyStopping"]


class EarlyStopping:
    r"""Counts the rounds since the best value, and keeps the weights that reached it; works in anybody's loop.

    .. math:: \text{stop after round } t \text{ if } t - \operatorname*{arg\,best}_{s \le t} v_s \ge \text{patience}

    NaN is never better than anything, unless it comes first.

    Args:
        patience: rounds to wait for a better value; at least 1; None: for ever.
        largest: whether more is better, as with accuracy.

    Source: Prechelt 1998, "Early Stopping - But When?"; Morgan & Bourlard 1990.

    >>> model = nn.Linear(1, 1)
    >>> stopping = EarlyStopping(patience=2)
    >>> for loss in [3.0, 1.0, 2.0, 2.0, 0.5]:
    ...     _ = stopping.judge(loss, model)
    ...     if stopping.out_of_patience:
    ...         break
    >>> stopping.rounds, stopping.best
    (4, 1.0)
    >>> stopping.restore(model)
    """

    def __init__(self, *, patience: int | None = 10, largest: bool = False) -> None:
        if patience is not None:
            check_at_least("EarlyStopping", 1, patience=patience)
        self.patience = patience
        self.largest = largest
        self.rounds = 0
        self.bad_rounds = 0
        self.weights: dict[str, Tensor] | None = None
        self._score: tuple[float, float] | None = None

    @property
    def best(self) -> float | None:
        """The best value so far; None before the first."""
        if self._score is None:
            return None
        return -self._score[0] if self.largest else self._score[0]

    @property
    def out_of_patience(self) -> bool:
        """Whether there have been too many rounds without a better value."""
        return self.patience is not None and self.bad_rounds >= self.patience

    def judge(self, value: float, model: nn.Module | None = None, *, loss: float = 0.0) -> bool:
        """Take in a round's value, and say whether it is the best so far.

        Args:
            value: what is watched, on validation data.
            model: whose weights are copied when the value is the best so far; None: nothing is kept.
            loss: decides between equal values; less is better.
        """
        value = -value if self.largest else value
        score = (math.inf if math.isnan(value) else value, loss)
        improved = self._score is None or score < self._score
        self.rounds += 1
        self.bad_rounds = 0 if improved else self.bad_rounds + 1
        if improved:
            self._score = score
            if model is not None:
                self.weights = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
        return improved

    def restore(self, model: nn.Module) -> None:
        """Put the best weights into the model.

        Raises:
            UsageError: no weights were kept.
        """
        if self.weights is None:
            raise UsageError("EarlyStopping: no weights were kept to restore; call judge(value, model) each round.")
        model.load_state_dict(self.weights)

    def state_dict(self) -> dict[str, Any]:
        """Return plain values, to be saved with a checkpoint; the weights are not among them."""
        score = None if self._score is None else list(self._score)
        return {"rounds": self.rounds, "bad_rounds": self.bad_rounds, "score": score}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state of `state_dict`."""
        self.rounds, self.bad_rounds = state["rounds"], state["bad_rounds"]
        self._score = None if state["score"] is None else (state["score"][0], state["score"][1])
