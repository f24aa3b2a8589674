"""Shear: a thing that leans is the same thing.

Letters in shapes: B samples, C channels, H height, W width.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from glasswork.augmentations.geometry import OUTSIDE, Geometric, warp, warp_formula
from glasswork.checks import check_between, check_choice

__all__ = ["Shear", "shear", "shear_formula"]


def shear(x_BCHW: Tensor, degrees_B: Tensor, *, outside: str = "zeros") -> Tensor:
    r"""Let each image lean to the right by its own angle; rows slide, the middle one stays.

    .. math:: \text{out}(x, y) = \text{in}(x + y \tan\varphi,\; y)

    Args:
        x_BCHW: images, uint8 or float; the result has the same type, uint8 is rounded.
        degrees_B: one angle an image.
        outside: what slides in: ``zeros``, ``border`` or ``reflection``.

    >>> x = torch.tensor([[[[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]]])
    >>> shear(x, torch.tensor([45.0]))
    tensor([[[[0., 1., 2.],
              [1., 2., 3.],
              [2., 3., 0.]]]])
    """
    return warp(x_BCHW, _matrices(degrees_B), outside=outside)


def shear_formula(image_CHW: Tensor, degrees: float, *, outside: str = "zeros") -> Tensor:
    """Let one image lean, pixel by pixel."""
    tan = math.tan(math.radians(degrees))
    return warp_formula(image_CHW, lambda x, y: (x + y * tan, y), outside=outside)


class Shear(Geometric):
    """Let each image lean by an angle drawn evenly from ``[-degrees, degrees]``.

    Args:
        degrees: the largest angle, from 0 to 80.
        outside: what slides in: ``zeros``, ``border`` or ``reflection``.
        probability: of a sample to lean.

    >>> Shear(degrees=10)(torch.ones(2, 3, 8, 8), keys=torch.tensor([1, 2])).shape
    torch.Size([2, 3, 8, 8])

    Source: Simard, Steinkraus & Platt 2003 (affine distortions).
    """

    numbers, stream = 2, 8

    def __init__(self, degrees: float = 10.0, *, outside: str = "zeros", probability: float = 1.0) -> None:
        super().__init__()
        check_between("Shear", 0, 80, degrees=degrees)
        check_between("Shear", 0, 1, probability=probability)
        check_choice("Shear", OUTSIDE, outside=outside)
        self.degrees, self.outside, self.probability = degrees, outside, probability

    def idle(self) -> bool:
        """Return whether no image ever leans."""
        return self.probability == 0 or self.degrees == 0

    def choose(self, u_BN: Tensor, shape: torch.Size) -> dict[str, Tensor]:
        """Return the angles."""
        return {"degrees": torch.where(u_BN[:, 1] < self.probability, (2 * u_BN[:, 0] - 1) * self.degrees, 0.0)}

    def matrices(self, drawn: dict[str, Tensor], shape: torch.Size) -> Tensor:
        """Return the shears."""
        return _matrices(drawn["degrees"])

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"degrees={self.degrees}, outside={self.outside!r}, probability={self.probability}"


def _matrices(degrees_B: Tensor) -> Tensor:
    tan = (degrees_B.to(torch.float64) * (math.pi / 180)).tan()
    one, zero = torch.ones_like(tan), torch.zeros_like(tan)
    return torch.stack([one, tan, zero, zero, one, zero], dim=1).view(-1, 2, 3)
