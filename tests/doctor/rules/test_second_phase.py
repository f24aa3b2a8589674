"""Trainings after each other, few rows, penalties that outweigh the task: what is said of them, and what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doctor.rules.data_examples import said
from doctor.rules.vitals_examples import ROWS, classifier, features, model, regression, tensor, training
from glasswork.doctor.rules._history import longest_phase
from glasswork.doctor.vitals import Evaluation, OptimizerFacts, Probe


def beforehand(vitals, steps=50):
    """The same training after a short one with another optimizer, whose loss hardly moved."""
    first = training(steps, loss=lambda n: 1.39 - 0.0004 * n, evaluations=False)
    for step in first.steps:
        step.optimizer = "pre"
    vitals.optimizers = {"pre": OptimizerFacts("pre", "Adam", [{"lr": 1e-3}]), **vitals.optimizers}
    vitals.steps, vitals.planned_steps = first.steps + vitals.steps, None
    return vitals


def test_the_longest_of_several_trainings_is_judged():
    vitals = beforehand(classifier())
    assert {step.optimizer for step in longest_phase(vitals).steps} == {"optimizer"}
    assert list(longest_phase(vitals).optimizers) == ["optimizer"]
    alone = classifier()
    assert longest_phase(alone) is alone
    mixed = beforehand(classifier())
    mixed.steps.reverse()
    mixed.steps.append(mixed.steps[0])
    assert longest_phase(mixed) is mixed  # three turns of two: no phases


def test_units_at_their_ends_in_the_second_training():
    vitals = training(facts=model(activation="Tanh"), loss=lambda n: 1.39)
    for step in vitals.steps:
        if step.sampled:
            step.layers["act0"].saturated = 0.9
    assert [one.where for one in said("saturated-activation", beforehand(vitals))] == ["act0"]


def rows_by_heart(learned, later=0.3, rows=200):
    """Training rows that are known by heart after a while; what validation says stays at `later` of guessing."""
    vitals = regression()
    for step in vitals.steps:
        step.loss = max(0.02, 0.9 ** (step.number - 2))
        if step.batch is not None:
            step.batch.baseline_loss = 1.0
    vitals.loader["rows"] = learned
    vitals.evaluations = [
        Evaluation(n, later, batches=1, repeated=0.0, learned=learned, inputs=features(rows))
        for n in range(10, len(vitals.steps) + 1, 5)
    ]
    return vitals


def test_fewer_rows_than_a_validation_batch_has():
    (finding,) = said("overfitting", rows_by_heart(40))
    assert (finding.where, finding.severity) == ("data", "warning")
    assert "40 different rows were trained on" in finding.evidence
    assert said("overfitting", rows_by_heart(400)) == []
    assert said("overfitting", rows_by_heart(40, later=0.15)) == []


def test_a_sampler_that_takes_each_row_many_times_in_one_round():
    vitals = rows_by_heart(40, later=1.5)
    for step in vitals.steps:
        step.epoch = 0
    assert said("overfitting", vitals) != []
    vitals.loader["rows"] = 4000
    assert said("overfitting", vitals) == []


def drowned(last, *, parts=True, correct=0.25):
    """A classifier whose scores shrink from 0.4 to `last`."""
    vitals = training(loss=lambda n: 50.0 / n)
    for step in vitals.steps:
        if step.batch is not None:
            now = max(last, 0.4 * 0.9**step.number)
            step.batch.outputs = replace(step.batch.outputs, std=now, rows_alike=5.0)
            step.batch.correct = correct
            step.batch.baseline_loss = None if parts else 1.39
    return vitals


def test_scores_that_a_penalty_outweighs():
    (finding,) = said("representation-collapse", drowned(0.05))
    assert (finding.where, finding.severity) == ("loss", "warning")
    assert said("representation-collapse", drowned(0.15)) == []
    assert said("representation-collapse", drowned(0.05, correct=0.7)) == []
    assert said("representation-collapse", drowned(0.05, parts=False)) == []


@pytest.mark.parametrize(("size", "found"), [(0.08, True), (0.3, False)])
def test_an_autoencoder_that_gives_back_next_to_nothing(size, found):
    given = tensor(ROWS, 64)
    vitals = training(kind="mse", inputs=given, targets=replace(given), outputs=tensor(ROWS, 64, std=0.4))
    for step in vitals.steps:
        if step.batch is not None:
            step.batch.correct = step.batch.recall = step.batch.baseline_loss = None
            if step.number > 5:
                step.batch.outputs = replace(step.batch.outputs, std=size)
    assert bool(said("representation-collapse", vitals)) == found
    for step in vitals.steps:
        if step.batch is not None:
            step.batch.targets = replace(step.batch.targets, mean=1.0)  # other than what went in
    assert said("representation-collapse", vitals) == []


def lagging(momentum=0.001):
    facts = model(norm="BatchNorm1d")
    facts.layers["norm0"].settings["momentum"] = momentum
    scale = next(p for p in facts.parameters.values() if p.layer == "norm0" and p.name.endswith("weight"))
    scale.mean, scale.std = 1.0, 0.0
    vitals = training(facts=facts)
    for step in vitals.steps:
        if step.sampled:
            step.layers["norm0"].running_gap, step.layers["norm0"].running_zero = 1.3, False
    return vitals, scale


def test_statistics_of_a_new_layer_that_lag_though_the_first_look_came_after_an_update():
    vitals, scale = lagging()
    assert [(one.where, one.step) for one in said("stale-batch-norm", vitals)] == [("norm0", 20)]
    scale.std = 0.2  # it was trained before: its statistics, too
    assert said("stale-batch-norm", vitals) == []
    assert said("stale-batch-norm", lagging(0.1)[0]) == []


def with_probe(vitals, score):
    vitals.probes["shuffled-labels"] = Probe("shuffled-labels", 0.1, {"score": score, "p": 0.0})
    return vitals


def thin(units, score, outputs=1):
    facts = model(outputs=outputs)
    facts.layers["fc0"].units = units
    facts.layers["fc0"].settings["in_features"] = 8
    facts.layers["out"].last = True
    vitals = training(
        facts=facts, kind="mse", targets=tensor(ROWS, outputs), outputs=tensor(ROWS, outputs), loss=lambda n: 0.4
    )
    vitals.steps[0].loss = vitals.steps[1].loss = vitals.steps[2].loss = 1.0
    for step in vitals.steps:
        if step.batch is not None:
            step.batch.baseline_loss, step.batch.correct, step.batch.recall = 1.0, None, None
    return with_probe(vitals, score)


def test_a_regression_through_two_units():
    (finding,) = said("underfitting", thin(2, 0.95))
    assert finding.severity == "warning"
    assert "fc0 lets 2 numbers through, of 8" in finding.evidence
    assert said("underfitting", thin(16, 0.95)) == []
    assert said("underfitting", thin(2, 0.65)) == []
    assert said("underfitting", thin(2, 0.95, outputs=8)) == []  # gives back what it was given


def almost_whole(rows, score, *, steps=36):
    vitals = training(steps, loss=lambda n: 1.0 - 0.7 * n / steps, kind="mse")
    for step in vitals.steps:
        if step.batch is not None:
            step.batch.inputs = {"0": features(1000)}
            step.batch.baseline_loss = 1.0
    vitals.loader["rows"] = rows
    return with_probe(vitals, score)


def test_batches_of_nearly_all_rows_that_leave_few_steps():
    (finding,) = said("batch-size-noise", almost_whole(1100, 0.98))
    assert finding.severity == "warning"
    assert "up to 1,000 of 1,100 rows" in finding.evidence
    assert said("batch-size-noise", almost_whole(1100, 0.7)) == []
    assert said("batch-size-noise", almost_whole(4000, 0.98)) == []
    assert said("batch-size-noise", almost_whole(1100, 0.98, steps=90)) == []
