"""CtrlC: the first Ctrl-C is a wish, noted; the second one stops at once."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

__all__ = ["CtrlC"]


class CtrlC:
    """While it is entered, the first Ctrl-C only sets `pressed`, so that a step can end and be saved.

    Args:
        wanted: False leaves Ctrl-C as it is; so does any thread but the main one, which cannot catch signals.
    """

    def __init__(self, *, wanted: bool = True) -> None:
        self.wanted = wanted
        self.pressed = False
        self._before: Any = None
        self._installed = False

    def __enter__(self) -> CtrlC:
        """Start noting."""
        if self.wanted and threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)
            self._installed = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put back what Ctrl-C did before."""
        if self._installed:
            signal.signal(signal.SIGINT, self._before if self._before is not None else signal.SIG_DFL)
            self._installed = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True
