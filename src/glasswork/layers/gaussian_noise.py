"""Gaussian noise: what is learned from blurred signals cannot lean on their last digit.

Course: REG-09.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least

__all__ = ["GaussianNoise", "gaussian_noise_formula"]


class GaussianNoise(nn.Module):
    r"""Adds independent normal noise in training; does nothing at prediction.

    .. math:: y = x + \sigma z, \qquad z \sim \mathcal N(0, 1)

    Args:
        deviation: :math:`\sigma`, in the units of `x`; at least 0.

    Shapes: any shape in, the same shape out.

    Source: Bishop 1995, "Training with Noise is Equivalent to Tikhonov Regularization".

    >>> GaussianNoise(0.1).eval()(torch.ones(2))
    tensor([1., 1.])
    """

    def __init__(self, deviation: float = 0.1) -> None:
        super().__init__()
        check_at_least("GaussianNoise", 0, deviation=deviation)
        self.deviation = deviation

    def forward(self, x: Tensor) -> Tensor:
        """Return `x`, with noise in training."""
        return torch.add(x, torch.randn_like(x), alpha=self.deviation) if self.training else x

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"deviation={self.deviation}"


def gaussian_noise_formula(x: Tensor, z: Tensor, *, deviation: float) -> Tensor:
    """The training step in plain operations; `z` are standard normal numbers.

    >>> gaussian_noise_formula(torch.tensor([1.0]), torch.tensor([-2.0]), deviation=0.1)
    tensor([0.8000])
    """
    return x + deviation * z
