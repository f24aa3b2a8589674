"""Remedies: treatments applied from outside to the live objects of anybody's training, and proved by running it again.

`remedies_for` chooses them from a finding, `applied` installs one at torch's joints for as long as a training runs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from glasswork.doctor.remedies.choice import candidates as candidates
from glasswork.doctor.remedies.choice import remedies_for as remedies_for
from glasswork.doctor.remedies.remedy import Remedy as Remedy

if TYPE_CHECKING:
    from glasswork.doctor.remedies.joints import applied as applied

_LIVE = {"applied": "joints"}


def __getattr__(name: str) -> Any:
    # Choosing needs no torch; applying does.
    if name in _LIVE:
        return getattr(import_module(f"glasswork.doctor.remedies.{_LIVE[name]}"), name)
    raise AttributeError(f"glasswork.doctor.remedies has no {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LIVE})
