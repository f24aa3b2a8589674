"""Brightness: a thing in other light is the same thing.

Course: AUG-06.

Letters in shapes: B samples, C channels, H height, W width.
"""

from __future__ import annotations

from torch import Tensor

from glasswork.augmentations.colours import ColourKind, recolour

__all__ = ["Brightness", "brightness", "brightness_formula"]


def brightness(x_BCHW: Tensor, factor_B: Tensor) -> Tensor:
    r"""Make each image lighter or darker by its own factor.

    .. math:: \text{out} = c\,x

    Args:
        x_BCHW: images, uint8 (rounded, kept within 0 to 255) or float (not clipped).
        factor_B: :math:`c` of each image.

    >>> import torch
    >>> brightness(torch.tensor([[[[100, 200]]]], dtype=torch.uint8), torch.tensor([1.5]))
    tensor([[[[150, 255]]]], dtype=torch.uint8)
    """
    return recolour(x_BCHW, factor_B)


def brightness_formula(image_CHW: Tensor, factor: float) -> Tensor:
    """Make one image lighter or darker."""
    return factor * image_CHW


class Brightness(ColourKind):
    """Make each image lighter or darker by a factor drawn evenly from ``[1 - amount, 1 + amount]``.

    Floats are not clipped, so that a standardised image stays what it is; black must be 0.

    Args:
        amount: how far the factor is from 1 at most; from 0 to 1.
        probability: of a sample to be changed.

    >>> import torch
    >>> Brightness(amount=0.2)(torch.ones(2, 3, 8, 8), keys=torch.tensor([1, 2])).shape
    torch.Size([2, 3, 8, 8])

    Source: Howard 2013, "Some Improvements on Deep Convolutional Neural Network Based Image Classification".
    """

    stream = 9

    @staticmethod
    def then(factor_B: Tensor, alpha: Tensor, beta: Tensor, gamma: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return all three numbers times the factor."""
        return factor_B * alpha, factor_B * beta, factor_B * gamma
