"""consult: a training script is run under observation; findings are written, an exit status is settled."""

from __future__ import annotations

import json
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
    script: str | Path, arguments: Sequence[str] = (), *, json_file: str | Path | None = None
) -> tuple[Checkup, int]:
    """Run a training script as it is, and say what is wrong with its training.

    Args:
        script: any Python script that trains with PyTorch.
        arguments: its own arguments.
        json_file: where to write the findings; None: nowhere.

    Returns:
        What was found; and an exit status: the script's own where that is not 0, else 3 where something critical was
        found, else 0.
    """
    from glasswork.doctor.observing.script import run_script

    target = None if json_file is None else Path(json_file)
    if target is not None and not target.parent.is_dir():
        raise UsageError(f"doctor: --json {json_file}: there is no folder {target.parent}. Create it first.")
    checkup, status = run_script(script, arguments)
    if target is not None:
        try:
            target.write_text(json.dumps(checkup.json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise UsageError(f"doctor: --json {json_file} could not be written: {error.strerror or error}.") from None
    return checkup, status or (CRITICAL if checkup.critical else 0)
