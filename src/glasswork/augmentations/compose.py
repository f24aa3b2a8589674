"""Compose: several augmentations, one after another."""

from __future__ import annotations

from torch import Tensor, nn

from glasswork.augmentations.randomness import mix

__all__ = ["Compose"]


class Compose(nn.Module):
    """Apply augmentations in order, each with random numbers of its own.

    >>> import torch
    >>> from glasswork.augmentations.crop import Crop
    >>> from glasswork.augmentations.flip import Flip
    >>> augment = Compose(Crop(padding=4), Flip())
    >>> augment(torch.zeros(2, 3, 8, 8, dtype=torch.uint8), keys=torch.tensor([1, 2])).shape
    torch.Size([2, 3, 8, 8])
    """

    def __init__(self, *parts: nn.Module) -> None:
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, x: Tensor, *, keys: Tensor) -> Tensor:
        """Return the samples, changed by every part; `keys` are one int64 a sample."""
        for position, part in enumerate(self.parts):
            x = part(x, keys=mix(keys, position))
        return x
