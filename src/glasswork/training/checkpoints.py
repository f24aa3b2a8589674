"""Checkpoints: a run on disk, from which it goes on to the same bits after being killed at any moment.

```text
checkpoints/
  step-120/            complete or absent: written under another name, synced, then renamed
    model.safetensors    the weights that predict
    learner.safetensors  the optimiser, the averaged or trained weights, the loss scaler
    state.json           random numbers, position, early stopping, the skeleton of the learner's state
    checksums.json       sha256 of the three files; a folder without it, or that it contradicts, is ignored
  best.json  last.json   pointers, replaced in one move after the folder is safe
```

A folder cannot be replaced in one move, a file can: hence new folders and pointers.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from glasswork.errors import CheckpointError, TrainingError
from glasswork.training.skeleton import flatten, unflatten

if TYPE_CHECKING:
    from glasswork.learning import Learner

__all__ = ["Checkpoints", "Position", "Saved", "Snapshot", "take_snapshot"]

_FILES = ("model.safetensors", "learner.safetensors", "state.json")
_CHECKSUMS = "checksums.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands.

    Args:
        step: steps done.
        epoch: the epoch that comes next or is under way, from 1.
        batch: batches of it that are done.
        lines: how many lines have been logged so far; a log is cut back to this many before resuming.
        seconds: training time so far.
        totals: sums of the epoch under way: loss times examples, examples.
    """

    step: int = 0
    epoch: int = 1
    batch: int = 0
    lines: int = 0
    seconds: float = 0.0
    totals: tuple[float, int] = (0.0, 0)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run at one moment, copied off the device."""

    step: int
    model: dict[str, Tensor]
    learner: dict[str, Tensor]
    state: dict[str, Any]


def take_snapshot(learner: Learner, state: dict[str, Any]) -> Snapshot:
    """Copy the learner's weights and state; `state` holds plain values."""
    step = int(state["position"]["step"])
    evaluated: nn.Module = getattr(learner, "evaluated", learner.model)
    model = {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in evaluated.state_dict().items()
        if isinstance(tensor, Tensor)
    }
    tensors: dict[str, Tensor] = {}
    skeleton = flatten(learner.state_dict(), tensors)
    return Snapshot(step, model, tensors, {**state, "learner": skeleton})


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint on disk whose checksums hold."""

    folder: Path
    step: int
    state: dict[str, Any] = field(repr=False)

    @property
    def position(self) -> Position:
        """Where the run stood."""
        given = dict(self.state["position"])
        given["totals"] = tuple(given["totals"])
        return Position(**given)

    def weights(self) -> dict[str, Tensor]:
        """Return the weights that predict, on the CPU."""
        return _read_tensors(self.folder / "model.safetensors")

    def load_model(self, model: nn.Module) -> None:
        """Put the weights into a model of the same architecture."""
        load_weights(model, self.weights(), str(self.folder))

    def load(self, learner: Learner) -> None:
        """Put weights and state into a learner that was built like the one that was saved."""
        self.load_model(getattr(learner, "evaluated", learner.model))
        tensors = _read_tensors(self.folder / "learner.safetensors")
        try:
            learner.load_state_dict(unflatten(self.state["learner"], tensors))
        except (KeyError, ValueError, RuntimeError) as error:
            raise CheckpointError(
                f"{self.folder}: the saved state does not fit this learner ({error}). "
                "Resume with the settings of the run."
            ) from error


def load_weights(model: nn.Module, weights: dict[str, Tensor], where: str) -> None:
    """Load weights into a model, refusing others than its own with one sentence."""
    own = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items() if isinstance(tensor, Tensor)}
    for name, shape in own.items():
        if name not in weights:
            raise CheckpointError(f"{where}: weight '{name}' of the model is not in the checkpoint.")
        if tuple(weights[name].shape) != shape:
            raise CheckpointError(
                f"{where}: weight '{name}' has shape {tuple(weights[name].shape)}, the model expects {shape}."
            )
    extra = sorted(set(weights) - set(own))
    if extra:
        raise CheckpointError(f"{where}: the checkpoint has weight '{extra[0]}', which the model lacks.")
    model.load_state_dict(weights, strict=False)


class Checkpoints:
    """The checkpoints of one run: the best, the last, and the one before it.

    Args:
        folder: made when first needed.
        say: told when a damaged checkpoint is passed over; default: a line on stderr.
    """

    def __init__(self, folder: str | Path, *, say: Callable[[str], None] | None = None) -> None:
        self.folder = Path(folder)
        self.say = say or _to_stderr

    def save(self, snapshot: Snapshot, *, best: bool = False, last: bool = True) -> Path:
        """Write a checkpoint, move the pointers to it, then delete those that nothing points to.

        Raises:
            TrainingError: the disk is full or refuses; what was saved before is untouched.
        """
        size = sum(tensor.nbytes for part in (snapshot.model, snapshot.learner) for tensor in part.values())
        partial = self.folder / f"step-{snapshot.step}.partial"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            self._write(partial, snapshot)
            place = self._free_name(snapshot.step)
            partial.rename(place)
            _sync_folder(self.folder)
            if best:
                self._point("best", {"folder": place.name, "step": snapshot.step})
            if last:
                before = self._pointer("last")
                previous = before["folder"] if before else None
                self._point("last", {"folder": place.name, "step": snapshot.step, "previous": previous})
        except OSError as error:
            shutil.rmtree(partial, ignore_errors=True)
            raise TrainingError(self._word_failure(error, snapshot.step, size)) from error
        self._prune(keep=place.name)
        return place

    def latest(self) -> Saved | None:
        """Return the newest checkpoint that is whole, None if there is none at all.

        Raises:
            CheckpointError: there are checkpoints, but each is damaged.
        """
        pointer = self._pointer("last")
        wanted = [pointer.get("folder"), pointer.get("previous")] if pointer else []
        others = sorted(self._folders(), key=_step_of, reverse=True)
        candidates = [self.folder / name for name in wanted if name] + others
        return self._first_whole(list(dict.fromkeys(candidates)))

    def best(self) -> Saved | None:
        """Return the checkpoint with the best validation, None where nothing was validated.

        Raises:
            CheckpointError: it is damaged.
        """
        pointer = self._pointer("best")
        return None if pointer is None else self.load(pointer["folder"])

    def load(self, name: str) -> Saved:
        """Return the checkpoint of this folder name after checking it.

        Raises:
            CheckpointError: a file is missing, cut short or changed.
        """
        folder = self.folder / name
        if not folder.is_dir():
            raise CheckpointError(f"{folder}: no such checkpoint.")
        try:
            expected = json.loads((folder / _CHECKSUMS).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CheckpointError(
                f"{folder}: the checkpoint is incomplete: it has no readable {_CHECKSUMS}."
            ) from error
        for file in _FILES:
            path = folder / file
            if not path.is_file():
                raise CheckpointError(f"{path}: the file is missing.")
            found = _sha256(path)
            if not isinstance(expected, dict) or expected.get(file) != found:
                raise CheckpointError(f"{path}: the file was cut short or changed: its sha256 is not the one recorded.")
        state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        if state.get("format") != _FORMAT:
            raise CheckpointError(f"{folder}: written in format {state.get('format')}, this version reads {_FORMAT}.")
        return Saved(folder, int(state["position"]["step"]), state)

    def _first_whole(self, candidates: list[Path]) -> Saved | None:
        problems: list[CheckpointError] = []
        for folder in candidates:
            try:
                saved = self.load(folder.name)
            except CheckpointError as error:
                problems.append(error)
                continue
            for problem in problems:
                self.say(f"{problem} Going back to the checkpoint of step {saved.step}.")
            return saved
        if problems:
            raise CheckpointError(f"no checkpoint is whole: {problems[0]}")
        return None

    def _write(self, folder: Path, snapshot: Snapshot) -> None:
        from safetensors.torch import save

        state = json.dumps({"format": _FORMAT, **snapshot.state}, indent=1)
        contents = (save(snapshot.model, metadata={"format": "pt"}), save(snapshot.learner), state.encode())
        sums = {}
        for file, content in zip(_FILES, contents, strict=True):
            _write_synced(folder / file, content)
            sums[file] = hashlib.sha256(content).hexdigest()
        _write_synced(folder / _CHECKSUMS, json.dumps(sums, indent=1).encode())
        _sync_folder(folder)

    def _free_name(self, step: int) -> Path:
        place, again = self.folder / f"step-{step}", 2
        while place.exists():
            place, again = self.folder / f"step-{step}-{again}", again + 1
        return place

    def _folders(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return [path for path in self.folder.glob("step-*") if path.is_dir() and path.suffix != ".partial"]

    def _pointer(self, name: str) -> dict[str, Any] | None:
        path = self.folder / f"{name}.json"
        try:
            pointer = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            self.say(f"{path}: not readable, ignored.")
            return None
        known = isinstance(pointer, dict) and Path(str(pointer.get("folder", "/"))).name == pointer.get("folder")
        return pointer if known else None

    def _point(self, name: str, pointer: dict[str, Any]) -> None:
        path = self.folder / f"{name}.json"
        fresh = path.with_suffix(".json.new")
        _write_synced(fresh, json.dumps(pointer).encode())
        fresh.replace(path)
        _sync_folder(self.folder)

    def _prune(self, *, keep: str) -> None:
        best, last = self._pointer("best") or {}, self._pointer("last") or {}
        kept = {keep, best.get("folder"), last.get("folder"), last.get("previous")}
        for folder in self._folders():
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    def _word_failure(self, error: OSError, step: int, size: int) -> str:
        kept = self._pointer("last")
        safe = f"the checkpoint of step {kept['step']} is kept" if kept else "there is no earlier checkpoint"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            need = f"about {max(1, round(size / 1e6))} MB are needed"
            return (
                f"{self.folder}: the disk is full while saving step {step} ({need}); {safe}. Free space, then resume."
            )
        return f"{self.folder}: saving step {step} failed ({error}); {safe}."


def _read_tensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return load(path.read_bytes())
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: not readable as safetensors ({error}).") from error


def _step_of(folder: Path) -> tuple[int, int]:
    _, step, *again = folder.name.split("-")
    return (int(step) if step.isdigit() else -1, int(again[0]) if again and again[0].isdigit() else 1)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _to_stderr(message: str) -> None:
    sys.stderr.write(message + "\n")
