"""Carry out: from assembled objects to a judged network; each stage leaves its files, so that a stopped run goes on."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, Protocol, TextIO

import numpy as np
import torch
from torch import nn

from glasswork.baselines import compare, run_baselines
from glasswork.data import Prepared
from glasswork.errors import RunFolderError
from glasswork.evaluation import Threshold, tune_threshold
from glasswork.runs.assemble import Assembly, assemble
from glasswork.runs.attending import Attending
from glasswork.runs.environment import describe_environment
from glasswork.runs.folder import RunFolder
from glasswork.runs.generate import generate
from glasswork.runs.infer import infer, inference_batch
from glasswork.runs.judge import judge
from glasswork.runs.load import final_checkpoint
from glasswork.runs.recipe import Recipe
from glasswork.runs.unusual import unusual
from glasswork.training import Checkpoints, Processes, Progress, Saved, choose_device, choose_threads, train

__all__ = ["carry_out"]


class _Console(Protocol):
    quiet: bool

    @property
    def progress_stream(self) -> TextIO: ...

    def note(self, line: str) -> None: ...


def carry_out(
    folder: RunFolder,
    recipe: Recipe,
    prepared: Prepared,
    *,
    console: _Console,
    processes: Processes,
    resumed: bool = False,
    deadline: float | None = None,
) -> None:
    """Train, judge and compare; the first process alone writes.

    Args:
        folder: holds the recipe, the contract and the split already.
        recipe: settled; what depends on the machine as well is settled here and written back.
        prepared: the data, split as the recipe says.
        console: where progress is said.
        processes: this process, or those that train together.
        resumed: whether checkpoints of an earlier start may be there.
        deadline: a time of ``time.monotonic`` after which no further epoch begins; None: none.

    Raises:
        TrainingError: the training failed; the last good checkpoint stays.
        KeyboardInterrupt: after a checkpoint was saved; its text says how to go on.
    """
    try:
        device = choose_device(recipe.training.device)
        assembly = assemble(recipe, prepared, device=device, processes=processes)
        recipe = _with_threads(recipe, prepared, assembly, device)
        if device.type == "cpu" and recipe.training.threads is not None:
            torch.set_num_threads(recipe.training.threads)
        choices = _choices(recipe, device, processes)
        if processes.first and recipe != assembly.recipe:
            folder.write_text("recipe.yaml", recipe.to_yaml())
        if processes.first and not folder.has("environment.json"):
            folder.write_json("environment.json", describe_environment(**choices))
        console.note(_described(recipe, prepared, assembly, choices))
        for line in unusual(recipe):
            console.note(line)
        if processes.world > 1:
            console.note(_compared_with_one(assembly, processes.world))
        _train(folder, recipe, prepared, assembly, processes, console, resumed=resumed, deadline=deadline)
        if processes.first:
            _finish(folder, recipe, prepared, assembly, console)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"stopped; go on with: glasswork train --resume {folder}") from None


def _with_threads(recipe: Recipe, prepared: Prepared, assembly: Assembly, device: torch.device) -> Recipe:
    """Settle the number of threads once: sums are rounded by it, so a resumed run needs the same."""
    if recipe.training.threads is not None or device.type != "cpu":
        return recipe
    few = prepared.parts["train"][: recipe.training.batch_size]
    threads = choose_threads(assembly.network, assembly.source.batch(few))
    return recipe.model_copy(update={"training": recipe.training.model_copy(update={"threads": threads})})


def _choices(recipe: Recipe, device: torch.device, processes: Processes) -> dict[str, Any]:
    """Return what was chosen for this machine."""
    return {
        "device": str(device),
        "threads": torch.get_num_threads(),
        "precision": recipe.training.precision,
        "channels_last": bool(recipe.training.channels_last),
        "processes": processes.world,
    }


def _described(recipe: Recipe, prepared: Prepared, assembly: Assembly, choices: dict[str, Any]) -> str:
    weights = sum(parameter.numel() for parameter in assembly.network.parameters())
    training = recipe.training
    length = f"{training.steps:,} steps" if training.steps else f"up to {training.epochs} epochs"
    sizes = {name: len(part) for name, part in prepared.parts.items()}
    return (
        f"{recipe.model.name} with {weights:,} weights; {length} of batches of {training.batch_size} on "
        f"{sizes['train']:,} examples ({sizes['valid']:,} validate, {sizes['test']:,} test); {choices['device']}, "
        f"{choices['threads']} thread{'s' if choices['threads'] != 1 else ''}, {choices['precision']}"
    )


def _compared_with_one(assembly: Assembly, world: int) -> str:
    """Say whether several processes take the very steps that one would."""
    modules = list(assembly.network.modules())
    reasons = ["dropout draws"] if any(_drops(module) for module in modules) else []
    reasons += ["batch norm's statistics"] if any("BatchNorm" in type(module).__name__ for module in modules) else []
    if reasons:
        return (
            f"{world} processes: not the very steps of one process, as {' and '.join(reasons)} are each process's own"
        )
    return f"{world} processes: the same steps as one process, but for rounding"


def _drops(module: nn.Module) -> bool:
    shares = [value for name, value in vars(module).items() if "dropout" in name and isinstance(value, int | float)]
    return any(share > 0 for share in shares) or (isinstance(module, nn.Dropout) and module.p > 0)


def _train(
    folder: RunFolder,
    recipe: Recipe,
    prepared: Prepared,
    assembly: Assembly,
    processes: Processes,
    console: _Console,
    *,
    resumed: bool,
    deadline: float | None,
) -> None:
    checkpoints = Checkpoints(folder.checkpoints, say=console.note)
    saved = checkpoints.latest() if resumed else None
    if processes.first:
        folder.cut_metrics(saved.position.lines if saved else 0)
    doctor = None
    if recipe.training.doctor and processes.first:
        doctor = Attending(folder, recipe, prepared, assembly.learner, resumed=saved is not None, deadline=deadline)
    with doctor or nullcontext():
        _loop(folder, recipe, prepared, assembly, processes, console, checkpoints, saved, doctor)


def _loop(
    folder: RunFolder,
    recipe: Recipe,
    prepared: Prepared,
    assembly: Assembly,
    processes: Processes,
    console: _Console,
    checkpoints: Checkpoints,
    saved: Saved | None,
    doctor: Attending | None,
) -> None:
    training = recipe.training
    batch = training.batch_size or len(prepared.parts["train"])
    train(
        assembly.learner,
        assembly.source,
        prepared.parts,
        task=assembly.task,
        epochs=None if training.steps else training.epochs,
        steps=training.steps,
        batch_size=batch,
        eval_batch_size=inference_batch(training.batch_size),
        seed=recipe.seed,
        checkpoints=checkpoints,
        resume=saved,
        patience=training.patience or None,
        restore_best=bool(training.restore_best) and len(prepared.parts["valid"]) > 0,
        log=folder.append_metrics if processes.first else None,
        log_every=training.log_every or max(1, len(prepared.parts["train"]) // batch // 20),
        checkpoint_seconds=training.checkpoint_every,
        progress=Progress(silent=console.quiet or not processes.first, stream=console.progress_stream),
        attendant=doctor,
        processes=processes,
    )


def _finish(folder: RunFolder, recipe: Recipe, prepared: Prepared, assembly: Assembly, console: _Console) -> None:
    """Judge the network on test examples (validation ones where there are none), then the baselines beside it."""
    final = final_checkpoint(folder, recipe)
    final.load_model(assembly.network)
    network, task = assembly.network, assembly.task
    decoded: dict[str, dict[str, np.ndarray]] = {}
    for part in ("valid", "test"):
        index = prepared.parts[part]
        if len(index):
            batch = inference_batch(recipe.training.batch_size)
            decoded[part] = infer(network, task, assembly.source, index, batch_size=batch)
    if not decoded:
        raise RunFolderError(f"{folder}: there are neither validation nor test examples to judge the network on.")
    threshold = _threshold(recipe, prepared, decoded)
    judged = {}
    for part, answers in decoded.items():
        samples = _samples(recipe, prepared, assembly) if part == list(decoded)[-1] else []
        judged[part] = judge(
            network,
            task,
            prepared.examples,
            prepared.parts[part],
            answers,
            part=part,
            seed=recipe.seed,
            threshold=threshold,
            samples=samples,
            primary=task.primary,
            bootstrap=recipe.evaluation.bootstrap,
        )
    chief = "test" if "test" in judged else "valid"
    result, predictions = judged[chief]
    folder.write_frame("predictions.parquet", predictions)
    figures: dict[str, Any] = {part: evaluation["metrics"] for part, (evaluation, _) in judged.items()}
    results = []
    if recipe.evaluation.baselines:
        console.note("comparing with the trivial rule and cheap classical models")
        results = run_baselines(prepared, task, seed=recipe.seed, tune_threshold=recipe.evaluation.tune_threshold)
    comparison = compare(
        {**figures, "seconds": round(final.position.seconds, 2)}, results, task.primary, task.direction
    )
    folder.write_json("baselines.json", comparison)
    folder.write_json("evaluation.json", {**result, "valid": judged.get("valid", ({},))[0].get("metrics")})


def _threshold(recipe: Recipe, prepared: Prepared, decoded: dict[str, dict[str, np.ndarray]]) -> Threshold | None:
    contract = prepared.contract
    targets = prepared.examples.targets
    if contract.task != "classification" or len(contract.classes) != 2 or not recipe.evaluation.tune_threshold:
        return None
    if "valid" not in decoded or targets is None:
        return None
    positive = contract.classes.index(contract.positive) if contract.positive in contract.classes else 1
    return tune_threshold(decoded["valid"]["probabilities"], targets[prepared.parts["valid"]], positive=positive)


def _samples(recipe: Recipe, prepared: Prepared, assembly: Assembly) -> list[dict[str, str]]:
    if prepared.contract.kind != "corpus" or not hasattr(assembly.network.body, "generate"):
        return []
    written = generate(assembly.network, prepared.contract, prompt="\n", length=400, temperature=0.8, seed=recipe.seed)
    return [{"prompt": "\n", "text": written}]
