"""Sinusoid: the place of each step written as waves, so that attention, which has no order, can tell places apart.

Letters in shapes: T time, W width.

Course: TRF-10, TRF-15.

Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.5.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from glasswork.checks import check_at_least

__all__ = ["sinusoid"]


def sinusoid(time: int, width: int, *, like: Tensor | None = None) -> Tensor:
    r"""Return positions as waves, shape ``(T, W)``.

    .. math:: p_{t,2i} = \sin(t / 10000^{2i/W}), \qquad p_{t,2i+1} = \cos(t / 10000^{2i/W})

    Args:
        time: how many places, T.
        width: features of a place, W.
        like: a tensor whose device the result takes, and whose type if that is a floating-point one.

    >>> sinusoid(2, 2)  # sin 0, cos 0; sin 1, cos 1
    tensor([[0.0000, 1.0000],
            [0.8415, 0.5403]])
    """
    check_at_least("sinusoid", 0, time=time)
    check_at_least("sinusoid", 1, width=width)
    device = None if like is None else like.device
    place_T1 = torch.arange(time, dtype=torch.float64, device=device).unsqueeze(1)
    even_I = torch.arange(0, width, 2, dtype=torch.float64, device=device)
    angle_TI = place_T1 * torch.exp(-math.log(10_000) * even_I / width)
    waves_TW = torch.stack([angle_TI.sin(), angle_TI.cos()], dim=2).flatten(1)[:, :width]
    if like is None or not like.is_floating_point():
        return waves_TW.to(torch.get_default_dtype())
    return waves_TW.to(like.dtype)
