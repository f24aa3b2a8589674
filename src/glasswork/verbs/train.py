"""train: from data to a trained network that was compared with plain baselines, on disk.

The stages, each of which leaves its files before the next begins: the data is read and checked, the folder is made, the
network trains, it is judged on the test examples beside the baselines, the report is written. A run that was stopped
goes on from where it stopped.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glasswork.data import Contract, Prepared, prepare
from glasswork.errors import DataError, TrainingError, UsageError
from glasswork.runs.defaults import check_names, for_model, settle
from glasswork.runs.folder import RunFolder, runs_directory
from glasswork.runs.recipe import Recipe, make_recipe, override
from glasswork.verbs.console import Console

if TYPE_CHECKING:
    from glasswork.records import Finding
    from glasswork.training import Processes
    from glasswork.verbs.run import Run

__all__ = ["resume", "train", "train_recipe"]


def train(
    data: Any = None,
    /,
    *,
    target: str | list[str] | None = None,
    task: str | None = None,
    recipe: str | Path | None = None,
    out: str | Path | None = None,
    name: str | None = None,
    quiet: bool = False,
    **sections: Any,
) -> Run:
    """Train a network on data and return the run; the same as ``glasswork train``.

    Args:
        data: a path, several paths, or a data frame (polars, or anything polars can take); None: bundled data.
        target: the target column or columns; default: recognised.
        task: classification, regression, forecasting or language-modelling; default: recognised.
        recipe: a recipe file to start from.
        out: where runs go; default: ``GLASSWORK_RUNS``, else ``./runs``.
        name: the run's name; default: from the data.
        quiet: no progress on stderr, no summary on stdout.
        sections: sections of the recipe by name, such as ``model="linear"``, ``seed=3``,
            ``training={"epochs": 5}``, ``optimizer={"name": "adam", "lr": 1e-3}``.

    Raises:
        DataError, RecipeError, UsageError, UnknownNameError: before anything is written.
        TrainingError: the run failed; what was saved stays.
    """
    from glasswork.runs.recipe import load_recipe

    values: dict[str, Any] = load_recipe(Path(recipe)) if recipe is not None else {}
    options: dict[str, Any] = {} if target is None else {"target": target}
    frame = None
    if data is None or isinstance(data, str | Path):
        options |= {} if data is None else {"paths": [str(data)]}
    elif isinstance(data, list | tuple) and all(isinstance(path, str | Path) for path in data):
        options["paths"] = [str(path) for path in data]
    else:
        frame = _frame(data)
    values = override(values, {"data": options, **({"task": task} if task else {})})
    return train_recipe(override(values, sections), out=out, name=name, console=Console(quiet=quiet), frame=frame)


def train_recipe(
    values: Mapping[str, Any],
    *,
    out: str | Path | None = None,
    name: str | None = None,
    console: Console | None = None,
    frame: Any = None,
) -> Run:
    """Train what a recipe's plain values say; `frame` stands in for the data's paths."""
    console = console or Console()
    recipe = make_recipe(values)
    check_names(recipe)
    recipe = for_model(recipe)
    if frame is not None:
        return _train_frame(recipe, frame, out=out, name=name, console=console)
    prepared = prepare(recipe.data, task=recipe.task, seed=recipe.seed)
    return _train(recipe, prepared, base=runs_directory(out), name=name or _name(recipe), console=console)


def resume(path: str | Path, *, console: Console | None = None) -> Run:
    """Go on with a run that was stopped, at whichever stage; the final weights are those of an undisturbed run.

    Raises:
        RunFolderError: no run is there, or another process is training it.
        DataError: the data has changed since the run began.
    """
    console = console or Console()
    folder = RunFolder.open(path)
    recipe, contract = folder.recipe(), folder.contract()
    prepared = prepare(recipe.data, task=recipe.task, seed=recipe.seed)
    _refuse_other_data(folder, contract, prepared.contract)
    with _processes(recipe) as processes:
        return _carry_out(folder, recipe, prepared, console, processes, resumed=True)


def train_variant(recipe: Recipe, prepared: Prepared, *, base: Path, name: str, deadline: float | None = None) -> Run:
    """Train a settled recipe on data that is at hand, in silence and in a folder of its own.

    Args:
        recipe: settled.
        prepared: its data.
        base: where the run goes.
        name: its name.
        deadline: a time of ``time.monotonic`` after which no further epoch begins; None: none.

    Raises:
        TrainingError: it failed, or time was up; what was saved stays, in the folder that ``.run`` of the error names.
    """
    from glasswork.training import Processes

    folder = RunFolder.create(name, base)
    _write_first(folder, recipe, prepared)
    return _carry_out(folder, recipe, prepared, Console(quiet=True), Processes(), resumed=False, deadline=deadline)


def _train(recipe: Recipe, prepared: Prepared, *, base: Path, name: str, console: Console) -> Run:
    from glasswork.runs.assemble import try_out

    _say(prepared, console)
    settled = settle(recipe, prepared)
    with _processes(settled) as processes:
        folder = None
        if processes.first:
            try_out(settled, prepared)
            folder = RunFolder.create(name, base)
            _write_first(folder, settled, prepared)
        path = processes.from_first(None if folder is None else str(folder.path))
        return _carry_out(RunFolder(Path(path)), settled, prepared, console, processes, resumed=False)


def _train_frame(recipe: Recipe, frame: Any, *, out: str | Path | None, name: str | None, console: Console) -> Run:
    """Keep the frame as a file beside the run's others, so that the run can be resumed and judged again."""
    from glasswork.runs.assemble import try_out

    with _processes(recipe) as processes:
        made = RunFolder.create(name or "frame", runs_directory(out)) if processes.first else None
        try:
            if made is not None:
                made.write_frame("data.parquet", frame)
            folder = RunFolder(Path(processes.from_first(None if made is None else str(made.path))))
            options = recipe.data.model_copy(update={"paths": (str(folder.path / "data.parquet"),)})
            recipe = recipe.model_copy(update={"data": options})
            prepared = prepare(recipe.data, task=recipe.task, seed=recipe.seed)
            _say(prepared, console)
            settled = settle(recipe, prepared)
            if made is not None:
                try_out(settled, prepared)
                _write_first(made, settled, prepared)
        except BaseException:
            if made is not None:
                shutil.rmtree(made.path)  # ours alone, made a moment ago
            raise
        return _carry_out(folder, settled, prepared, console, processes, resumed=False)


def _say(prepared: Prepared, console: Console) -> None:
    for note in prepared.notes:
        console.note(note)
    console.findings(prepared.findings, most=4)


def _processes(recipe: Recipe) -> Processes:
    """Join the processes that torchrun started, or stand alone."""
    from glasswork.training import Processes, choose_device

    return Processes.from_environment(choose_device(recipe.training.device))


def _write_first(folder: RunFolder, recipe: Recipe, prepared: Prepared) -> None:
    from glasswork.runs.split_file import split_frame

    folder.write_frame("split.parquet", split_frame(prepared))
    folder.write_json("findings.json", {"findings": [finding.to_json() for finding in prepared.findings]})
    folder.write_json("data.json", prepared.contract.model_dump(mode="json"))
    folder.write_text("recipe.yaml", recipe.to_yaml())


def _carry_out(
    folder: RunFolder,
    recipe: Recipe,
    prepared: Prepared,
    console: Console,
    processes: Processes,
    *,
    resumed: bool,
    deadline: float | None = None,
) -> Run:
    from glasswork.runs.carry_out import carry_out
    from glasswork.verbs.report import report
    from glasswork.verbs.run import Run

    run = Run(folder)
    if not processes.first:  # it lends its hands; the first one writes and speaks
        carry_out(folder, recipe, prepared, console=Console(quiet=True), processes=processes, resumed=resumed)
        return run
    try:
        with folder.locked():
            carry_out(
                folder, recipe, prepared, console=console, processes=processes, resumed=resumed, deadline=deadline
            )
            page = report(folder.path)
    except TrainingError as error:
        error.run = folder  # type: ignore[attr-defined]
        console.doctor(_of_training(run, prepared), str(folder))
        raise
    for line in run.summary_lines():
        console.result(line)
    console.doctor(_of_training(run, prepared), str(folder))
    console.result(f"report   {page}")
    console.result(f"predict  glasswork predict {folder} {_example_input(prepared.contract)}")
    return run


def _of_training(run: Run, prepared: Prepared) -> list[Finding]:
    """Return what the doctor found in the training; what is wrong with the data was said before."""
    told = {finding.fault for finding in prepared.findings}
    return [finding for finding in run.findings if finding.fault not in told]


def _example_input(contract: Contract) -> str:
    return {
        "table": "new.csv -o predictions.csv",
        "images": "photo.jpg",
        "text": "new.csv -o predictions.csv",
        "series": "newer.csv -o forecast.csv",
        "corpus": "--prompt 'Once'",
    }[contract.kind]


def _refuse_other_data(folder: RunFolder, old: Contract, new: Contract) -> None:
    if old.sha256 != new.sha256:
        raise DataError(
            f"the data of {folder} has changed since the run began (sha256 {old.sha256[:12]} then, {new.sha256[:12]} "
            "now): the run cannot go on with other data. Bring the old file back, or train anew."
        )
    if old.model_copy(update={"sources": new.sources}) != new:
        raise DataError(f"the data of {folder} is read otherwise than when the run began; train anew.")


def _name(recipe: Recipe) -> str:
    if not recipe.data.paths:
        return "bundled"
    first = Path(recipe.data.paths[0]).resolve().name
    stem = first
    for suffix in Path(first).suffixes[::-1]:
        if suffix.lower().strip(".").isalnum() and len(suffix) <= 8:
            stem = stem.removesuffix(suffix)
    return stem or first


def _frame(data: Any) -> Any:
    import polars as pl

    try:
        frame = _as_frame(data)
    except (TypeError, pl.exceptions.PolarsError) as error:
        raise DataError(f"the data could not be made into a table: {error}.") from None
    for name, kind in frame.schema.items():
        if kind == pl.Object:
            raise DataError(
                f"column {name!r} holds Python objects, not numbers, text, truth values or dates; leave it out, "
                "or turn it into plain columns."
            )
    return frame


def _as_frame(data: Any) -> Any:
    import polars as pl

    if isinstance(data, pl.DataFrame):
        return data
    if hasattr(data, "__dataframe__") or hasattr(data, "to_dict"):
        return pl.DataFrame({str(name): list(data[name]) for name in data.columns})
    if isinstance(data, Mapping):
        return pl.DataFrame(dict(data))
    raise UsageError(f"data must be a path, several paths or a data frame, got {type(data).__name__}.")
