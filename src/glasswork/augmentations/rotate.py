"""Rotate: a thing slightly tilted is the same thing.

Letters in shapes: B samples, C channels, H height, W width.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.augmentations.randomness import uniform
from glasswork.checks import check_between, check_choice, check_dimensions

__all__ = ["Rotate", "rotate"]

_STREAM = 4


def rotate(x_BCHW: Tensor, degrees_B: Tensor, *, outside: str = "zeros") -> Tensor:
    r"""Turn each image about its centre, counter-clockwise, by its own angle; pixels between pixels are interpolated.

    With the angle :math:`\varphi` and coordinates from the centre (y downwards), the output at :math:`(x, y)` is the
    input at :math:`(x \cos\varphi - y \sin\varphi,\; x \sin\varphi + y \cos\varphi)`.

    Args:
        x_BCHW: images, uint8 or float; the result has the same type, uint8 is rounded.
        degrees_B: one angle an image.
        outside: ``zeros``, ``border`` or ``reflection``.

    >>> x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> rotate(x, torch.tensor([90.0])).round()
    tensor([[[[2., 4.],
              [1., 3.]]]])
    """
    _, _, H, W = x_BCHW.shape
    working = x_BCHW.dtype if x_BCHW.dtype in (torch.float32, torch.float64) else torch.float32
    # In float64, then rounded: a vectorised sine may differ in its last bit by the place in the batch.
    angle = degrees_B.to(torch.float64) * (math.pi / 180)
    cos, sin = angle.cos().to(working), angle.sin().to(working)
    zero = torch.zeros_like(cos)
    # The grid runs from -1 to 1 along either side, so a tilt in pixels needs the ratio of the sides.
    first = torch.stack([cos, -sin * (H / W), zero], dim=1)
    second = torch.stack([sin * (W / H), cos, zero], dim=1)
    grid = functional.affine_grid(torch.stack([first, second], dim=1), [len(x_BCHW), 1, H, W], align_corners=False)
    turned = functional.grid_sample(
        x_BCHW.to(working), grid, mode="bilinear", padding_mode=outside, align_corners=False
    )
    if not x_BCHW.dtype.is_floating_point:
        turned = turned.round().clamp(0, 255)
    return turned.to(x_BCHW.dtype)


class Rotate(nn.Module):
    """Turn each image by an angle drawn evenly from ``[-degrees, degrees]``.

    Args:
        degrees: the largest angle, from 0 to 180.
        outside: what appears in the corners: ``zeros``, ``border`` or ``reflection``.
        probability: of a sample to be turned.

    >>> Rotate(degrees=15)(torch.ones(2, 3, 8, 8), keys=torch.tensor([1, 2])).shape
    torch.Size([2, 3, 8, 8])

    Source: Simard, Steinkraus & Platt 2003 (affine distortions).
    """

    def __init__(self, degrees: float = 15.0, *, outside: str = "zeros", probability: float = 1.0) -> None:
        super().__init__()
        check_between("Rotate", 0, 180, degrees=degrees)
        check_between("Rotate", 0, 1, probability=probability)
        check_choice("Rotate", ["zeros", "border", "reflection"], outside=outside)
        self.degrees, self.outside, self.probability = degrees, outside, probability

    def forward(self, x_BCHW: Tensor, *, keys: Tensor) -> Tensor:
        """Return the images, turned; `keys` are one int64 a sample."""
        check_dimensions("Rotate", 4, x=x_BCHW)
        if self.probability == 0 or self.degrees == 0:
            return x_BCHW
        draws = uniform(keys, 2, _STREAM)
        degrees = (2 * draws[:, 0] - 1) * self.degrees
        turned = rotate(x_BCHW, degrees, outside=self.outside)
        return torch.where((draws[:, 1] < self.probability).view(-1, 1, 1, 1), turned, x_BCHW)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"degrees={self.degrees}, outside={self.outside!r}, probability={self.probability}"
