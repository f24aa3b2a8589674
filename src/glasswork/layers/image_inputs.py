"""Image inputs: bytes become numbers with mean 0 and deviation 1 in each channel.

Letters in shapes: B batch, C channels, H height, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_dimensions, check_size
from glasswork.layers.statistics import ROUNDING

__all__ = ["ImageInputs"]

CHUNK = 1024  # images turned into float64 at a time while fitting


class ImageInputs(nn.Module):
    r"""Standardise pixels by channel: :math:`x = (p - \mu_c) / \sigma_c`, fitted on training images.

    Args:
        channels: 1 for grey, 3 for colour.

    Until it is fitted, :math:`\mu = 0` and :math:`\sigma = 255`, so that bytes come out in [0, 1]. The order of the
    memory (``channels_last`` or not) is kept.

    >>> inputs = ImageInputs(1).fit(torch.tensor([[[[0, 100]]]], dtype=torch.uint8))  # mean 50, deviation 50
    >>> inputs(torch.tensor([[[[150]]]], dtype=torch.uint8)).tolist()
    [[[[2.0]]]]
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        check_at_least("ImageInputs", 1, channels=channels)
        self.channels = channels
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("deviation", torch.full((channels,), 255.0))

    @torch.no_grad()
    def fit(self, pixels: Tensor) -> ImageInputs:
        """Take mean and deviation from training images of shape ``(N, C, H, W)``; return itself."""
        check_dimensions("ImageInputs", 4, pixels=pixels)
        check_size("ImageInputs", 1, self.channels, pixels=pixels)
        total = torch.zeros(self.channels, dtype=torch.float64, device=pixels.device)
        squares = torch.zeros_like(total)
        for chunk in pixels.split(CHUNK):
            chunk = chunk.double()
            total += chunk.sum((0, 2, 3))
            squares += chunk.square().sum((0, 2, 3))
        count = max(1, pixels.numel() // self.channels)
        mean = total / count
        # Bytes squared and summed are exact in float64, so this difference loses nothing.
        deviation = (squares / count - mean.square()).clamp(min=0).sqrt()
        self.mean.copy_(mean)
        self.deviation.copy_(deviation.where(deviation > ROUNDING * mean.abs(), 255.0))
        return self

    def forward(self, pixels: Tensor) -> Tensor:
        """Return floats of the same shape, ``(B, C, H, W)``."""
        check_dimensions("ImageInputs", 4, pixels=pixels)
        check_size("ImageInputs", 1, self.channels, pixels=pixels)
        shape = (1, self.channels, 1, 1)
        return (pixels.to(self.mean.dtype) - self.mean.view(shape)) / self.deviation.view(shape)

    def extra_repr(self) -> str:
        """Say the size."""
        return f"channels={self.channels}"
