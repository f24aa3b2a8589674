"""How a case is written down: a sick training with what must be said of it, and one just under the line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import Vitals

SOON = 5  # steps: some rules look at what came of a step

__all__ = ["Case", "check_sick", "check_under"]


@dataclass(frozen=True)
class Case:
    """A fault, trainings that have it and that nearly have it, and the finding.

    Args:
        code: the fault.
        sick: makes a training that has it.
        under: makes one that lies just under the line.
        step: which the finding must name.
        where: likewise.
        severity: likewise.
        says: a part of the evidence.
    """

    code: str
    sick: Callable[[], Vitals]
    under: Callable[[], Vitals]
    step: int | None
    where: str
    severity: str = "critical"
    says: str = ""


def check_sick(case):
    """The fault is found, at its step and place, with numbers; and as early as it can be, at the same step."""
    vitals = case.sick()
    found = list(rules()[case.code](vitals))
    assert found, f"{case.code}: nothing was said"
    first = found[0]
    assert (first.fault, first.step, first.where, first.severity) == (
        case.code,
        case.step,
        case.where,
        case.severity,
    ), first
    assert case.says in first.evidence, first.evidence
    assert any(letter.isdigit() for letter in first.evidence), "evidence without a number"
    assert first.evidence.endswith(".")
    assert first.advice.endswith(".")
    assert 0 < first.confidence < 1
    if case.step is not None and not vitals.finished:
        # Asked while the training goes on: silent before that step, and of the same mind at it as later.
        at = case.sick()
        at.steps = [step for step in at.steps if step.number <= case.step + SOON]
        at.evaluations = [evaluation for evaluation in at.evaluations if evaluation.step <= case.step]
        early = list(rules()[case.code](at))
        assert early, "it was said only later"
        assert early[0].step == case.step


def check_under(case):
    """Nothing is said of a training just under the line, but for notes."""
    assert [f for f in rules()[case.code](case.under()) if f.severity != "note"] == []
