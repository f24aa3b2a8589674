"""TensorSource: examples that lie in memory as tensors, taken by number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from glasswork.errors import DataError
from glasswork.records import Batch
from glasswork.training.order import example_keys

if TYPE_CHECKING:
    from glasswork.training.source import Augment

__all__ = ["TensorSource", "as_index"]


class TensorSource:
    """Batches by index from tensors: no workers, no collating, no copies but the batch itself.

    Args:
        inputs: tensors by the names of the model's arguments; row i of each belongs to example i.
        targets: one row an example, or None.
        images: names among the inputs that are stored (N, H, W, C); batches show them as (B, C, H, W) without
            moving a byte, which is torch's ``channels_last`` layout.
        augment: varies the images (or, without images, the only input) of training batches.
        seed: of the augmentation.
        device: where the tensors are kept.

    >>> source = TensorSource({"x": torch.arange(6.0).reshape(3, 2)}, torch.tensor([0, 1, 2]))
    >>> source.batch(np.array([2, 0])).inputs["x"]
    tensor([[4., 5.],
            [0., 1.]])
    """

    def __init__(
        self,
        inputs: Mapping[str, Tensor],
        targets: Tensor | None = None,
        *,
        images: tuple[str, ...] = (),
        augment: Augment | None = None,
        seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> None:
        sizes = {name: len(tensor) for name, tensor in inputs.items()}
        if targets is not None:
            sizes["targets"] = len(targets)
        if not inputs or len(set(sizes.values())) != 1:
            said = ", ".join(f"{name} {size}" for name, size in sizes.items()) or "nothing"
            raise DataError(f"TensorSource: all inputs and targets must have as many rows, got {said}.")
        self.device = torch.device(device)
        self.inputs = {name: tensor.to(self.device).contiguous() for name, tensor in inputs.items()}
        self.targets = None if targets is None else targets.to(self.device)
        self.images = images
        self.augment = augment
        self.seed = seed
        self._varied = (images or tuple(inputs))[0]

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(next(iter(self.inputs.values())))

    def batch(self, index: np.ndarray | Tensor, *, epoch: int | None = None) -> Batch:
        """Return the examples of these numbers; with an epoch they are for training and are augmented."""
        rows = as_index(index, self.device)
        inputs = {name: tensor.index_select(0, rows) for name, tensor in self.inputs.items()}
        for name in self.images:
            inputs[name] = inputs[name].permute(0, 3, 1, 2)
        if self.augment is not None and epoch is not None:
            keys = example_keys(np.asarray(index), seed=self.seed, epoch=epoch)
            with torch.no_grad():
                inputs[self._varied] = self.augment(inputs[self._varied], keys=as_index(keys, self.device))
        return Batch(inputs, None if self.targets is None else self.targets.index_select(0, rows), None, rows)


def as_index(index: np.ndarray | Tensor, device: torch.device) -> Tensor:
    """Return example numbers as an int64 tensor on the device; on a CPU without a copy."""
    tensor = index if isinstance(index, Tensor) else torch.from_numpy(index)
    if device.type != "cpu":
        return tensor.to(device, non_blocking=True)
    return tensor
