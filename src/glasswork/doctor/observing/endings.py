"""Endings: a script that is terminated, or leaves by ``os._exit``, unwinds nothing; its report is made all the same.

SIGTERM is answered only where the script leaves it to its default. To the script that is what it looks like: asked for
the handler, Python names the default one, and a handler of its own takes the place of ours.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, NoReturn

__all__ = ["Endings"]

_open: list[Endings] = []


def _forget_in_child() -> None:
    """Let a forked process end as it would: what was seen is not its own."""
    while _open:
        _open[-1].close()


os.register_at_fork(after_in_child=_forget_in_child)


class Endings:
    """Context: within it, an end that unwinds nothing calls a function first.

    Args:
        finish: is given the exit status, and returns the one to leave with. Where a signal ends the script, the signal
            does, whatever is returned.
    """

    def __init__(self, finish: Callable[[int], int]) -> None:
        self._finish = finish
        self._undo: list[Callable[[], Any]] = []

    def __enter__(self) -> None:
        _open.append(self)
        self._leaving()
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            self._terminating()

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let everything end as it would."""
        while self._undo:
            self._undo.pop()()
        if self in _open:
            _open.remove(self)

    def _ended(self, status: int) -> int:
        """Make the report, once; nothing that goes wrong in it may keep the script from ending."""
        self.close()
        try:
            return self._finish(status)
        except Exception as error:
            sys.stderr.write(f"doctor: no report could be made ({type(error).__name__}: {error}).\n")
            return status

    def _leaving(self) -> None:
        original = os._exit

        def _exit(status: int) -> NoReturn:
            original(self._ended(status))

        os._exit = _exit
        self._undo.append(lambda: setattr(os, "_exit", original))

    def _terminating(self) -> None:
        term, default = signal.SIGTERM, signal.SIG_DFL
        set_handler, get_handler = signal.signal, signal.getsignal

        def terminated(*_: object) -> None:
            try:
                self._ended(128 + term)  # which brings back the default first: another signal ends it at once
            finally:
                os.kill(os.getpid(), term)

        def shown(handler: Any) -> Any:
            return default if handler is terminated else handler

        def given(number: Any, handler: Any) -> Any:
            return shown(set_handler(number, terminated if number == term and handler == default else handler))

        def undo() -> None:
            if get_handler(term) is terminated and threading.current_thread() is threading.main_thread():
                set_handler(term, default)

        set_handler(term, terminated)
        self._set("signal", given)
        self._set("getsignal", lambda number: shown(get_handler(number)))
        self._undo.append(undo)

    def _set(self, name: str, value: Any) -> None:
        original = getattr(signal, name)
        setattr(signal, name, value)
        self._undo.append(lambda: setattr(signal, name, original))
