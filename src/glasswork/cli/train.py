"""The arguments of ``glasswork train``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glasswork.cli.output import console, print_json
from glasswork.cli.reading import (
    Configuration,
    Encoding,
    Header,
    Horizon,
    JsonOutput,
    Kind,
    Missing,
    Names,
    Quiet,
    Separator,
    Target,
    Task,
    Test,
    Valid,
    gather,
)
from glasswork.errors import UsageError

if TYPE_CHECKING:
    from glasswork.verbs import Console, Run

__all__ = ["train"]

_Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[DATA]... [section.key=value]...", help="Files or folders; then recipe settings."),
]


def train(
    words: _Words = None,
    target: Target = None,
    task: Task = None,
    model: Annotated[str | None, typer.Option(help="A model's name; `glasswork list models`.")] = None,
    loss: Annotated[str | None, typer.Option(help="A loss's name.")] = None,
    optimizer: Annotated[str | None, typer.Option(help="An optimizer's name.")] = None,
    test: Test = None,
    valid: Valid = None,
    horizon: Horizon = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training data.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of every random choice; default 0.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda, mps.")] = None,
    config: Configuration = None,
    out: Annotated[Path | None, typer.Option(help="Where runs go; default ./runs or GLASSWORK_RUNS.")] = None,
    name: Annotated[str | None, typer.Option(help="The run's name; default from the data.")] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with a run that was stopped; takes no DATA.")] = None,
    kind: Kind = None,
    header: Header = None,
    names: Names = None,
    separator: Separator = None,
    encoding: Encoding = None,
    missing: Missing = None,
    cure: Annotated[bool, typer.Option("--cure", help="Treat what the doctor finds; keep what helps.")] = False,
    budget: Annotated[
        float | None, typer.Option("--budget", metavar="SECONDS", help="For all tries of --cure together.")
    ] = None,
    json: JsonOutput = False,
    quiet: Quiet = False,
) -> None:
    r"""Turn data into a trained network, compared with plain baselines.

    \b
    glasswork train                                     a small real data set bundled with scikit-learn
    glasswork train penguins.csv --target species       a table
    glasswork train photos/                             a folder of class folders of images
    glasswork train reviews.pos reviews.neg             two text files are two classes
    glasswork train ETTh1.csv --horizon 96              a time series
    glasswork train shakespeare.txt training.steps=2000 a language model
    glasswork train table.csv -t y model.hidden=[128,64] --optimizer.lr 1e-3
    glasswork train table.csv -t y -c mine.yaml --cure   what the doctor finds is treated, what helps is kept
    torchrun --nproc-per-node 2 -m glasswork train …    several processes
    """
    from glasswork import verbs

    said = console(quiet=quiet or json)
    if budget is not None and not cure:
        raise UsageError("--budget says how long --cure may take. Add --cure, or leave it out.")
    if resume is not None:
        if words:
            raise UsageError(f"--resume takes no data and no settings, got {' '.join(words)}; the run has its own.")
        run = _cured(lambda: verbs.resume(resume, console=said), said, cure=cure, budget=budget)
    else:
        values: dict[str, Any] = gather(
            words or [],
            config=config,
            target=target,
            kind=kind,
            header=header,
            names=names,
            separator=separator,
            encoding=encoding,
            missing=missing,
            data__test=test,
            data__valid=valid,
            data__horizon=horizon,
            task=task,
            model=model,
            loss=loss,
            optimizer=optimizer,
            seed=seed,
            training__epochs=epochs,
            training__device=device,
        )
        run = _cured(
            lambda: verbs.train_recipe(values, out=out, name=name, console=said), said, cure=cure, budget=budget
        )
    if json:
        print_json(run.summary())


def _cured(train: Callable[[], Run], said: Console, *, cure: bool, budget: float | None) -> Run:
    """Train; where a cure is wanted, treat what was found, and return the best run."""
    from glasswork import verbs
    from glasswork.errors import TrainingError

    try:
        run = train()
    except TrainingError as error:
        folder = getattr(error, "run", None)
        if not cure or folder is None:
            raise
        said.note(f"the training failed: {error}")
        best = verbs.cure(folder.path, budget=budget, console=said)
        if not best.kept:
            raise
        return verbs.open_run(best.best)
    return verbs.open_run(verbs.cure(run.path, budget=budget, console=said).best) if cure else run
