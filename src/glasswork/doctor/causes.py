"""Causes: which fault brings about which others, and the order in which findings are read.

A training that goes wrong in one way shows it in many: unscaled inputs saturate units, dead units stop gradients, and
the loss lies flat. The table says which fault may bring about which, and why; a finding whose cause was found as well
is shown under that cause.
"""

from __future__ import annotations

from collections.abc import Sequence

from glasswork.doctor.causes_table import BRINGS_ABOUT
from glasswork.records import GRAVITY, Finding

__all__ = ["BRINGS_ABOUT", "explained", "order"]

_WORTH = 0.2  # how much surer a finding must be to be a cause rather than the fault that would explain it

# What is seen before the first step has changed anything cannot be the doing of steps.
_BEFORE_STEPS = frozenset({"dying-relu", "exploding-gradient", "saturated-activation", "initialisation-scale"})
_BY_STEPS = frozenset(
    {
        "initial-loss",
        "learning-rate-too-high",
        "missing-zero-grad",
        "optimizer-settings",
        "schedule-misuse",
        "weight-growth",
    }
)


def order(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings as they should be read: causes by gravity, each with what it explains behind it.

    >>> late = Finding("plateau", "critical", 0.9, "loop", "…", "…")
    >>> early = Finding("unscaled-inputs", "warning", 0.8, "data", "…", "…")
    >>> [finding.fault for finding in order([late, early])]
    ['unscaled-inputs', 'plateau']
    """
    listed = list(findings)
    above = explained(listed)
    below: dict[int, list[int]] = {}
    for place in above:
        below.setdefault(_root(place, above), []).append(place)
    roots = [place for place in range(len(listed)) if place not in above]

    def weight(place: int) -> tuple[int, float, int]:
        """How grave a cause is, with all that it has brought about."""
        own = listed[place]
        brought = [listed[symptom] for symptom in below.get(place, [])]
        gravity = min(GRAVITY[finding.severity] for finding in (own, *brought))
        return max(gravity, GRAVITY[own.severity] - 1), -own.confidence, own.step or 0

    read: list[Finding] = []
    for root in sorted(roots, key=weight):
        read.append(listed[root])
        symptoms = sorted(below.get(root, []), key=lambda place: _alone(listed[place]))
        read += [listed[symptom] for symptom in symptoms]
    return read


def explained(findings: Sequence[Finding]) -> dict[int, int]:
    """Return, for each finding that another one explains, its place and the place of its cause.

    A note explains nothing graver than a note: what is merely worth knowing brings no training down. Of several causes
    the surest is taken; two faults that might each bring about the other are told apart by confidence, then by time.

    >>> dead = Finding("dying-relu", "critical", 0.9, "net.1", "…", "…", 9)
    >>> fast = Finding("learning-rate-too-high", "critical", 0.8, "optimizer", "…", "…", 12)
    >>> explained([dead, fast])
    {0: 1}
    """
    above: dict[int, int] = {}
    ranked = sorted(range(len(findings)), key=lambda place: _alone(findings[place]))
    for place in ranked:
        finding = findings[place]
        causes = [other for other in ranked if other != place and _may_explain(findings[other], finding)]
        for cause in sorted(causes, key=lambda other: (-findings[other].confidence, findings[other].step or 0)):
            if _root(cause, above) != place:  # no circles
                above[place] = cause
                break
    return above


def _may_explain(cause: Finding, finding: Finding) -> bool:
    if finding.fault not in BRINGS_ABOUT.get(cause.fault, {}):
        return False
    if cause.severity == "note" and finding.severity != "note":
        return False
    if finding.step == 1 and finding.fault in _BEFORE_STEPS and cause.fault in _BY_STEPS:
        return False
    mutual = cause.fault in BRINGS_ABOUT.get(finding.fault, {})
    if not mutual:
        return True
    if abs(cause.confidence - finding.confidence) > _WORTH:
        return cause.confidence > finding.confidence
    return (cause.step or 0, cause.fault) < (finding.step or 0, finding.fault)


def _root(place: int, above: dict[int, int]) -> int:
    while place in above:
        place = above[place]
    return place


def _alone(finding: Finding) -> tuple[int, float, int]:
    return GRAVITY[finding.severity], -finding.confidence, finding.step or 0
