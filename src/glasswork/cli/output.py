"""Where words go: results to stdout, progress to stderr."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glasswork.verbs.console import Console

__all__ = ["console", "print_json", "say"]


def say(text: str = "") -> None:
    """Print one piece of the result."""
    sys.stdout.write(f"{text}\n")


def print_json(value: Any) -> None:
    """Print the result as JSON."""
    say(json.dumps(value, indent=1, ensure_ascii=False, default=str))


def console(*, quiet: bool) -> Console:
    """Return the console on which a verb says what it does."""
    from glasswork.verbs.console import Console

    return Console(quiet=quiet)
