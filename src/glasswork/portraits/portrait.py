"""Portrait: what a part looks like at work, as plain numbers that a page or a terminal can draw."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Curve", "Image", "Portrait"]


@dataclass(frozen=True)
class Curve:
    """A line through points.

    Args:
        name: what stands at its end.
        x: horizontal places.
        y: vertical places, as many.
    """

    name: str
    x: list[float]
    y: list[float]


@dataclass(frozen=True)
class Image:
    """A small grey picture.

    Args:
        name: what stands under it.
        rows: values between 0 (dark) and 1 (light), row by row.
    """

    name: str
    rows: list[list[float]]


@dataclass(frozen=True)
class Portrait:
    """Curves over two axes, or small images side by side.

    Args:
        caption: what is seen, and with which settings.
        x_name: the horizontal axis.
        y_name: the vertical axis.
        curves: lines over these axes.
        images: pictures instead of lines.
        log: whether the vertical axis counts in powers of ten.
    """

    caption: str
    x_name: str = ""
    y_name: str = ""
    curves: list[Curve] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    log: bool = False
