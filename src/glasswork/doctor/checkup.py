"""Checkup: a training's vitals, and what the rules make of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from math import isfinite
from typing import Any

from glasswork.doctor.causes import order
from glasswork.doctor.changes import change_for
from glasswork.doctor.places import line_of
from glasswork.doctor.report import as_text
from glasswork.doctor.vitals import Vitals
from glasswork.errors import UsageError
from glasswork.records import Finding

__all__ = ["Checkup"]

SHARE = 0.005  # of the training's time that rules may take while it runs; at its end they run in any case
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
        self.experiment_seconds = 0.0  # what experiments took after the training
        self.raised: dict[tuple[str, str], int] = {}
        self.watched: Any = None  # what a preflight is made on
        self.rehearsal: Vitals | None = None  # what it has seen
        self._beforehand: list[Finding] = []
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
        found = _asked(self._known(), self.vitals)
        known = {finding.fault for finding in found}
        found += [finding for finding in self._beforehand if finding.fault not in known]
        self._findings = order(found)
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

    def preflight(self, batch: Any, seconds: float = 5.0) -> list[Finding]:
        """Say what can be said before the first step, from one batch; nothing of the training is touched.

        A copy of model and optimizer takes four steps on the batch, then short experiments are made: first loss against
        theory, rows that influence each other, a column that tells the target, a few rows learned by heart. The
        findings are among those of the checkup from then on, with None for their step.

        Args:
            batch: inputs and targets, or a mapping with its targets under ``labels`` or the like: what a DataLoader
                yields.
            seconds: for all experiments together.

        Raises:
            UsageError: this checkup watches no model, or the batch or the loss is not what it should be.

        >>> import torch
        >>> from glasswork.doctor import watch
        >>> model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Softmax(dim=1))
        >>> with watch(model, loss_fn=torch.nn.CrossEntropyLoss()) as checkup:
        ...     found = checkup.preflight((torch.randn(32, 3), torch.arange(32) % 2), seconds=0.2)
        >>> found[0].fault, found[0].where
        ('loss-output-mismatch', '1')
        """
        if self.watched is None:
            raise UsageError(
                "preflight: this checkup watches no model. Say: with watch(model, optimizer, loss_fn=...) as checkup."
            )
        from glasswork.doctor.preflight import BEFOREHAND, rehearsed

        self.rehearsal = rehearsed(self.watched, batch, seconds)
        chosen = {code: rule for code, rule in self._known().items() if code in BEFOREHAND}
        found = [replace(finding, step=None) for finding in _asked(chosen, self.rehearsal)]
        self._beforehand = found
        self.examine()
        return order(found)

    def text(self, width: int = 100) -> str:
        """Return the findings in words, one screen at most."""
        vitals, before = self.shown()
        return as_text(vitals, self.findings, width, before=before)

    def shown(self) -> tuple[Vitals, bool]:
        """Return what reports are about: the training; before its first step a preflight, and that it is one."""
        before = self.rehearsal is not None and not self.vitals.steps
        return (self.rehearsal, True) if before and self.rehearsal is not None else (self.vitals, False)

    def json(self) -> dict[str, Any]:
        """Return the findings as plain values, most important first."""
        vitals, _ = self.shown()
        listed = []
        for finding in self.findings:
            values = finding.to_json()
            values["raised_at"] = self.raised.get((finding.fault, finding.where))
            values["line"] = line_of(vitals, finding)
            values["change"] = change_for(vitals, finding)
            listed.append(values)
        return {
            "findings": listed,
            "steps": len(self.vitals.steps),
            "blind": self.vitals.blind,
            "experiments": {
                probe.name: {"seconds": probe.seconds, "figures": {k: _plain(v) for k, v in probe.figures.items()}}
                for probe in vitals.probes.values()
            },
            "experiment_seconds": self.experiment_seconds,
        }

    def html(self) -> str:
        """Return the checkup as one page that needs no network and no script."""
        from glasswork.doctor.pages import as_page

        return as_page(self)

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


def _plain(value: float) -> float | None:
    """Return a number that JSON can hold."""
    return value if isfinite(value) else None


def _asked(rules: dict[str, Callable[[Vitals], Iterable[Finding]]], vitals: Vitals) -> list[Finding]:
    """Return what rules find; one that fails is itself a finding."""
    found: list[Finding] = []
    for code, rule in rules.items():
        try:
            found += list(rule(vitals))
        except Exception as error:
            said = " ".join(f"{type(error).__name__}: {error}".split())
            evidence = f"The rule {code} failed: {said[:200]}."
            found.append(Finding(code, "note", 0.0, "doctor", evidence, "Nothing to do in the training."))
    return found


def _broken(error: Exception) -> Callable[[Vitals], Iterable[Finding]]:
    """Return a rule that says why the rules could not be loaded."""

    def rule(vitals: Vitals) -> Iterable[Finding]:
        raise error

    return rule
