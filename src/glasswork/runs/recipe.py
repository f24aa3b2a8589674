"""Recipe: every setting of a run, in one typed YAML file.

Whatever is left out is derived from the data when the run is assembled; the recipe that is written back has every
choice filled in and is valid input again. A part (model, learner, loss, optimizer, schedule) is a name and its
settings; the settings are checked against that part's own signature when it is built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from glasswork.checks import nearest
from glasswork.data.options import DataOptions
from glasswork.errors import RecipeError
from glasswork.runs.strict_yaml import key_lines, read_yaml

__all__ = [
    "CAN_BE_OFF",
    "Part",
    "Recipe",
    "TrainingSettings",
    "load_recipe",
    "make_recipe",
    "override",
    "parse_overrides",
]

CAN_BE_OFF = ("clip_norm", "clip_value", "ema")  # here null is a choice; elsewhere it leaves the choice to the data


class Part(BaseModel):
    """A part by name, with settings of its own constructor: ``{name: mlp, hidden: [64]}``, or just ``mlp``."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str | None = Field(None, description="a name that `glasswork list` shows; default: chosen from the data")

    @property
    def settings(self) -> dict[str, Any]:
        """What goes to the constructor."""
        return dict(self.model_extra or {})


def _as_part(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


_Part = Annotated[Part, BeforeValidator(_as_part)]


class TrainingSettings(BaseModel):
    """How long, how fast and on what the network learns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int | None = Field(None, ge=1, description="passes over the training examples")
    steps: int | None = Field(None, ge=1, description="instead of epochs: this many steps")
    batch_size: int | None = Field(
        None, ge=1, description="1 is stochastic, the number of examples is batch gradient descent"
    )
    patience: int | None = Field(
        None, ge=0, description="stop after this many epochs without a better validation value; 0: never stop early"
    )
    restore_best: bool | None = Field(None, description="end with the weights that validated best")
    clip_norm: float | None = Field(None, gt=0, description="gradients longer than this are shortened to it")
    clip_value: float | None = Field(None, gt=0, description="each gradient component is cut to this size")
    accumulate: int = Field(1, ge=1, description="batches whose gradients are averaged into one step")
    precision: Literal["auto", "float32", "bf16", "fp16", "float64"] = "auto"
    ema: float | None = Field(None, gt=0, lt=1, description="decay of a moving average of the weights, which is kept")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:1, mps")
    threads: int | None = Field(None, ge=1, description="processor threads; default: one for tiny nets, else all")
    channels_last: bool | None = Field(None, description="memory layout of images; default: on for convolutions")
    log_every: int | None = Field(None, ge=1, description="steps between logged lines; default: about 20 an epoch")
    checkpoint_every: float = Field(60.0, ge=0, description="seconds between checkpoints within an epoch")
    doctor: bool = Field(True, description="watch the training, and say what is wrong with it; changes no weight")


class EvaluationSettings(BaseModel):
    """What is computed after training."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    baselines: bool = Field(True, description="train the trivial rule and the cheap classical models on the same split")
    bootstrap: int = Field(1000, ge=0, description="resamples behind the 95 % intervals; 0: none")
    tune_threshold: bool = Field(True, description="two classes: choose the decision threshold on validation examples")


class Recipe(BaseModel):
    """Everything that decides a run: the same recipe, seed and machine give the same weights, bit for bit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = Field(
        0, ge=0, lt=2**63, description="of the split, the initial weights, the order and every random choice"
    )
    task: Literal["classification", "regression", "forecasting", "language-modelling"] | None = None
    data: DataOptions = DataOptions()
    inputs: dict[str, Any] = Field(default_factory=dict, description="preprocessing inside the model")
    model: _Part = Part()
    learner: _Part = Part()
    loss: _Part = Part()
    optimizer: _Part = Part()
    schedule: _Part = Part()
    augment: tuple[_Part, ...] | None = Field(None, description="image augmentations, in order; [] for none")
    training: TrainingSettings = TrainingSettings()
    evaluation: EvaluationSettings = EvaluationSettings()

    def to_yaml(self) -> str:
        """Return the recipe as the text of ``recipe.yaml``; what was switched off is written as null."""
        plain = self.model_dump(mode="json", exclude_none=True)
        said = {key for key in CAN_BE_OFF if key in self.training.model_fields_set} | plain["training"].keys()
        plain["training"] = {key: plain["training"].get(key) for key in TrainingSettings.model_fields if key in said}
        plain["data"] = {key: value for key, value in plain["data"].items() if value not in ([], {})}
        for section in ("learner", "loss", "optimizer", "schedule"):
            if not plain[section]:  # a learner with a rule of its own has none of the last three
                del plain[section]
        return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)


def make_recipe(values: Mapping[str, Any], *, source: str = "recipe", lines: Mapping[str, int] | None = None) -> Recipe:
    """Build a recipe from plain values, refusing what it does not know in one sentence.

    >>> make_recipe({"optimizer": {"name": "adam", "lr": 0.01}}).optimizer.settings
    {'lr': 0.01}
    >>> make_recipe({"training": {"epoch": 3}})
    Traceback (most recent call last):
    glasswork.errors.RecipeError: recipe: no key 'epoch' in training; did you mean 'epochs'? Known: epochs, steps, ...
    """
    try:
        return Recipe.model_validate(dict(values))
    except ValidationError as error:
        raise RecipeError(_explain(error, source, lines or {})) from None


def load_recipe(path: Path) -> dict[str, Any]:
    """Read a recipe file into plain values, checked; data paths in it are taken as they are written."""
    text = _read(path)
    values = read_yaml(text, source=path.name)
    make_recipe(values, source=path.name, lines=key_lines(text))
    return values


def parse_overrides(words: Sequence[str]) -> dict[str, Any]:
    """Turn ``section.key=value`` words into nested values; the value is YAML.

    >>> parse_overrides(["model.hidden=[128, 64]", "optimizer.lr=1e-3", "optimizer.name=adam"])
    {'model': {'hidden': [128, 64]}, 'optimizer': {'lr': 0.001, 'name': 'adam'}}
    """
    values: dict[str, Any] = {}
    for word in words:
        path, sign, text = word.partition("=")
        if not sign or not path.strip():
            raise RecipeError(f"a setting is written section.key=value, got {word!r}.")
        node = values
        *folders, leaf = path.strip().replace("-", "_").split(".")
        for folder in folders:
            inner = node.setdefault(folder, {})
            if isinstance(inner, str):  # `model=mlp model.hidden=[8]`
                inner = node[folder] = {"name": inner}
            if not isinstance(inner, dict):
                raise RecipeError(f"{word!r}: {folder!r} was already given the value {inner!r}.")
            node = inner
        value = read_yaml(text, source=word, mapping=False)
        if isinstance(node.get(leaf), dict) and isinstance(value, str):
            node[leaf]["name"] = value
        else:
            node[leaf] = value
    return values


def override(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with `changes` laid over them, section by section.

    A part that gets another name loses the settings that belonged to the old one.

    >>> override({"model": {"name": "mlp", "hidden": [8]}, "seed": 1}, {"model": {"name": "linear"}})
    {'model': {'name': 'linear'}, 'seed': 1}
    """
    merged = dict(values)
    for key, change in changes.items():
        old = merged.get(key)
        old = {"name": old} if isinstance(old, str) and isinstance(change, dict) else old
        if isinstance(change, str) and isinstance(old, dict) and "name" in old:
            change = {"name": change}
        if isinstance(old, Mapping) and isinstance(change, Mapping):
            renamed = "name" in change and old.get("name") not in (None, change["name"])
            merged[key] = dict(change) if renamed else override(old, change)
        else:
            merged[key] = change
    return merged


def _read(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        beside = [p.name for p in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        close = nearest(path.name, beside)
        raise RecipeError(f"no recipe {str(path)!r}{f'; did you mean {close!r}?' if close else '.'}") from None
    except OSError as error:
        raise RecipeError(f"recipe {str(path)!r} cannot be read: {error.strerror}.") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path.name}: a recipe is UTF-8 text; byte {error.start} is not.") from None


def _explain(error: ValidationError, source: str, lines: Mapping[str, int]) -> str:
    first = error.errors(include_url=False)[0]
    where = [str(place) for place in first["loc"]]
    line = lines.get(".".join(where))
    place = f"{source}, line {line}" if line else source
    if first["type"] == "extra_forbidden":
        section, key = where[:-1], where[-1]
        known = list(_fields(section))
        close = nearest(key, known)
        hint = f"; did you mean {close!r}?" if close else "."
        inside = f" in {'.'.join(section)}" if section else ""
        return f"{place}: no key {key!r}{inside}{hint} Known: {', '.join(known)}."
    got = repr(first["input"])
    got = got if len(got) <= 60 else got[:57] + "..."
    return f"{place}: {'.'.join(where) or 'the recipe'}: {first['msg'][0].lower()}{first['msg'][1:]}, got {got}."


def _fields(section: Sequence[str]) -> list[str]:
    model: Any = Recipe
    for name in section:
        field = getattr(model, "model_fields", {}).get(name)
        if field is None:
            return []
        model = field.annotation
    return list(getattr(model, "model_fields", {}))
