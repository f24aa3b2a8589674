"""Noise: a grainy picture of a thing is a picture of the same thing.

Letters in shapes: B samples, C channels, H height, W width.
"""

from __future__ import annotations

from torch import Tensor, nn

from glasswork.augmentations.randomness import chosen, normal
from glasswork.checks import check_at_least, check_between

__all__ = ["Noise"]

_STREAM = 5


class Noise(nn.Module):
    r"""Add independent noise to every value: :math:`x + \sigma z`, with :math:`z` of mean 0 and variance 1.

    Works on any shape whose first dimension counts samples. Pixels (uint8) are rounded and kept within 0 to 255.

    Args:
        deviation: :math:`\sigma`; for uint8 a share of the full range, so 0.1 is 25.5 grey levels; for floats in
            their own units.
        probability: of a sample to get noise.

    >>> import torch
    >>> Noise(deviation=0.0)(torch.ones(2, 3), keys=torch.tensor([1, 2]))
    tensor([[1., 1., 1.],
            [1., 1., 1.]])

    Source: Bishop 1995, "Training with Noise is Equivalent to Tikhonov Regularization".
    """

    def __init__(self, deviation: float = 0.05, *, probability: float = 1.0) -> None:
        super().__init__()
        check_at_least("Noise", 0, deviation=deviation)
        check_between("Noise", 0, 1, probability=probability)
        self.deviation, self.probability = deviation, probability

    def forward(self, x: Tensor, *, keys: Tensor) -> Tensor:
        """Return the samples with noise; `keys` are one int64 a sample."""
        if self.probability == 0 or self.deviation == 0:
            return x
        each = x[0].numel() if len(x) else 0
        z = normal(keys, each, _STREAM).view(x.shape)
        if self.probability < 1:
            # The choice has its own stream, so that it does not lean on the first value's noise.
            z = z * chosen(keys, self.probability, _STREAM + 100).view(-1, *[1] * (x.ndim - 1))
        if x.dtype.is_floating_point:
            return x + self.deviation * z.to(x.dtype)
        return (x + 255 * self.deviation * z).round().clamp(0, 255).to(x.dtype)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"deviation={self.deviation}, probability={self.probability}"
