"""Finding and Treatment: what is wrong, on what evidence, and what would cure it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

__all__ = ["GRAVITY", "Finding", "Severity", "Treatment"]

Severity = Literal["critical", "warning", "note"]
GRAVITY: dict[Severity, int] = {"critical": 0, "warning": 1, "note": 2}  # sorts findings, gravest first


@dataclass(frozen=True, slots=True)
class Treatment:
    """A change that may cure: recipe paths with their new values, and the same in words."""

    advice: str
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Args:
        fault: the code, such as ``class-imbalance``; the same word everywhere.
        severity: ``critical`` spoils the result, ``warning`` may, ``note`` is worth knowing.
        confidence: how sure we are, from 0 to 1.
        where: a layer, a column, a file, the optimiser, the loop.
        evidence: the observation in one sentence with its numbers.
        advice: what to do about it, in one sentence.
        step: the first step at which it was seen, or None before training.
        treatments: changes that could be applied by machine.
    """

    fault: str
    severity: Severity
    confidence: float
    where: str
    evidence: str
    advice: str
    step: int | None = None
    treatments: tuple[Treatment, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain values, as written to ``findings.json``."""
        return asdict(self)
