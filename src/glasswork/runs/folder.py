"""RunFolder: a run on disk. Files appear whole or not at all, and nothing that was saved is overwritten by another run.

Every file is written beside its place, flushed to the disk and then moved there, so a crash leaves the old one or the
new one. A new run gets a folder of its own: ``name``, ``name-2``, … .
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from glasswork.checks import nearest
from glasswork.data.contract import Contract
from glasswork.errors import RunFolderError, TrainingError
from glasswork.runs.recipe import Recipe, load_recipe, make_recipe

if TYPE_CHECKING:
    import polars as pl

__all__ = ["RunFolder", "runs_directory"]


def runs_directory(out: str | Path | None = None) -> Path:
    """Return where new runs go: what the caller says, else ``GLASSWORK_RUNS``, else ``./runs``."""
    return Path(out or os.environ.get("GLASSWORK_RUNS") or "runs")


class RunFolder:
    """The files of one run, by name."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        return f"RunFolder({str(self.path)!r})"

    @classmethod
    def create(cls, name: str, base: Path) -> RunFolder:
        """Make a folder that did not exist before: `name`, else the first free ``name-2``, ``name-3``, … ."""
        stem = re.sub(r"[^\w.+-]+", "-", name).strip("-.") or "run"
        with _said_plainly(base / stem):
            base.mkdir(parents=True, exist_ok=True)
            number = 1
            while True:
                path = base / (stem if number == 1 else f"{stem}-{number}")
                try:
                    path.mkdir()
                except FileExistsError:
                    number += 1
                else:
                    return cls(path)

    @classmethod
    def open(cls, path: str | Path) -> RunFolder:
        """Open an existing run, by its path or by its name below the runs directory."""
        given = Path(path)
        found = given if given.is_dir() else runs_directory() / given
        if not found.is_dir():
            known = [p.name for p in runs_directory().iterdir() if p.is_dir()] if runs_directory().is_dir() else []
            close = nearest(given.name, known)
            hint = f"; did you mean {str(runs_directory() / close)!r}?" if close else "."
            raise RunFolderError(f"no run folder {str(path)!r}{hint}")
        for name in ("recipe.yaml", "data.json"):
            if not (found / name).is_file():
                raise RunFolderError(
                    f"{str(found)!r} has no {name}: it is no run folder, or the run was stopped before training began."
                )
        return cls(found)

    @property
    def checkpoints(self) -> Path:
        """Where checkpoints lie."""
        return self.path / "checkpoints"

    def recipe(self) -> Recipe:
        """Read ``recipe.yaml``, as it was settled."""
        return make_recipe(load_recipe(self.path / "recipe.yaml"), source=str(self.path / "recipe.yaml"))

    def contract(self) -> Contract:
        """Read ``data.json``."""
        values = self.read_json("data.json")
        try:
            return Contract.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(place) for place in first["loc"])
            raise RunFolderError(f"{self.path / 'data.json'}: {where}: {first['msg']}.") from None

    def has(self, name: str) -> bool:
        """Whether the run has this file yet."""
        return (self.path / name).is_file()

    def read_json(self, name: str) -> Any:
        """Read one JSON file of the run."""
        path = self.path / name
        try:
            value = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise RunFolderError(f"{str(self.path)!r} has no {name} (yet).") from None
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RunFolderError(f"{path} is damaged: {error}.") from None
        if not isinstance(value, dict):
            raise RunFolderError(f"{path} is damaged: a JSON object was expected, got {type(value).__name__}.")
        return value

    def write_json(self, name: str, value: Any) -> None:
        """Write one JSON file, whole or not at all."""
        self.write_text(name, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")

    def write_text(self, name: str, text: str) -> None:
        """Write one text file, whole or not at all."""
        self.write_bytes(name, text.encode("utf-8"))

    def write_frame(self, name: str, frame: pl.DataFrame) -> None:
        """Write one Parquet file, whole or not at all."""
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        self.write_bytes(name, buffer.getvalue())

    def write_bytes(self, name: str, content: bytes) -> None:
        """Write beside, flush to the disk, move into place."""
        path = self.path / name
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with _said_plainly(path):
                with beside.open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)

    def append_metrics(self, line: dict[str, Any]) -> None:
        """Add one line to ``metrics.jsonl``; numbers that are not finite are written as null."""
        clean = {key: _finite(value) for key, value in line.items()}
        with _said_plainly(self.path / "metrics.jsonl"), (self.path / "metrics.jsonl").open("a", encoding="utf-8") as f:
            f.write(json.dumps(clean, allow_nan=False) + "\n")

    def metrics(self) -> list[dict[str, Any]]:
        """Read ``metrics.jsonl``; a last line that a crash cut short is left out."""
        path = self.path / "metrics.jsonl"
        lines = []
        for text in path.read_text("utf-8").splitlines() if path.is_file() else []:
            try:
                lines.append(json.loads(text))
            except json.JSONDecodeError:
                break
        return lines

    def cut_metrics(self, lines: int) -> None:
        """Keep the first `lines` lines: the resumed run writes the others again."""
        self.write_text("metrics.jsonl", "".join(json.dumps(line) + "\n" for line in self.metrics()[:lines]))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run for this process: two that train one run would undo each other's work."""
        import fcntl

        with _said_plainly(self.path / ".lock"):
            file = (self.path / ".lock").open("w")
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise RunFolderError(f"{str(self.path)!r} is being trained by another process.") from None
            yield


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not (abs(value) < float("inf")) else value


@contextmanager
def _said_plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            there = next((p for p in [path, *path.parents] if p.exists()), Path())
            free = shutil.disk_usage(there).free / 1e6
            raise TrainingError(
                f"the disk is full: {str(path)!r} could not be written ({free:.0f} MB free). "
                "What was saved before is whole; make room and go on with --resume."
            ) from None
        raise RunFolderError(f"{str(path)!r} could not be written: {error.strerror}.") from None
