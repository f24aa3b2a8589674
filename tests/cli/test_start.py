"""Ctrl-C while the command line is still loading leaves one line and status 130, no traceback."""

import subprocess
import sys


def test_an_interruption_while_loading_is_quiet():
    script = (
        "import sys, builtins\n"
        "from glasswork.cli.start import start\n"
        "real = builtins.__import__\n"
        "def interrupted(name, *rest, **more):\n"
        "    if name == 'typer':\n"
        "        raise KeyboardInterrupt\n"
        "    return real(name, *rest, **more)\n"
        "builtins.__import__ = interrupted\n"
        "start()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "glasswork: stopped.\n")
