"""The recipe: what it takes, what it refuses and in which words."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from glasswork.errors import GlassworkError, RecipeError
from glasswork.runs.recipe import Recipe, load_recipe, make_recipe, override, parse_overrides
from glasswork.runs.strict_yaml import read_yaml

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "recipe.schema.json"


def test_a_part_is_a_name_or_a_name_with_settings():
    short = make_recipe({"model": "mlp"})
    long = make_recipe({"model": {"name": "mlp", "hidden": [8]}})
    assert short.model.name == long.model.name == "mlp"
    assert short.model.settings == {}
    assert long.model.settings == {"hidden": [8]}


def test_what_is_written_is_read_back_equal():
    recipe = make_recipe(
        {
            "seed": 3,
            "task": "regression",
            "data": {
                "paths": ["a.csv"],
                "target": "y",
                "separator": "\t",
                "missing": ["", "?"],
                "split": {"test": 0.25},
            },
            "model": {"name": "mlp", "hidden": [64, 32], "dropout": 0.1},
            "optimizer": {"name": "adam", "lr": 1e-3},
            "augment": ["flip", {"name": "crop", "padding": 2}],
            "training": {"epochs": 7, "clip_norm": 1.0},
        }
    )
    assert make_recipe(read_yaml(recipe.to_yaml(), source="again")) == recipe


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"traning": {}}, r"recipe: no key 'traning'; did you mean 'training'\? Known: seed, task, data"),
        ({"data": {"tarqet": "y"}}, r"recipe: no key 'tarqet' in data; did you mean 'target'\?"),
        ({"data": {"split": {"tests": 1}}}, r"no key 'tests' in data\.split; did you mean 'test'\?"),
        ({"training": {"epochs": 0}}, r"recipe: training\.epochs: input should be greater than or equal to 1, got 0\."),
        ({"seed": "many"}, r"recipe: seed: .*valid integer.*got 'many'"),
        ({"task": "clasification"}, r"recipe: task: input should be 'classification'"),
    ],
)
def test_refusals_name_the_key_and_the_nearest(values, said):
    with pytest.raises(RecipeError, match=said):
        make_recipe(values)


def test_a_refusal_names_the_line_of_the_file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("seed: 1\noptimizer:\n  name: adam\ntraining:\n  epochs: 3\n  batchsize: 8\n")
    with pytest.raises(
        RecipeError, match=r"mine\.yaml, line 6: no key 'batchsize' in training; did you mean 'batch_size'"
    ):
        load_recipe(path)


def test_a_missing_file_offers_the_nearest(tmp_path):
    (tmp_path / "mine.yaml").write_text("seed: 1\n")
    with pytest.raises(RecipeError, match=r"did you mean 'mine\.yaml'\?"):
        load_recipe(tmp_path / "mime.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2", r"key 'a' is given twice, again in line 2"),
        ("a: &x [1]\nb: *x", r"aliases \(\*name\) are not allowed"),
        ("- 1\n- 2", r"expected `section:` with keys below it, got list"),
        ("a: [1", r"line \d: not YAML"),
        ("a: !!python/object/apply:os.system ['true']", r"not YAML: could not determine a constructor"),
        ("1: 2", r"keys are words, got 1"),
        ("[" * 80 + "]" * 80, r"nested deeper than 50"),
    ],
)
def test_yaml_is_strict(text, said):
    with pytest.raises(RecipeError, match=said):
        read_yaml(text, source="r.yaml")


def test_yaml_reads_numbers_and_words_as_people_mean_them():
    values = read_yaml("lr: 1e-3\nbig: 2e5\nplain: 0.5\nwhole: 3\nno: no\nyes: true\ninf: .inf", source="r")
    assert values == {"lr": 1e-3, "big": 2e5, "plain": 0.5, "whole": 3, "no": "no", "yes": True, "inf": float("inf")}


def test_both_spellings_of_a_setting_and_the_later_wins():
    values = parse_overrides(["model=mlp", "model.hidden=[8, 4]", "optimizer.lr=0.1", "optimizer.lr=0.2"])
    assert values == {"model": {"name": "mlp", "hidden": [8, 4]}, "optimizer": {"lr": 0.2}}


@pytest.mark.parametrize("word", ["epochs", "=3", "seed.deeper=1=2"])
def test_words_that_are_no_setting(word):
    if word == "seed.deeper=1=2":  # a value may hold an equals sign
        assert parse_overrides([word]) == {"seed": {"deeper": "1=2"}}
    else:
        with pytest.raises(RecipeError, match=r"a setting is written section\.key=value"):
            parse_overrides([word])


def test_another_name_drops_the_settings_of_the_old_part():
    merged = override({"optimizer": {"name": "sgd", "momentum": 0.9}}, {"optimizer": {"name": "adam", "lr": 1e-3}})
    assert merged == {"optimizer": {"name": "adam", "lr": 1e-3}}
    kept = override({"optimizer": {"name": "sgd", "momentum": 0.9}}, {"optimizer": {"lr": 0.1}})
    assert kept == {"optimizer": {"name": "sgd", "momentum": 0.9, "lr": 0.1}}


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
sections = st.sampled_from([*Recipe.model_fields, "datas", ""])


@given(st.dictionaries(sections, plain, max_size=4))
def test_any_values_make_a_recipe_or_a_refusal_in_words(values):
    try:
        recipe = make_recipe(values)
    except RecipeError as error:
        assert str(error).startswith("recipe")
        assert "\n" not in str(error)
    else:
        assert yaml.safe_load(recipe.to_yaml())["seed"] == recipe.seed


@given(st.text(max_size=200))
def test_any_text_is_yaml_or_a_refusal(text):
    try:
        value = read_yaml(text, source="r")
    except GlassworkError as error:
        assert str(error).startswith("r")
    else:
        assert isinstance(value, dict)


def test_the_published_schema_is_the_code_s():
    wanted = json.dumps(Recipe.model_json_schema(), indent=1) + "\n"
    assert SCHEMA.read_text("utf-8") == wanted, "docs/recipe.schema.json is old: run `make schema`"
