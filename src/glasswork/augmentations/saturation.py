"""Saturation: a thing in pale or in strong colours is the same thing.

Course: AUG-08.

Letters in shapes: B samples, C channels, H height, W width.
"""

from __future__ import annotations

from torch import Tensor

from glasswork.augmentations.colours import ColourKind, grey_formula, recolour

__all__ = ["Saturation", "saturation", "saturation_formula"]


def saturation(x_BCHW: Tensor, factor_B: Tensor) -> Tensor:
    r"""Move each pixel's colour away from its grey, or towards it.

    With :math:`g` the grey image:

    .. math:: \text{out} = g + c\,(x - g)

    Args:
        x_BCHW: images of 1 or 3 channels, uint8 (rounded, kept within 0 to 255) or float (not clipped).
        factor_B: :math:`c` of each image; 0 leaves the grey image.

    >>> import torch
    >>> red = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)
    >>> saturation(red, torch.tensor([0.5])).flatten()  # its grey is 0.299
    tensor([0.6495, 0.1495, 0.1495])
    """
    return recolour(x_BCHW, factor_B, 1 - factor_B)


def saturation_formula(image_CHW: Tensor, factor: float) -> Tensor:
    """Move the colours of one image away from grey, or towards it."""
    grey = grey_formula(image_CHW)
    return grey + factor * (image_CHW - grey)


class Saturation(ColourKind):
    """Change each image's saturation by a factor drawn evenly from ``[1 - amount, 1 + amount]``.

    Args:
        amount: how far the factor is from 1 at most; from 0 to 1.
        probability: of a sample to be changed.

    >>> import torch
    >>> Saturation(amount=0.2)(torch.ones(2, 3, 8, 8), keys=torch.tensor([1, 2])).shape
    torch.Size([2, 3, 8, 8])

    Source: Howard 2013, "Some Improvements on Deep Convolutional Neural Network Based Image Classification".
    """

    stream = 11
    needs_grey = True

    @staticmethod
    def then(factor_B: Tensor, alpha: Tensor, beta: Tensor, gamma: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the numbers; the grey image of what came before weighs the image's and its grey's numbers alike."""
        return factor_B * alpha, factor_B * beta + (1 - factor_B) * (alpha + beta), gamma
