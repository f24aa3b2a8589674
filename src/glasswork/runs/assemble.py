"""Assemble: a settled recipe and prepared data become the objects of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from glasswork import augmentations, catalog, tasks
from glasswork.data import Prepared
from glasswork.errors import RecipeError, UsageError
from glasswork.layers import Network
from glasswork.learning import GradientDescent, Learner
from glasswork.losses import ScaledLoss
from glasswork.runs.defaults import rule_of
from glasswork.runs.network import build_network, build_part, fit_network
from glasswork.runs.recipe import Part, Recipe
from glasswork.runs.signed_loss import SIGNED, SignedLoss
from glasswork.tasks import Task
from glasswork.training import Processes, Source, make_source

__all__ = ["Assembly", "assemble", "try_out"]


@dataclass(frozen=True)
class Assembly:
    """Everything that trains: the objects, and the recipe that they were made from."""

    recipe: Recipe
    task: Task
    network: Network
    learner: Learner
    source: Source


def assemble(
    recipe: Recipe, prepared: Prepared, *, device: torch.device, processes: Processes | None = None
) -> Assembly:
    """Make task, network, loss, optimizer, learner and source. The same recipe gives the same first weights."""
    torch.manual_seed(recipe.seed)
    contract = prepared.contract
    task = tasks.from_contract(contract, positive_share=_positive_share(prepared))
    network = build_network(recipe, contract, task)
    fit_network(network, prepared)
    if recipe.training.precision == "float64":
        network = network.double()
    network.to(device)
    if recipe.training.channels_last:
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if network.target is not None:
        task = tasks.with_scale(task, network.target)
    source = make_source(
        prepared.examples,
        augment=_augment(recipe),
        seed=recipe.seed,
        device=device,
        train=prepared.parts["train"],
    )
    together = processes if processes is not None and processes.world > 1 else None
    if rule_of(recipe) is not None:
        if together is not None:
            raise UsageError(f"learner {rule_of(recipe)} learns in one process, got {together.world}.")
        return Assembly(recipe, task, network, _rule(recipe, network), source)
    training = recipe.training
    learner = GradientDescent(
        network,
        _loss(recipe.loss, network, task, prepared, device),
        _optimizer(recipe.optimizer, network),
        schedule=_schedule(recipe),
        clip_norm=training.clip_norm,
        clip_value=training.clip_value,
        accumulate=training.accumulate,
        precision="float32" if training.precision in ("auto", "float64") else training.precision,
        ema=training.ema,
        together=together,
    )
    return Assembly(recipe, task, network, learner, source)


def try_out(recipe: Recipe, prepared: Prepared) -> None:
    """Make every part once and keep none, so that what does not fit is refused before anything is written."""
    task = tasks.from_contract(prepared.contract)
    network = build_network(recipe, prepared.contract, task)
    _augment(recipe)
    if rule_of(recipe) is not None:
        _rule(recipe, network)
        return
    _loss(recipe.loss, network, task, prepared, torch.device("cpu"))
    _optimizer(recipe.optimizer, network)
    _schedule(recipe)


def _rule(recipe: Recipe, network: Network) -> Learner:
    """Make a learner with a rule of its own; it teaches the body alone."""
    learning = [] if network.inputs is None else [p for p in network.inputs.parameters() if p.requires_grad]
    if learning:
        raise UsageError(
            f"learner {recipe.learner.name} teaches the model, not the inputs, whose number_embedding or category "
            "vectors would have to learn as well; leave the settings of inputs out."
        )
    return build_part("learning", recipe.learner, network)


def _positive_share(prepared: Prepared) -> float | None:
    contract, targets = prepared.contract, prepared.examples.targets
    if len(contract.classes) != 2 or contract.positive not in contract.classes or targets is None:
        return None
    return float((targets[prepared.parts["train"]] == contract.classes.index(contract.positive)).mean())


def _optimizer(part: Part, network: nn.Module) -> Any:
    """Make the optimizer over all weights that learn; weight decay is for matrices, not for biases and scales."""
    named = [(name, weight) for name, weight in network.named_parameters() if weight.requires_grad]
    if not named:
        raise UsageError("the model has no weights that can learn.")
    if part.name == "muon":
        return build_part("optimizers", part, named)
    groups = [
        {"params": [weight for _, weight in named if weight.ndim >= 2]},
        {"params": [weight for _, weight in named if weight.ndim < 2]},
    ]
    if part.settings.get("weight_decay"):
        groups[1]["weight_decay"] = 0.0  # type: ignore[assignment]
    return build_part("optimizers", part, [group for group in groups if group["params"]])


def _loss(part: Part, network: Network, task: Task, prepared: Prepared, device: torch.device) -> Any:
    settings = part.settings
    weight = settings.pop("class_weight", None)
    facts: dict[str, Any] = {}
    if weight is not None:
        if "class_weight" not in {parameter.name for parameter in catalog.signature("losses", str(part.name))}:
            raise RecipeError(f"loss {part.name!r} takes no class_weight; cross_entropy and focal do.")
        facts["class_weight"] = _class_weight(weight, task, prepared).to(device)
    loss = build_part("losses", Part(name=part.name, **settings), **facts)
    if part.name in SIGNED:
        classes = len(prepared.contract.classes)
        if classes != 2:
            raise RecipeError(f"loss {part.name!r} tells two classes apart, this is {_said(task, classes)}.")
        return SignedLoss(loss)
    return loss if network.target is None else ScaledLoss(loss, network.target)


def _said(task: Task, classes: int) -> str:
    return f"{task.name} with {classes}" if classes else task.name


def _class_weight(weight: Any, task: Task, prepared: Prepared) -> torch.Tensor:
    if prepared.contract.task != "classification" or prepared.examples.targets is None:
        raise RecipeError(f"loss.class_weight is for classification, this is {task.name}.")
    classes = prepared.contract.classes
    if weight == "balanced":
        counts = np.bincount(prepared.examples.targets[prepared.parts["train"]], minlength=len(classes))
        return torch.tensor(counts.sum() / (len(classes) * np.maximum(counts, 1)), dtype=torch.float32)
    if isinstance(weight, dict):
        weight = {str(name): value for name, value in weight.items()}
        unknown = sorted(set(weight) - set(classes))
        if unknown:
            raise RecipeError(f"loss.class_weight: no class {unknown[0]!r}. Classes: {', '.join(classes)}.")
        weight = [weight.get(name, 1.0) for name in classes]
    if not isinstance(weight, list | tuple) or len(weight) != len(classes) or not all(map(_is_weight, weight)):
        raise RecipeError(
            f"loss.class_weight must be 'balanced', one number from 0 for each of the {len(classes)} classes in the "
            f"order {', '.join(classes)}, or a mapping from class to number, got {weight!r}."
        )
    return torch.tensor([float(value) for value in weight])


def _is_weight(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")


def _schedule(recipe: Recipe) -> Any:
    return build_part("schedules", recipe.schedule) if recipe.schedule.name else None


def _augment(recipe: Recipe) -> nn.Module | None:
    if not recipe.augment:
        return None
    return augmentations.Compose(*(build_part("augmentations", part) for part in recipe.augment))
