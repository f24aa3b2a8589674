"""Places: which line of the user's code a finding is about."""

from __future__ import annotations

from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["line_of"]

# Under which of `Vitals.places` the line is that a finding's place would be mended at.
_LINES = {"loop": "step", "loss": "loss", "optimizer": "optimizer", "model": "model", "data": "loader"}
# Faults that are mended elsewhere than their place says.
_FAULTS = {
    "class-imbalance": "loss",
    "detached-graph": "backward",
    "gradient-ascent": "backward",
    "loss-bookkeeping": "loss",
    "loss-output-mismatch": "loss",
    "missing-zero-grad": "backward",
    "schedule-misuse": "scheduler",
    "shape-mismatch": "crash",
    "train-eval-mode": "evaluation",
    "unscaled-inputs": "model",
    "unscaled-targets": "loss",
}


def line_of(vitals: Vitals, finding: Finding) -> str | None:
    """Return file and line of the user's code that a finding is about, where that is known.

    >>> vitals = Vitals(places={"step": "train.py:41"})
    >>> line_of(vitals, Finding("missing-zero-grad", "critical", 0.9, "loop", "…", "…"))
    'train.py:41'
    """
    crashed = "crash" if vitals.error and "failed" in finding.evidence else None
    wanted = (crashed, _FAULTS.get(finding.fault), _LINES.get(finding.where), finding.where)
    return next((vitals.places[name] for name in wanted if name is not None and name in vitals.places), None)
