"""Images: what pooling leaves of a picture, and what augmentation makes of it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from glasswork.portraits.portrait import Image, Portrait

__all__ = ["augmentation_portrait", "pooling_portrait"]


def _drawing() -> Tensor:
    """Return a 24 x 24 picture with edges, a corner and a shade, shape (1, 1, 24, 24)."""
    rows, columns = torch.meshgrid(torch.arange(24.0), torch.arange(24.0), indexing="ij")
    picture = 0.25 * columns / 23
    picture[((rows - 8) ** 2 + (columns - 8) ** 2) < 30] = 1.0
    picture[14:20, 12:21] = 0.7
    picture[16:18, 3:12] = 0.9
    return picture[None, None]


def pooling_portrait(part: Any, name: str) -> Portrait | None:
    """Return a picture and what pooling leaves of it; None for what is no pooling of pictures."""
    if "pool" not in name or name.endswith("1d") or not isinstance(part, type):
        return None
    picture = _drawing()
    try:
        pooled = part()(picture)
    except TypeError:
        pooled = part(2)(picture)
    if pooled.dim() != 4:
        pooled = pooled.reshape(1, 1, 1, 1)
    caption = f"A picture of 24 x 24 and what {name} leaves of it: {pooled.shape[-2]} x {pooled.shape[-1]}."
    return Portrait(caption, images=[_image("before", picture), _image(name, pooled)])


def augmentation_portrait(part: Any, name: str) -> Portrait | None:
    """Return a picture and four of its variants; None for what changes no pictures."""
    try:
        augment = part()
    except TypeError:
        return None
    picture = _drawing().repeat(4, 3, 1, 1)
    try:
        varied = augment(picture, keys=torch.arange(1, 5))
    except (TypeError, ValueError, RuntimeError):
        return None
    images = [_image("before", picture)] + [_image(f"{i + 1}", varied[i : i + 1]) for i in range(4)]
    return Portrait(f"A picture and four variants by {name}, with its default settings.", images=images)


def _image(name: str, picture: Tensor) -> Image:
    return Image(name, picture[0].mean(0).clamp(0, 1).tolist())
