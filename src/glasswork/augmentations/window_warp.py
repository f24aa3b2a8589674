"""WindowWarp: the same course of things, for a while faster or slower, is the same course.

Course: AUG-13.

Letters in shapes: B samples, T time steps, C channels.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from glasswork.augmentations.augmentation import Augmentation
from glasswork.checks import check_above, check_at_least, check_between, check_dimensions

__all__ = ["WindowWarp", "window_warp", "window_warp_formula"]


def window_warp(x_BTC: Tensor, start_B: Tensor, factor_B: Tensor, *, length: float) -> Tensor:
    r"""Stretch a window of each series in time, then bring the whole back to as many steps as before.

    A window from :math:`a` to :math:`a + w`, stretched by :math:`s`, makes the series :math:`w (s - 1)` longer. Output
    step :math:`t` is at :math:`u = t\,\frac{T - 1 + w (s - 1)}{T - 1}` of the longer one, and reads the old one at

    .. math:: \begin{cases} u & u < a \\ a + (u - a) / s & a \le u < a + w s \\ u - w (s - 1) & \text{else} \end{cases}

    between the two steps around that time.

    Args:
        x_BTC: series.
        start_B: :math:`a`, in steps.
        factor_B: :math:`s`; 2 plays the window at half the speed.
        length: :math:`w`, in steps.

    >>> x = torch.arange(5.0).view(1, 5, 1)
    >>> window_warp(x, torch.tensor([0.0]), torch.tensor([2.0]), length=4.0).flatten()  # all of it: nothing changes
    tensor([0., 1., 2., 3., 4.])
    >>> window_warp(x, torch.tensor([0.0]), torch.tensor([2.0]), length=2.0).flatten()
    tensor([0.0000, 0.7500, 1.5000, 2.5000, 4.0000])
    """
    T = x_BTC.shape[1]
    if T < 2:
        return x_BTC
    a, s = start_B.to(torch.float64)[:, None], factor_B.to(torch.float64)[:, None]
    longer = length * (s - 1)
    u_BT = torch.arange(T, dtype=torch.float64, device=x_BTC.device) * ((T - 1 + longer) / (T - 1))
    within = (u_BT >= a) & (u_BT < a + length * s)
    time_BT = torch.where(u_BT < a, u_BT, torch.where(within, a + (u_BT - a) / s, u_BT - longer)).clamp_(0, T - 1)
    before_BT = time_BT.floor().clamp_(max=T - 2)
    share = (time_BT - before_BT).to(x_BTC.dtype)[..., None]
    at = before_BT.to(torch.int64)[..., None].expand(-1, -1, x_BTC.shape[2])
    return x_BTC.gather(1, at) * (1 - share) + x_BTC.gather(1, at + 1) * share


def window_warp_formula(series_TC: Tensor, start: float, factor: float, *, length: float) -> Tensor:
    """Stretch a window of one series, step by step."""
    T = len(series_TC)
    longer = length * (factor - 1)
    out = []
    for t in range(T):
        time = t * (T - 1 + longer) / (T - 1)
        if start <= time < start + length * factor:
            time = start + (time - start) / factor
        elif time >= start:
            time -= longer
        step = min(math.floor(time), T - 2)
        out.append(series_TC[step] + (time - step) * (series_TC[step + 1] - series_TC[step]))
    return torch.stack(out)


class WindowWarp(Augmentation):
    """Play a random window of each series faster or slower; the number of steps stays.

    Args:
        share: the window's length, as a share of the series; above 0, at most 1.
        low: the smallest factor by which it is stretched, above 0; below 1 it is squeezed.
        high: the largest factor; low and high are as likely as what lies between.
        probability: of a sample to be changed.

    >>> WindowWarp(share=0.3)(torch.ones(2, 10, 3), keys=torch.tensor([1, 2])).shape
    torch.Size([2, 10, 3])

    Source: Le Guennec, Malinowski & Tavenard 2016, "Data Augmentation for Time Series Classification using CNNs"
    (window warping, with factors 1/2 and 2).
    """

    numbers, stream = 3, 15

    def __init__(self, share: float = 0.1, *, low: float = 0.5, high: float = 2.0, probability: float = 1.0) -> None:
        super().__init__()
        check_above("WindowWarp", 0, share=share, low=low)
        check_between("WindowWarp", 0, 1, share=share, probability=probability)
        check_at_least("WindowWarp", low, high=high)
        self.share, self.low, self.high, self.probability = share, low, high, probability

    def choose(self, u_BN: Tensor, shape: torch.Size) -> dict[str, Tensor]:
        """Return where the window starts, in steps, and its factor; 1 for a sample that stays."""
        factor = self.low + (self.high - self.low) * u_BN[:, 1]
        return {
            "start": u_BN[:, 0] * ((1 - self.share) * (shape[1] - 1)),
            "factor": torch.where(u_BN[:, 2] < self.probability, factor, 1.0),
        }

    def forward(self, x_BTC: Tensor, *, keys: Tensor) -> Tensor:
        """Return the series, warped; `keys` are one int64 a sample."""
        check_dimensions("WindowWarp", 3, x=x_BTC)
        if self.probability == 0 or self.low == self.high == 1:
            return x_BTC
        drawn = self.draw(keys, x_BTC.shape)
        length = self.share * (x_BTC.shape[1] - 1)
        warped = window_warp(x_BTC, drawn["start"], drawn["factor"], length=length)
        return torch.where((drawn["factor"] == 1).view(-1, 1, 1), x_BTC, warped) if self.probability < 1 else warped

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"share={self.share}, low={self.low}, high={self.high}, probability={self.probability}"
