"""Workers: whether the processes of a data loader draw the same random numbers.

In each worker, the states of its random generators are marked when it begins, after its first batches (a worker that
persists ends with the program only) and when it ends: the global ones, and those that the data set holds or that stand
beside its class. Nothing is drawn. A generator that began alike in all workers, and that was drawn from, gave every
worker the same numbers.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

__all__ = ["Workers"]

_COLLATE = 6  # place of collate_fn among the arguments of torch's _worker_loop
_INIT = 9  # of the user's worker_init_fn
_BASE, _NUMBER, _COUNT = 8, 10, 11
_DEEPEST, _MOST = 3, 200
_SHORTEST = 2
_EARLY = 2  # batches of a worker after which its states are marked already; those that persist have no end in time


class Workers:
    """The watch over workers of loaders; its notes travel in a folder of their own."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    def wrapped(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Return torch's worker loop with marks at its beginning, after its first batches and at its end.

        Args:
            original: torch's ``_worker_loop``.
        """

        def worker_loop(*args: Any, **kwargs: Any) -> Any:
            folder = self._folder
            if folder is None or len(args) <= _COUNT:
                return original(*args, **kwargs)
            given, dataset, collate = args[_INIT], args[1], args[_COLLATE]
            began: dict[str, str] = {}
            left = _EARLY

            def begin(number: int) -> None:
                if given is not None:
                    given(number)
                began.update(marks(dataset))

            def note() -> None:
                with contextlib.suppress(Exception):  # the watch may have ended, and its folder with it
                    now = marks(dataset)
                    drawn = {name: mark for name, mark in began.items() if now.get(name) != mark}
                    said = json.dumps({"base": args[_BASE], "marks": drawn})
                    (folder / f"{args[_BASE]}-{args[_NUMBER]}.json").write_text(said, encoding="utf-8")

            def collated(rows: Any) -> Any:
                nonlocal left
                batch = collate(rows)
                if left:
                    left -= 1
                    note()
                return batch

            watched = collated if callable(collate) else collate
            try:
                return original(
                    *args[:_COLLATE], watched, *args[_COLLATE + 1 : _INIT], begin, *args[_INIT + 1 :], **kwargs
                )
            finally:
                note()

        return worker_loop

    def open(self) -> None:
        """Make the folder."""
        self._folder = Path(tempfile.mkdtemp(prefix="glasswork-doctor-"))

    def alike(self) -> bool | None:
        """Whether workers drew alike; None where no two of them drew from anything."""
        if self._folder is None:
            return None
        by_pass: dict[Any, list[dict[str, str]]] = {}
        for file in self._folder.glob("*.json"):
            try:
                note = json.loads(file.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            by_pass.setdefault(note["base"], []).append(note["marks"])
        verdicts = []
        for notes in by_pass.values():
            for name in {name for note in notes for name in note}:
                found = [note[name] for note in notes if name in note]
                if len(found) >= _SHORTEST:
                    verdicts.append(len(set(found)) < len(found))
        return any(verdicts) if verdicts else None

    def close(self) -> None:
        """Take the folder away."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def marks(dataset: Any) -> dict[str, str]:
    """Return a mark of the state of every random generator that a worker could draw from."""
    found = {
        "random": _mark(random.getstate()),
        "numpy": _numpy_mark(np.random.get_state()),  # noqa: NPY002
        "torch": _mark(torch.get_rng_state().tolist()),
    }
    seen: set[int] = set()
    rows: list[tuple[str, Any, int]] = [("dataset", dataset, 0)]
    while rows and len(seen) < _MOST:
        name, thing, depth = rows.pop(0)
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, random.Random):
            found[name] = _mark(thing.getstate())
        elif isinstance(thing, np.random.Generator):
            found[name] = _mark(thing.bit_generator.state)
        elif isinstance(thing, np.random.RandomState):
            found[name] = _numpy_mark(thing.get_state())
        elif isinstance(thing, torch.Generator):
            found[name] = _mark(thing.get_state().tolist())
        elif depth < _DEEPEST:
            inner = getattr(thing, "__dict__", None)
            if isinstance(inner, dict):
                rows += [(place, value, _DEEPEST) for place, value in _beside(thing)]
                rows += [(f"{name}.{key}", value, depth + 1) for key, value in inner.items()]
            elif isinstance(thing, list | tuple) and len(thing) <= 20:
                rows += [(f"{name}.{place}", value, depth + 1) for place, value in enumerate(thing)]
    return found


def _beside(thing: Any) -> list[tuple[str, Any]]:
    """Return the generators that are global in the user's module in which a thing, or its class, was written."""
    name = getattr(thing, "__module__", None)
    module = sys.modules.get(name) if isinstance(name, str) else None
    if module is None or name is None or name.partition(".")[0] in ("torch", "torchvision", "numpy", "builtins"):
        return []
    kinds = (random.Random, np.random.Generator, np.random.RandomState, torch.Generator)
    return [(f"{name}:{key}", value) for key, value in list(vars(module).items()) if isinstance(value, kinds)]


def _mark(state: Any) -> str:
    return hashlib.blake2b(repr(state).encode(), digest_size=8).hexdigest()


def _numpy_mark(state: Any) -> str:
    return _mark([part.tolist() if isinstance(part, np.ndarray) else part for part in state])
