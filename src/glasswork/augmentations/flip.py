"""Flip: an image seen in a mirror is an image of the same thing.

Course: AUG-05.

Letters in shapes: B samples, C channels, H height, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.augmentations.geometry import Geometric
from glasswork.checks import check_between, check_choice

__all__ = ["Flip", "flip_formula"]

_AXIS = {"horizontal": 3, "vertical": 2}


def flip_formula(image_CHW: Tensor, direction: str = "horizontal") -> Tensor:
    """Mirror one image, pixel by pixel."""
    _, H, W = image_CHW.shape
    out = torch.empty_like(image_CHW)
    for row in range(H):
        for column in range(W):
            r, c = (row, W - 1 - column) if direction == "horizontal" else (H - 1 - row, column)
            out[:, row, column] = image_CHW[:, r, c]
    return out


class Flip(Geometric):
    r"""Mirror each image with a probability: left and right exchanged, or top and bottom.

    .. math:: \text{out}[y, x] = \text{in}[y, W - 1 - x]

    Not for pictures that carry a direction: a mirrored 2 is no 2.

    Args:
        probability: of a sample to be mirrored.
        direction: ``horizontal`` exchanges left and right, ``vertical`` top and bottom.

    >>> x = torch.arange(3.0).reshape(1, 1, 1, 3)
    >>> Flip(probability=1.0)(x, keys=torch.tensor([4]))
    tensor([[[[2., 1., 0.]]]])

    Source: Krizhevsky, Sutskever & Hinton 2012, section 4.1.
    """

    outside = "any"
    exact = True

    numbers, stream = 1, 1

    def __init__(self, probability: float = 0.5, *, direction: str = "horizontal") -> None:
        super().__init__()
        check_between("Flip", 0, 1, probability=probability)
        check_choice("Flip", list(_AXIS), direction=direction)
        self.probability, self.direction = probability, direction

    def choose(self, u_BN: Tensor, shape: torch.Size) -> dict[str, Tensor]:
        """Return which images are mirrored."""
        return {"turned": u_BN[:, 0] < self.probability}

    def matrices(self, drawn: dict[str, Tensor], shape: torch.Size) -> Tensor:
        """Return the reflections."""
        sign = 1.0 - 2.0 * drawn["turned"].to(torch.float64)
        one, zero = torch.ones_like(sign), torch.zeros_like(sign)
        x, y = (sign, one) if self.direction == "horizontal" else (one, sign)
        return torch.stack([x, zero, zero, zero, y, zero], dim=1).view(-1, 2, 3)

    def _moved(self, x_BCHW: Tensor, drawn: dict[str, Tensor], *, label: int | None = None) -> Tensor:
        turned, axis = drawn["turned"], _AXIS[self.direction]
        if x_BCHW.device.type != "cpu":
            return torch.where(turned.view(-1, 1, 1, 1), x_BCHW.flip(axis), x_BCHW)
        # On a CPU, where nothing waits for a count, it is faster to touch only those that turn.
        out, rows = x_BCHW.clone(), turned.nonzero()[:, 0]
        out[rows] = x_BCHW[rows].flip(axis)
        return out

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"probability={self.probability}, direction={self.direction!r}"
