"""Cure: broken recipes are mended, what does not help is taken back, and the run itself stays as it was."""

import json
from importlib import import_module
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import glasswork as gw
from glasswork.errors import DataError, TrainingError, UsageError
from glasswork.records import Finding, Treatment
from glasswork.runs.recipe import override

BASE = {
    "model": {"name": "mlp", "hidden": [32, 32], "dropout": 0.1}, "inputs": {"number_embedding": "none"},
    "training": {"epochs": 10, "batch_size": 16}, "evaluation": {"bootstrap": 0, "baselines": False}, "quiet": True,
}  # fmt: skip
QUIET = {"quiet": True}


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSWORK_RUNS", str(tmp_path / "runs"))
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 4))
    y = np.where(x[:, 0] + x[:, 1] > 0, "yes", "no")
    pl.DataFrame({**{f"x{i}": x[:, i] for i in range(4)}, "y": y}).write_csv(tmp_path / "t.csv")
    return tmp_path / "t.csv"


def train(table, changes):
    try:
        return gw.train(table, target="y", **override(BASE, changes))
    except TrainingError as error:
        return gw.open_run(error.run.path)


def files(path):
    return {file: file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file() and file.name != ".lock"}


@pytest.mark.parametrize(
    "broken",
    [
        {"optimizer": {"lr": 3.0}},
        {"optimizer": {"lr": 1e-6}},
        {"optimizer": {"weight_decay": 50.0}},
        {"optimizer": {"name": "sgd", "lr": 1e12}, "training": {"clip_norm": None}},
    ],
)
def test_a_broken_recipe_is_mended_and_the_run_stays_as_it_was(table, broken):
    healthy = train(table, {})
    run = train(table, broken)
    before = files(run.path)
    cured = gw.verbs.cure(run.path, budget=30)
    assert cured.kept, [trial.why for trial in cured.trials]
    best = gw.open_run(cured.best)
    assert best.metrics["accuracy"] >= 0.95 * healthy.metrics["accuracy"]
    after = files(run.path)
    assert {path: content for path, content in after.items() if path.name != "cures.json"} == before
    written = json.loads((run.path / "cures.json").read_text())
    assert written["best"] == str(best.path)
    assert written["trials"][0]["difference"].startswith("--- before")
    told = json.loads((Path(cured.trials[0].run) / "cure.json").read_text())
    assert told["of"] == str(run.path)
    assert told["fault"] == cured.trials[0].fault
    page = (Path(cured.trials[0].run) / "cure.html").read_text()
    assert "The change of the recipe" in page
    assert "<svg" in page


def test_a_healthy_run_is_left_alone(table, capsys):
    run = train(table, {})
    cured = gw.verbs.cure(run.path, console=gw.verbs.Console())
    assert (cured.trials, cured.best) == ([], str(run.path))
    assert "as it was: the doctor raised no alarm about it." in " ".join(capsys.readouterr().out.split())


def test_what_does_not_help_is_taken_back(table, capsys):
    run = train(table, {})
    harm = Finding(
        "learning-rate-too-high", "critical", 1.0, "optimizer", "No.", "Do not.", 1,
        (Treatment("Crawl.", {"optimizer.lr": 1e-7}),),
    )  # fmt: skip
    cured = gw.verbs.cure(run.path, budget=1e-3, findings=[harm], console=gw.verbs.Console())
    assert [trial.kept for trial in cured.trials] == [False]  # one is tried in any case
    assert cured.best == str(run.path)
    assert not cured.difference
    said = capsys.readouterr().out
    assert "  left: " in said
    assert "before" in said
    assert "nothing was better by more than chance" in " ".join(said.split())


def test_a_fault_without_a_setting_is_for_a_person(table, capsys):
    run = train(table, {})
    lonely = Finding("target-leakage", "critical", 1.0, "data", "A column tells.", "Drop the column x0.", 1)
    gw.verbs.cure(run.path, findings=[lonely], budget=1e-3, console=gw.verbs.Console())
    said = " ".join(capsys.readouterr().out.split())
    assert "For a person: Drop the column x0." in said


def test_time_is_up_within_a_training_and_the_trial_can_go_on(table):
    run = train(table, {"optimizer": {"lr": 1e-6}})
    cured = gw.verbs.cure(run.path, budget=0.05)
    (trial,) = cured.trials
    assert "time was up after epoch" in trial.failed
    resumed = gw.verbs.resume(trial.run, console=gw.verbs.Console(quiet=True))
    assert resumed.metrics["accuracy"] > 0.6


def test_ctrl_c_keeps_what_was_done(table, monkeypatch):
    run = train(table, {"optimizer": {"lr": 1e-6}})
    room = import_module("glasswork.cures.cure")  # not the function of that name
    compare, count = room.compare, []

    def stop(*args, **kwargs):
        count.append(1)
        if len(count) == 2:
            raise KeyboardInterrupt("stopped; go on with: glasswork train --resume somewhere")
        return compare(*args, **kwargs)

    monkeypatch.setattr(room, "compare", stop)
    tries = Treatment("A bit.", {"optimizer.lr": 2e-6}), Treatment("More.", {"optimizer.lr": 4e-6})
    first = Finding("plateau", "critical", 1.0, "loop", "Flat.", "Faster.", 1, tries)
    with pytest.raises(KeyboardInterrupt, match="go on with"):
        gw.verbs.cure(run.path, findings=[first], budget=30)
    written = json.loads((run.path / "cures.json").read_text())
    assert len(written["trials"]) == 1
    assert written["interrupted"].startswith("stopped; go on with")


def test_refusals(table):
    run = train(table, {"training": {"doctor": False}})
    with pytest.raises(UsageError, match=r"nobody watched .* training.doctor: false"):
        gw.verbs.cure(run.path)
    watched = train(table, {})
    with pytest.raises(UsageError, match="the budget must be above 0 seconds, got 0"):
        gw.verbs.cure(watched.path, budget=0)
    table.write_text(table.read_text() + "1,1,1,1,yes\n")
    with pytest.raises(DataError, match="has changed since the run"):
        gw.verbs.cure(watched.path)
