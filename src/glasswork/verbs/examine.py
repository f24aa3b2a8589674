"""examine: what the doctor found in a run, as it stands in the run's folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from glasswork.doctor.checkup import Checkup
from glasswork.errors import UsageError
from glasswork.runs.folder import RunFolder
from glasswork.runs.vitals_file import VITALS, vitals_from_bytes

if TYPE_CHECKING:
    from glasswork.records import Finding

__all__ = ["Examined", "examine"]


class Examined(Checkup):
    """A checkup of a run that is over: its vitals from the folder, its findings as they were written there."""

    def __init__(self, folder: RunFolder, findings: list[Finding]) -> None:
        path = folder.path / VITALS
        try:
            vitals = vitals_from_bytes(path.read_bytes()) if path.is_file() else None
        except (OSError, ValueError):
            vitals = None
        super().__init__(vitals, rules={})
        self.found = findings

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with data and training, causes before symptoms."""
        return self.found


def examine(path: str | Path) -> Examined:
    """Return the findings of a run with what they were drawn from; nothing is trained.

    Raises:
        RunFolderError: no run is there.
        UsageError: nobody watched it.
    """
    from glasswork.verbs.run import Run

    folder = RunFolder.open(path)
    if not folder.recipe().training.doctor:
        raise UsageError(f"doctor: nobody watched {folder}: its recipe says training.doctor: false. Train with true.")
    return Examined(folder, Run(folder).findings)
