"""From names to a network: preprocessing, body and target scale as one module, fitted on training rows."""

from __future__ import annotations

from typing import Any, get_type_hints

import numpy as np
import torch
from pydantic import ConfigDict, TypeAdapter, ValidationError
from torch import Tensor, nn

from glasswork import catalog
from glasswork.checks import nearest
from glasswork.data import Contract, Examples, ImageFiles, Prepared
from glasswork.errors import RecipeError, UsageError
from glasswork.layers import ImageInputs, Network, SeriesInputs, TableInputs, TargetScale
from glasswork.runs.recipe import Part, Recipe
from glasswork.tasks import Task
from glasswork.training import make_source

__all__ = ["build_network", "build_part", "fit_network"]

_FITTED_IMAGES = 10_000  # enough for a mean and a deviation by channel
_DECODED_IMAGES = 1000  # where each has to be read from its file first


def build_network(recipe: Recipe, contract: Contract, task: Task) -> Network:
    """Return the network that a settled recipe describes, its statistics still empty; weights from torch's generator.

    Raises:
        UsageError: the model does not fit this kind of data.
        RecipeError: a setting that the model or the preprocessing does not have.
    """
    inputs, facts = _inputs(recipe, contract)
    facts["outputs"] = task.outputs
    name = str(recipe.model.name)
    asked = [parameter for parameter in catalog.signature("models", name) if not parameter.kind.startswith("var")]
    missing = [p.name for p in asked if p.required and p.name not in facts and p.name not in recipe.model.settings]
    if missing:
        fitting = ", ".join(_fitting(set(facts)))
        raise UsageError(
            f"model {name!r} needs {', '.join(missing)}, which {_article(contract.kind)} does not have. "
            f"Models for it: {fitting}."
        )
    known = {parameter.name for parameter in asked}
    sizes = {fact: value for fact, value in facts.items() if fact in known}
    body = build_part("models", recipe.model, **sizes)
    target = TargetScale(len(contract.targets)) if contract.task in ("regression", "forecasting") else None
    return Network(inputs=inputs, body=body, target=target)


def build_part(room: str, part: Part, /, *arguments: Any, **facts: Any) -> Any:
    """Call a part's constructor with facts and settings; a setting named after a room is found there."""
    name = str(part.name)
    settings = part.settings
    catalog.check_settings(room, name, settings)
    for key, value in settings.items():
        rooms = [room for room in catalog.rooms() if catalog.singular(room) == key]
        if rooms and isinstance(value, str):
            settings[key] = catalog.find(rooms[0], value)
    made = catalog.find(room, name)
    try:
        return made(*arguments, **{**facts, **settings})
    except TypeError:
        _refuse_kinds(name, made, settings)
        needed = [p.name for p in catalog.signature(room, name) if p.required and p.name not in {**facts, **settings}]
        if needed and not arguments:
            raise RecipeError(
                f"{name} needs {', '.join(needed)}, which a recipe cannot give; choose another."
            ) from None
        raise


def _refuse_kinds(name: str, made: Any, settings: dict[str, Any]) -> None:
    """Name the setting whose value is of another kind than the part's signature says."""
    hints = get_type_hints(made.__init__ if isinstance(made, type) else made)  # type: ignore[misc]
    for key, value in settings.items():
        wanted = TypeAdapter(hints[key], config=ConfigDict(arbitrary_types_allowed=True, strict=False))
        try:
            wanted.validate_python(value)
        except ValidationError as error:
            said = error.errors(include_url=False)[0]["msg"]
            raise RecipeError(f"{name}: {key}: {said[0].lower()}{said[1:]}, got {value!r}.") from None


def fit_network(network: Network, prepared: Prepared) -> None:
    """Take every statistic that the network keeps from training examples, and from those alone."""
    examples, train = prepared.examples, prepared.parts["train"]
    kind = prepared.contract.kind
    if isinstance(network.inputs, TableInputs):
        network.inputs.fit(numbers=_rows(examples, "numbers", train))
    elif isinstance(network.inputs, ImageInputs):
        network.inputs.fit(_some_images(examples, train))
    seen = _training_series(prepared) if kind == "series" else None
    if isinstance(network.inputs, SeriesInputs) and seen is not None:
        network.inputs.fit(seen)
    if network.target is not None:
        width = len(prepared.contract.targets)
        targets = seen[:, :width] if seen is not None else torch.from_numpy(_targets(examples)[train])
        network.target.fit(targets)
    fit = getattr(network.body, "fit", None)
    if callable(fit) and kind == "text":
        tokens = examples.inputs["tokens"]
        fit(tokens, train, _targets(examples))


def _inputs(recipe: Recipe, contract: Contract) -> tuple[nn.Module | None, dict[str, int]]:
    if contract.kind == "table":
        categories = [len(column.categories) for column in contract.codes]
        _check_inputs(recipe, [p.name for p in catalog.signature("layers", "table_inputs")])
        try:
            table = TableInputs(numbers=len(contract.numbers), categories=categories, **recipe.inputs)
        except TypeError:
            _refuse_kinds("inputs", TableInputs, dict(recipe.inputs))
            raise
        return table, {"inputs": table.outputs}
    _check_inputs(recipe, [])
    if contract.kind == "images" and contract.image is not None:
        height, width, channels = contract.image.height, contract.image.width, contract.image.channels
        sizes = {"channels": channels, "height": height, "width": width, "inputs": channels * height * width}
        return ImageInputs(channels), sizes
    if contract.kind == "series" and contract.series is not None:
        channels = len(contract.targets) + len(contract.series.covariates)
        past, horizon = contract.series.past, contract.series.horizon
        facts = {"past": past, "horizon": horizon, "channels": channels, "targets": len(contract.targets)}
        return SeriesInputs(channels), facts
    if contract.tokens is None:
        raise UsageError(f"data.json says kind {contract.kind!r} and gives none of its facts.")
    if contract.kind == "text":
        return None, {"vocabulary": contract.tokens.size}
    return None, {"vocabulary": contract.tokens.size, "context": contract.tokens.context or 128}


def _check_inputs(recipe: Recipe, known: list[str]) -> None:
    for key in recipe.inputs:
        if key not in known or key in ("numbers", "categories"):
            close = nearest(key, known)
            hint = f"; did you mean {close!r}?" if close else "."
            raise RecipeError(f"no key {key!r} in inputs{hint} Known: {', '.join(known) or 'none for this data'}.")


def _fitting(facts: set[str]) -> list[str]:
    """Name the models whose required sizes are all among `facts`."""
    return [
        name
        for name in catalog.names("models")
        if all(p.name in facts for p in catalog.signature("models", name) if p.required)
    ]


def _article(kind: str) -> str:
    return {"table": "a table", "images": "a set of images", "text": "text", "series": "a series"}.get(kind, "a corpus")


def _targets(examples: Examples) -> np.ndarray:
    if examples.targets is None:
        raise UsageError("these examples have no targets to fit on.")
    return examples.targets


def _rows(examples: Examples, name: str, rows: np.ndarray) -> Tensor | None:
    values = examples.inputs.get(name)
    return torch.from_numpy(values[rows]) if isinstance(values, np.ndarray) and values.shape[1] else None


def _some_images(examples: Examples, train: np.ndarray) -> Tensor:
    pixels = examples.inputs["pixels"]
    some = train[:: max(1, len(train) // _FITTED_IMAGES)]
    if isinstance(pixels, ImageFiles):  # a few of each class: files of one class lie together
        few = train[:: max(1, -(-len(train) // _DECODED_IMAGES))]
        return make_source(examples).batch(few).inputs["pixels"]
    return torch.from_numpy(np.asarray(pixels)[some]).permute(0, 3, 1, 2)


def _training_series(prepared: Prepared) -> Tensor:
    series = np.asarray(prepared.examples.inputs["series"])
    horizon = prepared.contract.series.horizon if prepared.contract.series else 1
    last = int(prepared.parts["train"].max()) + horizon
    return torch.from_numpy(series[:last])
