"""Trying: the remedies of a checkup, one run of the script each, kept where the script's own curves got better."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glasswork.doctor.changes import change_for
from glasswork.doctor.places import line_of
from glasswork.doctor.remedies.choice import candidates
from glasswork.doctor.remedies.course import Course, course_of
from glasswork.doctor.remedies.outcome import Outcome
from glasswork.doctor.remedies.remedy import Remedy
from glasswork.doctor.remedies.search import Report, search
from glasswork.records import Finding

if TYPE_CHECKING:
    from glasswork.doctor.checkup import Checkup

__all__ = ["BUDGET", "LEAST_BUDGET", "try_cures"]

BUDGET = 3.0  # times the script's own time
LEAST_BUDGET = 60.0  # seconds: a short script is worth that much


def try_cures(
    script: str | Path,
    arguments: Sequence[str],
    checkup: Checkup,
    budget: float | None = None,
    *,
    seconds: float | None = None,
) -> Outcome:
    """Run a script again with remedies for what was found, each in a fresh process; keep those that help.

    The script's file is not touched: a remedy changes live objects at torch's joints. What the script itself writes
    (checkpoints, logs) it writes again; where it goes on from a checkpoint that the first run has left, nothing can be
    told, and the trial says so. What it prints is not shown.

    Args:
        script: the script that was run.
        arguments: its own arguments.
        checkup: what was found in that run.
        budget: seconds that all runs may take together; None: three times the script's own time, at least a minute.
        seconds: how long the script took; None: what its steps took.

    Returns:
        What was tried, what was kept, and the curves before and after.
    """
    vitals = checkup.vitals
    seconds = seconds if seconds is not None else sum(step.seconds or 0.0 for step in vitals.steps)
    budget = budget if budget is not None else max(BUDGET * seconds, LEAST_BUDGET)
    before = course_of(vitals, seconds)
    findings = list(checkup.findings)
    lines = {finding.fault: line for finding in findings if (line := line_of(vitals, finding))}
    ends = time.monotonic() + budget

    def run(remedies: list[Remedy]) -> Report | None:
        return _run_again(script, arguments, remedies, ends - time.monotonic())

    found = search(before, candidates(findings, vitals), run)
    return Outcome(str(script), before, found, _for_a_person(findings, vitals), _changes(checkup, findings), lines)


def _for_a_person(findings: Iterable[Finding], vitals: Any) -> list[Finding]:
    """Return the alarms that no remedy is known for."""
    return [one for one in findings if one.severity != "note" and not candidates([one], vitals)]


def _changes(checkup: Checkup, findings: list[Finding]) -> dict[str, str]:
    """Return the change to make in the code for each fault, where that is known."""
    return {one.fault: said for one in reversed(findings) if (said := change_for(checkup.vitals, one))}


def _run_again(script: str | Path, arguments: Sequence[str], remedies: list[Remedy], limit: float) -> Report | None:
    """Run the script with remedies in a process of its own; return None where that took too long."""
    if limit <= 0:
        return None
    with tempfile.TemporaryDirectory(prefix="glasswork-cure-") as folder:
        order, answer = Path(folder, "order.json"), Path(folder, "report.json")
        values = {
            "script": str(script),
            "arguments": list(arguments),
            "remedies": [remedy.to_json() for remedy in remedies],
            "report": str(answer),
        }
        order.write_text(json.dumps(values), encoding="utf-8")
        command = [sys.executable, "-m", "glasswork.doctor.remedies.again", str(order)]
        child = subprocess.Popen(  # noqa: S603 - our own module, on the script that we were asked to run
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            child.wait(limit)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        if not answer.is_file():
            return Report(Course(ended=False))
        read = json.loads(answer.read_text(encoding="utf-8"))
        return Report(Course(**read["course"]), tuple(Remedy.from_json(one) for one in read["following"]))
