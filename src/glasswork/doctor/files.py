"""Files: where a checkup is written when somebody asks for it, whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from glasswork.errors import UsageError

if TYPE_CHECKING:
    from glasswork.doctor.checkup import Checkup

__all__ = ["as_json", "check_file", "write_file"]


def as_json(checkup: Checkup) -> str:
    """Return the findings as a JSON document."""
    return json.dumps(checkup.json(), indent=1, ensure_ascii=False, default=str) + "\n"


def check_file(option: str, target: Path) -> None:
    """Refuse a path that cannot be written to, before any work is done for it.

    Raises:
        UsageError: its folder is missing, or it is a folder itself.
    """
    if not target.parent.is_dir():
        raise UsageError(f"doctor: {option} {target}: there is no folder {target.parent}. Create it first.")
    if target.is_dir():
        raise UsageError(f"doctor: {option} {target} is a folder. Name a file in it.")


def write_file(option: str, target: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        UsageError: it could not be written.
    """
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
