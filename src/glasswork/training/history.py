"""History: what a training run went through."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["History"]


@dataclass
class History:
    """The record of a run.

    Args:
        epochs: one dict an epoch: ``epoch``, ``step``, ``time``, ``train/loss``, ``valid/...``.
        steps: the same for the steps that were logged in this session.
        best: the epoch line with the best validation, or None where nothing was validated.
        stopped: why it ended: ``epochs``, ``steps`` or ``patience``.
        seconds: training time, validation included, over all sessions.
    """

    epochs: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    best: dict[str, Any] | None = None
    stopped: str = ""
    seconds: float = 0.0

    @property
    def last(self) -> dict[str, Any]:
        """The last epoch's line."""
        return self.epochs[-1] if self.epochs else {}

    def column(self, name: str) -> list[float]:
        """Return one quantity by epoch, such as ``valid/loss``; epochs without it are left out."""
        return [line[name] for line in self.epochs if name in line]
