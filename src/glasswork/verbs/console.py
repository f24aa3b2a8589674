"""Console: what a verb says while it works, on stderr, so that stdout carries results only."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TextIO

from glasswork.records import GRAVITY, Finding

__all__ = ["Console"]


class Console:
    """Lines for a person; plain text, so that it reads the same in a file.

    Args:
        quiet: say nothing but findings that are critical.
        results: where results go, else the process's stdout.
        progress: where everything else goes, else the process's stderr.
    """

    def __init__(self, *, quiet: bool = False, results: TextIO | None = None, progress: TextIO | None = None) -> None:
        self.quiet = quiet or os.environ.get("RANK", "0") != "0"  # of several processes, the first speaks
        self._results = results
        self._progress = progress

    @property
    def progress_stream(self) -> TextIO:
        """Where progress goes."""
        return self._progress or sys.stderr

    def note(self, line: str) -> None:
        """Say one line of progress."""
        if not self.quiet:
            self.progress_stream.write(f"{line}\n")
            self.progress_stream.flush()

    def result(self, line: str) -> None:
        """Print one line of the result."""
        if not self.quiet:
            (self._results or sys.stdout).write(f"{line}\n")

    def doctor(self, findings: Sequence[Finding], run: str) -> None:
        """Say what is wrong with a training, in three lines at most; nothing where nothing is."""
        from glasswork.doctor.causes import explained

        symptoms = explained(list(findings))
        alarms = [
            finding for place, finding in enumerate(findings) if finding.severity != "note" and place not in symptoms
        ]
        width = max(60, min(110, shutil.get_terminal_size((100, 24)).columns))
        for finding in alarms[:2]:
            said = f"doctor   {finding.severity}: {finding.fault} in {finding.where}: {finding.evidence}"
            self.result(textwrap.shorten(said, width, placeholder=" …").replace("doctor ", "doctor   ", 1))
        if alarms:
            more = f"{len(alarms) - 2} more: " if len(alarms) > 2 else ""
            self.result(f"doctor   {more}glasswork doctor {run} says more, and with --cure tries to mend it")

    def findings(self, findings: Sequence[Finding], *, most: int | None = None, results: bool = False) -> None:
        """Say findings, worst first, each wrapped below its code; `most` leaves the rest to the report."""
        width = max(50, min(110, shutil.get_terminal_size((100, 24)).columns))
        ordered = sorted(findings, key=lambda finding: (GRAVITY[finding.severity], -finding.confidence))
        shown = ordered if most is None else ordered[:most]
        write = self.result if results else self.note
        for finding in shown:
            said = f"{finding.severity}: {finding.fault} in {finding.where}: {finding.evidence} {finding.advice}"
            write(textwrap.fill(said, width, subsequent_indent="    ", break_long_words=False))
        if len(shown) < len(ordered):
            write(f"    and {len(ordered) - len(shown)} more in the report")
        if results and not ordered:
            write("nothing wrong was found")
