"""consult: a training script is run under observation; findings are written, an exit status is settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from glasswork.doctor.files import as_json, check_file, write_file

if TYPE_CHECKING:
    from glasswork.doctor import Checkup

__all__ = ["CRITICAL", "DEMO", "consult"]

DEMO = Path(__file__).with_name("demo.py")
CRITICAL = 3  # exit status where something spoils the result


def consult(
    script: str | Path,
    arguments: Sequence[str] = (),
    *,
    json_file: str | Path | None = None,
    html_file: str | Path | None = None,
    experiments: bool = True,
    report: Callable[[Checkup], None] | None = None,
) -> tuple[Checkup, int]:
    """Run a training script as it is, and say what is wrong with its training.

    Args:
        script: any Python script that trains with PyTorch.
        arguments: its own arguments.
        json_file: where to write the findings; None: nowhere.
        html_file: where to write the page; None: nowhere.
        experiments: whether short experiments on copies are made after the script has ended.
        report: called with what was found where nothing is returned, as the script is terminated or leaves by
            ``os._exit``; files are written there, too.

    Returns:
        What was found; and an exit status: the script's own where that is not 0, else 3 where something critical was
        found, else 0.

    Raises:
        UsageError: a file could not be written; where its folder is missing, that is said before the script runs.
    """
    wanted = {"--json": json_file, "--html": html_file}
    targets = {option: Path(file) for option, file in wanted.items() if file is not None}
    for option, target in targets.items():
        check_file(option, target)
    from glasswork.doctor.observing.script import run_script  # torch: not before a wrong path was said

    def settled(checkup: Checkup, status: int) -> int:
        if "--json" in targets:
            write_file("--json", targets["--json"], as_json(checkup))
        if "--html" in targets:
            write_file("--html", targets["--html"], checkup.html())
        return status or (CRITICAL if checkup.critical else 0)

    def ended(checkup: Checkup, status: int) -> int:
        try:
            return settled(checkup, status)
        finally:
            if report is not None:
                report(checkup)

    checkup, status = run_script(script, arguments, experiments=experiments, ended=ended)
    return checkup, settled(checkup, status)
