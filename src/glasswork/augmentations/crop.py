"""Crop: the same thing a few pixels to the side, or seen through a window, is the same thing.

Course: AUG-09.

Letters in shapes: B samples, C channels, H height, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from glasswork.augmentations.geometry import Geometric
from glasswork.checks import check_at_least, check_between, check_choice
from glasswork.errors import ShapeError

__all__ = ["Crop", "crop_formula"]

_PAD = {"constant": "constant", "reflect": "reflect", "edge": "replicate"}


def crop_formula(
    image_CHW: Tensor, down: int, right: int, size: tuple[int, int], *, mode: str = "constant", fill: float = 0.0
) -> Tensor:
    """Cut a window out of one image, pixel by pixel, from row `down` and column `right`, which may be negative."""
    C, H, W = image_CHW.shape
    out = image_CHW.new_full((C, *size), fill)
    for row in range(size[0]):
        for column in range(size[1]):
            r, c = row + down, column + right
            if mode == "edge":
                r, c = min(max(r, 0), H - 1), min(max(c, 0), W - 1)
            if mode == "reflect":
                r, c = (H - 1) - abs((H - 1) - abs(r)), (W - 1) - abs((W - 1) - abs(c))
            if 0 <= r < H and 0 <= c < W:
                out[:, row, column] = image_CHW[:, r, c]
    return out


class Crop(Geometric):
    r"""Cut a window out of each padded image, every place as likely as any other.

    With a window of :math:`h \times w`, padding :math:`p` and shifts :math:`d_y \in \{-p, \dots, H + p - h\}`,
    :math:`d_x \in \{-p, \dots, W + p - w\}`:

    .. math:: \text{out}[y, x] = \text{in}[y + d_y, x + d_x]

    Outside is `fill`, or the image mirrored at its border. Without padding the window lies inside the image.

    Args:
        padding: how far the window may leave the image, :math:`p`.
        size: the window's height and width, or one number for both; default: those of the image.
        mode: what lies outside: ``constant`` (`fill`), ``reflect`` (the edge pixel not repeated) or ``edge``.
        fill: the value outside in mode ``constant``.
        probability: of a sample to be cut anywhere but in the middle.

    >>> x = torch.ones(1, 1, 4, 4)
    >>> Crop(padding=1)(x, keys=torch.tensor([0])).shape, Crop(0, size=3)(x, keys=torch.tensor([0])).shape
    (torch.Size([1, 1, 4, 4]), torch.Size([1, 1, 3, 3]))

    Source: He et al. 2016, "Deep Residual Learning", section 4.2 (4 pixels on 32x32).
    """

    exact = True

    numbers, stream = 3, 2

    def __init__(
        self,
        padding: int = 4,
        *,
        size: int | tuple[int, int] | None = None,
        mode: str = "constant",
        fill: float = 0.0,
        probability: float = 1.0,
    ) -> None:
        super().__init__()
        check_at_least("Crop", 0, padding=padding)
        check_choice("Crop", list(_PAD), mode=mode)
        check_between("Crop", 0, 1, probability=probability)
        self.window = (size, size) if isinstance(size, int) else None if size is None else (size[0], size[1])
        if self.window is not None:
            check_at_least("Crop", 1, size=min(self.window))
        self.padding, self.mode, self.fill, self.probability = padding, mode, fill, probability
        self.outside = {"edge": "border", "reflect": "own"}.get(mode, "zeros" if fill == 0 else "own")

    def frame(self, height: int, width: int) -> tuple[int, int]:
        """Return the window's size."""
        window = self.window or (height, width)
        if window[0] > height + 2 * self.padding or window[1] > width + 2 * self.padding:
            raise ShapeError(
                f"Crop: size {window[0]}x{window[1]} does not fit into {height}x{width} with padding {self.padding}."
            )
        return window

    def idle(self) -> bool:
        """Return whether every image stays as it is."""
        return self.window is None and (self.probability == 0 or self.padding == 0)

    def choose(self, u_BN: Tensor, shape: torch.Size) -> dict[str, Tensor]:
        """Return the window's upper left corner, (B, 2): row and column in the image, negative in the padding."""
        height, width = self.frame(shape[2], shape[3])
        rows, columns = shape[2] - height, shape[3] - width
        places = torch.tensor([rows, columns], device=u_BN.device) + (2 * self.padding + 1)
        shift = (u_BN[:, :2] * places).to(torch.int64) - self.padding
        middle = torch.tensor([rows // 2, columns // 2], device=u_BN.device)
        return {"shift": torch.where(u_BN[:, 2:] < self.probability, shift, middle)}

    def matrices(self, drawn: dict[str, Tensor], shape: torch.Size) -> Tensor:
        """Return the shifts."""
        height, width = self.frame(shape[2], shape[3])
        smaller = torch.tensor([(height - shape[2]) / 2, (width - shape[3]) / 2], dtype=torch.float64)
        shift = (drawn["shift"] + smaller.to(drawn["shift"].device)).flip(1)
        eye = torch.eye(2, dtype=torch.float64, device=shift.device).expand(len(shift), 2, 2)
        return torch.cat([eye, shift[:, :, None]], dim=2)

    def _moved(self, x_BCHW: Tensor, drawn: dict[str, Tensor], *, label: int | None = None) -> Tensor:
        B, _, H, W = x_BCHW.shape
        if self.mode == "reflect" and self.padding >= min(H, W):
            raise ShapeError(f"Crop: padding must be below the image's side, got {self.padding} for {H}x{W}.")
        height, width = self.frame(H, W)
        corner = drawn["shift"] + self.padding
        fill = (self.fill if label is None else label) if self.mode == "constant" else None
        padded = functional.pad(x_BCHW, (self.padding,) * 4, mode=_PAD[self.mode], value=fill) if B else x_BCHW
        # Every window is a view; picking one a sample copies whole rows of pixels, and keeps the memory layout.
        windows = padded.unfold(2, height, 1).unfold(3, width, 1)
        return windows[torch.arange(B, device=corner.device), :, corner[:, 0], corner[:, 1]]

    def extra_repr(self) -> str:
        """Describe the settings."""
        size = "" if self.window is None else f"size={self.window}, "
        return f"padding={self.padding}, {size}mode={self.mode!r}, fill={self.fill}, probability={self.probability}"
