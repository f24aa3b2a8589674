"""Cutout: a thing half hidden is the same thing.

Course: AUG-10.

Letters in shapes: B samples, C channels, H height, W width, S side of the square.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.augmentations.augmentation import Augmentation
from glasswork.checks import check_at_least, check_between, check_dimensions, check_size

__all__ = ["Cutout", "cutout_formula"]


def cutout_formula(image_CHW: Tensor, top: int, left: int, size: int, fill: float = 0.0) -> Tensor:
    """Cover a square of one image, pixel by pixel."""
    out = image_CHW.clone()
    for row in range(image_CHW.shape[1]):
        for column in range(image_CHW.shape[2]):
            if top <= row < top + size and left <= column < left + size:
                out[:, row, column] = fill
    return out


class Cutout(Augmentation):
    r"""Cover a square of each image with one value; the square's centre may be any pixel, so it can stick out.

    With the square's corner :math:`(r, c)` and side :math:`s`:

    .. math:: \text{out}[y, x] = \begin{cases} \text{fill} & r \le y < r + s \text{ and } c \le x < c + s \\
              \text{in}[y, x] & \text{else} \end{cases}

    Masks and boxes stay: what is hidden is still there.

    Args:
        size: the side of the square in pixels.
        fill: the value that covers; 0 is black in pixels and the mean in standardised images.
        inside: keep the whole square within the image, so that every image loses as much.
        probability: of a sample to be covered.

    >>> Cutout(size=2)(torch.ones(1, 1, 3, 3), keys=torch.tensor([8])).sum() < 9
    tensor(True)

    Source: DeVries & Taylor 2017, "Improved Regularization of Convolutional Neural Networks with Cutout".
    """

    numbers, stream = 3, 3

    def __init__(self, size: int = 8, *, fill: float = 0.0, inside: bool = False, probability: float = 1.0) -> None:
        super().__init__()
        check_at_least("Cutout", 1, size=size)
        check_between("Cutout", 0, 1, probability=probability)
        self.size, self.fill, self.inside, self.probability = size, fill, inside, probability

    def choose(self, u_BN: Tensor, shape: torch.Size) -> dict[str, Tensor]:
        """Return the square's upper left corner (row, column), (B, 2), and which images are covered."""
        sides = torch.tensor([shape[2], shape[3]], device=u_BN.device)
        if self.inside:
            corner = (u_BN[:, :2] * (sides - self.size + 1).clamp(min=1)).to(torch.int64)
        else:
            corner = (u_BN[:, :2] * sides).to(torch.int64) - self.size // 2
        return {"corner": corner, "covered": u_BN[:, 2] < self.probability}

    def forward(self, x_BCHW: Tensor, *, keys: Tensor) -> Tensor:
        """Return the images, each with a square covered; `keys` are one int64 a sample."""
        check_dimensions("Cutout", 4, x=x_BCHW)
        check_size("Cutout", 0, len(x_BCHW), keys=keys)
        return x_BCHW if self.probability == 0 else self.cover_(x_BCHW.clone(), self.draw(keys, x_BCHW.shape))

    def cover_(self, x_BCHW: Tensor, drawn: dict[str, Tensor]) -> Tensor:
        """Cover a square of each of these images, in place."""
        B, _, H, W = x_BCHW.shape
        if x_BCHW.numel() == 0:
            return x_BCHW
        along = torch.arange(self.size, device=x_BCHW.device)
        # A place outside is brought to the edge, which the square covers too: its centre lies in the image.
        rows_BS = (drawn["corner"][:, :1] + along).clamp_(0, H - 1)[:, :, None]
        columns_BS = (drawn["corner"][:, 1:] + along).clamp_(0, W - 1)[:, None, :]
        sample_B = torch.arange(B, device=x_BCHW.device).view(-1, 1, 1)
        pixels_BHWC = x_BCHW.permute(0, 2, 3, 1)
        fill = torch.full((), self.fill, device=x_BCHW.device).to(x_BCHW.dtype)
        if self.probability < 1:
            fill = torch.where(drawn["covered"].view(-1, 1, 1, 1), fill, pixels_BHWC[sample_B, rows_BS, columns_BS])
        pixels_BHWC[sample_B, rows_BS, columns_BS] = fill
        return x_BCHW

    def extra_repr(self) -> str:
        """Describe the settings."""
        inside = "inside=True, " if self.inside else ""
        return f"size={self.size}, fill={self.fill}, {inside}probability={self.probability}"
