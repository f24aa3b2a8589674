"""init: the recipe that train would use, with every choice filled in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glasswork.data import prepare
from glasswork.errors import UsageError
from glasswork.runs.defaults import check_names, for_model, settle
from glasswork.runs.recipe import make_recipe
from glasswork.verbs.console import Console

__all__ = ["init", "write_recipe"]


def init(values: Mapping[str, Any], *, console: Console | None = None) -> str:
    """Return the settled recipe as text; nothing is trained."""
    recipe = make_recipe(values)
    check_names(recipe)
    recipe = for_model(recipe)
    prepared = prepare(recipe.data, task=recipe.task, seed=recipe.seed)
    for note in prepared.notes:
        (console or Console()).note(note)
    return settle(recipe, prepared).to_yaml()


def write_recipe(text: str, path: Path) -> None:
    """Write a recipe where no file is yet."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} exists; give another name, or remove it first.") from None
    except OSError as error:
        raise UsageError(f"{path} could not be written: {error.strerror}.") from None
