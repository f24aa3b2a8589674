"""ImageFileSource: images that are too many to keep decoded, read from their files while the network learns."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from glasswork.checks import check_at_least
from glasswork.errors import DataError
from glasswork.records import Batch
from glasswork.training.order import example_keys
from glasswork.training.tensor_source import as_index

if TYPE_CHECKING:
    from glasswork.training.source import Augment

__all__ = ["ImageFileSource"]


class ImageFileSource:
    """Batches of images, decoded by worker processes ahead of the network.

    Workers only decode: order and augmentation come from the seed, the epoch and the example's number, so the number
    of workers changes nothing but the speed.

    Args:
        paths: one file an example.
        size: (height, width, channels) that images are brought to.
        targets: one row an example, or None.
        read: decodes one file to (height, width, channels) uint8; default: as the data room does.
        workers: processes that decode; 0 decodes in this process; default: one a spare core, at most 4.
        augment: varies training batches.
        seed: of the augmentation.
        device: where batches are put.
        name: of the input.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        size: tuple[int, int, int],
        targets: Tensor | None = None,
        *,
        read: Callable[[Path, tuple[int, int, int]], np.ndarray] | None = None,
        workers: int | None = None,
        augment: Augment | None = None,
        seed: int = 0,
        device: torch.device | str = "cpu",
        name: str = "pixels",
    ) -> None:
        if targets is not None and len(targets) != len(paths):
            raise DataError(f"ImageFileSource: {len(paths)} images cannot have {len(targets)} targets.")
        if workers is not None:
            check_at_least("ImageFileSource", 0, workers=workers)
        self.paths = list(paths)
        self.size = size
        self.targets = None if targets is None else targets.to(device)
        self.read = read or _data_room_reader()
        self.workers = min(4, max(0, (os.cpu_count() or 1) - 1)) if workers is None else workers
        self.augment = augment
        self.seed = seed
        self.device = torch.device(device)
        self.name = name
        self._loader: Any = None
        self._batches: list[list[int]] = []

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.paths)

    def __getitem__(self, i: int) -> np.ndarray:
        """Return one image; what worker processes call."""
        return self.read(self.paths[i], self.size)

    def batch(self, index: np.ndarray | Tensor, *, epoch: int | None = None) -> Batch:
        """Return the images of these numbers, read now."""
        host = np.asarray(index.cpu() if isinstance(index, Tensor) else index)
        return self._finish(torch.from_numpy(_stack([self[int(i)] for i in host], self.size)), host, epoch)

    def batches(self, indices: Sequence[np.ndarray], *, epoch: int | None = None) -> Iterator[Batch]:
        """Return many batches, read ahead by worker processes."""
        if self.workers == 0 or len(indices) < 2:
            for index in indices:
                yield self.batch(index, epoch=epoch)
            return
        self._batches[:] = [index.tolist() for index in indices]
        for pixels, index in zip(self._reader(), indices, strict=True):
            yield self._finish(pixels, index, epoch)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a worker needs, which is neither tensors nor a loader."""
        return {"paths": self.paths, "size": self.size, "read": self.read}

    def _reader(self) -> Any:
        from torch.utils.data import DataLoader

        if self._loader is None:
            self._loader = DataLoader(
                self,  # type: ignore[arg-type]
                batch_sampler=_Batches(self._batches),
                num_workers=self.workers,
                collate_fn=_Collate(self.size),
                persistent_workers=True,
                pin_memory=self.device.type == "cuda",
            )
        return self._loader

    def _finish(self, pixels_BHWC: Tensor, index: np.ndarray, epoch: int | None) -> Batch:
        x = pixels_BHWC.to(self.device, non_blocking=True).permute(0, 3, 1, 2)
        rows = as_index(index, self.device)
        if self.augment is not None and epoch is not None:
            keys = as_index(example_keys(index, seed=self.seed, epoch=epoch), self.device)
            with torch.no_grad():
                x = self.augment(x, keys=keys)
        return Batch({self.name: x}, None if self.targets is None else self.targets[rows], None, rows)


def _data_room_reader() -> Callable[[Path, tuple[int, int, int]], np.ndarray]:
    from glasswork.data.image_decoding import read_image

    return read_image


class _Batches:
    """The batches of the present epoch, in a list that the source refills."""

    def __init__(self, batches: list[list[int]]) -> None:
        self.batches = batches

    def __iter__(self) -> Iterator[list[int]]:
        return iter(list(self.batches))

    def __len__(self) -> int:
        return len(self.batches)


class _Collate:
    def __init__(self, size: tuple[int, int, int]) -> None:
        self.size = size

    def __call__(self, images: list[np.ndarray]) -> Tensor:
        return torch.from_numpy(_stack(images, self.size))


def _stack(images: list[np.ndarray], size: tuple[int, int, int]) -> np.ndarray:
    return np.stack(images) if images else np.zeros((0, *size), dtype=np.uint8)
