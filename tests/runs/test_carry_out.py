"""Carry out: every setting reaches the training, threads are settled once, the weights that count are the kept ones."""

import numpy as np
import polars as pl
import pytest
import torch

import glasswork as gw
from glasswork.errors import RangeError
from glasswork.runs import carry_out as room
from glasswork.runs.load import load_network

FAST = {"evaluation": {"bootstrap": 0, "baselines": False}, "quiet": True}


class StoppedError(Exception):
    pass


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSWORK_RUNS", str(tmp_path / "runs"))
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 2))
    noisy = x[:, 0] + 0.8 * rng.normal(size=120)
    pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": np.where(noisy > 0, "yes", "no")}).write_csv(tmp_path / "t.csv")
    return tmp_path / "t.csv"


@pytest.fixture
def seen(monkeypatch):
    """What the loop is called with; it does not train."""
    found = {}

    def look(learner, source, parts, **settings):
        found.update(settings, learner=learner, parts=parts)
        raise StoppedError

    monkeypatch.setattr(room, "train", look)
    return found


@pytest.mark.parametrize(
    ("training", "expected"),
    [
        ({"steps": 7}, {"steps": 7, "epochs": None}),
        ({"epochs": 3}, {"steps": None, "epochs": 3}),
        ({"batch_size": 1}, {"batch_size": 1}),
        ({"batch_size": 78}, {"batch_size": 78}),
        ({"patience": 0}, {"patience": None}),
        ({"patience": 5}, {"patience": 5}),
        ({"restore_best": False}, {"restore_best": False}),
        ({"checkpoint_every": 7.5}, {"checkpoint_seconds": 7.5}),
        ({"log_every": 3}, {"log_every": 3}),
        ({"accumulate": 4}, {"learner.accumulate": 4}),
        ({"clip_value": 0.25, "clip_norm": None}, {"learner.clip_value": 0.25, "learner.clip_norm": None}),
        ({"ema": 0.75}, {"learner.ema.decay": 0.75}),
    ],
)
def test_each_setting_reaches_the_training(table, seen, training, expected):
    with pytest.raises(StoppedError):
        gw.train(table, target="y", training=training, seed=4, **FAST)
    for path, value in expected.items():
        first, *rest = path.split(".")
        found = seen[first]
        for name in rest:
            found = getattr(found, name)
        assert found == value, path
    assert seen["seed"] == 4


def test_threads_are_settled_once_and_kept_in_the_recipe(table, monkeypatch):
    monkeypatch.setattr(room, "choose_threads", lambda *_: 2)
    run = gw.train(table, target="y", training={"epochs": 1}, **FAST)
    assert run.recipe.training.threads == 2
    assert run.folder.read_json("environment.json")["choices"]["threads"] == 2
    torch.set_num_threads(1)
    monkeypatch.setattr(room, "choose_threads", lambda *_: pytest.fail("the choice was made before"))
    gw.verbs.resume(run.path, console=gw.verbs.Console(quiet=True))
    assert torch.get_num_threads() == 2
    torch.set_num_threads(1)


@pytest.mark.parametrize("ema", [None, 0.5])
@pytest.mark.parametrize("restore_best", [True, False])
def test_the_network_that_is_judged_is_the_one_that_was_kept(table, ema, restore_best):
    training = {"epochs": 6, "patience": 0, "ema": ema, "restore_best": restore_best, "clip_norm": None}
    fast = {"optimizer": {"name": "sgd", "lr": 0.5}, "schedule": "constant", "model": {"name": "mlp", "hidden": [32]}}
    run = gw.train(table, target="y", training=training, **fast, **FAST)
    epochs = [line for line in run.history if line["event"] == "epoch"]
    best = min(epochs, key=lambda line: line["valid/loss"])
    assert best is not epochs[-1], "the best epoch must not be the last one, or this test proves nothing"
    kept = best if restore_best else epochs[-1]
    figures = run.evaluate(part="valid")["metrics"]
    assert figures["log_loss"]["value"] == pytest.approx(kept["valid/loss"], rel=1e-5)
    assert run.evaluation["valid"]["log_loss"]["value"] == pytest.approx(kept["valid/loss"], rel=1e-5)
    network, *_ = load_network(run.folder)
    assert not network.training


def test_what_a_constructor_refuses_leaves_no_folder(table, tmp_path):
    with pytest.raises(RangeError):
        gw.train(table, target="y", optimizer={"lr": -1.0}, **FAST)
    assert not (tmp_path / "runs").exists()


def test_without_validation_examples_a_run_goes_through(table):
    run = gw.train(table, target="y", data={"split": {"valid": 0}}, training={"epochs": 1}, **FAST)
    assert run.recipe.training.patience == 0
    assert run.metrics["accuracy"] > 0
