"""Rotate: a thing slightly tilted is the same thing.

Course: AUG-02.

Letters in shapes: B samples, C channels, H height, W width.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from glasswork.augmentations.geometry import OUTSIDE, Geometric, warp, warp_formula
from glasswork.checks import check_between, check_choice

__all__ = ["Rotate", "rotate", "rotate_formula"]


def rotate(x_BCHW: Tensor, degrees_B: Tensor, *, outside: str = "zeros") -> Tensor:
    r"""Turn each image about its centre, counter-clockwise, by its own angle; pixels between pixels are interpolated.

    With the angle :math:`\varphi` and coordinates from the centre (y downwards):

    .. math:: \text{out}(x, y) = \text{in}(x \cos\varphi - y \sin\varphi,\; x \sin\varphi + y \cos\varphi)

    Args:
        x_BCHW: images, uint8 or float; the result has the same type, uint8 is rounded.
        degrees_B: one angle an image.
        outside: ``zeros``, ``border`` or ``reflection``.

    >>> x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> rotate(x, torch.tensor([90.0])).round()
    tensor([[[[2., 4.],
              [1., 3.]]]])
    """
    return warp(x_BCHW, _matrices(degrees_B), outside=outside)


def rotate_formula(image_CHW: Tensor, degrees: float, *, outside: str = "zeros") -> Tensor:
    """Turn one image, pixel by pixel."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return warp_formula(image_CHW, lambda x, y: (x * cos - y * sin, x * sin + y * cos), outside=outside)


class Rotate(Geometric):
    """Turn each image by an angle drawn evenly from ``[-degrees, degrees]``.

    Args:
        degrees: the largest angle, from 0 to 180.
        outside: what appears in the corners: ``zeros``, ``border`` or ``reflection``.
        probability: of a sample to be turned.

    >>> Rotate(degrees=15)(torch.ones(2, 3, 8, 8), keys=torch.tensor([1, 2])).shape
    torch.Size([2, 3, 8, 8])

    Source: Simard, Steinkraus & Platt 2003 (affine distortions).
    """

    numbers, stream = 2, 4

    def __init__(self, degrees: float = 15.0, *, outside: str = "zeros", probability: float = 1.0) -> None:
        super().__init__()
        check_between("Rotate", 0, 180, degrees=degrees)
        check_between("Rotate", 0, 1, probability=probability)
        check_choice("Rotate", OUTSIDE, outside=outside)
        self.degrees, self.outside, self.probability = degrees, outside, probability

    def idle(self) -> bool:
        """Return whether no image is ever turned."""
        return self.probability == 0 or self.degrees == 0

    def choose(self, u_BN: Tensor, shape: torch.Size) -> dict[str, Tensor]:
        """Return the angles."""
        return {"degrees": torch.where(u_BN[:, 1] < self.probability, (2 * u_BN[:, 0] - 1) * self.degrees, 0.0)}

    def matrices(self, drawn: dict[str, Tensor], shape: torch.Size) -> Tensor:
        """Return the rotations."""
        return _matrices(drawn["degrees"])

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"degrees={self.degrees}, outside={self.outside!r}, probability={self.probability}"


def _matrices(degrees_B: Tensor) -> Tensor:
    # In float64, later rounded: a vectorised sine may differ in its last bit by the place in the batch.
    angle = degrees_B.to(torch.float64) * (math.pi / 180)
    cos, sin, zero = angle.cos(), angle.sin(), torch.zeros_like(angle)
    return torch.stack([cos, -sin, zero, sin, cos, zero], dim=1).view(-1, 2, 3)
