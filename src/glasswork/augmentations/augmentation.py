"""Augmentation: what every kind shares. The same sample, epoch and seed give the same change in any batch."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from glasswork.augmentations.randomness import uniform
from glasswork.checks import check_whole

__all__ = ["Augmentation", "Labelled"]


class Labelled(NamedTuple):
    """Images with what is marked in them, changed together.

    Args:
        x: the images, (B, C, H, W).
        masks: one class number a pixel, (B, H, W) or (B, K, H, W), or None.
        boxes: (B, N, 4), corners ``x0, y0, x1, y1`` in pixels from the upper left edge, or None.
        kept: (B, N), which boxes are still to be seen, or None; the others keep their place in the tensor.
    """

    x: Tensor
    masks: Tensor | None
    boxes: Tensor | None
    kept: Tensor | None


class Augmentation(nn.Module):
    """A kind: `forward` varies a batch, `labelled` varies it along with its masks and boxes.

    Random numbers come from the keys alone, one int64 a sample (`sample_keys`), so neither the batch nor a worker
    nor a resume changes what happens to a sample. A kind that moves no pixel leaves masks and boxes as they are.
    """

    numbers: int = 0  # uniform random numbers that a sample takes
    stream: int = 0  # tells this kind's numbers from those of other kinds with the same keys

    def forward(self, x: Tensor, *, keys: Tensor) -> Tensor:
        """Return the samples, varied."""
        raise NotImplementedError

    def draw(self, keys: Tensor, shape: torch.Size) -> dict[str, Tensor]:
        """Return the drawn parameters by name, a row a sample, for a batch of this shape; what `forward` will use."""
        check_whole(type(self).__name__, keys=keys)
        return self.choose(uniform(keys, self.numbers, self.stream), shape)

    def choose(self, u_BN: Tensor, shape: torch.Size) -> dict[str, Tensor]:
        """Return the parameters that uniform random numbers stand for."""
        raise NotImplementedError

    def labelled(
        self,
        x: Tensor,
        *,
        keys: Tensor,
        masks: Tensor | None = None,
        boxes: Tensor | None = None,
        outside_label: int = 0,
        visible: float = 0.25,
    ) -> Labelled:
        """Return images, masks and boxes, varied by the same random numbers.

        Args:
            x: images, (B, C, H, W).
            keys: one int64 a sample.
            masks: integers, (B, H, W) or (B, K, H, W); the nearest one is taken, so no class is made up.
            boxes: (B, N, 4), ``x0, y0, x1, y1``; the new box encloses the moved one and is clipped to the frame.
            outside_label: what a mask says where the image was empty.
            visible: a box is kept if at least this share of it lies within the frame, and more than nothing.
        """
        return Labelled(self(x, keys=keys), masks, boxes, None if boxes is None else _has_area(boxes))


def _has_area(boxes_BN4: Tensor) -> Tensor:
    return (boxes_BN4[..., 2] > boxes_BN4[..., 0]) & (boxes_BN4[..., 3] > boxes_BN4[..., 1])
