"""Defaults: what a recipe leaves out, chosen from the kind of data and its size, and written back.

Each choice can be said otherwise in the recipe. They were settled on the data sets of ``docs/results.md``: on
validation examples, never on test examples.
"""

from __future__ import annotations

from typing import Any

from glasswork import catalog
from glasswork.checks import unknown_setting
from glasswork.data import Contract, Prepared
from glasswork.errors import RecipeError
from glasswork.runs.environment import native_bf16
from glasswork.runs.recipe import CAN_BE_OFF, Part, Recipe, make_recipe, override

__all__ = ["check_names", "for_model", "rule_of", "settle"]

_TABLE = {
    "inputs": {"number_embedding": "piecewise-linear"},
    "model": {"name": "mlp", "hidden": [256, 256, 256], "dropout": 0.2},
    "optimizer": {"name": "adamw", "lr": 1e-3, "weight_decay": 1e-2},
    "schedule": {"name": "cosine", "warmup": 0.05},
    "training": {"epochs": 30, "batch_size": 256, "patience": 8, "restore_best": True, "clip_norm": 1.0, "ema": 0.99},
}
_IMAGES = {
    "model": {"name": "resnet"},
    "loss": {"label_smoothing": 0.1},
    "optimizer": {"name": "muon", "lr": 0.05, "momentum": 0.9, "weight_decay": 0.02, "adam_lr": 0.01},
    "schedule": {"name": "one_cycle", "warmup": 0.2},
    "training": {
        "epochs": 16,
        "batch_size": 256,
        "patience": 0,
        "restore_best": False,
        "channels_last": True,
        "ema": 0.98,
    },
}
_TEXT = {
    "model": {"name": "ngrams"},
    "optimizer": {"name": "adamw", "lr": 3e-3, "betas": [0.9, 0.99], "weight_decay": 0.0},
    "schedule": {"name": "linear_decay"},
    "training": {"epochs": 5, "batch_size": 256, "patience": 0, "restore_best": False},
}
_SEQUENCES = {  # models of texts as sequences
    "optimizer": {"name": "adamw", "lr": 1e-3, "weight_decay": 1e-2},
    "schedule": {"name": "cosine", "warmup": 0.05},
    "training": {"epochs": 12, "batch_size": 64, "patience": 4, "restore_best": True, "clip_norm": 1.0},
}
_SERIES = {
    "model": {"name": "nlinear"},
    "loss": {"name": "huber"},
    "optimizer": {"name": "adamw", "lr": 1e-3, "weight_decay": 0.0},
    "schedule": {"name": "cosine", "warmup": 0.05},
    "training": {"epochs": 6, "batch_size": 32, "patience": 0, "restore_best": True},
}
_CORPUS = {
    "model": {"name": "gpt"},
    "optimizer": {"name": "adamw", "lr": 3e-3, "betas": [0.9, 0.99], "weight_decay": 0.1},
    "schedule": {"name": "cosine", "warmup": 0.05},
    "training": {"batch_size": 32, "steps": 2000, "patience": 0, "restore_best": True, "clip_norm": 1.0},
}
_BY_KIND: dict[str, dict[str, Any]] = {
    "table": _TABLE,
    "images": _IMAGES,
    "text": _TEXT,
    "series": _SERIES,
    "corpus": _CORPUS,
}
_LOSS = {
    "classification": "cross_entropy",
    "regression": "squared_error",
    "forecasting": "squared_error",
    "language-modelling": "cross_entropy",
}
_ROOMS = {"model": "models", "loss": "losses", "optimizer": "optimizers", "schedule": "schedules"}
_RULES = {  # learners with a rule of their own, and the model that each teaches, by task
    "perceptron_trick": {"classification": "perceptron"},
    "perceptron_convergence": {"classification": "perceptron"},
    "delta_rule": {"classification": "perceptron", "regression": "linear"},
    "memory_based": {"classification": "nearest_neighbours"},
}
_NOT_OF_RULES = ("loss", "optimizer", "schedule")  # sections that belong to gradient descent
_CONVOLUTIONS = ("convnet", "resnet")
_PLAIN = (
    "linear",
    "logistic_regression",
    "nearest_neighbours",
    "neuron",
    "perceptron",
)  # what their names promise: numbers as they are, categories one-hot
_LEAST_STEPS = {"table": 1000, "series": 1000, "images": 300, "text": 100}  # small data is seen more often


def check_names(recipe: Recipe) -> None:
    """Refuse a part's name or setting that nothing answers to, before any data is read.

    Raises:
        UnknownNameError: with the nearest name.
        RecipeError: a setting that the part does not have, with the nearest one.
    """
    parts = [(room, getattr(recipe, section)) for section, room in _ROOMS.items()]
    parts += [("augmentations", part) for part in recipe.augment or ()]
    rule = rule_of(recipe)
    if rule is not None:
        _refuse_gradient_descent(recipe, rule)
    for room, part in parts:
        if part.name is not None:
            allowed = {"class_weight"} if room == "losses" else set()
            catalog.check_settings(room, part.name, [key for key in part.settings if key not in allowed])


def rule_of(recipe: Recipe) -> str | None:
    """Return the learner with a rule of its own that the recipe asks for, None where it is gradient descent.

    Raises:
        UnknownNameError: there is no such learner.
        RecipeError: a learner that a recipe cannot use, or settings that it does not have.
    """
    part = recipe.learner
    if part.name is None:
        if part.settings:
            raise RecipeError(
                f"learner.{next(iter(part.settings))} needs learner.name, the learner whose setting it is."
            )
        model = recipe.model.name
        keeps = model is not None and catalog.resolve("models", model) == "nearest_neighbours"
        return "memory_based" if keeps else None
    name = catalog.resolve("learning", part.name)
    if name == "gradient_descent":
        if part.settings:
            raise RecipeError(
                f"learner gradient_descent has no setting {next(iter(part.settings))!r} here; its settings are those "
                "of training, loss, optimizer and schedule."
            )
        return None
    if name not in _RULES:
        raise RecipeError(
            f"learner {name!r} is for use in Python; a recipe takes gradient_descent, {', '.join(_RULES)}."
        )
    known = [parameter.name for parameter in catalog.signature("learning", name) if not parameter.required]
    for setting in part.settings:
        if setting not in known:
            raise RecipeError(unknown_setting(name, setting, known))
    return name


def for_model(recipe: Recipe) -> Recipe:
    """Return the recipe with data read as the named model wants it: models of sequences take words, not n-grams."""
    name = recipe.model.name
    if name is None or recipe.data.level != "auto":
        return recipe
    wanted = {parameter.name for parameter in catalog.signature("models", name) if parameter.required}
    if "vocabulary" not in wanted or "context" in wanted or catalog.resolve("models", name) == "ngrams":
        return recipe
    return recipe.model_copy(update={"data": recipe.data.model_copy(update={"level": "word"})})


def settle(recipe: Recipe, prepared: Prepared) -> Recipe:
    """Return the recipe with every choice made; what was said stays as it was said."""
    contract = prepared.contract
    chosen = _chosen(recipe, contract, len(prepared.parts["train"]))
    if not len(prepared.parts["valid"]):  # nobody can say which epoch was best
        chosen = override(chosen, {"training": {"patience": 0, "restore_best": False}})
    merged = override(chosen, _said(recipe))
    if recipe.training.steps is not None and recipe.training.epochs is None:
        merged["training"].pop("epochs", None)
    if recipe.training.epochs is not None and recipe.training.steps is None:
        merged["training"].pop("steps", None)
    merged["training"] = {**dict.fromkeys(CAN_BE_OFF), **merged["training"]}
    merged["task"] = contract.task
    if contract.kind != "images":
        merged["augment"] = ()
    for section, room in _ROOMS.items():
        if merged[section]:
            merged[section] = _filled(room, merged[section])
    merged["learner"] = _filled("learning", merged["learner"]) if rule_of(recipe) else {"name": "gradient_descent"}
    training = merged["training"]
    if training.get("precision", "auto") == "auto":
        training["precision"] = _precision(recipe, merged["model"]["name"])
    merged["data"] = override(merged.get("data", {}), prepared.settled)
    return make_recipe(merged)


def _chosen(recipe: Recipe, contract: Contract, training_examples: int) -> dict[str, Any]:
    chosen = override({"loss": {"name": _LOSS[contract.task]}}, _BY_KIND[contract.kind])
    if recipe.model.name is not None:
        chosen = override(chosen, {"model": {"name": catalog.resolve("models", recipe.model.name)}})
    if recipe.loss.name is not None:
        chosen = override(chosen, {"loss": {"name": catalog.resolve("losses", recipe.loss.name)}})
    if contract.kind == "images":
        chosen["augment"] = _augment(contract)
        used = [part["name"] for part in chosen["augment"]]
        if recipe.augment is not None:
            used = [part.name for part in recipe.augment]
        if "flip" in used and chosen["model"]["name"] == "resnet":
            chosen = override(chosen, {"model": {"mirror": True}})
    if contract.kind == "table" and chosen["model"]["name"] in _PLAIN:
        chosen = override(chosen, {"inputs": {"number_embedding": "none", "one_hot_limit": 1000}})
    if contract.kind == "text" and chosen["model"]["name"] != "ngrams":
        chosen = {**chosen, **_SEQUENCES}
    if contract.kind in _LEAST_STEPS:
        batch = recipe.training.batch_size or _batch(training_examples, most=chosen["training"]["batch_size"])
        least = _LEAST_STEPS[contract.kind]
        epochs = max(chosen["training"]["epochs"], -(-least * batch // training_examples))
        chosen = override(chosen, {"training": {"batch_size": batch, "epochs": epochs}})
    rule = rule_of(recipe)
    return chosen if rule is None else _for_rule(rule, chosen, recipe, contract, training_examples)


def _for_rule(
    rule: str, chosen: dict[str, Any], recipe: Recipe, contract: Contract, training_examples: int
) -> dict[str, Any]:
    """Return what was chosen for gradient descent, changed into what a learner with a rule of its own needs."""
    if contract.task not in _RULES[rule]:
        raise RecipeError(f"learner {rule} answers {' or '.join(_RULES[rule])}, this is {contract.task}.")
    taught = _RULES[rule][contract.task]
    if recipe.model.name is not None and chosen["model"]["name"] != taught:
        raise RecipeError(
            f"learner {rule} teaches model {taught!r}, not {chosen['model']['name']!r}; leave one of the two out."
        )
    model: dict[str, Any] = {"name": taught}
    # What a rule promises is its last weights: there is no loss whose best value could choose earlier ones.
    training = chosen["training"] | {"patience": 0, "restore_best": False, **dict.fromkeys(CAN_BE_OFF)}
    if rule == "memory_based":
        model["capacity"] = training_examples
        training["epochs"] = 1
    return {
        **{section: values for section, values in chosen.items() if section not in _NOT_OF_RULES},
        **{section: {} for section in _NOT_OF_RULES},
        "learner": {"name": rule},
        "model": model,
        "inputs": {"number_embedding": "none", "one_hot_limit": 1000} if contract.kind == "table" else {},
        "training": training,
    }


def _refuse_gradient_descent(recipe: Recipe, rule: str) -> None:
    """Refuse settings that a learner with a rule of its own would leave unused."""
    said = [section for section in _NOT_OF_RULES if getattr(recipe, section) != Part()]
    training = recipe.training
    said += [f"training.{key}" for key in CAN_BE_OFF if getattr(training, key) is not None]
    said += ["training.accumulate"] if training.accumulate != 1 else []
    said += ["training.precision"] if training.precision in ("bf16", "fp16") else []
    if said:
        raise RecipeError(f"learner {rule} has a rule of its own and no use for {said[0]}; leave one of the two out.")


def _augment(contract: Contract) -> list[dict[str, Any]]:
    """Shift all pictures a little; mirror colour ones too. Grey ones are often writing or scans, where sides matter."""
    image = contract.image
    if image is None or min(image.height, image.width) < 16:
        return []
    if image.channels == 3:
        return [{"name": "flip"}, {"name": "crop", "padding": 4, "mode": "reflect"}]
    return [{"name": "crop", "padding": 2}]


def _batch(examples: int, *, most: int) -> int:
    """Return a power of two: `most`, less where a sixteenth of the examples is less, never below 16.

    >>> _batch(223, most=256), _batch(2000, most=256), _batch(30_000, most=256)
    (16, 64, 256)
    """
    return min(most, max(16, 1 << ((examples // 16).bit_length() - 1))) if examples >= 16 else 16


def _filled(room: str, part: Any) -> dict[str, Any]:
    """Add the part's own defaults where they are plain values, so that the recipe says all there is to say."""
    given = dict(part) if isinstance(part, dict) else {"name": part}
    name = catalog.resolve(room, str(given.pop("name")))
    filled: dict[str, Any] = {"name": name}
    for parameter in catalog.signature(room, name):
        plain = isinstance(parameter.default, bool | int | float | str | list | tuple)
        code = isinstance(parameter.default, str) and "str" not in parameter.annotation
        code = code and "Literal" not in parameter.annotation
        size = room == "models" and parameter.name == "outputs"  # the data says how many
        if not parameter.required and plain and not code and not size:
            filled[parameter.name] = parameter.default
    return {**filled, **given}


def _precision(recipe: Recipe, model: str) -> str:
    """Half precision saves time on convolutions where the processor multiplies it in hardware; never on small nets."""
    wants = model in _CONVOLUTIONS
    on_cpu = recipe.training.device in ("auto", "cpu")
    return "bf16" if wants and (native_bf16() or not on_cpu) else "float32"


def _said(recipe: Recipe) -> dict[str, Any]:
    """Return what the recipe says, its parts under their own names; null says something only where it switches off."""
    said: dict[str, Any] = {}
    rooms = _ROOMS | {"learner": "learning"}
    for key, value in recipe.model_dump(exclude_unset=True).items():
        if key in rooms:
            part = {setting: given for setting, given in dict(value).items() if given is not None}
            if part.get("name"):
                part["name"] = catalog.resolve(rooms[key], str(part["name"]))
            if part:
                said[key] = part
        elif key == "training":
            said[key] = {name: given for name, given in value.items() if given is not None or name in CAN_BE_OFF}
        elif value is not None:
            said[key] = value
    return said
