"""Which changes are proposed: back to the usual where a setting is far off, then the rule's own, each recipe once."""

import numpy as np
import polars as pl
import pytest

from glasswork.cures import proposals
from glasswork.cures.recipes import changed, difference, plain, setting, usual
from glasswork.data import prepare
from glasswork.records import Finding, Treatment
from glasswork.runs.defaults import settle
from glasswork.runs.recipe import make_recipe, override


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "t.csv"
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 2))
    pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": np.where(x[:, 0] > 0, "yes", "no")}).write_csv(path)
    return make_recipe({"data": {"paths": [str(path)], "target": "y"}}), prepare(
        make_recipe({"data": {"paths": [str(path)], "target": "y"}}).data, task=None, seed=0
    )


def recipe_with(data, changes):
    return settle(make_recipe(override(plain(data[0]), changes)), data[1])


def finding(fault, *treatments, severity="critical"):
    return Finding(fault, severity, 0.9, "optimizer", "Seen.", "Do.", 1, treatments)


def test_a_setting_far_from_the_usual_goes_back_first_then_the_rules_own(data):
    recipe = recipe_with(data, {"optimizer": {"lr": 0.9}})
    found = [finding("learning-rate-too-high", Treatment("A tenth.", {"optimizer.lr": 0.09}))]
    first, second, *_ = proposals(found, recipe, data[1])
    assert first.changes == {"optimizer.lr": 0.001}
    assert first.advice == "optimizer.lr back from 0.9 to 0.001, as is usual for this data."
    assert second.changes == {"optimizer.lr": 0.09}
    assert second.recipe.optimizer.settings["lr"] == 0.09
    assert second.recipe.model == recipe.model


def test_a_setting_that_is_as_usual_is_left_alone(data):
    recipe = recipe_with(data, {})
    found = [finding("learning-rate-too-high", Treatment("A tenth.", {"optimizer.lr": 1e-4}))]
    assert [one.changes for one in proposals(found, recipe, data[1])] == [{"optimizer.lr": 1e-4}]


def test_symptoms_and_notes_wait(data):
    recipe = recipe_with(data, {"optimizer": {"lr": 0.9, "weight_decay": 3.0}})
    found = [
        finding("learning-rate-too-high", Treatment("A tenth.", {"optimizer.lr": 0.09})),
        finding("dying-relu", Treatment("Leak.", {"model.activation": "leaky_relu"})),
        finding("dropout-too-strong", Treatment("Less.", {"model.dropout": 0.05}), severity="note"),
    ]
    made = list(proposals(found, recipe, data[1]))
    faults = [one.finding.fault for one in made]
    assert faults[:2] == ["learning-rate-too-high"] * 2
    assert "dying-relu" in faults
    assert "dropout-too-strong" not in faults
    assert "dropout-too-strong" in [one.finding.fault for one in proposals(found, recipe, data[1], notes=True)]
    assert made[-1].advice.startswith("Train this model with everything else as is usual")
    assert len({one.recipe.to_yaml() for one in made}) == len(made)


def test_without_an_alarm_nothing_is_proposed(data):
    recipe = recipe_with(data, {"optimizer": {"lr": 0.9}})
    assert not list(proposals([], recipe, data[1]))
    assert not list(proposals([finding("plateau", severity="note")], recipe, data[1]))


@pytest.mark.parametrize(
    "changes",
    [
        {"model.kernel": 3},  # an MLP has none
        {"optimizer.name": "no-such"},
        {"training.epochs": -1},
        {"optimizer.lr": 0.001},  # as it is already
        {"data.target": "a"},  # the question is not its own treatment
        {"seed": 3},
    ],
)
def test_what_a_recipe_does_not_have_is_no_change(data, changes):
    assert changed(recipe_with(data, {}), changes, data[1]) is None


def test_another_part_loses_the_settings_of_the_old_one(data):
    recipe = recipe_with(data, {"optimizer": {"name": "sgd", "lr": 3.0, "momentum": 0.5}})
    made = changed(recipe, {"optimizer.name": "adam", "optimizer.lr": 0.01}, data[1])
    assert made.optimizer.name == "adam"
    assert "momentum" not in made.optimizer.settings


def test_more_steps_take_the_place_of_epochs(data):
    made = changed(recipe_with(data, {"training": {"steps": 5}}), {"training.epochs": 9}, data[1])
    assert (made.training.steps, made.training.epochs) == (None, 9)


def test_what_is_usual_keeps_the_question_and_the_parts(data):
    recipe = recipe_with(data, {"seed": 4, "optimizer": {"name": "sgd", "lr": 9.0}, "training": {"clip_norm": None}})
    ideal = usual(recipe, data[1])
    assert (ideal.seed, ideal.data, ideal.optimizer.name) == (4, recipe.data, "sgd")
    assert ideal.optimizer.settings["lr"] < 9
    assert ideal.training.clip_norm == 1.0
    assert usual(recipe, data[1], whole=True).optimizer.name == "adamw"
    assert setting(plain(recipe), "training.clip_norm") is None


def test_the_difference_names_what_changed_and_nothing_else(data):
    recipe = recipe_with(data, {"optimizer": {"lr": 0.9}})
    said = difference(recipe, changed(recipe, {"optimizer.lr": 0.01}, data[1]))
    assert [line for line in said.splitlines() if line[0] in "+-"][2:] == ["-  lr: 0.9", "+  lr: 0.01"]
