"""The doctor beside a run's training: it changes no bit, knows what a run knows, and goes on where a run goes on."""

import json

import numpy as np
import polars as pl
import pytest
import torch

import glasswork as gw
from glasswork.doctor.vitals import Evaluation, LayerVitals, ModelFacts, StepVitals, TensorVitals, Vitals
from glasswork.errors import TrainingError
from glasswork.records import Finding
from glasswork.runs.attending import joined
from glasswork.runs.vitals_file import VITALS, vitals_from_bytes, vitals_to_bytes
from glasswork.training import loop

FAST = {"evaluation": {"bootstrap": 0, "baselines": False}, "quiet": True}
SMALL = {"model": {"name": "mlp", "hidden": [16, 16], "dropout": 0.2}, "inputs": {"number_embedding": "none"}}


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSWORK_RUNS", str(tmp_path / "runs"))
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3)) * [1, 100, 1e4] + [0, 500, 0]
    y = np.where(x[:, 0] + 0.01 * (x[:, 1] - 500) > 0, "yes", "no")
    pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "y": y}).write_csv(tmp_path / "t.csv")
    return tmp_path / "t.csv"


def seen_in(run):
    return vitals_from_bytes((run.path / VITALS).read_bytes())


@pytest.mark.parametrize(
    "recipe",
    [
        {"training": {"epochs": 4}},
        {"training": {"epochs": 3, "accumulate": 3, "ema": None}, "optimizer": {"name": "sgd", "lr": 0.1}},
        {"training": {"epochs": 2, "clip_value": 0.1}, "optimizer": {"name": "rmsprop"}},
        {"learner": "perceptron_trick", "training": {"epochs": 3}},
    ],
)
def test_watched_and_unwatched_the_weights_are_the_same_bits(table, recipe):
    parts = {} if "learner" in recipe else SMALL
    runs = [
        gw.train(table, target="y", **{**parts, **recipe, "training": {**recipe["training"], "doctor": on}}, **FAST)
        for on in (True, False)
    ]
    a, b = (run.model.state_dict() for run in runs)
    assert a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert [(run.path / VITALS).is_file() for run in runs] == [True, False]
    lines = [[{k: v for k, v in line.items() if k != "time"} for line in run.history] for run in runs]
    assert lines[0] == lines[1]


def test_what_a_run_knows_is_told_exactly(table):
    run = gw.train(table, target="y", training={"epochs": 5, "batch_size": 16, "patience": 0}, **SMALL, **FAST)
    vitals = seen_in(run)
    steps = 5 * -(-130 // 16)
    assert vitals.planned_steps == len(vitals.steps) == steps
    assert [step.number for step in vitals.steps] == list(range(1, steps + 1))
    assert {step.epoch for step in vitals.steps} == set(range(5))
    assert vitals.loader == {"batch_size": 16, "shuffle": True, "rows": 130, "workers": 0, "drop_last": False}
    assert vitals.recipe
    assert vitals.keeps_best
    epochs = [line for line in run.history if line["event"] == "epoch"]
    assert [e.loss for e in vitals.evaluations] == [line["valid/loss"] for line in epochs]
    assert [e.correct for e in vitals.evaluations] == [line["valid/accuracy"] for line in epochs]
    assert [e.step for e in vitals.evaluations] == [line["step"] for line in epochs]
    assert not vitals.places  # the lines are ours, not the user's


def test_inputs_are_those_that_reach_the_model_behind_the_preprocessing(table):
    vitals = seen_in(gw.train(table, target="y", training={"epochs": 2}, **SMALL, **FAST))
    (seen,) = vitals.steps[0].batch.inputs.values()
    assert max(abs(mean) for mean in seen.feature_means) < 2  # raw, the second column lies at 500
    assert not vitals.steps[0].batch.tokens
    assert not [f for f in gw.train(table, target="y", training={"epochs": 2}, **SMALL, **FAST).findings if f.step]


def test_a_broken_training_is_told_in_the_folder_the_report_and_three_lines(table, capsys):
    run = gw.train(
        table, target="y", optimizer={"lr": 3.0}, training={"epochs": 12}, **{**SMALL, **FAST, "quiet": False}
    )
    alarms = [finding for finding in run.findings if finding.severity != "note"]
    assert alarms[0].fault == "learning-rate-too-high"
    assert alarms[0].where == "optimizer"
    assert "learning-rate-too-high" in (run.path / "report.html").read_text()
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("doctor")]
    assert 2 <= len(said) <= 3
    assert said[0].startswith("doctor   critical: learning-rate-too-high in optimizer: Each step moves")
    assert said[-1].endswith(f"glasswork doctor {run.path} says more, and with --cure tries to mend it")
    assert run.summary()["findings"][0]["fault"] == "learning-rate-too-high"


def test_a_training_that_fails_still_leaves_its_findings(table, tmp_path):
    with pytest.raises(TrainingError) as failed:
        gw.train(
            table, target="y", optimizer={"name": "sgd", "lr": 1e12},
            training={"epochs": 3, "clip_norm": None}, **SMALL, **FAST,
        )  # fmt: skip
    run = gw.open_run(failed.value.run.path)
    assert run.path == tmp_path / "runs" / "t"
    assert run.findings[0].severity == "critical"
    assert {"non-finite", "learning-rate-too-high"} & {finding.fault for finding in run.findings}
    assert seen_in(run).error == str(failed.value)


def test_a_resumed_run_is_seen_as_one(table, monkeypatch):
    settings = {"training": {"epochs": 6, "batch_size": 16, "patience": 0}, **SMALL, **FAST}
    whole = gw.train(table, target="y", name="whole", **settings)
    learned, count = loop._Run._end_epoch, []

    def stop(self):
        learned(self)
        count.append(1)
        if len(count) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(loop._Run, "_end_epoch", stop)
    with pytest.raises(KeyboardInterrupt):
        gw.train(table, target="y", name="broken", **settings)
    monkeypatch.setattr(loop._Run, "_end_epoch", learned)
    broken = whole.path.parent / "broken"
    before = vitals_from_bytes((broken / VITALS).read_bytes())
    assert not before.finished
    resumed = gw.verbs.resume(broken, console=gw.verbs.Console(quiet=True))
    a, b = seen_in(whole), seen_in(resumed)
    assert [step.number for step in a.steps] == [step.number for step in b.steps]
    assert [step.loss for step in a.steps] == [step.loss for step in b.steps]
    assert [e.loss for e in a.evaluations] == [e.loss for e in b.evaluations]
    assert b.finished
    assert b.planned_steps == a.planned_steps
    weights = [run.model.state_dict() for run in (whole, resumed)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_a_closed_form_step_publishes_what_it_was_made_of(table, tmp_path):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(150, 2))
    pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": 3 * x[:, 0] - x[:, 1]}).write_csv(tmp_path / "r.csv")
    run = gw.train(
        tmp_path / "r.csv", target="y", learner={"name": "delta_rule", "learning_rate": 0.05},
        training={"epochs": 3, "batch_size": 16}, **FAST,
    )  # fmt: skip
    vitals = seen_in(run)
    first = vitals.steps[0]
    layer = first.layers["body.linear"]
    assert layer.update == pytest.approx(
        0.05 * layer.gradient, rel=1e-4
    )  # the rule: a step of eta against the gradient
    assert layer.std > 0 or layer.mean is not None
    assert first.batch.inputs["x"].shape[0] == 16
    assert first.batch.targets is not None
    assert not [finding for finding in run.findings if finding.severity != "note"]
    assert run.model.body.linear.weight.grad is None


def test_the_rules_of_gradient_descent_are_not_asked_of_a_memory(table):
    run = gw.train(table, target="y", learner="memory_based", **FAST)
    assert not [finding for finding in run.findings if finding.severity != "note"]


def test_vitals_on_disk_are_the_vitals():
    vitals = Vitals(
        models={"model": ModelFacts("model", "MLP")},
        steps=[
            StepVitals(
                1, loss=0.5, learning_rates=(0.1, 0.2), sampled=True, layers={"a": LayerVitals(silent=1 << 200)}
            ),
            StepVitals(2, loss=float("inf"), gradient_norm=float("nan")),
        ],
        evaluations=[Evaluation(2, inputs=TensorVitals((2, 3), "float32", counts={0: 4, 7: 1}, row_sums=(0.0, 1.0)))],
        planned_steps=7,
    )
    again = vitals_from_bytes(vitals_to_bytes(vitals))
    assert again.steps[0] == vitals.steps[0]
    assert again.steps[1].loss == float("inf")
    assert again.steps[1].gradient_norm != again.steps[1].gradient_norm
    assert again.evaluations == vitals.evaluations
    assert again.models == vitals.models
    with pytest.raises(ValueError, match="damaged"):
        vitals_from_bytes(vitals_to_bytes(vitals)[:-20])


def test_damaged_vitals_do_not_keep_a_run_from_going_on(table):
    run = gw.train(table, target="y", training={"epochs": 2}, **SMALL, **FAST)
    (run.path / VITALS).write_bytes(b"no gzip")
    gw.verbs.resume(run.path, console=gw.verbs.Console(quiet=True))
    assert json.loads((run.path / "findings.json").read_text())["findings"] is not None


def test_a_fault_of_the_data_is_told_once():
    of_data = Finding("class-imbalance", "note", 1.0, "y", "All rows.", "Weigh them.")
    of_training = Finding("class-imbalance", "warning", 0.6, "data", "Some rows.", "Weigh them.", step=3)
    other = Finding("plateau", "warning", 0.6, "loop", "Flat.", "Faster.", step=9)
    assert set(joined([of_data], [of_training, other])) == {of_data, other}
