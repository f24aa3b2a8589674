"""Noise: a grainy picture of a thing is a picture of the same thing.

Course: AUG-12, AUG-13, REG-09.

Letters in shapes: B samples, C channels, H height, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.augmentations.augmentation import Augmentation
from glasswork.augmentations.randomness import chosen, normal
from glasswork.checks import check_at_least, check_between

__all__ = ["Noise", "noise_formula"]

_STREAM = 5


def noise_formula(sample: Tensor, z: Tensor, deviation: float) -> Tensor:
    """Add noise to one sample, value by value."""
    values = [float(x) + deviation * float(e) for x, e in zip(sample.flatten(), z.flatten(), strict=True)]
    return torch.tensor(values, dtype=sample.dtype).view(sample.shape)


class Noise(Augmentation):
    r"""Add independent noise to every value, with :math:`z` of mean 0 and variance 1.

    .. math:: \text{out} = x + \sigma z

    Works on any shape whose first dimension counts samples: images, rows of a table, series. Pixels (uint8) are
    rounded and kept within 0 to 255.

    Args:
        deviation: :math:`\sigma`; for uint8 a share of the full range, so 0.1 is 25.5 grey levels; for floats in
            their own units.
        probability: of a sample to get noise.

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

    def draw(self, keys: Tensor, shape: torch.Size) -> dict[str, Tensor]:
        """Return :math:`z`; 0 for a sample that gets no noise."""
        z = normal(keys, shape[1:].numel(), _STREAM).view(shape)
        if self.probability < 1:
            # The choice has its own stream, so that it does not lean on the first value's noise.
            z = z * chosen(keys, self.probability, _STREAM + 100).view(-1, *[1] * (len(shape) - 1))
        return {"z": z}

    def forward(self, x: Tensor, *, keys: Tensor) -> Tensor:
        """Return the samples with noise; `keys` are one int64 a sample."""
        if self.probability == 0 or self.deviation == 0:
            return x
        z = self.draw(keys, x.shape)["z"]
        if x.dtype.is_floating_point:
            return x + self.deviation * z.to(x.dtype)
        return (x + 255 * self.deviation * z).round().clamp(0, 255).to(x.dtype)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"deviation={self.deviation}, probability={self.probability}"
