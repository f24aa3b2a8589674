"""Contrast: a thing in mist, or in hard light, is the same thing.

Course: AUG-07.

Letters in shapes: B samples, C channels, H height, W width.
"""

from __future__ import annotations

from torch import Tensor

from glasswork.augmentations.colours import ColourKind, grey_formula, recolour

__all__ = ["Contrast", "contrast", "contrast_formula"]


def contrast(x_BCHW: Tensor, factor_B: Tensor) -> Tensor:
    r"""Move each image's values away from their mean, or towards it.

    With :math:`\mu` the mean of the grey image, one number an image:

    .. math:: \text{out} = \mu + c\,(x - \mu)

    Args:
        x_BCHW: images of 1 or 3 channels, uint8 (rounded, kept within 0 to 255) or float (not clipped).
        factor_B: :math:`c` of each image; 0 leaves one even grey.

    >>> import torch
    >>> contrast(torch.tensor([[[[1.0, 3.0]]]]), torch.tensor([2.0]))  # 2 - 2 and 2 + 2
    tensor([[[[0., 4.]]]])
    """
    return recolour(x_BCHW, factor_B, None, 1 - factor_B)


def contrast_formula(image_CHW: Tensor, factor: float) -> Tensor:
    """Move one image's values away from the mean of its grey image, or towards it."""
    mean = grey_formula(image_CHW).mean()
    return mean + factor * (image_CHW - mean)


class Contrast(ColourKind):
    """Change each image's contrast by a factor drawn evenly from ``[1 - amount, 1 + amount]``.

    Args:
        amount: how far the factor is from 1 at most; from 0 to 1.
        probability: of a sample to be changed.

    >>> import torch
    >>> Contrast(amount=0.2)(torch.ones(2, 3, 8, 8), keys=torch.tensor([1, 2])).shape
    torch.Size([2, 3, 8, 8])

    Source: Howard 2013, "Some Improvements on Deep Convolutional Neural Network Based Image Classification".
    """

    stream = 10
    needs_mean = True

    @staticmethod
    def then(factor_B: Tensor, alpha: Tensor, beta: Tensor, gamma: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the numbers; the mean of the grey image of what came before is that of the image times their sum."""
        mean = alpha + beta + gamma
        return factor_B * alpha, factor_B * beta, factor_B * gamma + (1 - factor_B) * mean
