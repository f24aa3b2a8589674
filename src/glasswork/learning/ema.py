"""EMA: an exponential moving average of a network's weights, which often predicts better than the last weights."""

from __future__ import annotations

import copy

import torch
from torch import nn

from glasswork.checks import check_between

__all__ = ["EMA"]


class EMA:
    r"""A second copy of a network whose weights follow the first one slowly.

    After each update, with :math:`t` the number of updates so far,

    .. math:: \bar\theta \leftarrow d_t\,\bar\theta + (1 - d_t)\,\theta, \qquad
              d_t = \min\left(d, \frac{1+t}{10+t}\right)

    so that the first, bad weights are forgotten quickly. Buffers (running statistics) are copied.

    Args:
        model: the network that is trained.
        decay: d, in [0, 1); 0.999 averages over about 1,000 updates.

    Source: Polyak & Juditsky 1992; the warm-up of d is that of TensorFlow's ``ExponentialMovingAverage(num_updates)``.

    >>> model = nn.Linear(1, 1, bias=False)
    >>> nn.init.constant_(model.weight, 1.0).item()
    1.0
    >>> ema = EMA(model, decay=0.999)
    >>> _ = nn.init.constant_(model.weight, 12.0)
    >>> ema.update()  # d = 2 / 11: 2/11 * 1 + 9/11 * 12 = 10
    >>> round(ema.model.weight.item(), 5)
    10.0
    """

    def __init__(self, model: nn.Module, *, decay: float = 0.999) -> None:
        check_between("EMA", 0, 1, include_high=False, decay=decay)
        self.decay = decay
        self.updates = 0
        self.model = copy.deepcopy(model).requires_grad_(False)
        self.model.eval()
        self._averaged: list[torch.Tensor] = []
        self._followed: list[torch.Tensor] = []
        self._copies: list[tuple[torch.Tensor, torch.Tensor]] = []
        for average, weight in zip(self.model.parameters(), model.parameters(), strict=True):
            self._averaged.append(average)
            self._followed.append(weight)
        for kept, buffer in zip(self.model.buffers(), model.buffers(), strict=True):
            self._copies.append((kept, buffer))

    @torch.no_grad()
    def update(self) -> None:
        """Move the average towards the network's present weights."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        if self._averaged:
            torch._foreach_lerp_(self._averaged, self._followed, 1 - decay)
        for kept, buffer in self._copies:
            kept.copy_(buffer)
