r"""Geometry: pixels that move. Each kind is a matrix a sample, matrices multiply, and one warp does them all.

A matrix (2, 3) says where an output pixel is read: :math:`(x', y') = A\,(x, y) + t`, in pixels from the centre of the
image, :math:`y` downwards. One after another, first :math:`M_1` and then :math:`M_2`, is the product :math:`M_1 M_2`.
Resampled once, an image stays sharper than resampled at every step, and nothing is lost that a first step moved out
of the frame and a second one moved in again.

Letters in shapes: B samples, C channels, H height, W width, N boxes.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from glasswork.augmentations.augmentation import Augmentation, Labelled
from glasswork.checks import check_between, check_dimensions, check_size
from glasswork.errors import ShapeError

__all__ = [
    "Geometric",
    "around_boxes",
    "check_labels",
    "identity_matrices",
    "move_boxes",
    "multiply",
    "warp",
    "warp_formula",
    "warp_masks",
]

OUTSIDE = ("zeros", "border", "reflection")


class Geometric(Augmentation):
    """A kind that is an affine map of the pixels' places.

    A kind says its `matrices`; alone it is one warp, and neighbours in a `Compose` are multiplied into one.
    `outside` is what appears where nothing was: ``zeros``, ``border`` (the edge pixel) or ``reflection``; ``any`` for a
    kind that never looks outside, ``own`` for one that cannot join a common warp. `exact` kinds move whole pixels.
    """

    probability: float = 1.0
    outside: str = "zeros"
    exact: bool = False

    def matrices(self, drawn: dict[str, Tensor], shape: torch.Size) -> Tensor:
        """Return the matrices (B, 2, 3), float64, of drawn parameters, for a batch of this shape."""
        raise NotImplementedError

    def frame(self, height: int, width: int) -> tuple[int, int]:
        """Return the size of what comes out."""
        return height, width

    def idle(self) -> bool:
        """Return whether the settings leave every image as it is."""
        return self.probability == 0

    def forward(self, x_BCHW: Tensor, *, keys: Tensor) -> Tensor:
        """Return the images, moved; `keys` are one int64 a sample."""
        check_dimensions(type(self).__name__, 4, x=x_BCHW)
        check_size(type(self).__name__, 0, len(x_BCHW), keys=keys)
        return x_BCHW if self.idle() else self._moved(x_BCHW, self.draw(keys, x_BCHW.shape))

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
        """Return images, masks and boxes, moved alike; see `Augmentation.labelled`."""
        check_labels(type(self).__name__, x, masks, boxes, visible)
        if self.idle():
            return super().labelled(x, keys=keys, masks=masks, boxes=boxes)
        drawn = self.draw(keys, x.shape)
        if masks is not None:
            planes = masks if masks.ndim == 4 else masks[:, None]
            moved = self._moved(planes, drawn, label=outside_label)
            masks = moved if masks.ndim == 4 else moved[:, 0]
        kept = None
        if boxes is not None:
            old = (x.shape[2], x.shape[3])
            boxes, kept = move_boxes(boxes, self.matrices(drawn, x.shape), old, self.frame(*old), visible=visible)
        return Labelled(self._moved(x, drawn), masks, boxes, kept)

    def _moved(self, x_BCHW: Tensor, drawn: dict[str, Tensor], *, label: int | None = None) -> Tensor:
        """Return images, or masks (with the label of what lies outside), moved."""
        matrices, size = self.matrices(drawn, x_BCHW.shape), self.frame(x_BCHW.shape[2], x_BCHW.shape[3])
        if label is not None:
            return warp_masks(x_BCHW, matrices, size=size, outside=self.outside, label=label)
        return warp(x_BCHW, matrices, size=size, outside=self.outside, untouched=self.probability < 1)


def identity_matrices(keys: Tensor) -> Tensor:
    """Return (B, 2, 3) float64 matrices that move nothing."""
    return torch.eye(2, 3, dtype=torch.float64, device=keys.device).expand(len(keys), 2, 3)


def multiply(first: Tensor, second: Tensor) -> Tensor:
    """Return the matrices (B, 2, 3) that do to an image what `first` and then `second` do.

    >>> right = torch.tensor([[[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]]])
    >>> twice_as_large = torch.tensor([[[0.5, 0.0, 0.0], [0.0, 0.5, 0.0]]])
    >>> multiply(right, twice_as_large)
    tensor([[[ 0.5000,  0.0000, -1.0000],
             [ 0.0000,  0.5000,  0.0000]]])
    """
    # Written out, not as a matrix product: a batched one may round a sample differently by its place in the batch.
    product = first[:, :, :1] * second[:, :1, :] + first[:, :, 1:2] * second[:, 1:, :]
    product[:, :, 2] += first[:, :, 2]
    return product


def warp(
    x_BCHW: Tensor,
    matrices_B23: Tensor,
    *,
    size: tuple[int, int] | None = None,
    outside: str = "zeros",
    displacement_B2HW: Tensor | None = None,
    untouched: bool = False,
    nearest: bool = False,
) -> Tensor:
    r"""Read every output pixel where its matrix says, between the four pixels around that place.

    .. math:: \text{out}(x, y) = \text{in}\bigl(A\,(x + d_x, y + d_y) + t\bigr)

    Args:
        x_BCHW: images, uint8 or float; the result has the same type, uint8 is rounded.
        matrices_B23: one a sample, from output to input, in pixels from the centre.
        size: height and width of the result; default: as it was.
        outside: ``zeros``, ``border`` or ``reflection``.
        displacement_B2HW: :math:`d_x` and :math:`d_y` of each output pixel, in pixels.
        untouched: return a sample whose matrix is the identity bit for bit.
        nearest: take the nearest pixel, not a mixture of four.

    >>> x = torch.tensor([[[[1.0, 2.0, 3.0]]]])
    >>> warp(x, torch.tensor([[[1.0, 0.0, 0.5], [0.0, 1.0, 0.0]]]))  # half a pixel to the left
    tensor([[[[1.5000, 2.5000, 1.5000]]]])
    """
    B, _, H, W = x_BCHW.shape
    h, w = size or (H, W)
    if x_BCHW.numel() == 0:
        return x_BCHW.new_zeros(B, x_BCHW.shape[1], h, w)
    working = x_BCHW.dtype if x_BCHW.dtype in (torch.float32, torch.float64) else torch.float32
    # grid_sample's places run from -1 to 1 along either side.
    side = torch.tensor([[2 / W], [2 / H]], dtype=torch.float64, device=x_BCHW.device)
    m = (matrices_B23.to(torch.float64) * side).to(working)
    x_W = torch.arange(w, dtype=working, device=x_BCHW.device) - (w - 1) / 2
    y_H = torch.arange(h, dtype=working, device=x_BCHW.device) - (h - 1) / 2
    if displacement_B2HW is None:  # a sum of something in x and something in y
        across, down = m[:, :, :1] * x_W, m[:, :, 1:2] * y_H + m[:, :, 2:]
        grid_B2HW = across[:, :, None, :] + down[:, :, :, None]
    else:
        x_BHW = displacement_B2HW[:, 0].to(working) + x_W
        y_BHW = displacement_B2HW[:, 1].to(working) + y_H[:, None]
        n = m[..., None, None]
        grid_B2HW = n[:, :, 0] * x_BHW[:, None] + (n[:, :, 1] * y_BHW[:, None] + n[:, :, 2])
    moved = functional.grid_sample(
        x_BCHW.to(working),
        grid_B2HW.permute(0, 2, 3, 1),
        mode="nearest" if nearest else "bilinear",
        padding_mode=outside,
        align_corners=False,
    )
    if not x_BCHW.dtype.is_floating_point:
        moved = moved.round_().clamp_(0, 255) if x_BCHW.dtype == torch.uint8 else moved.round_()
    moved = moved.to(x_BCHW.dtype)
    if untouched and (h, w) == (H, W) and displacement_B2HW is None:
        same = (matrices_B23 == identity_matrices(matrices_B23)).flatten(1).all(1)
        moved = torch.where(same.view(-1, 1, 1, 1), x_BCHW, moved)
    return moved


def warp_formula(
    image_CHW: Tensor, source: Callable[[float, float], tuple[float, float]], *, outside: str = "zeros"
) -> Tensor:
    """Read one image pixel by pixel: what `warp` does to each sample, as a loop over all places.

    Args:
        image_CHW: one image.
        source: from a place in the output to the place that is read, in pixels from the centre.
        outside: ``zeros``, ``border`` or ``reflection``.

    >>> warp_formula(torch.tensor([[[1.0, 2.0, 3.0]]]), lambda x, y: (x + 0.5, y))
    tensor([[[1.5000, 2.5000, 1.5000]]])
    """
    _, H, W = image_CHW.shape
    out = torch.zeros_like(image_CHW)
    for row in range(H):
        for column in range(W):
            x, y = source(column - (W - 1) / 2, row - (H - 1) / 2)
            x, y = _folded(x + (W - 1) / 2, W, outside), _folded(y + (H - 1) / 2, H, outside)
            for r in (math.floor(y), math.floor(y) + 1):
                for c in (math.floor(x), math.floor(x) + 1):
                    if 0 <= r < H and 0 <= c < W:
                        out[:, row, column] += (1 - abs(y - r)) * (1 - abs(x - c)) * image_CHW[:, r, c]
    return out


def _folded(place: float, side: int, outside: str) -> float:
    """Return the place within the image that stands for one outside; pixel i reaches from i - 1/2 to i + 1/2."""
    if outside == "reflection":
        place = (place + 0.5) % (2 * side)
        place = min(place, 2 * side - place) - 0.5
    return place if outside == "zeros" else min(max(place, 0.0), side - 1.0)


def warp_masks(
    masks_BKHW: Tensor,
    matrices_B23: Tensor,
    *,
    size: tuple[int, int] | None = None,
    outside: str = "zeros",
    label: int = 0,
    displacement_B2HW: Tensor | None = None,
) -> Tensor:
    """Read every pixel of masks from the nearest one; `label` is what lies outside where `outside` is ``zeros``."""
    shifted = masks_BKHW.to(torch.float64) - label  # float64 holds every class number that anybody has
    moved = warp(shifted, matrices_B23, size=size, outside=outside, displacement_B2HW=displacement_B2HW, nearest=True)
    return (moved + label).to(masks_BKHW.dtype)


def move_boxes(
    boxes_BN4: Tensor,
    matrices_B23: Tensor,
    old: tuple[int, int],
    new: tuple[int, int],
    *,
    visible: float = 0.25,
) -> tuple[Tensor, Tensor]:
    """Return the boxes around the moved boxes, clipped to the frame, and which of them are kept.

    Args:
        boxes_BN4: ``x0, y0, x1, y1`` in pixels from the upper left edge; the whole image is ``0, 0, W, H``.
        matrices_B23: as for `warp`: from output to input.
        old: height and width before.
        new: height and width after.
        visible: a box is kept if at least this share of the moved box lies within the frame, and more than nothing.

    >>> left = torch.tensor([[[1.0, 0.0, 3.0], [0.0, 1.0, 0.0]]])  # three pixels to the left
    >>> move_boxes(torch.tensor([[[2.0, 2.0, 6.0, 4.0], [0.0, 0.0, 3.0, 2.0]]]), left, (8, 8), (8, 8))
    (tensor([[[0., 2., 3., 4.],
             [0., 0., 0., 2.]]]), tensor([[ True, False]]))
    """
    whole = around_boxes(boxes_BN4, matrices_B23, old, new)
    limits = torch.tensor([new[1], new[0], new[1], new[0]], dtype=torch.float64, device=whole.device)
    clipped = torch.minimum(whole.clamp(min=0), limits)
    area = _area(clipped)
    kept = (area > 0) & (area >= visible * _area(whole))
    return clipped.to(boxes_BN4.dtype if boxes_BN4.is_floating_point() else torch.float32), kept


def around_boxes(boxes_BN4: Tensor, matrices_B23: Tensor, old: tuple[int, int], new: tuple[int, int]) -> Tensor:
    """Return the boxes around the moved boxes, float64, even where they leave the frame."""
    m = matrices_B23.to(torch.float64)
    a, b, c, d = (m[:, i, j, None, None] for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)))
    x = boxes_BN4[..., [0, 2, 0, 2]].to(torch.float64) - old[1] / 2 - m[:, 0, 2, None, None]
    y = boxes_BN4[..., [1, 1, 3, 3]].to(torch.float64) - old[0] / 2 - m[:, 1, 2, None, None]
    determinant = a * d - b * c
    x, y = (d * x - b * y) / determinant + new[1] / 2, (a * y - c * x) / determinant + new[0] / 2
    return torch.stack([x.amin(-1), y.amin(-1), x.amax(-1), y.amax(-1)], dim=-1)


def _area(boxes_BN4: Tensor) -> Tensor:
    return (boxes_BN4[..., 2] - boxes_BN4[..., 0]).clamp(min=0) * (boxes_BN4[..., 3] - boxes_BN4[..., 1]).clamp(min=0)


def check_labels(who: str, x: Tensor, masks: Tensor | None, boxes: Tensor | None, visible: float) -> None:
    """Require masks and boxes to belong to the images."""
    check_dimensions(who, 4, x=x)
    check_between(who, 0, 1, visible=visible)
    if masks is not None:
        check_dimensions(who, (3, 4), masks=masks)
        if masks.is_floating_point() or len(masks) != len(x) or masks.shape[-2:] != x.shape[-2:]:
            wanted = (len(x), *x.shape[-2:])
            raise ShapeError(f"{who}: masks must be integers {wanted}, got {masks.dtype} {tuple(masks.shape)}.")
    if boxes is not None and (boxes.ndim != 3 or len(boxes) != len(x) or boxes.shape[2] != 4):
        raise ShapeError(f"{who}: boxes must be ({len(x)}, N, 4), got {tuple(boxes.shape)}.")
