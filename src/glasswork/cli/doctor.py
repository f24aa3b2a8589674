"""The arguments of ``glasswork doctor``."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glasswork.cli.output import console, say
from glasswork.errors import UsageError

if TYPE_CHECKING:
    from glasswork.doctor import Checkup

__all__ = ["doctor", "until_script"]

_TAKES_A_VALUE = ("--json", "--html", "--explain", "--budget")


def doctor(
    script: Annotated[
        str | None, typer.Argument(metavar="SCRIPT.py|RUN", help="A training script, run as it is; or a run.")
    ] = None,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[ARGS]...", help="The script's own arguments.")
    ] = None,
    json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the findings there; - is stdout.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page: each layer's health, the evidence.")
    ] = None,
    cure: Annotated[bool, typer.Option("--cure", help="Try treatments; keep what helps.")] = False,
    budget: Annotated[
        float | None, typer.Option("--budget", metavar="SECONDS", help="For all tries of --cure together.")
    ] = None,
    experiments: Annotated[
        bool, typer.Option("--experiments/--no-experiments", help="Short experiments on copies, after a script's end.")
    ] = True,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="CODE", help="Print the page of a fault; 'all' lists them.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Run a small training that is broken on purpose.")] = False,
) -> int | None:
    r"""Say what is wrong with a training, where, on what evidence, and what cures it.

    A script is any PyTorch training, run unchanged; options come before its name. The report goes to stderr after the
    script has ended. A run is a folder that glasswork train wrote; its report goes to stdout. With --cure, treatments
    are tried by training again: of a script, on its live objects; of a run, in its recipe. Exit status: the script's
    own where that is not 0, else 3 where something critical was found, else 0.

    \b
    glasswork doctor train.py --epochs 3
    glasswork doctor --html page.html --json findings.json train.py --epochs 3
    glasswork doctor --cure --budget 300 train.py
    glasswork doctor runs/penguins
    glasswork doctor runs/penguins --cure
    glasswork doctor --explain dying-relu
    glasswork doctor --demo
    """
    if budget is not None and not cure:
        raise UsageError("doctor: --budget says how long --cure may take. Add --cure, or leave it out.")
    if explain is not None:
        from glasswork.doctor.explain import explained

        say(explained(None if explain == "all" else explain, _width()))
        return None
    if script is not None and not demo and _is_run(script):
        if arguments:
            raise UsageError(f"doctor: {script} is a run and takes no arguments, got {' '.join(arguments)}.")
        return _run(script, json=json, html=html, cure=cure, budget=budget)
    return _script(
        script, arguments or [], json=json, html=html, cure=cure, budget=budget, experiments=experiments, demo=demo
    )


def _script(
    script: str | None,
    arguments: Sequence[str],
    *,
    json: Path | None,
    html: Path | None,
    cure: bool,
    budget: float | None,
    experiments: bool,
    demo: bool,
) -> int:
    from glasswork.doctor.consult import DEMO, consult

    if demo:
        if script is not None:
            raise UsageError("doctor: --demo runs a script of its own. Leave out one of the two.")
        sys.stderr.write(f"glasswork doctor {DEMO}\n")
        script = str(DEMO)
    if script is None:
        raise UsageError(
            "doctor: which script or run? Try glasswork doctor train.py, glasswork doctor runs/NAME, or "
            "glasswork doctor --demo."
        )
    if os.environ.get("RANK", "0") != "0":  # of several processes, the first speaks and writes
        from glasswork.doctor import run_script

        return run_script(script, arguments, experiments=False)[1]
    json = Path("/dev/stdout") if json == Path("-") else json
    started = time.monotonic()

    def report(checkup: Checkup) -> None:
        _report(checkup.text(_width()))

    checkup, status = consult(script, arguments, json_file=json, html_file=html, experiments=experiments, report=report)
    seconds = time.monotonic() - started - checkup.experiment_seconds
    report(checkup)
    if cure:
        from glasswork.doctor.remedies.trying import try_cures

        _report(try_cures(script, arguments, checkup, budget, seconds=seconds).text(_width()))
    return status


def _report(text: str) -> None:
    """Write to stderr; where nobody reads it any more, the script's status still counts."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # else Python tries once more when it ends


def _run(name: str, *, json: Path | None, html: Path | None, cure: bool, budget: float | None) -> int:
    from glasswork import verbs
    from glasswork.doctor.consult import CRITICAL
    from glasswork.doctor.files import as_json, check_file, write_file

    wanted = {"--json": json, "--html": html}
    files = {option: file for option, file in wanted.items() if file is not None}
    for option, file in files.items():
        check_file(option, file)
    checkup = verbs.examine(name)
    for option, file in files.items():
        text = as_json(checkup) if option == "--json" else checkup.html()
        if file == Path("-"):
            say(text.rstrip("\n"))
        else:
            write_file(option, file, text)
    if json != Path("-"):
        say(checkup.text(_width()))
    if not cure:
        return CRITICAL if checkup.critical else 0
    cured = verbs.cure(name, budget=budget, console=console(quiet=False))
    return CRITICAL if any(finding.severity == "critical" for finding in cured.left) else 0


def _width() -> int:
    return max(60, min(120, shutil.get_terminal_size((100, 40)).columns))


def until_script(words: list[str]) -> tuple[list[str], list[str]]:
    """Part the words up to a script's name from those that are the script's own; a run has none of its own.

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
            if word != "--" and _is_run(word):
                return _with_run_last(words, place), []
            return words[: place + 1], words[place + 1 :]
    return words, []


def _is_run(word: str) -> bool:
    """Whether a word names a folder, or one below the runs directory: then it is no script."""
    path = Path(word)
    below = Path(os.environ.get("GLASSWORK_RUNS") or "runs") / path
    return not path.is_file() and path.suffix != ".py" and (path.is_dir() or below.is_dir())


def _with_run_last(words: list[str], place: int) -> list[str]:
    """Return the words with the run behind its options; ``--json`` at the end of them means stdout."""
    after = list(words[place + 1 :])
    for number, word in enumerate(after):
        if word == "--json" and (number + 1 == len(after) or after[number + 1].startswith("--")):
            after[number] = "--json=-"
    positional = [word for number, word in enumerate(after) if not _belongs(after, number)]
    options = [word for number, word in enumerate(after) if _belongs(after, number)]
    return [*words[:place], *options, words[place], *positional]


def _belongs(words: list[str], place: int) -> bool:
    return words[place].startswith("-") or (place > 0 and words[place - 1] in _TAKES_A_VALUE)
