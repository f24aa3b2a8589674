"""Outcome: what was tried on a script and what came of it, in words and curves."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from glasswork.doctor.remedies.course import Course
from glasswork.doctor.remedies.remedy import Remedy
from glasswork.doctor.remedies.search import Found
from glasswork.records import Finding

__all__ = ["Outcome", "sparkline"]

# Where a remedy does just what the change in the code for its fault says, that change can be shown.
_SAME = {
    "class-imbalance": "class-weights",
    "initialisation-scale": "initialise",
    "missing-nonlinearity": "insert-activation",
    "missing-zero-grad": "zero-grad",
    "parameters-not-in-optimizer": "forgotten-parameters",
    "softmax-in-hidden-layer": "activation",
    "stale-batch-norm": "norm-momentum",
    "symmetric-initialisation": "initialise",
    "tiny-batch-norm": "group-norms",
    "train-eval-mode": "modes",
    "unscaled-inputs": "scale-inputs",
    "unscaled-targets": "scale-outputs",
    "unshuffled-data": "loader",
    "worker-seeds": "loader",
    "zero-initialisation": "initialise",
}
BARS = "▁▂▃▄▅▆▇█"
WIDTH = 40  # of a curve, in characters


@dataclass
class Outcome:
    """What came of trying remedies on a script.

    Args:
        script: its path.
        before: the run as it was.
        found: what was tried, and the run with everything that was kept.
        persons: alarms that a person has to decide about.
        changes: the change to make in the code, by fault, where that is known.
        lines: file and line, likewise.
    """

    script: str
    before: Course
    found: Found
    persons: list[Finding] = field(default_factory=list)
    changes: dict[str, str] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> list[Remedy]:
        """What helped; applied together, it gives the run after."""
        return self.found.kept

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        trials = [
            {
                "remedy": one.remedy.to_json(),
                "course": None if one.course is None else one.course.to_json(),
                "kept": one.kept,
                "why": one.why,
            }
            for one in self.found.trials
        ]
        return {
            "script": self.script,
            "before": self.before.to_json(),
            "after": self.found.after.to_json(),
            "trials": trials,
            "changes": [self.change(remedy) for remedy in self.kept],
            "untried": [remedy.advice for remedy in self.found.untried],
        }

    def change(self, remedy: Remedy) -> str:
        """Return the change to make in the script for a remedy, with file and line where that is known."""
        if remedy.fault in self.changes and any(part.kind == _SAME.get(remedy.fault) for part in remedy.parts):
            return self.changes[remedy.fault]
        line = self.lines.get(remedy.fault)
        return f"{line}  {remedy.advice}" if line else remedy.advice

    def text(self, width: int = 100) -> str:
        """Return everything in words, both curves drawn."""
        lines = []
        if not self.found.trials:
            lines.append(
                "cure: nothing that was found can be tried by a machine"
                + (" in the time" if self.found.spent else "")
                + "."
            )
        for number, trial in enumerate(self.found.trials, 1):
            mark = "kept" if trial.kept else "left"
            said = f"cure {number} of {len(self.found.trials)}, {trial.remedy.fault}: {trial.remedy.advice}"
            lines += textwrap.wrap(said, width, subsequent_indent="  ")
            lines += textwrap.wrap(f"{mark}: {trial.why}", width, initial_indent="  ", subsequent_indent="    ")
        if self.kept:
            lines += [f"  {line}" for line in _curves(self.before, self.found.after)]
            lines.append(f"{self.script} was not changed. The change to make:")
            for remedy in self.kept:
                lines += textwrap.wrap(self.change(remedy), width, initial_indent="  ", subsequent_indent="    ")
        elif self.found.trials:
            lines.append("Nothing that was tried made it better; the script was not changed.")
        if self.found.spent:
            lines.append("The time for cures was up: --budget SECONDS gives more.")
        for finding in [] if self.kept else self.persons[:2]:
            said = f"for a person to decide, {finding.fault}: {finding.advice}"
            lines += textwrap.wrap(said, width, subsequent_indent="  ")
        return "\n".join(lines)


def _curves(before: Course, after: Course) -> list[str]:
    """Return the same curve of two runs, drawn to one scale."""
    for name, one, other, share in (
        ("right in validation", before.correct, after.correct, True),
        ("validation loss", before.losses, after.losses, False),
        ("training loss", before.training, after.training, False),
    ):
        if one and other:
            numbers = [value for value in (*one, *other) if math.isfinite(value)]
            low, high = min(numbers, default=0.0), max(numbers, default=1.0)
            shown = (lambda x: f"{100 * x:.1f} %") if share else (lambda x: f"{x:.4g}")
            return [
                f"{name}, {when:6s} {sparkline(curve, low, high)} {shown(curve[0])} -> {shown(curve[-1])}"
                for when, curve in (("before", one), ("after", other))
            ]
    return []


def sparkline(values: Sequence[float], low: float, high: float, width: int = WIDTH) -> str:
    """Return a curve in bars; what is not finite is an ``x``.

    >>> sparkline([0.0, 0.5, 1.0, float("nan")], 0.0, 1.0)
    '▁▅█x'
    """
    count = min(width, len(values))
    shown = []
    for place in range(count):
        value = values[place * len(values) // count]
        if place == count - 1:
            value = values[-1]
        if not math.isfinite(value):
            shown.append("x")
        else:
            share = (value - low) / (high - low) if high > low else 0.0
            shown.append(BARS[min(len(BARS) - 1, max(0, round(share * (len(BARS) - 1))))])
    return "".join(shown)
