"""Run files: what lies in a run folder, read without judging; what is missing or damaged is remembered by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from jinja2 import UndefinedError

from glasswork.errors import RunFolderError

__all__ = ["RunFiles", "read_run_files", "rendered"]

STRANGE = (
    TypeError,
    AttributeError,
    LookupError,
    ValueError,
    OverflowError,
    UndefinedError,
)  # what wrong JSON types lead to
JSON_FILES = ("data.json", "environment.json", "evaluation.json", "baselines.json", "findings.json")


@dataclass
class RunFiles:
    """The content of a run folder: empty values stand for what is not there."""

    folder: Path
    recipe_text: str = ""
    recipe: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, Any] = field(default_factory=dict)
    evaluation: dict[str, Any] = field(default_factory=dict)
    baselines: dict[str, Any] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.folder.resolve().name

    @cached_property
    def predictions(self) -> pl.DataFrame | None:
        """The table of predictions, or None."""
        return self._parquet("predictions.parquet")

    @cached_property
    def split(self) -> dict[str, int]:
        """How many examples each part has, as far as ``split.parquet`` says."""
        frame = self._parquet("split.parquet")
        if frame is None or "part" not in frame.columns:
            return {}
        if "start" in frame.columns and "stop" in frame.columns:
            frame = frame.with_columns((pl.col("stop") - pl.col("start")).alias("size"))
        else:
            frame = frame.with_columns(pl.lit(1).alias("size"))
        sizes = dict(frame.group_by("part").agg(pl.col("size").sum()).iter_rows())
        return {part: int(sizes[part]) for part in ("train", "valid", "test") if part in sizes}

    def series(self, key: str, *, event: str | None = None) -> tuple[list[float], list[float]]:
        """Return steps and values of one name in ``metrics.jsonl``."""
        steps: list[float] = []
        values: list[float] = []
        for line in self.lines:
            value = line.get(key)
            if (event is None or line.get("event") == event) and isinstance(value, int | float) and isfinite(value):
                steps.append(float(line.get("step", len(steps))))
                values.append(float(value))
        return steps, values

    def _parquet(self, name: str) -> pl.DataFrame | None:
        path = self.folder / name
        if not path.is_file():
            return None
        try:
            return pl.read_parquet(path)
        except (pl.exceptions.PolarsError, OSError):
            self.damaged.append(name)
            return None


def read_run_files(folder: Path) -> RunFiles:
    """Read everything that a report can show; only a folder that does not exist is refused."""
    folder = Path(folder)
    if not folder.is_dir():
        raise RunFolderError(f"write_report: expected a run folder, there is none at {str(folder)!r}.")
    run = RunFiles(folder)
    for name in ("recipe.yaml", *JSON_FILES, "metrics.jsonl", "predictions.parquet"):
        path = folder / name
        if not path.is_file():
            run.missing.append(name)
            continue
        try:
            _take(run, name, path)
        except (OSError, ValueError, RecursionError, yaml.YAMLError):
            run.damaged.append(name)
    return run


def rendered(run: RunFiles, render: Callable[[RunFiles], str]) -> str:
    """Render a page; where values of another kind than a run writes stop it, name the file that holds them.

    It is the file without which the page can be rendered.
    """
    try:
        return render(run)
    except STRANGE as error:
        for name in JSON_FILES:
            part = name.removesuffix(".json")
            try:
                render(replace(run, **{part: type(getattr(run, part))()}))
            except STRANGE:
                continue
            raise RunFolderError(
                f"{str(run.folder / name)!r} holds values of another kind than a run writes ({error}); bring the file "
                "back, or remove it: the page then says that it is missing."
            ) from error
        raise


def _take(run: RunFiles, name: str, path: Path) -> None:
    if name == "recipe.yaml":
        run.recipe_text = path.read_text("utf-8")
        recipe = yaml.safe_load(run.recipe_text)
        run.recipe = recipe if isinstance(recipe, dict) else {}
    elif name == "metrics.jsonl":
        for text in path.read_text("utf-8").splitlines():
            try:
                line = json.loads(text)
            except json.JSONDecodeError:  # the last line of a run that was killed
                continue
            if isinstance(line, dict):
                run.lines.append(line)
    elif name in JSON_FILES:
        value = json.loads(path.read_text("utf-8"))
        if not isinstance(value, dict):
            raise ValueError(name)
        if name == "findings.json":
            listed = value.get("findings", [])
            if not isinstance(listed, list):
                raise ValueError(name)
            run.findings = [finding for finding in listed if isinstance(finding, dict)]
        else:
            setattr(run, name.removesuffix(".json"), value)
