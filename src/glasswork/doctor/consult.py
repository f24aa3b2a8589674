"""consult: a training script is run under observation; findings are written, an exit status is settled."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from glasswork.errors import UsageError

if TYPE_CHECKING:
    from glasswork.doctor import Checkup

__all__ = ["DEMO", "consult"]

DEMO = Path(__file__).with_name("demo.py")
CRITICAL = 3  # exit status where something spoils the result


def consult(
    script: str | Path,
    arguments: Sequence[str] = (),
    *,
    json_file: str | Path | None = None,
    html_file: str | Path | None = None,
    experiments: bool = True,
) -> tuple[Checkup, int]:
    """Run a training script as it is, and say what is wrong with its training.

    Args:
        script: any Python script that trains with PyTorch.
        arguments: its own arguments.
        json_file: where to write the findings; None: nowhere.
        html_file: where to write the page; None: nowhere.
        experiments: whether short experiments on copies are made after the script has ended.

    Returns:
        What was found; and an exit status: the script's own where that is not 0, else 3 where something critical was
        found, else 0.

    Raises:
        UsageError: a file could not be written; where its folder is missing, that is said before the script runs.
    """
    wanted = {"--json": json_file, "--html": html_file}
    targets = {option: Path(file) for option, file in wanted.items() if file is not None}
    for option, target in targets.items():
        _check(option, target)
    from glasswork.doctor.observing.script import run_script  # torch: not before a wrong path was said

    checkup, status = run_script(script, arguments, experiments=experiments)
    if "--json" in targets:
        _write("--json", targets["--json"], json.dumps(checkup.json(), indent=1, ensure_ascii=False) + "\n")
    if "--html" in targets:
        _write("--html", targets["--html"], checkup.html())
    return checkup, status or (CRITICAL if checkup.critical else 0)


def _check(option: str, target: Path) -> None:
    if not target.parent.is_dir():
        raise UsageError(f"doctor: {option} {target}: there is no folder {target.parent}. Create it first.")
    if target.is_dir():
        raise UsageError(f"doctor: {option} {target} is a folder. Name a file in it.")


def _write(option: str, target: Path, text: str) -> None:
    """Write a file whole or not at all."""
    if target.exists() and not target.is_file():  # /dev/stdout and its like cannot be replaced
        beside = target
    else:
        beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        if beside != target:
            beside.replace(target)
    except OSError as error:
        raise UsageError(f"doctor: {option} {target} could not be written: {error.strerror or error}.") from None
    finally:
        if beside != target:
            beside.unlink(missing_ok=True)
