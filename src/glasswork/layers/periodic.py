"""Periodic embedding: a number as waves of learned frequencies, then one small layer shared by all features.

Letters in shapes: B batch, F features, K frequencies, D width of the embedding.
Source: Gorishniy, Rubachev & Babenko 2022, "On Embeddings for Numerical Features in Tabular Deep Learning",
section 3.3; the shared ("lite") layer: TabR, Gorishniy et al. 2023.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from glasswork.checks import check_above, check_at_least, check_size

__all__ = ["Periodic"]


class Periodic(nn.Module):
    r"""Embed each number by waves of it, mixed and bent.

    .. math:: e(x) = \max(0, W\,[\cos v, \sin v] + b), \qquad v = 2\pi\,(c_1 x, \dots, c_K x)

    The frequencies :math:`c` belong to each feature and are learned from :math:`N(0, \sigma^2)` on; W and b are shared.

    Args:
        features: numbers in a row, already of about unit size.
        frequencies: waves for each.
        width: size of each embedding.
        sigma: spread of the first frequencies: the larger, the finer the detail that can be fitted.

    >>> embed = Periodic(2, frequencies=8, width=4)
    >>> embed(torch.zeros(3, 2)).shape
    torch.Size([3, 8])
    >>> sum(p.numel() for p in embed.parameters())  # 2 * 8 frequencies, 16 * 4 weights, 4 biases
    84
    """

    def __init__(self, features: int, *, frequencies: int = 24, width: int = 16, sigma: float = 0.1) -> None:
        super().__init__()
        check_at_least("Periodic", 0, features=features)
        check_at_least("Periodic", 1, frequencies=frequencies, width=width)
        check_above("Periodic", 0, sigma=sigma)
        self.features, self.width = features, width
        self.frequency = nn.Parameter(sigma * torch.randn(features, frequencies))
        self.shared = nn.Linear(2 * frequencies, width)

    @property
    def outputs(self) -> int:
        """Numbers that come out for a row: features x width."""
        return self.features * self.width

    def forward(self, numbers_BF: Tensor) -> Tensor:
        """Return the embeddings side by side, shape ``(B, F * D)``."""
        check_size("Periodic", -1, self.features, numbers=numbers_BF)
        angle_BFK = 2 * math.pi * self.frequency * numbers_BF.unsqueeze(-1)
        waves_BFK = torch.cat([angle_BFK.cos(), angle_BFK.sin()], dim=-1)
        return self.shared(waves_BFK).relu().flatten(1)

    def extra_repr(self) -> str:
        """Say the sizes."""
        return f"features={self.features}, frequencies={self.frequency.shape[1]}, width={self.width}"
