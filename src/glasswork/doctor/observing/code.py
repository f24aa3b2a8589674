"""Code: which line of the user's own program we are in, and what a thing is called there."""

from __future__ import annotations

import linecache
import sys
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import torch

__all__ = ["name_in_caller", "owners", "user_frame", "user_line", "user_place", "user_place_of"]

_OWN = str(Path(__file__).parents[2])
_DEMO = str(Path(__file__).parents[1] / "demo.py")
_TORCH = str(Path(torch.__file__).parent)
_DEEPEST = 60


def user_frame(start: int = 1) -> FrameType | None:
    """Return the innermost frame that is neither ours, nor torch's, nor of an installed package."""
    frame: FrameType | None = sys._getframe(start)
    for _ in range(_DEEPEST):
        if frame is None:
            return None
        if _is_users(frame.f_code.co_filename):
            return frame
        frame = frame.f_back
    return None


def _is_users(file: str) -> bool:
    ours = file.startswith((_OWN, _TORCH, "<")) or "site-packages" in file or "/lib/python" in file
    return not ours or file == _DEMO


def user_place_of(trace: TracebackType | None) -> tuple[str, str] | None:
    """Return file and line of the innermost of the user's lines that an exception came through, and its text."""
    found = None
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if _is_users(file):
            found = f"{Path(file).name}:{trace.tb_lineno}", linecache.getline(file, trace.tb_lineno).strip()
        trace = trace.tb_next
    return found


def user_line(start: int = 2) -> str | None:
    """Return file and line of the user's code that we were called from: ``train.py:41``."""
    frame = user_frame(start)
    return None if frame is None else f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"


def user_place(start: int = 2) -> tuple[str, str] | None:
    """Return file and line of the user's code that we were called from, and the text of that line."""
    frame = user_frame(start)
    if frame is None:
        return None
    file = frame.f_code.co_filename
    return f"{Path(file).name}:{frame.f_lineno}", linecache.getline(file, frame.f_lineno).strip()


def name_in_caller(thing: Any, start: int = 2) -> str | None:
    """Return the name under which the user's code holds a thing: a variable, or an attribute of ``self``."""
    frame = user_frame(start)
    for _ in range(4):
        if frame is None:
            return None
        names = frame.f_locals
        for name, value in list(names.items()):
            if value is thing and not name.startswith("_") and name != "self":
                return name
        owner = names.get("self")
        for name, value in list(getattr(owner, "__dict__", {}).items()):
            if value is thing:
                return name
            if name == "_modules" and isinstance(value, dict):
                inside = next((key for key, child in value.items() if child is thing), None)
                if inside:
                    return inside
        frame = frame.f_back
    return None


def owners(kind: type, start: int = 2) -> list[Any]:
    """Return the ``self`` of every method on the way here that is of a kind, innermost first."""
    found: list[Any] = []
    frame: FrameType | None = sys._getframe(start)
    for _ in range(_DEEPEST):
        if frame is None:
            break
        code = frame.f_code
        if code.co_argcount and code.co_varnames[0] == "self" and not code.co_filename.startswith(_OWN):
            owner = frame.f_locals.get("self")
            if isinstance(owner, kind) and all(owner is not one for one in found):
                found.append(owner)
        frame = frame.f_back
    return found
