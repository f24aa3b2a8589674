"""Image decoding: bytes become pixels, strictly: a picture that is cut short, broken or a bomb is refused.

Pictures of any mode become 8-bit grey or RGB. Transparent ones are laid on white, as browsers show them; 16-bit grey
keeps its upper 8 bits; of an animation the first frame counts; photographs are turned upright by their EXIF tag.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from glasswork.errors import DataError

__all__ = ["Look", "decode", "look_at", "read_image", "resize", "to_channels"]

MOST_PIXELS = 89_000_000  # more is a bomb, or needs to be made smaller by its owner
GREY = frozenset(("1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"))
BROKEN = (
    Image.DecompressionBombWarning,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    struct.error,
    ZeroDivisionError,
)


@dataclass(frozen=True)
class Look:
    """What a first look shows: size, whether it is grey, the pixels where it is small, or what is wrong."""

    height: int = 0
    width: int = 0
    grey: bool = False
    pixels: np.ndarray | None = None
    fault: str | None = None


def look_at(source: bytes | Path, *, keep: int) -> Look:
    """Look at a picture; where both its sides are at most `keep` its pixels are decoded at once."""
    try:
        with _open(source) as picture:
            width, height = _upright_size(picture)
            grey = picture.mode in GREY
            pixels = _pixels(picture) if max(width, height) <= keep else None
    except (UnidentifiedImageError, Image.DecompressionBombError, *BROKEN) as error:
        return Look(fault=_reason(error))
    return Look(height, width, grey, pixels)


def decode(source: bytes | Path, size: tuple[int, int, int]) -> np.ndarray:
    """Return a picture as (height, width, channels) uint8, brought to the size; `ValueError` says what is wrong."""
    height, width, channels = size
    try:
        with _open(source) as picture:
            # A JPEG can be decoded at a half, a quarter or an eighth for free; twice the size is exact enough.
            picture.draft(None, (2 * width, 2 * height))
            pixels = _pixels(picture)
    except (UnidentifiedImageError, Image.DecompressionBombError, *BROKEN) as error:
        raise ValueError(_reason(error)) from None
    return resize(to_channels(pixels, channels), height, width)


def read_image(path: Path, size: tuple[int, int, int]) -> np.ndarray:
    """Return an image file as (height, width, channels) uint8; a broken one is named."""
    try:
        return decode(Path(path), size)
    except ValueError as error:
        raise DataError(f"{str(path)!r} cannot be read as an image: {error}; replace or delete it.") from None


def to_channels(pixels: np.ndarray, channels: int) -> np.ndarray:
    """Return (H, W) or (H, W, 3) pixels as (H, W, channels): grey is repeated, colours are weighted (ITU-R 601).

    >>> to_channels(np.array([[[255, 0, 0]]], dtype=np.uint8), 1).tolist()
    [[[76]]]
    """
    if channels == 1:
        if pixels.ndim == 3:
            pixels = np.asarray(Image.fromarray(pixels).convert("L"))
        return pixels[..., None]
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)


def resize(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return (H, W, C) pixels brought to another height and width: bilinear, averaging when they shrink."""
    if pixels.shape[:2] == (height, width):
        return pixels
    grey = pixels.shape[2] == 1
    picture = Image.fromarray(pixels[..., 0] if grey else pixels)
    smaller = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR))
    return smaller[..., None] if grey else smaller


def _open(source: bytes | Path) -> Image.Image:
    if not (source if isinstance(source, bytes) else source.stat().st_size):
        raise ValueError("it is empty")
    picture = Image.open(io.BytesIO(source) if isinstance(source, bytes) else source)
    if picture.width * picture.height > MOST_PIXELS:
        size = f"{picture.width} x {picture.height}"
        picture.close()
        raise ValueError(f"its {size} pixels look like a decompression bomb (over {MOST_PIXELS:,}); make it smaller")
    return picture


def _upright_size(picture: Image.Image) -> tuple[int, int]:
    turned = "exif" in picture.info and picture.getexif().get(0x0112) in (5, 6, 7, 8)
    return (picture.height, picture.width) if turned else picture.size


def _pixels(picture: Image.Image) -> np.ndarray:
    picture.load()
    if "exif" in picture.info:
        picture = ImageOps.exif_transpose(picture)
    mode = picture.mode
    if mode in ("L", "RGB") and "transparency" not in picture.info:
        return np.asarray(picture)
    if mode.startswith("I;16") or (mode == "I" and picture.format == "PNG"):
        return (np.asarray(picture).astype(np.uint32) >> 8).clip(0, 255).astype(np.uint8)
    if mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        flat = Image.alpha_composite(white, picture).convert("RGB")
        return np.asarray(flat.convert("L") if mode in GREY else flat)
    return np.asarray(picture.convert("L" if mode in GREY else "RGB"))


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "its content is no image that is known"
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return f"its size looks like a decompression bomb (over {MOST_PIXELS:,} pixels); make it smaller"
    said = str(error) or type(error).__name__
    return f"it is cut short ({said})" if "truncated" in said.lower() else said
