"""list: the parts there are, read from the rooms' folders, and how much of the course they cover."""

from __future__ import annotations

from typing import Any

from glasswork import catalog
from glasswork.course import coverage_counts

__all__ = ["list_coverage", "list_parts"]


def list_parts(room: str | None = None) -> dict[str, dict[str, str]]:
    """Return, room by room, each part's name and title line.

    >>> list_parts("losses")["losses"]["huber"]
    'Huber loss: squared for small errors, straight for large ones.'
    """
    rooms = [room] if room else catalog.rooms()
    return {name: {part: catalog.describe(name, part).title for part in catalog.names(name)} for name in rooms}


def list_coverage() -> list[dict[str, Any]]:
    """Return, group by group, how many items of the course are realised and verified, and what the others await.

    >>> list_coverage()[0]["title"]
    'Neurons and learning rules'
    """
    return [
        {
            "group": count.group,
            "title": count.title,
            "items": count.items,
            "verified": count.verified,
            "awaits": list(count.awaits),
        }
        for count in coverage_counts()
    ]
