"""check: what is wrong with this data, before anything is trained and before torch is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glasswork.data import Inspection, inspect
from glasswork.runs.recipe import make_recipe, override

__all__ = ["check", "check_recipe"]


def check(data: str | Path | list[str], *, target: str | None = None, **options: Any) -> Inspection:
    """Look at data and return what was seen: ``.facts``, ``.notes`` and ``.findings``, worst things first.

    Args:
        data: a file, a folder, or several.
        target: the target column, where there is one.
        options: any data option, such as ``horizon=24``; `task` too.

    Raises:
        DataError: the data cannot be read at all.
    """
    task = options.pop("task", None)
    paths = [str(path) for path in data] if isinstance(data, list) else [str(data)]
    values = {"data": {"paths": paths, **({"target": target} if target else {}), **options}}
    return check_recipe(override(values, {"task": task}) if task else values)


def check_recipe(values: Mapping[str, Any]) -> Inspection:
    """Look at the data that a recipe names."""
    recipe = make_recipe(values)
    return inspect(recipe.data, task=recipe.task)
