"""The first thing that runs: Ctrl-C before anything else is loaded is as quiet as later."""

from __future__ import annotations

import sys

__all__ = ["start"]


def start() -> None:
    """Load the command line and run it."""
    try:
        from glasswork.cli.main import main

        main()
    except KeyboardInterrupt:
        sys.stderr.write("glasswork: stopped.\n")
        sys.exit(130)
