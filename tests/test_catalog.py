"""The catalogue: every part is found by name, described without being imported, and its settings are checked."""

import inspect
import subprocess
import sys

import pytest

from glasswork import catalog
from glasswork.errors import RecipeError, UnknownNameError

PARTS = [(room, name) for room in catalog.rooms() for name in catalog.names(room)]


def test_rooms_that_hold_parts():
    assert {"models", "losses", "optimizers", "activations", "metrics", "schedules"} <= set(catalog.rooms())


@pytest.mark.parametrize("spelling", ["cross_entropy", "cross-entropy", "CrossEntropy", "CROSS ENTROPY"])
def test_spelling_is_forgiven(spelling):
    assert catalog.resolve("losses", spelling) == "cross_entropy"
    assert catalog.find("losses", spelling).__name__ == "CrossEntropy"


def test_a_class_before_a_function():
    assert catalog.find("metrics", "rmse").__name__ == "rmse"
    assert isinstance(catalog.find("losses", "huber"), type)


def test_unknown_names_offer_the_nearest():
    with pytest.raises(UnknownNameError, match=r"no optimizer 'adm'; did you mean 'adam'\? Known: adadelta, adagrad,"):
        catalog.find("optimizers", "adm")
    with pytest.raises(UnknownNameError, match=r"no room 'loses'; did you mean 'losses'\?"):
        catalog.names("loses")


@pytest.mark.parametrize("name", ["../errors", "os", "__init__", "glasswork.errors", "optimizer", "warmup", ""])
def test_only_parts_are_found(name):
    for room in ("optimizers", "schedules"):
        with pytest.raises(UnknownNameError):
            catalog.find(room, name)


@pytest.mark.parametrize(("room", "name"), PARTS)
def test_the_page_and_the_object_agree(room, name):
    entry = catalog.describe(room, name)
    star = catalog.find(room, name)
    assert entry.star == star.__name__
    assert entry.title
    said = [parameter for parameter in entry.parameters if not parameter.kind.startswith("var")]
    real = inspect.signature(star).parameters
    assert [parameter.name for parameter in said] == [
        key for key, value in real.items() if value.kind not in (value.VAR_POSITIONAL, value.VAR_KEYWORD)
    ]
    for parameter in said:
        default = real[parameter.name].default
        assert parameter.required == (default is inspect.Parameter.empty)
        if isinstance(default, bool | int | float | str | tuple):
            assert parameter.default == default or isinstance(parameter.default, str)


def test_formula_and_source_are_read_from_the_twin():
    entry = catalog.describe("losses", "huber")
    assert entry.formula.startswith(r"\ell(e) = \begin{cases}")
    assert entry.formula.endswith(r"\end{cases}")
    assert entry.source == 'Huber 1964, "Robust Estimation of a Location Parameter".'
    assert entry.title == "Huber loss: squared for small errors, straight for large ones."
    assert "class Huber" in entry.path.read_text().splitlines()[entry.line - 1]


def test_settings_are_inherited_and_defaulted():
    adamw = {parameter.name: parameter for parameter in catalog.signature("optimizers", "adamw")}
    assert adamw["betas"].default == (0.9, 0.999)
    assert (adamw["params"].required, adamw["lr"].kind, adamw["eps"].kind) == (True, "positional", "keyword")
    assert adamw["weight_decay"].annotation == "float"
    cosine = [parameter.name for parameter in catalog.signature("schedules", "cosine")]
    assert cosine == ["warmup", "floor"]


def test_unknown_settings_offer_the_nearest():
    with pytest.raises(RecipeError, match=r"sgd: no setting 'momentun'; did you mean 'momentum'\?"):
        catalog.check_settings("optimizers", "SGD", ["lr", "momentun"])
    catalog.check_settings("optimizers", "sgd", ["lr", "momentum"])


def test_listing_and_describing_load_no_torch():
    program = """
import sys
from glasswork import catalog
for room in catalog.rooms():
    for name in catalog.names(room):
        catalog.describe(room, name)
        catalog.signature(room, name)
assert "torch" not in sys.modules and "numpy" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
