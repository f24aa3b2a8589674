"""Portray: a part's portrait, whatever it is; a new part of a known room needs nothing for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glasswork import catalog
from glasswork.portraits.activations import activation_portrait
from glasswork.portraits.images import augmentation_portrait, pooling_portrait
from glasswork.portraits.initializers import initializer_portrait
from glasswork.portraits.losses import loss_portrait
from glasswork.portraits.optimizers import optimizer_portrait
from glasswork.portraits.portrait import Portrait
from glasswork.portraits.schedules import schedule_portrait

__all__ = ["portray"]

_PAINTERS: dict[str, Callable[[Any, str], Portrait | None]] = {
    "activations": activation_portrait,
    "augmentations": augmentation_portrait,
    "initializers": initializer_portrait,
    "layers": pooling_portrait,
    "losses": loss_portrait,
    "optimizers": optimizer_portrait,
    "schedules": schedule_portrait,
}


def portray(room: str, name: str) -> Portrait | None:
    """Return the portrait of a part at work, or None where its room or its kind has none.

    >>> [curve.name for curve in portray("activations", "relu").curves]
    ['relu', 'slope']
    """
    painter = _PAINTERS.get(room)
    if painter is None:
        return None
    name = catalog.resolve(room, name)
    return painter(catalog.find(room, name), name)
