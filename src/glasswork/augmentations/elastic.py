"""Elastic: a thing drawn on rubber and pulled a little is the same thing.

Course: AUG-11.

Letters in shapes: B samples, C channels, H height, W width, N boxes.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from glasswork.augmentations.augmentation import Augmentation, Labelled
from glasswork.augmentations.geometry import (
    OUTSIDE,
    check_labels,
    identity_matrices,
    warp,
    warp_formula,
    warp_masks,
)
from glasswork.augmentations.randomness import chosen, uniform
from glasswork.checks import check_above, check_at_least, check_between, check_choice, check_dimensions, check_size

__all__ = ["Elastic", "displacement", "displacement_formula", "elastic", "elastic_formula"]

_STREAM = 12


def elastic(x_BCHW: Tensor, displacement_B2HW: Tensor, *, outside: str = "zeros") -> Tensor:
    r"""Read every pixel a little to the side, each its own way.

    .. math:: \text{out}(x, y) = \text{in}\bigl(x + d_x(x, y),\; y + d_y(x, y)\bigr)

    Args:
        x_BCHW: images, uint8 or float; the result has the same type, uint8 is rounded.
        displacement_B2HW: :math:`d_x` and :math:`d_y` of each output pixel, in pixels.
        outside: what is pulled in: ``zeros``, ``border`` or ``reflection``.

    >>> x = torch.tensor([[[[1.0, 2.0, 3.0]]]])
    >>> elastic(x, torch.tensor([[[[1.0, 0.5, 0.0]], [[0.0, 0.0, 0.0]]]]))
    tensor([[[[2.0000, 2.5000, 3.0000]]]])
    """
    return warp(x_BCHW, identity_matrices(x_BCHW), outside=outside, displacement_B2HW=displacement_B2HW)


def elastic_formula(image_CHW: Tensor, displacement_2HW: Tensor, *, outside: str = "zeros") -> Tensor:
    """Pull one image, pixel by pixel."""
    _, H, W = image_CHW.shape

    def source(x: float, y: float) -> tuple[float, float]:
        dx, dy = displacement_2HW[:, round(y + (H - 1) / 2), round(x + (W - 1) / 2)].tolist()
        return x + dx, y + dy

    return warp_formula(image_CHW, source, outside=outside)


def displacement(noise_B2HW: Tensor, *, strength: float, smoothness: float) -> Tensor:
    r"""Smooth noise into displacements by a Gaussian of standard deviation :math:`\sigma`, times :math:`\alpha`.

    .. math:: d = \alpha \, (G_\sigma * u), \qquad u \sim \text{uniform}(-1, 1) \text{ for each pixel}

    Args:
        noise_B2HW: :math:`u`; nothing lies outside.
        strength: :math:`\alpha`, in pixels; far from the border a displacement's standard deviation is about
            :math:`0.16\,\alpha / \sigma`.
        smoothness: :math:`\sigma`, in pixels.
    """
    H, W = noise_B2HW.shape[2:]
    down, across = (_gaussian(side, smoothness, noise_B2HW.device) for side in (H, W))
    # In float64: a matrix product rounds by the size of the batch, here far below what is kept.
    return strength * (down @ (noise_B2HW.to(torch.float64) @ across))


def displacement_formula(noise_HW: Tensor, *, strength: float, smoothness: float) -> Tensor:
    """Smooth one field of noise, pixel by pixel."""
    H, W = noise_HW.shape
    total = sum(math.exp(-(i**2) / (2 * smoothness**2)) for i in range(-20 * (H + W), 20 * (H + W) + 1))
    out = torch.zeros(H, W, dtype=torch.float64)
    for y in range(H):
        for x in range(W):
            for r in range(H):
                for c in range(W):
                    near = math.exp(-((y - r) ** 2 + (x - c) ** 2) / (2 * smoothness**2)) / total**2
                    out[y, x] += strength * near * float(noise_HW[r, c])
    return out


class Elastic(Augmentation):
    """Pull each image like rubber: every pixel is displaced, and its neighbours nearly alike.

    Right after rotations, shifts and the like in a `Compose` it shares their one warp. A mask follows the pixels. A
    box becomes the box around the pixels that show what was in the old one, whole pixels.

    Args:
        strength: of the displacements, in pixels before smoothing.
        smoothness: of the displacements: the standard deviation of the Gaussian, in pixels.
        outside: what is pulled in: ``zeros``, ``border`` or ``reflection``.
        probability: of a sample to be pulled.

    >>> Elastic(strength=34, smoothness=4)(torch.ones(2, 3, 8, 8), keys=torch.tensor([1, 2])).shape
    torch.Size([2, 3, 8, 8])

    Source: Simard, Steinkraus & Platt 2003, section 2 (strength 34 and smoothness 4 on 29x29 digits).
    """

    def __init__(
        self, strength: float = 34.0, smoothness: float = 4.0, *, outside: str = "zeros", probability: float = 1.0
    ) -> None:
        super().__init__()
        check_at_least("Elastic", 0, strength=strength)
        check_above("Elastic", 0, smoothness=smoothness)
        check_between("Elastic", 0, 1, probability=probability)
        check_choice("Elastic", OUTSIDE, outside=outside)
        self.strength, self.smoothness, self.outside, self.probability = strength, smoothness, outside, probability

    def idle(self) -> bool:
        """Return whether no image is ever pulled."""
        return self.probability == 0 or self.strength == 0

    def draw(self, keys: Tensor, shape: torch.Size) -> dict[str, Tensor]:
        """Return the displacements (B, 2, H, W) in pixels: to the right and down."""
        B, _, H, W = shape
        noise = (2 * uniform(keys, 2 * H * W, _STREAM) - 1).view(B, 2, H, W)
        pulled = displacement(noise, strength=self.strength, smoothness=self.smoothness)
        if self.probability < 1:
            pulled = pulled * chosen(keys, self.probability, _STREAM + 100).view(-1, 1, 1, 1)
        return {"displacement": pulled}

    def forward(self, x_BCHW: Tensor, *, keys: Tensor) -> Tensor:
        """Return the images, pulled; `keys` are one int64 a sample."""
        check_dimensions("Elastic", 4, x=x_BCHW)
        check_size("Elastic", 0, len(x_BCHW), keys=keys)
        if self.idle():
            return x_BCHW
        pulled = elastic(x_BCHW, drawn := self.draw(keys, x_BCHW.shape)["displacement"], outside=self.outside)
        if self.probability < 1:
            pulled = torch.where((drawn == 0).flatten(1).all(1).view(-1, 1, 1, 1), x_BCHW, pulled)
        return pulled

    def labelled(
        self,
        x: Tensor,
        *,
        keys: Tensor,
        masks: Tensor | None = None,
        boxes: Tensor | None = None,
        outside_label: int = 0,
        visible: float = 0.25,
    ) -> Labelled:
        """Return images, masks and boxes, pulled alike; see `Augmentation.labelled`."""
        check_labels("Elastic", x, masks, boxes, visible)
        if self.idle():
            return super().labelled(x, keys=keys, masks=masks, boxes=boxes)
        drawn = self.draw(keys, x.shape)["displacement"]
        if masks is not None:
            planes = warp_masks(
                masks if masks.ndim == 4 else masks[:, None],
                identity_matrices(x),
                outside=self.outside,
                label=outside_label,
                displacement_B2HW=drawn,
            )
            masks = planes if masks.ndim == 4 else planes[:, 0]
        kept = None
        if boxes is not None:
            boxes, kept = pull_boxes(boxes, drawn, visible=visible)
        return Labelled(self(x, keys=keys), masks, boxes, kept)

    def extra_repr(self) -> str:
        """Describe the settings."""
        settings = f"strength={self.strength}, smoothness={self.smoothness}, outside={self.outside!r}"
        return f"{settings}, probability={self.probability}"


def pull_boxes(boxes_BN4: Tensor, displacement_B2HW: Tensor, *, visible: float = 0.25) -> tuple[Tensor, Tensor]:
    """Return the boxes around the pixels that are read from within the old boxes, and which are kept.

    A box is kept if such pixels cover at least the share `visible` of its old area. A box of a sample that is not
    displaced at all is only clipped to the frame.
    """
    _, _, H, W = displacement_B2HW.shape
    x_W = torch.arange(W, device=boxes_BN4.device) + 0.5
    y_H = torch.arange(H, device=boxes_BN4.device) + 0.5
    x_B1HW, y_B1HW = (displacement_B2HW[:, :1] + x_W), (displacement_B2HW[:, 1:] + y_H[:, None])
    x0, y0, x1, y1 = (boxes_BN4[..., i, None, None] for i in range(4))
    within = (x_B1HW >= x0) & (x_B1HW < x1) & (y_B1HW >= y0) & (y_B1HW < y1)
    columns, rows = within.any(2), within.any(3)
    found = torch.stack(
        [
            columns.int().argmax(-1),
            rows.int().argmax(-1),
            W - columns.flip(-1).int().argmax(-1),
            H - rows.flip(-1).int().argmax(-1),
        ],
        dim=-1,
    )
    count = within.sum((2, 3))
    new = torch.where((count > 0)[..., None], found, 0).to(boxes_BN4.dtype)
    area = (boxes_BN4[..., 2] - boxes_BN4[..., 0]) * (boxes_BN4[..., 3] - boxes_BN4[..., 1])
    kept = (count > 0) & (count >= visible * area)
    still = (displacement_B2HW == 0).flatten(1).all(1)[:, None]
    limits = torch.tensor([W, H, W, H], dtype=boxes_BN4.dtype, device=boxes_BN4.device)
    clipped = torch.minimum(boxes_BN4.clamp(min=0), limits)
    left = (clipped[..., 2] - clipped[..., 0]).clamp(min=0) * (clipped[..., 3] - clipped[..., 1]).clamp(min=0)
    return (
        torch.where(still[..., None], clipped, new),
        torch.where(still, (left > 0) & (left >= visible * area), kept),
    )


def _gaussian(side: int, sigma: float, device: torch.device) -> Tensor:
    """Return the matrix (side, side) that smooths along one axis: how much of pixel j goes into pixel i."""
    place = torch.arange(side, dtype=torch.float64, device=device)
    reach = torch.arange(-math.ceil(10 * sigma), math.ceil(10 * sigma) + 1, dtype=torch.float64, device=device)
    weights = torch.exp(-((place[:, None] - place) ** 2) / (2 * sigma**2))
    return weights / torch.exp(-(reach**2) / (2 * sigma**2)).sum()
