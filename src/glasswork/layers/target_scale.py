"""Target scale: a network learns targets with mean 0 and deviation 1, and answers in their own units.

Letters in shapes: N training rows, T targets.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_size
from glasswork.layers.statistics import mean_and_deviation

__all__ = ["TargetScale"]


class TargetScale(nn.Module):
    r"""Standardise targets, and undo it.

    .. math:: z = (y - \mu) / \sigma, \qquad y = \mu + \sigma z

    Args:
        size: how many targets, the last dimension of everything it is given.

    The statistics are buffers, fitted on training targets (missing ones left out). A target that never changes keeps
    :math:`\sigma = 1`, so that nothing is divided by zero.

    >>> scale = TargetScale(1).fit(torch.tensor([[10.0], [14.0]]))
    >>> scale.scale(torch.tensor([[16.0]])).tolist(), scale.unscale(torch.tensor([[2.0]])).tolist()
    ([[2.0]], [[16.0]])
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        check_at_least("TargetScale", 1, size=size)
        self.size = size
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("deviation", torch.ones(size))

    @torch.no_grad()
    def fit(self, targets: Tensor) -> TargetScale:
        """Take mean and deviation from training targets of shape ``(..., T)``; return itself."""
        check_size("TargetScale", -1, self.size, targets=targets)
        mean, deviation = mean_and_deviation(targets.reshape(-1, self.size))
        self.mean.copy_(mean)
        self.deviation.copy_(deviation.where(deviation > 0, 1.0))
        return self

    def scale(self, values: Tensor) -> Tensor:
        """From the target's own units to standardised ones."""
        return (values - self.mean) / self.deviation

    def unscale(self, values: Tensor) -> Tensor:
        """From standardised units back to the target's own."""
        return values * self.deviation + self.mean

    def forward(self, values: Tensor) -> Tensor:
        """Standardise, like :meth:`scale`."""
        check_size("TargetScale", -1, self.size, values=values)
        return self.scale(values)

    def extra_repr(self) -> str:
        """Say the size."""
        return f"size={self.size}"
