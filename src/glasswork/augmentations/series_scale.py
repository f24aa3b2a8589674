"""SeriesScale: the same course of things, larger or smaller, is the same course.

Course: AUG-13.

Letters in shapes: B samples, T time steps, C channels.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.augmentations.augmentation import Augmentation
from glasswork.augmentations.randomness import normal
from glasswork.checks import check_at_least, check_dimensions

__all__ = ["SeriesScale", "series_scale_formula"]


def series_scale_formula(series_TC: Tensor, factor_C: Tensor) -> Tensor:
    """Multiply the channels of one series, step by step."""
    return torch.stack([torch.stack([x * c for x, c in zip(step, factor_C, strict=True)]) for step in series_TC])


class SeriesScale(Augmentation):
    r"""Multiply each channel of each series by one factor near 1, with :math:`z` of mean 0 and variance 1.

    .. math:: \text{out}_{t,c} = (1 + \sigma z_c)\, x_{t,c}

    Args:
        deviation: :math:`\sigma`, of the factors.

    >>> SeriesScale(deviation=0.1)(torch.ones(2, 5, 3), keys=torch.tensor([1, 2])).shape
    torch.Size([2, 5, 3])

    Source: Um et al. 2017, "Data Augmentation of Wearable Sensor Data" (scaling).
    """

    def __init__(self, deviation: float = 0.1) -> None:
        super().__init__()
        check_at_least("SeriesScale", 0, deviation=deviation)
        self.deviation = deviation

    stream = 14

    def draw(self, keys: Tensor, shape: torch.Size) -> dict[str, Tensor]:
        """Return the factors, (B, C)."""
        return {"factor": 1 + self.deviation * normal(keys, shape[2], self.stream)}

    def forward(self, x_BTC: Tensor, *, keys: Tensor) -> Tensor:
        """Return the series, scaled; `keys` are one int64 a sample."""
        check_dimensions("SeriesScale", 3, x=x_BTC)
        return x_BTC * self.draw(keys, x_BTC.shape)["factor"].to(x_BTC.dtype)[:, None]

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"deviation={self.deviation}"
