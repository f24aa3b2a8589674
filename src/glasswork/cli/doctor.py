"""The arguments of ``glasswork doctor``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from glasswork.cli.output import say
from glasswork.errors import UsageError

__all__ = ["doctor", "until_script"]

_TAKES_A_VALUE = ("--json", "--explain")


def doctor(
    script: Annotated[str | None, typer.Argument(metavar="SCRIPT.py", help="A training script, run as it is.")] = None,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[ARGS]...", help="The script's own arguments.")
    ] = None,
    json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the findings there; before the script's name.")
    ] = None,
    explain: Annotated[str | None, typer.Option("--explain", metavar="CODE", help="Print the page of a fault.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Run a small training that is broken on purpose.")] = False,
) -> int | None:
    r"""Run any PyTorch training script unchanged, and say what is wrong with its training, where, and what cures it.

    The report goes to stderr after the script has ended. Exit status: the script's own where that is not 0, else 3
    where something critical was found, else 0.

    \b
    glasswork doctor train.py --epochs 3
    glasswork doctor --json findings.json train.py --epochs 3
    glasswork doctor --explain dying-relu
    glasswork doctor --demo
    """
    from glasswork.doctor.consult import DEMO, consult
    from glasswork.doctor.rules import page

    if explain is not None:
        say(page(explain))
        return None
    if demo:
        if script is not None:
            raise UsageError("doctor: --demo runs a script of its own. Leave out one of the two.")
        sys.stderr.write(f"glasswork doctor {DEMO}\n")
        script = str(DEMO)
    if script is None:
        raise UsageError("doctor: which script? Try glasswork doctor train.py, or glasswork doctor --demo.")
    checkup, status = consult(script, arguments or [], json_file=json)
    sys.stderr.write(checkup.text(max(60, min(120, shutil.get_terminal_size((100, 40)).columns))) + "\n")
    sys.stderr.flush()
    return status


def until_script(words: list[str]) -> tuple[list[str], list[str]]:
    """Part the words up to a script's name from those that are the script's own.

    >>> until_script(["doctor", "--json", "out.json", "train.py", "--verbose", "--model.hidden", "3"])
    (['doctor', '--json', 'out.json', 'train.py'], ['--verbose', '--model.hidden', '3'])
    >>> until_script(["train", "data.csv", "--verbose"])
    (['train', 'data.csv', '--verbose'], [])
    """
    start = next((place for place, word in enumerate(words) if not word.startswith("-")), None)
    if start is None or words[start] != "doctor":
        return words, []
    skip = False
    for place, word in enumerate(words[start + 1 :], start=start + 1):
        if skip:
            skip = False
        elif word in _TAKES_A_VALUE:
            skip = True
        elif not word.startswith("-") or word == "--":
            return words[: place + 1], words[place + 1 :]
    return words, []
