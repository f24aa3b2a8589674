"""Recipes: settings by path, the recipe that the data alone would have led to, and the difference of two."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from glasswork.data import Prepared
from glasswork.errors import GlassworkError
from glasswork.runs.assemble import try_out
from glasswork.runs.defaults import check_names, for_model, settle
from glasswork.runs.recipe import CAN_BE_OFF, Recipe, make_recipe, override

__all__ = ["changed", "difference", "plain", "setting", "usual"]

_NEVER = ("data", "seed", "task")  # what is learned from, and how that is split, is the question, not its treatment


def plain(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as nested plain values, with null where something was switched off."""
    values = recipe.model_dump(mode="json", exclude_none=True)
    off = [key for key in CAN_BE_OFF if key in recipe.training.model_fields_set]
    values["training"] = {**dict.fromkeys(off), **values["training"]}
    return {section: held for section, held in values.items() if held not in ({}, None)}


def setting(values: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a path; None where nothing does.

    >>> setting({"model": {"name": "mlp", "dropout": 0.2}}, "model.dropout")
    0.2
    """
    held: Any = values
    for key in path.split("."):
        held = held.get(key) if isinstance(held, Mapping) else None
    return held


def changed(recipe: Recipe, changes: Mapping[str, Any], prepared: Prepared) -> Recipe | None:
    """Return the recipe with other settings, settled; None where it has no such settings, or has them already.

    Args:
        recipe: as it was settled.
        changes: values by path; a part that gets another name loses the settings of the old one.
        prepared: the data that it is for.
    """
    if any(path.split(".")[0] in _NEVER for path in changes):
        return None
    nested: dict[str, Any] = {}
    for path, value in changes.items():
        *folders, leaf = path.split(".")
        node = nested
        for folder in folders:
            node = node.setdefault(folder, {})
        node[leaf] = value
    before = plain(recipe)
    values = override(before, nested)
    if "training" in nested:  # more steps and more epochs are two ways to say the same
        if "epochs" in nested["training"]:
            values["training"].pop("steps", None)
        elif "steps" in nested["training"]:
            values["training"].pop("epochs", None)
    try:
        made = make_recipe(values)
        check_names(made)
        settled = settle(for_model(made), prepared)
        try_out(settled, prepared)
    except (GlassworkError, TypeError, ValueError):  # a part that has no such setting
        return None
    return None if settled.to_yaml() == recipe.to_yaml() else settled


def usual(recipe: Recipe, prepared: Prepared, *, whole: bool = False) -> Recipe:
    """Return what would have been chosen for this data, had the recipe said nothing but its parts' names.

    Args:
        recipe: whose model, loss and optimizer are kept by name, and the rest forgotten.
        prepared: the data.
        whole: keep only the model, with its settings, and forget the rest.
    """
    values = plain(recipe)
    kept: dict[str, Any] = {key: values[key] for key in _NEVER if key in values}
    kept["evaluation"] = values.get("evaluation", {})
    training = values["training"]
    kept["training"] = {key: training[key] for key in ("device", "threads", "doctor") if key in training}
    if recipe.learner.name not in (None, "gradient_descent"):
        kept["learner"] = {"name": recipe.learner.name}
    names = ("model",) if whole else ("model", "loss", "optimizer")
    for section in names:
        if values.get(section, {}).get("name"):
            kept[section] = {"name": values[section]["name"]}
    if whole:
        kept["model"] = values["model"]
    return settle(for_model(make_recipe(kept)), prepared)


def difference(before: Recipe, after: Recipe, *, names: tuple[str, str] = ("before", "after")) -> str:
    """Return what changed between two recipes, as a unified diff.

    >>> a, b = make_recipe({"seed": 1, "optimizer": {"lr": 3.0}}), make_recipe({"seed": 1, "optimizer": {"lr": 0.1}})
    >>> [line for line in difference(a, b).splitlines() if line.startswith(("+ ", "- "))]
    ['-  lr: 3.0', '+  lr: 0.1']
    """
    old, new = before.to_yaml().splitlines(), after.to_yaml().splitlines()
    return "\n".join(difflib.unified_diff(old, new, *names, n=1, lineterm=""))
