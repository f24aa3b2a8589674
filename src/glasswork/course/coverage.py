"""Coverage: how much of the course is realised and verified, group by group."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from glasswork.course.items import groups, item

__all__ = ["Count", "coverage", "coverage_counts"]


@dataclass(frozen=True)
class Count:
    """One group's count.

    Args:
        group: its short name.
        title: what it is about.
        items: how many items it has.
        verified: how many of them are realised and verified.
        awaits: what the others await.
    """

    group: str
    title: str
    items: int
    verified: int
    awaits: tuple[str, ...]


@cache
def coverage() -> dict[str, dict[str, Any]]:
    """Return, item by item, ``file`` and ``verified_by``, or ``open``: the kind of work that it awaits.

    >>> coverage()["POOL-02"]["file"]
    'src/glasswork/layers/min_pool.py'
    """
    here = Path(__file__).resolve()
    installed, checkout = here.with_name("coverage.json"), here.parents[3] / "docs" / "coverage.json"
    path = installed if installed.is_file() else checkout
    return json.loads(path.read_text(encoding="utf-8"))


def coverage_counts() -> list[Count]:
    """Return the counts, in the course's order."""
    counts = []
    for group, title in groups().items():
        entries = [entry for id, entry in coverage().items() if item(id).group == group]
        still = [entry["open"] for entry in entries if "open" in entry]
        counts.append(Count(group, title, len(entries), len(entries) - len(still), tuple(sorted(set(still)))))
    return counts
