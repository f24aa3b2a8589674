"""The command ``glasswork``: words become arguments here and nowhere else.

stdout carries results, stderr progress. An error is one sentence on stderr, with exit status 2 for usage and data,
1 for a run that failed, 130 after Ctrl-C; the traceback shows only with ``--verbose``.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typer
from typer.exceptions import TyperException

from glasswork.checks import nearest
from glasswork.cli.check import check
from glasswork.cli.doctor import doctor, until_script
from glasswork.cli.evaluate import evaluate
from glasswork.cli.init import init
from glasswork.cli.list import list_parts
from glasswork.cli.predict import predict
from glasswork.cli.report import report
from glasswork.cli.show import show
from glasswork.cli.trace import trace
from glasswork.cli.train import train
from glasswork.errors import GlassworkError
from glasswork.version import __version__

__all__ = ["app", "main"]

_PAGE = """A deep-learning workbench on PyTorch that shows its work.

  glasswork train penguins.csv --target species      train, compare with baselines, write a report
  glasswork predict runs/penguins new.csv -o out.csv  use the trained network again
  glasswork check penguins.csv                        what is wrong with this data, in about a second
  glasswork trace xor                                 one training step as arithmetic, number by number
  glasswork doctor train.py                           what is wrong with this training script, and what cures it

Every verb has its own --help with examples."""

app = typer.Typer(
    help=_PAGE,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
_VERBS: dict[str, Callable[..., Any]] = {
    "train": train,
    "evaluate": evaluate,
    "predict": predict,
    "check": check,
    "doctor": doctor,
    "init": init,
    "report": report,
    "list": list_parts,
    "show": show,
    "trace": trace,
}
for _name, _verb in _VERBS.items():
    # After a script's name, every word is the script's.
    alone = {"allow_interspersed_args": False} if _name == "doctor" else {}
    page = inspect.cleandoc(_verb.__doc__ or "").replace("\\b", "\b")  # the mark that keeps the lines below it apart
    app.command(_name, context_settings=alone, help=page)(_verb)

_SECTIONS = "data|inputs|model|learner|loss|optimizer|schedule|augment|training|evaluation"
_DOTTED = re.compile(rf"^--((?:{_SECTIONS})\.[\w.-]+)(=.*)?$")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"glasswork {__version__}")
        raise typer.Exit


@app.callback()
def _front(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    for closed in (name for name in ("stdout", "stderr") if getattr(sys, name) is None):  # `glasswork list >&-`
        setattr(sys, closed, Path(os.devnull).open("w"))  # noqa: SIM115 - open as long as the process
    # polars' allocator keeps freed memory for later; a large table then takes half as much again. It reads this when
    # it is loaded, which is after here.
    os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0")
    words, of_script = until_script(words)
    verbose = "--verbose" in words
    words = settings_as_words([word for word in words if word != "--verbose"]) + of_script
    try:
        command = typer.main.get_command(app)
        with command.make_context("glasswork", words) as context:  # not app(...): it would swallow what Ctrl-C says
            status = command.invoke(context)
    except typer.Exit as left:  # after --help and --version
        sys.exit(left.exit_code)
    except GlassworkError as error:
        _leave(str(error), error.exit_code, verbose)
    except TyperException as error:
        _leave(_usage(error, words), 2, verbose)
    except KeyboardInterrupt as interruption:
        _leave(str(interruption) or "stopped.", 130, verbose)
    except BrokenPipeError:  # `glasswork list | head`
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        if verbose:
            raise
        said = f"{type(error).__name__}: {' '.join(str(error).split())}"
        _leave(f"unexpected {said} This is a mistake in glasswork; --verbose shows where.", 1, verbose)
    else:
        sys.exit(status if isinstance(status, int) else 0)


def settings_as_words(words: Sequence[str]) -> list[str]:
    """Turn ``--model.hidden 128`` and ``--model.hidden=128`` into ``model.hidden=128``.

    >>> settings_as_words(["train", "--model.hidden", "[8, 8]", "--seed", "1", "--optimizer.lr=0.1"])
    ['train', 'model.hidden=[8, 8]', '--seed', '1', 'optimizer.lr=0.1']
    """
    turned: list[str] = []
    rest = iter(words)
    for word in rest:
        dotted = _DOTTED.match(word)
        if not dotted:
            turned.append(word)
        elif dotted[2]:
            turned.append(f"{dotted[1]}{dotted[2]}")
        else:
            value = next(rest, None)
            if value is None:
                turned.append(word)
            else:
                turned.append(f"{dotted[1]}={value}")
    return turned


def _usage(error: TyperException, words: Sequence[str]) -> str:
    said = error.format_message().rstrip(".")
    verb = next((word for word in words if not word.startswith("-")), None)
    if verb is not None and verb not in _VERBS:
        close = nearest(verb, _VERBS)
        return f"no verb {verb!r}{f'; did you mean {close!r}?' if close else '.'} Verbs: {', '.join(_VERBS)}."
    if (missing := re.search(r"[Nn]o such option: '?(--?[\w.-]+)", said)) and verb:
        known = _options(verb)
        close = nearest(missing[1], known)
        hint = f"did you mean {close}?" if close else f"options: {', '.join(sorted(known))}."
        return f"{verb} has no option {missing[1]}; {hint}"
    parameter = getattr(getattr(error, "param", None), "name", None)
    about = f"{parameter}: " if parameter else ""
    return (
        f"{about}{said[:1].lower()}{said[1:]}. See glasswork {verb or ''} --help." if said else "see glasswork --help."
    )


def _options(verb: str) -> list[str]:
    command = typer.main.get_command(app)
    parameters = command.commands[verb].params  # type: ignore[attr-defined]
    return [option for parameter in parameters for option in parameter.opts if option.startswith("--")]


def _leave(said: str, status: int, verbose: bool) -> None:
    if verbose and status != 130:
        import traceback

        traceback.print_exc()
    print(f"glasswork: {said}", file=sys.stderr)  # noqa: T201 - the one place where an error is said
    sys.exit(status)
