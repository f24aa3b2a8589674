"""Where words go: results to stdout, progress to stderr."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from glasswork.errors import UsageError

if TYPE_CHECKING:
    from glasswork.verbs.console import Console

__all__ = ["console", "print_json", "say"]


def say(text: str = "") -> None:
    """Print one piece of the result; a full disk behind stdout is said, as for any other file."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python tries once more when it ends
        raise UsageError(f"stdout could not be written: {error.strerror or error}.") from None


def print_json(value: Any) -> None:
    """Print the result as JSON."""
    say(json.dumps(value, indent=1, ensure_ascii=False, default=str))


def console(*, quiet: bool) -> Console:
    """Return the console on which a verb says what it does."""
    from glasswork.verbs.console import Console

    return Console(quiet=quiet)
