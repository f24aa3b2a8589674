"""Checkup: a training's vitals, and what the rules make of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from glasswork.doctor.places import line_of
from glasswork.doctor.report import as_text
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["Checkup"]

SHARE = 0.005  # of the training's time that rules may take while it runs; at its end they run in any case
_SEVERITIES = {"critical": 0, "warning": 1, "note": 2}
_FIRST = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18)
_GROWTH = 1.2


class Checkup:
    """What was seen of a training and what is wrong with it.

    Args:
        vitals: what was seen; it may still grow.
        rules: functions of vitals by code; None: all of ``glasswork.doctor.rules``.
    """

    def __init__(
        self, vitals: Vitals | None = None, rules: dict[str, Callable[[Vitals], Iterable[Finding]]] | None = None
    ) -> None:
        self.vitals = vitals if vitals is not None else Vitals()
        self.script: Any = None
        self.settle: Callable[[], None] | None = None
        self.raised: dict[tuple[str, str], int] = {}
        self._rules = rules
        self._findings: list[Finding] = []
        self._seen: tuple[int, ...] = ()
        self._next = 1
        self._evaluations = 0
        self._began = time.perf_counter()
        self._spent = 0.0

    @property
    def findings(self) -> list[Finding]:
        """What is wrong, causes before symptoms, grave before light."""
        if self._state() != self._seen:
            self.examine()
        return self._findings

    def examine(self) -> list[Finding]:
        """Run every rule on what was seen so far; a rule that fails is itself reported and breaks nothing."""
        started = time.perf_counter()
        if self.settle is not None:
            self.settle()
        found: list[Finding] = []
        for code, rule in self._known().items():
            try:
                found += list(rule(self.vitals))
            except Exception as error:
                said = " ".join(f"{type(error).__name__}: {error}".split())
                evidence = f"The rule {code} failed: {said[:200]}."
                found.append(Finding(code, "note", 0.0, "doctor", evidence, "Nothing to do in the training."))
        self._findings = _ordered(found)
        self._seen = self._state()
        steps = len(self.vitals.steps)
        for finding in found:
            self.raised.setdefault((finding.fault, finding.where), steps)
        self._spent += time.perf_counter() - started
        return self._findings

    def on_step(self) -> None:
        """Run the rules where the schedule and the time budget say so: often at first, ever more rarely later."""
        steps, evaluations = len(self.vitals.steps), len(self.vitals.evaluations)
        due = steps >= self._next or evaluations > self._evaluations
        if not due or (steps > _FIRST[-1] and self._spent > SHARE * (time.perf_counter() - self._began)):
            return
        self._evaluations = evaluations
        while self._next <= steps:
            later = next((step for step in _FIRST if step > self._next), None)
            self._next = later if later is not None else int(self._next * _GROWTH) + 1
        self.examine()

    @property
    def critical(self) -> bool:
        """Whether anything spoils the result."""
        return any(finding.severity == "critical" for finding in self.findings)

    def text(self, width: int = 100) -> str:
        """Return the findings in words, one screen at most."""
        return as_text(self.vitals, self.findings, width)

    def json(self) -> dict[str, Any]:
        """Return the findings as plain values, most important first."""
        listed = []
        for finding in self.findings:
            values = finding.to_json()
            values["raised_at"] = self.raised.get((finding.fault, finding.where))
            values["line"] = line_of(self.vitals, finding)
            listed.append(values)
        return {"findings": listed, "steps": len(self.vitals.steps), "blind": self.vitals.blind}

    def _known(self) -> dict[str, Callable[[Vitals], Iterable[Finding]]]:
        if self._rules is None:
            try:
                from glasswork.doctor.rules import rules

                self._rules = dict(rules())
            except Exception as error:
                self._rules = {"rules": _broken(error)}
        return self._rules

    def _state(self) -> tuple[int, ...]:
        vitals = self.vitals
        return (
            len(vitals.steps),
            len(vitals.evaluations),
            len(vitals.probes),
            vitals.backwards,
            int(vitals.finished),
            int(vitals.error is not None),
        )


def _broken(error: Exception) -> Callable[[Vitals], Iterable[Finding]]:
    """Return a rule that says why the rules could not be loaded."""

    def rule(vitals: Vitals) -> Iterable[Finding]:
        raise error

    return rule


def _ordered(found: list[Finding]) -> list[Finding]:
    try:
        from glasswork.doctor.causes import order
    except ImportError:
        return sorted(found, key=lambda finding: (_SEVERITIES[finding.severity], -finding.confidence))
    return list(order(found))
