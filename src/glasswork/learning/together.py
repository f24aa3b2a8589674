"""Together: how several processes that learn from one batch make one step of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

__all__ = ["Together"]


class Together(Protocol):
    """What gradient descent asks of processes that share a batch; ``training.Processes`` is one."""

    def mean_gradients(self, parameters: Sequence[Tensor], unit: int, examples: int) -> list[Tensor]:
        """Replace each gradient by the mean over the examples of all processes, and return the gradients.

        Args:
            parameters: their ``.grad`` holds the sum over this process's examples divided by `unit`.
            unit: see above.
            examples: how many examples this process had.
        """
        ...
