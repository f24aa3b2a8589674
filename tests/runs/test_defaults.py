"""Defaults: what was said stays, the rest is chosen by kind, and a settled recipe settles to itself."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasswork.data import DataOptions, prepare
from glasswork.errors import RecipeError, UnknownNameError
from glasswork.runs.defaults import check_names, for_model, settle
from glasswork.runs.recipe import make_recipe
from glasswork.runs.strict_yaml import read_yaml

EXPECTED = {
    "table": ("classification", "mlp", "cross_entropy", "adamw"),
    "numbers": ("regression", "mlp", "squared_error", "adamw"),
    "images": ("classification", "resnet", "cross_entropy", "muon"),
    "text": ("classification", "ngrams", "cross_entropy", "adamw"),
    "series": ("forecasting", "nlinear", "huber", "adamw"),
    "corpus": ("language-modelling", "gpt", "cross_entropy", "adamw"),
}
TABLE = prepare(DataOptions())  # the bundled one


def again(recipe):
    return make_recipe(read_yaml(recipe.to_yaml(), source="again"))


@pytest.mark.parametrize("kind", EXPECTED)
def test_each_kind_has_its_defaults_and_the_settled_recipe_settles_to_itself(kind, data_of, prepared_of):
    prepared = prepared_of(kind)
    settled = settle(make_recipe({"data": data_of(kind)}), prepared)
    names = (settled.task, settled.model.name, settled.loss.name, settled.optimizer.name)
    assert names == EXPECTED[kind]
    assert settle(settled, prepared) == settled
    assert again(settled).to_yaml() == settled.to_yaml()
    assert settle(again(settled), prepared).to_yaml() == settled.to_yaml()


settings = st.fixed_dictionaries(
    {},
    optional={
        "seed": st.integers(0, 9),
        "model": st.sampled_from(["linear", "MLP", {"name": "mlp", "hidden": [4]}, {"dropout": 0.3}]),
        "loss": st.sampled_from(["focal", "Cross-Entropy", {"label_smoothing": 0.1}]),
        "optimizer": st.sampled_from(["sgd", "AdamW", {"lr": 0.5}, {"name": "adam", "lr": 0.25}]),
        "schedule": st.sampled_from(["constant", {"warmup": 0.5}]),
        "inputs": st.sampled_from([{"scaling": "robust"}, {"number_embedding": "none"}]),
        "training": st.fixed_dictionaries(
            {},
            optional={
                "epochs": st.none() | st.integers(1, 9),
                "steps": st.none() | st.integers(1, 9),
                "batch_size": st.none() | st.integers(1, 500),
                "patience": st.none() | st.integers(0, 3),
                "clip_norm": st.none() | st.floats(0.1, 9),
                "clip_value": st.none() | st.floats(0.1, 9),
                "ema": st.none() | st.floats(0.1, 0.9),
                "precision": st.sampled_from(["auto", "float32", "bf16"]),
                "threads": st.none() | st.integers(1, 4),
            },
        ),
    },
)


@given(settings)
def test_what_was_said_stays_and_settling_twice_is_settling_once(values):
    recipe = make_recipe(values)
    settled = settle(recipe, TABLE)
    assert settle(again(settled), TABLE).to_yaml() == settled.to_yaml()
    assert settled.seed == recipe.seed
    for key, value in values.get("training", {}).items():
        if value is not None and value != "auto":
            assert getattr(settled.training, key) == value, key
    for key in ("clip_norm", "clip_value", "ema"):
        if key in values.get("training", {}):
            assert getattr(settled.training, key) == values["training"][key], key
    for section in ("model", "loss", "optimizer", "schedule"):
        given_part = getattr(recipe, section)
        assert given_part.settings.items() <= getattr(settled, section).settings.items()


def test_switched_off_stays_off_in_the_file_that_is_written():
    settled = settle(make_recipe({"training": {"clip_norm": None, "ema": None}}), TABLE)
    assert "clip_norm: null" in settled.to_yaml()
    assert settle(again(settled), TABLE).training.clip_norm is None


def test_null_elsewhere_leaves_the_choice_to_the_data():
    plain = settle(make_recipe({}), TABLE)
    values = {"training": {"epochs": None, "batch_size": None, "patience": None}, "augment": None}
    assert settle(make_recipe(values), TABLE) == plain


def test_another_spelling_of_the_default_part_keeps_its_settings():
    plain = settle(make_recipe({}), TABLE)
    said = {"model": "MLP", "optimizer": "AdamW", "schedule": "Cosine", "loss": "CrossEntropy"}
    assert settle(make_recipe(said), TABLE) == plain


def test_another_part_loses_the_settings_of_the_default_one():
    settled = settle(make_recipe({"model": "linear", "optimizer": "sgd"}), TABLE)
    assert "hidden" not in settled.model.settings
    assert "lr" in settled.optimizer.settings
    assert settled.optimizer.settings.get("weight_decay") == 0.0
    assert settled.inputs["number_embedding"] == "none"


def test_steps_instead_of_epochs_and_the_other_way_round(data_of, prepared_of):
    assert settle(make_recipe({"training": {"steps": 7}}), TABLE).training.epochs is None
    corpus = settle(make_recipe({"data": data_of("corpus"), "training": {"epochs": 2}}), prepared_of("corpus"))
    assert (corpus.training.epochs, corpus.training.steps) == (2, None)


def test_small_data_is_seen_more_often():
    settled = settle(make_recipe({}), TABLE)
    steps = settled.training.epochs * -(-len(TABLE.parts["train"]) // settled.training.batch_size)
    assert steps >= 1000


def test_without_validation_examples_nothing_waits_for_them():
    none = np.array([], dtype=np.int64)
    settled = settle(make_recipe({}), replace(TABLE, parts={**TABLE.parts, "valid": none}))
    assert (settled.training.patience, settled.training.restore_best) == (0, False)


def test_models_of_sequences_read_words():
    assert for_model(make_recipe({"model": "gru_text"})).data.level == "word"
    assert for_model(make_recipe({"model": "ngrams"})).data.level == "auto"
    assert for_model(make_recipe({"model": "gpt"})).data.level == "auto"
    assert for_model(make_recipe({"model": "gru_text", "data": {"level": "char"}})).data.level == "char"


@pytest.mark.parametrize(
    ("values", "error", "said"),
    [
        ({"model": "mpl"}, UnknownNameError, "did you mean 'mlp'"),
        ({"optimizer": {"name": "adam", "betta": 1}}, RecipeError, "no setting 'betta'.*did you mean 'betas'"),
        ({"augment": ["flipp"]}, UnknownNameError, "did you mean 'flip'"),
    ],
)
def test_names_are_checked_before_any_data_is_read(values, error, said):
    with pytest.raises(error, match=said):
        check_names(make_recipe(values))


def test_class_weight_is_no_unknown_setting():
    check_names(make_recipe({"loss": {"name": "cross_entropy", "class_weight": "balanced"}}))
