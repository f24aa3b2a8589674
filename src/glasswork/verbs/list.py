"""list: the parts there are, read from the rooms' folders."""

from __future__ import annotations

from glasswork import catalog

__all__ = ["list_parts"]


def list_parts(room: str | None = None) -> dict[str, dict[str, str]]:
    """Return, room by room, each part's name and title line.

    >>> list_parts("losses")["losses"]["huber"]
    'Huber loss: squared for small errors, straight for large ones.'
    """
    rooms = [room] if room else catalog.rooms()
    return {name: {part: catalog.describe(name, part).title for part in catalog.names(name)} for name in rooms}
