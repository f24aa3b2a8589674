"""Crop: the same thing a few pixels to the side is the same thing.

Letters in shapes: B samples, C channels, H height, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.augmentations.randomness import uniform
from glasswork.checks import check_at_least, check_between, check_choice, check_dimensions
from glasswork.errors import ShapeError

__all__ = ["Crop"]

_STREAM = 2


class Crop(nn.Module):
    r"""Shift each image by up to `padding` pixels, both ways, each shift as likely as any other.

    The same as padding all around and cutting a window of the old size: with shifts
    :math:`d_y, d_x \in \{-p, \dots, p\}`, :math:`\text{out}[y, x] = \text{in}[y + d_y, x + d_x]`; outside is `fill`,
    or the image mirrored at its border.

    Args:
        padding: the largest shift, :math:`p`.
        mode: what lies outside: ``constant`` (`fill`), ``reflect`` (the edge pixel not repeated) or ``edge``.
        fill: the value outside in mode ``constant``.
        probability: of a sample to be shifted at all.

    >>> x = torch.ones(1, 1, 4, 4)
    >>> Crop(padding=1)(x, keys=torch.tensor([0])).shape
    torch.Size([1, 1, 4, 4])

    Source: He et al. 2016, "Deep Residual Learning", section 4.2 (4 pixels on 32x32).
    """

    def __init__(
        self, padding: int = 4, *, mode: str = "constant", fill: float = 0.0, probability: float = 1.0
    ) -> None:
        super().__init__()
        check_at_least("Crop", 0, padding=padding)
        check_choice("Crop", ["constant", "reflect", "edge"], mode=mode)
        check_between("Crop", 0, 1, probability=probability)
        self.padding, self.mode, self.fill, self.probability = padding, mode, fill, probability

    def forward(self, x_BCHW: Tensor, *, keys: Tensor) -> Tensor:
        """Return the images, shifted; `keys` are one int64 a sample."""
        check_dimensions("Crop", 4, x=x_BCHW)
        if self.probability == 0 or self.padding == 0:
            return x_BCHW
        B, _, H, W = x_BCHW.shape
        if self.mode == "reflect" and self.padding >= min(H, W):
            raise ShapeError(f"Crop: padding must be below the image's side, got {self.padding} for {H}x{W}.")
        draws = uniform(keys, 3, _STREAM)
        shift = (draws[:, :2] * (2 * self.padding + 1)).to(torch.int64) - self.padding
        shift = torch.where(draws[:, 2:] < self.probability, shift, 0)
        y_BH = shift[:, :1] + torch.arange(H, device=keys.device)
        x_BW = shift[:, 1:] + torch.arange(W, device=keys.device)
        y_BH, y_inside = self._source(y_BH, H)
        x_BW, x_inside = self._source(x_BW, W)
        # One gather on the channels-last view: a pixel's channels lie side by side, pixels are picked by number.
        pixel_BHW = (torch.arange(B, device=keys.device)[:, None] * H + y_BH)[:, :, None] * W + x_BW[:, None, :]
        pixels = x_BCHW.permute(0, 2, 3, 1).reshape(B * H * W, -1)
        out_BHWC = pixels.index_select(0, pixel_BHW.reshape(-1)).view(B, H, W, -1)
        if self.mode == "constant":
            out_BHWC.masked_fill_(~(y_inside[:, :, None] & x_inside[:, None, :])[..., None], self.fill)
        return out_BHWC.permute(0, 3, 1, 2)

    def _source(self, position: Tensor, size: int) -> tuple[Tensor, Tensor]:
        """Return the row or column to read for each position, and whether the position lies inside."""
        inside = (position >= 0) & (position < size)
        if self.mode == "reflect":
            position = position.abs()
            return torch.where(position >= size, 2 * (size - 1) - position, position), inside
        return position.clamp(0, size - 1), inside

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"padding={self.padding}, mode={self.mode!r}, fill={self.fill}, probability={self.probability}"
