"""Init: the recipe that train would use, and nothing overwritten."""

import pytest

from glasswork.errors import UsageError
from glasswork.runs.recipe import make_recipe
from glasswork.runs.strict_yaml import read_yaml
from glasswork.verbs import Console, init, write_recipe


def test_the_recipe_is_the_one_that_train_writes(small):
    path, run = small
    values = {
        "data": {"paths": [str(path)], "target": "y"}, "model": {"hidden": [8]}, "training": {"epochs": 4},
        "evaluation": {"bootstrap": 20},
    }  # fmt: skip
    text = init(values, console=Console(quiet=True))
    recipe = make_recipe(read_yaml(text, source="init"))
    trained = run.recipe.model_copy(update={"training": run.recipe.training.model_copy(update={"threads": None})})
    assert recipe.to_yaml() == trained.to_yaml().replace("  threads: null\n", "")
    assert init(read_yaml(text, source="init"), console=Console(quiet=True)) == text


def test_a_recipe_is_not_written_over_another(tmp_path):
    write_recipe("seed: 1\n", tmp_path / "r.yaml")
    with pytest.raises(UsageError, match=r"r\.yaml exists; give another name"):
        write_recipe("seed: 2\n", tmp_path / "r.yaml")
    assert (tmp_path / "r.yaml").read_text() == "seed: 1\n"
    with pytest.raises(UsageError, match="could not be written"):
        write_recipe("seed: 2\n", tmp_path / "none" / "r.yaml")
