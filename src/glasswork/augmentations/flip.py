"""Flip: an image seen in a mirror is an image of the same thing.

Letters in shapes: B samples, C channels, H height, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.augmentations.randomness import chosen
from glasswork.checks import check_between, check_choice, check_dimensions

__all__ = ["Flip"]

_STREAM = 1
_AXIS = {"horizontal": 3, "vertical": 2}


class Flip(nn.Module):
    """Mirror each image with a probability: left and right exchanged, or top and bottom.

    Not for pictures that carry a direction: a mirrored 2 is no 2.

    Args:
        probability: of a sample to be mirrored.
        direction: ``horizontal`` exchanges left and right, ``vertical`` top and bottom.

    >>> x = torch.arange(3.0).reshape(1, 1, 1, 3)
    >>> Flip(probability=1.0)(x, keys=torch.tensor([4]))
    tensor([[[[2., 1., 0.]]]])

    Source: Krizhevsky, Sutskever & Hinton 2012, section 4.1.
    """

    def __init__(self, probability: float = 0.5, *, direction: str = "horizontal") -> None:
        super().__init__()
        check_between("Flip", 0, 1, probability=probability)
        check_choice("Flip", list(_AXIS), direction=direction)
        self.probability, self.direction = probability, direction

    def forward(self, x_BCHW: Tensor, *, keys: Tensor) -> Tensor:
        """Return the images, some of them mirrored; `keys` are one int64 a sample."""
        check_dimensions("Flip", 4, x=x_BCHW)
        if self.probability == 0:
            return x_BCHW
        turned = chosen(keys, self.probability, _STREAM).view(-1, 1, 1, 1)
        return torch.where(turned, x_BCHW.flip(_AXIS[self.direction]), x_BCHW)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"probability={self.probability}, direction={self.direction!r}"
