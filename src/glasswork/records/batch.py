"""Batch: some examples on their way into a model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, device

__all__ = ["Batch"]


@dataclass(frozen=True, slots=True)
class Batch:
    """Inputs by the names of the model's arguments, with the targets that belong to them.

    Args:
        inputs: tensors by keyword, called as ``model(**batch.inputs)``; a single input is named ``x``.
        targets: what the loss compares with; None where nothing is known (prediction).
        weights: one weight an example, shape ``(B,)``, or None for equal weights.
        index: which examples these are, shape ``(B,)``, or None.
    """

    inputs: dict[str, Tensor]
    targets: Tensor | None = None
    weights: Tensor | None = None
    index: Tensor | None = None

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(next(iter(self.inputs.values())))

    def to(self, where: device | str) -> Batch:
        """Return the batch on another device; the copy does not wait where the memory is pinned."""

        def move(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else tensor.to(where, non_blocking=True)

        inputs = {name: tensor.to(where, non_blocking=True) for name, tensor in self.inputs.items()}
        return replace(self, inputs=inputs, targets=move(self.targets), weights=move(self.weights))
