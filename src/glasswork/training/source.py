"""Source: where batches come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from glasswork.records import Batch

__all__ = ["Augment", "Source"]


class Augment(Protocol):
    """Varies a batch of inputs; called only while training."""

    def __call__(self, x: Tensor, *, keys: Tensor) -> Tensor:
        """Return the varied batch; all randomness of example i comes from ``keys[i]`` (int64)."""
        ...


@runtime_checkable
class Source(Protocol):
    """What the loop asks of data: batches by example number.

    A source may also have

    * ``arrange(order, *, batch_size, seed, epoch) -> order``: rearrange an epoch's order (similar lengths together);
    * ``batches(indices, *, epoch) -> Iterator[Batch]``: load many batches ahead of time, where loading is slow.
    """

    def __len__(self) -> int:
        """Return the number of examples."""
        ...

    def batch(self, index: np.ndarray | Tensor, *, epoch: int | None = None) -> Batch:
        """Return the examples of these numbers; with an epoch they are for training, and may be varied."""
        ...
