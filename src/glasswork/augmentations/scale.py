"""Scale: a thing nearer or farther is the same thing.

Course: AUG-04.

Letters in shapes: B samples, C channels, H height, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.augmentations.geometry import OUTSIDE, Geometric, warp, warp_formula
from glasswork.checks import check_above, check_at_least, check_between, check_choice

__all__ = ["Scale", "scale", "scale_formula"]


def scale(x_BCHW: Tensor, factor_B: Tensor, *, outside: str = "zeros") -> Tensor:
    r"""Zoom each image about its centre by its own factor; the frame keeps its size.

    .. math:: \text{out}(x, y) = \text{in}(x / s,\; y / s)

    Args:
        x_BCHW: images, uint8 or float; the result has the same type, uint8 is rounded.
        factor_B: :math:`s` of each image: 2 shows everything twice as large, 1/2 half as large.
        outside: what appears around a smaller image: ``zeros``, ``border`` or ``reflection``.

    >>> scale(torch.tensor([[[[4.0, 8.0]]]]), torch.tensor([2.0]), outside="border")
    tensor([[[[5., 7.]]]])
    """
    return warp(x_BCHW, _matrices(factor_B), outside=outside)


def scale_formula(image_CHW: Tensor, factor: float, *, outside: str = "zeros") -> Tensor:
    """Zoom one image, pixel by pixel."""
    return warp_formula(image_CHW, lambda x, y: (x / factor, y / factor), outside=outside)


class Scale(Geometric):
    """Zoom each image by a factor drawn evenly from ``[low, high]``.

    Args:
        low: the smallest factor, above 0; below 1 the image shrinks.
        high: the largest factor.
        outside: what appears around a smaller image: ``zeros``, ``border`` or ``reflection``.
        probability: of a sample to be zoomed.

    >>> Scale(0.8, 1.25)(torch.ones(2, 3, 8, 8), keys=torch.tensor([1, 2])).shape
    torch.Size([2, 3, 8, 8])

    Source: Simard, Steinkraus & Platt 2003 (affine distortions).
    """

    numbers, stream = 2, 7

    def __init__(
        self, low: float = 0.8, high: float = 1.25, *, outside: str = "zeros", probability: float = 1.0
    ) -> None:
        super().__init__()
        check_above("Scale", 0, low=low)
        check_at_least("Scale", low, high=high)
        check_between("Scale", 0, 1, probability=probability)
        check_choice("Scale", OUTSIDE, outside=outside)
        self.low, self.high, self.outside, self.probability = low, high, outside, probability

    def idle(self) -> bool:
        """Return whether no image is ever zoomed."""
        return self.probability == 0 or self.low == self.high == 1

    def choose(self, u_BN: Tensor, shape: torch.Size) -> dict[str, Tensor]:
        """Return the factors."""
        factor = self.low + (self.high - self.low) * u_BN[:, 0]
        return {"factor": torch.where(u_BN[:, 1] < self.probability, factor, 1.0)}

    def matrices(self, drawn: dict[str, Tensor], shape: torch.Size) -> Tensor:
        """Return the zooms."""
        return _matrices(drawn["factor"])

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"low={self.low}, high={self.high}, outside={self.outside!r}, probability={self.probability}"


def _matrices(factor_B: Tensor) -> Tensor:
    eye = torch.eye(2, 3, dtype=torch.float64, device=factor_B.device)
    return eye / factor_B.to(torch.float64)[:, None, None]
