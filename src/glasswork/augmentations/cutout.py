"""Cutout: a thing half hidden is the same thing.

Letters in shapes: B samples, C channels, H height, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.augmentations.randomness import uniform
from glasswork.checks import check_at_least, check_between, check_dimensions

__all__ = ["Cutout"]

_STREAM = 3


class Cutout(nn.Module):
    """Cover a square of each image with one value; the square's centre may be any pixel, so it can stick out.

    Args:
        size: the side of the square in pixels.
        fill: the value that covers; 0 is black in pixels and the mean in standardised images.
        probability: of a sample to be covered.

    >>> Cutout(size=2)(torch.ones(1, 1, 3, 3), keys=torch.tensor([8])).sum() < 9
    tensor(True)

    Source: DeVries & Taylor 2017, "Improved Regularization of Convolutional Neural Networks with Cutout".
    """

    def __init__(self, size: int = 8, *, fill: float = 0.0, probability: float = 1.0) -> None:
        super().__init__()
        check_at_least("Cutout", 1, size=size)
        check_between("Cutout", 0, 1, probability=probability)
        self.size, self.fill, self.probability = size, fill, probability

    def forward(self, x_BCHW: Tensor, *, keys: Tensor) -> Tensor:
        """Return the images, each with a square covered; `keys` are one int64 a sample."""
        check_dimensions("Cutout", 4, x=x_BCHW)
        if self.probability == 0:
            return x_BCHW
        H, W = x_BCHW.shape[2:]
        draws = uniform(keys, 3, _STREAM)
        y_BH = self._covered(draws[:, 0], H)
        x_BW = self._covered(draws[:, 1], W) & (draws[:, 2:] < self.probability)
        # A clone keeps the memory layout, which masked_fill out of place does not.
        return x_BCHW.clone().masked_fill_((y_BH[:, :, None] & x_BW[:, None, :])[:, None], self.fill)

    def _covered(self, draw_B: Tensor, side: int) -> Tensor:
        start = (draw_B * side).to(torch.int64)[:, None] - self.size // 2
        position = torch.arange(side, device=draw_B.device)
        return (position >= start) & (position < start + self.size)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"size={self.size}, fill={self.fill}, probability={self.probability}"
