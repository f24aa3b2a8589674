"""Series inputs: each channel of a time series brought to mean 0 and deviation 1.

Letters in shapes: B batch, P past steps, C channels, T steps of the whole training series.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_dimensions, check_size
from glasswork.layers.statistics import mean_and_deviation

__all__ = ["SeriesInputs"]


class SeriesInputs(nn.Module):
    r"""Standardise the past by channel, :math:`x = (p - \mu_c) / \sigma_c`, fitted on the training part of the series.

    A value that is missing (not finite) becomes the channel's mean, 0. A channel that never changed in training is
    left out of play: it is always 0.

    Args:
        channels: columns of the series, targets first, then covariates.

    >>> inputs = SeriesInputs(1).fit(torch.tensor([[10.0], [14.0]]))
    >>> inputs(torch.tensor([[[16.0], [float("nan")]]]))
    {'past': tensor([[[2.],
             [0.]]])}
    """

    mean: Tensor
    multiplier: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        check_at_least("SeriesInputs", 1, channels=channels)
        self.channels = channels
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("multiplier", torch.ones(channels))

    @torch.no_grad()
    def fit(self, series: Tensor) -> SeriesInputs:
        """Take mean and deviation from the training steps, shape ``(..., C)``; return itself."""
        check_size("SeriesInputs", -1, self.channels, series=series)
        mean, deviation = mean_and_deviation(series.reshape(-1, self.channels))
        self.mean.copy_(mean)
        self.multiplier.copy_((1 / deviation).where(deviation > 0, 0.0))
        return self

    def forward(self, past: Tensor) -> dict[str, Tensor]:
        """Return ``{"past": ...}``, the argument that forecasters take, of the same shape ``(B, P, C)``."""
        check_dimensions("SeriesInputs", 3, past=past)
        check_size("SeriesInputs", -1, self.channels, past=past)
        scaled_BPC = (past.to(self.mean.dtype) - self.mean) * self.multiplier
        return {"past": scaled_BPC.where(past.isfinite(), 0.0)}

    def extra_repr(self) -> str:
        """Say the size."""
        return f"channels={self.channels}"
