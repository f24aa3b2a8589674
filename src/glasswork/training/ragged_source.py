"""RaggedSource: sequences of different lengths, padded batch by batch."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from glasswork.errors import DataError
from glasswork.records import Batch
from glasswork.training.order import grouped_by_length
from glasswork.training.tensor_source import as_index

__all__ = ["RaggedSource"]


class RaggedSource:
    """Batches of token sequences, padded with 0 to the longest of the batch.

    Batches hold ``tokens`` (B, T) int64 and ``lengths`` (B,) int64. An empty sequence counts as one padding token.

    Args:
        flat: all tokens end to end.
        offsets: sequence i is ``flat[offsets[i]:offsets[i + 1]]``; one more than there are sequences.
        targets: one row a sequence, or None.
        group_by_length: training batches hold sequences of similar length, which saves padding.
        device: where the tokens are kept.

    >>> source = RaggedSource(torch.tensor([5, 6, 7]), torch.tensor([0, 1, 3]))
    >>> source.batch(np.array([0, 1])).inputs["tokens"]
    tensor([[5, 0],
            [6, 7]])
    """

    def __init__(
        self,
        flat: Tensor,
        offsets: Tensor,
        targets: Tensor | None = None,
        *,
        group_by_length: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        if targets is not None and len(targets) != len(offsets) - 1:
            raise DataError(f"RaggedSource: {len(offsets) - 1} sequences cannot have {len(targets)} targets.")
        self.device = torch.device(device)
        self.flat = flat.to(self.device)
        self.starts = offsets[:-1].to(self.device, torch.int64)
        self.lengths = offsets.diff().to(self.device, torch.int64)
        self.targets = None if targets is None else targets.to(self.device)
        self.group_by_length = group_by_length
        self._host_lengths = self.lengths.cpu().numpy()

    def __len__(self) -> int:
        """Return the number of sequences."""
        return len(self.lengths)

    def arrange(self, order: np.ndarray, *, batch_size: int, seed: int, epoch: int) -> np.ndarray:
        """Return an epoch's order, with similar lengths together where that was asked for."""
        if not self.group_by_length:
            return order
        return grouped_by_length(order, self._host_lengths, batch_size=batch_size, seed=seed, epoch=epoch)

    def batch(self, index: np.ndarray | Tensor, *, epoch: int | None = None) -> Batch:
        """Return the sequences of these numbers, padded to the longest of them."""
        rows = as_index(index, self.device)
        longest = 1
        if len(rows):
            host = index.cpu().numpy() if isinstance(index, Tensor) else index
            longest = max(1, int(self._host_lengths[host].max()))
        lengths = self.lengths[rows]
        steps = torch.arange(longest, device=self.device)
        inside = steps < lengths[:, None]
        if len(self.flat):
            places = (self.starts[rows][:, None] + steps).clamp_(max=len(self.flat) - 1)
            tokens = torch.where(inside, self.flat[places], 0).to(torch.int64)
        else:
            tokens = torch.zeros(len(rows), longest, dtype=torch.int64, device=self.device)
        targets = None if self.targets is None else self.targets[rows]
        return Batch({"tokens": tokens, "lengths": lengths.clamp(min=1)}, targets, None, rows)
