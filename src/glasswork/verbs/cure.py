"""cure: a run's findings are treated one after the other; what helps is kept, and shown beside what was before."""

from __future__ import annotations

import math
import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glasswork.data import Prepared, prepare
from glasswork.errors import DataError, TrainingError, UsageError
from glasswork.records import Finding
from glasswork.runs.folder import RunFolder
from glasswork.verbs.console import Console
from glasswork.verbs.run import Run

if TYPE_CHECKING:
    from glasswork.cures import Cured, Proposal, Trial
    from glasswork.runs.recipe import Recipe

__all__ = ["cure"]


def cure(
    path: str | Path,
    *,
    budget: float | None = None,
    findings: list[Finding] | None = None,
    notes: bool = False,
    console: Console | None = None,
) -> Cured:
    """Treat what the doctor found in a run: each treatment changes the recipe and trains anew, in a run of its own.

    A change is kept only where the validation examples show that it helped, by more than chance. The run itself stays
    as it is, but for ``cures.json``, which says what was tried.

    Args:
        path: the run.
        budget: seconds for all new trainings together (the first is made in any case, and cut at the budget); None: as
            long as the run took, at least a minute.
        findings: treat these instead of what was found.
        notes: treat notes, too.
        console: where it is said.

    Returns:
        What was tried, what was kept, and which run is the best.

    Raises:
        RunFolderError: no run is there.
        UsageError: nobody watched the run, or there is nothing to judge a cure by.
        KeyboardInterrupt: Ctrl-C; what was done by then is kept.
    """
    from glasswork.cures import cure as try_them
    from glasswork.cures.cure import LEAST_BUDGET

    console = console or Console(quiet=True)
    folder = RunFolder.open(path)
    run, recipe = Run(folder), folder.recipe()
    if budget is not None and not budget > 0:
        raise UsageError(f"cure: the budget must be above 0 seconds, got {budget:g}.")
    if findings is None and not recipe.training.doctor:
        raise UsageError(
            f"cure: nobody watched {folder}, as its recipe says training.doctor: false. Train it with true."
        )
    prepared = prepare(recipe.data, task=recipe.task, seed=recipe.seed)
    if prepared.contract.sha256 != folder.contract().sha256:
        raise DataError(f"the data of {folder} has changed since the run; a cure could not be told from the change.")
    if not len(prepared.parts["valid"]):
        raise UsageError(f"cure: {folder} has no validation examples, so that nothing could tell whether a cure helps.")
    if budget is None:
        budget = max(LEAST_BUDGET, _seconds(run))

    def train(settled: Recipe, deadline: float) -> tuple[RunFolder, str | None]:
        return _train(folder, settled, prepared, deadline)

    def say(trial: Trial, proposal: Proposal, before: RunFolder, after: RunFolder) -> None:
        _write_trial(folder, trial, before, after)
        for line in _said(trial, before, after):
            console.result(line)

    console.note(f"treating {folder}, {budget:,.0f} seconds at most")
    found = run.findings if findings is None else findings
    cured = try_them(
        folder, found, prepared, train=train, read=lambda made: Run(made).findings, budget=budget, say=say, notes=notes
    )
    folder.write_json("cures.json", cured.to_json())
    if cured.difference:
        for line in cured.difference.splitlines():
            console.result(line)
    for line in textwrap.wrap(cured.sentence, _width(), break_long_words=False, break_on_hyphens=False):
        console.result(line)
    if cured.interrupted is not None:
        raise KeyboardInterrupt(cured.interrupted)
    return cured


def _train(folder: RunFolder, recipe: Recipe, prepared: Prepared, deadline: float) -> tuple[RunFolder, str | None]:
    from glasswork.verbs.train import train_variant

    name = f"{folder.path.resolve().name}-cure"
    try:
        run = train_variant(recipe, prepared, base=folder.path.resolve().parent, name=name, deadline=deadline)
    except TrainingError as error:
        made = getattr(error, "run", None)
        if not isinstance(made, RunFolder):
            raise
        return made, str(error)
    return run.folder, None


def _seconds(run: Run) -> float:
    """Return how long a training took, or would have taken where it broke off."""
    lines = [line for line in run.history if line.get("time")]
    if not lines:
        return 0.0
    last = lines[-1]
    training = run.recipe.training
    share = 1.0
    if not run.folder.has("evaluation.json") and last.get("epoch"):
        share = max(1.0, (training.epochs or last["epoch"]) / last["epoch"])
    return float(last["time"]) * share


def _write_trial(original: RunFolder, trial: Trial, before: RunFolder, after: RunFolder) -> None:
    from dataclasses import asdict

    from glasswork.reports import write_cure_page

    after.write_json("cure.json", {"of": str(original), "before": str(before), **asdict(trial)})
    write_cure_page(after.path, before.path)


def _said(trial: Trial, before: RunFolder, after: RunFolder) -> list[str]:
    """Return a trial in a few lines: the change, both curves, the verdict."""
    width = _width()
    mark = "kept" if trial.kept else "left"
    lines = textwrap.wrap(f"{trial.fault}: {trial.advice}", width, subsequent_indent="  ", break_long_words=False)
    lines += _curves(before, after, width)
    said = f"  {mark}: {trial.why} ({trial.seconds:.3g} s, {trial.run})"
    return lines + textwrap.wrap(
        said, width, subsequent_indent="        ", break_long_words=False, break_on_hyphens=False
    )


def _curves(before: RunFolder, after: RunFolder, width: int) -> list[str]:
    from glasswork.doctor.remedies.outcome import sparkline

    curves = {name: _losses(folder) for name, folder in (("before", before), ("after", after))}
    key = "valid/loss" if all(curve["valid/loss"] for curve in curves.values()) else "train/loss"
    values = {name: curve[key] for name, curve in curves.items() if curve[key]}
    finite = [value for one in values.values() for value in one if math.isfinite(value)]
    if not finite:
        return []
    log = min(finite) > 0 and max(finite) > 20 * min(finite)
    scale = [math.log(value) for value in finite] if log else finite
    low, high = min(scale), max(scale)
    lines = []
    for name, one in values.items():
        seen = [math.log(value) if log and value > 0 else value for value in one]
        bars = sparkline(seen, low, high, max(10, width - 34))
        lines.append(f"  {name:<6} {bars} {key} {one[-1]:.4g}")
    return lines


def _losses(folder: RunFolder) -> dict[str, list[float]]:
    lines: list[dict[str, Any]] = folder.metrics()
    return {
        key: [
            math.nan if line[key] is None else float(line[key])
            for line in lines
            if line.get("event") == event and key in line
        ]
        for key, event in (("valid/loss", "epoch"), ("train/loss", "step"))
    }


def _width() -> int:
    return max(60, min(110, shutil.get_terminal_size((100, 24)).columns))
