"""Translate: a thing elsewhere in the picture is the same thing.

Course: AUG-03.

Letters in shapes: B samples, C channels, H height, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.augmentations.geometry import OUTSIDE, Geometric, warp, warp_formula
from glasswork.checks import check_between, check_choice

__all__ = ["Translate", "translate", "translate_formula"]


def translate(x_BCHW: Tensor, shift_B2: Tensor, *, outside: str = "zeros") -> Tensor:
    r"""Move each image :math:`d_x` pixels to the right and :math:`d_y` down; parts of pixels are interpolated.

    .. math:: \text{out}(x, y) = \text{in}(x - d_x,\; y - d_y)

    Args:
        x_BCHW: images, uint8 or float; the result has the same type, uint8 is rounded.
        shift_B2: :math:`(d_x, d_y)` of each image, in pixels.
        outside: what moves in: ``zeros``, ``border`` or ``reflection``.

    >>> translate(torch.tensor([[[[1.0, 2.0, 3.0]]]]), torch.tensor([[1.0, 0.0]]))
    tensor([[[[0., 1., 2.]]]])
    """
    return warp(x_BCHW, _matrices(shift_B2), outside=outside)


def translate_formula(image_CHW: Tensor, shift_x: float, shift_y: float, *, outside: str = "zeros") -> Tensor:
    """Move one image, pixel by pixel."""
    return warp_formula(image_CHW, lambda x, y: (x - shift_x, y - shift_y), outside=outside)


class Translate(Geometric):
    """Move each image by up to a share of its sides, every shift as likely as any other.

    Args:
        share: the largest shift, as a share of the width and of the height; from 0 to 1.
        outside: what moves in: ``zeros``, ``border`` or ``reflection``.
        probability: of a sample to be moved.

    >>> Translate(share=0.1)(torch.ones(2, 3, 8, 8), keys=torch.tensor([1, 2])).shape
    torch.Size([2, 3, 8, 8])

    Source: Simard, Steinkraus & Platt 2003 (affine distortions).
    """

    numbers, stream = 3, 6

    def __init__(self, share: float = 0.1, *, outside: str = "zeros", probability: float = 1.0) -> None:
        super().__init__()
        check_between("Translate", 0, 1, share=share)
        check_between("Translate", 0, 1, probability=probability)
        check_choice("Translate", OUTSIDE, outside=outside)
        self.share, self.outside, self.probability = share, outside, probability

    def idle(self) -> bool:
        """Return whether no image is ever moved."""
        return self.probability == 0 or self.share == 0

    def choose(self, u_BN: Tensor, shape: torch.Size) -> dict[str, Tensor]:
        """Return the shifts in pixels, (B, 2): to the right and down."""
        sides = torch.tensor([shape[3], shape[2]], dtype=torch.float32, device=u_BN.device)
        shift = (2 * u_BN[:, :2] - 1) * (self.share * sides)
        return {"shift": torch.where(u_BN[:, 2:] < self.probability, shift, 0.0)}

    def matrices(self, drawn: dict[str, Tensor], shape: torch.Size) -> Tensor:
        """Return the shifts."""
        return _matrices(drawn["shift"])

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"share={self.share}, outside={self.outside!r}, probability={self.probability}"


def _matrices(shift_B2: Tensor) -> Tensor:
    eye = torch.eye(2, dtype=torch.float64, device=shift_B2.device).expand(len(shift_B2), 2, 2)
    return torch.cat([eye, -shift_B2.to(torch.float64)[:, :, None]], dim=2)
