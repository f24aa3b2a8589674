"""Sound trainings whose loss ends high, falls until the end, or was learned late: what they know decides."""

from __future__ import annotations

import math

import pytest

from doctor.rules.vitals_examples import CLASSES, ROWS, classes, features, model, tensor, training
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import Evaluation, Probe


def noisy(found, *, end=1.3, chance=0.0, **probes):
    """A training whose loss creeps down to a little below guessing (1.39), and what simple models found."""
    vitals = training(200, loss=lambda n: end + 0.16 * math.exp(-n / 60), evaluations=False)
    if found is not None:
        vitals.probes["shuffled-labels"] = Probe("shuffled-labels", 0.1, {"score": found, "p": chance})
    for name, figures in probes.items():
        vitals.probes[name.replace("_", "-")] = Probe(name.replace("_", "-"), 0.1, figures)
    for step in vitals.steps:
        if step.sampled:
            step.batch.correct = 0.3
    return vitals


@pytest.mark.parametrize(
    ("found", "chance", "severity"),
    [(None, 0.0, "warning"), (0.6, 0.0, "warning"), (0.05, 0.0, "note"), (0.3, 0.5, "note"), (-0.1, 0.6, "note")],
)
def test_a_loss_that_ends_near_guessing_because_there_is_little_to_learn(found, chance, severity):
    assert [f.severity for f in rules()["slow-convergence"](noisy(found, chance=chance))] == [severity]
    flat = noisy(found, end=1.32, chance=chance)
    for step in flat.steps:
        step.loss = 1.32
    assert [f.severity for f in rules()["underfitting"](flat)] == [severity]


def test_a_rate_that_does_far_better_is_told_all_the_same():
    better = {"current": 1e-4, "best": 1e-2, "gain": 3.0}
    assert [f.severity for f in rules()["slow-convergence"](noisy(0.05, learning_rate=better))] == ["warning"]


def test_where_not_one_batch_could_be_learned_nothing_found_excuses_nothing():
    flat = noisy(-0.1, chance=0.6, one_batch={"ratio": 0.9})
    for step in flat.steps:
        step.loss = 1.32
    assert [f.severity for f in rules()["underfitting"](flat)] == ["warning"]


@pytest.mark.parametrize(("right", "severity"), [(0.75, "note"), (0.5, "warning")])
def test_a_plain_model_that_says_more_rows_rightly_than_another_simple_one(right, severity):
    vitals = noisy(None, leakage={"all": 0.66, "classes": 4.0})
    for step in vitals.steps:
        step.loss = 1.15
    vitals.evaluations = [Evaluation(200, 1.1, right, 4, repeated=0.0)]
    assert [f.severity for f in rules()["underfitting"](vitals)] == [severity]


@pytest.mark.parametrize(("falls", "faults"), [(0.995, ["plateau"]), (0.95, [])])
def test_a_loss_that_noise_hides_and_validation_shows(falls, faults):
    vitals = training(200, loss=lambda n: 1.39 + 0.1 * (-1) ** n, evaluations=False)
    vitals.evaluations = [Evaluation(40 * (n + 1), 1.45 * falls**n, 0.3, 4, repeated=0.0) for n in range(5)]
    assert [f.fault for f in rules()["plateau"](vitals)] == faults


@pytest.mark.parametrize(("end", "severity"), [(1.3, "warning"), (0.9, "note")])
def test_few_directions_with_which_a_network_has_learned_since(end, severity):
    vitals = training(200, loss=lambda n: 1.39 if n < 80 else end, evaluations=False)
    for step in vitals.steps:
        if step.sampled:
            step.layers["fc1"].rank = 12.0 if step.number < 20 else 1.3
    (finding,) = rules()["representation-collapse"](vitals)
    assert (finding.severity, finding.where) == (severity, "fc1")


@pytest.mark.parametrize(("hits", "severity"), [(2, "warning"), (18, "note")])
def test_a_rare_class_that_is_recognised_in_the_end(hits, severity):
    vitals = training(120, targets=classes({0: 29, 1: 1, 2: 1, 3: 1}), evaluations=False)
    for step in vitals.steps:
        if step.sampled:
            step.batch.recall = {0: (29, 29), 1: (0, 1), 2: (0, 1), 3: (0, 1)}
    vitals.evaluations = [Evaluation(120, 0.2, 0.98, 4, recall={0: (200, 200), 1: (hits, 20), 2: (9, 9), 3: (9, 9)})]
    found = list(rules()["class-imbalance"](vitals))
    assert [f.severity for f in found] == [severity]


@pytest.mark.parametrize(("suspicious", "faults"), [(60.0, ["label-noise"]), (80.0, [])])
def test_labels_that_disagree_the_less_the_surer_one_is_belong_to_classes_that_overlap(suspicious, faults):
    """Of 512 rows 28 of the surest 128 are wrong; of the next 128, 32 or 52."""
    vitals = training(60)
    figures = {"share": 0.22, "top": 0.22, "suspicious": suspicious, "rows": 512.0, "held": 0.3, "classes": CLASSES}
    vitals.probes["label-noise"] = Probe("label-noise", 0.1, figures)
    assert [f.fault for f in rules()["label-noise"](vitals)] == faults


def tuned(spread, *, end=0.8):
    """Twenty steps of two passes, the loss still falling; the dense layers' first weights have this spread."""
    facts = model(hidden=2)
    for name in ("fc0.weight", "fc1.weight"):
        weight = facts.parameters[name]
        weight.shape, weight.fan_in = (64, 64), 64
        weight.mean, weight.std, weight.largest = 0.0, spread / 8, 5 * spread / 8
    vitals = training(60, facts=facts, loss=lambda n: end + 0.6 * (1 - n / 60), evaluations=False)
    for step in vitals.steps:
        if step.sampled:
            step.batch.correct = 0.6
    return vitals


@pytest.mark.parametrize(
    ("spread", "end", "severity"), [(1.2, 0.8, "note"), (1.0, 0.8, "warning"), (1.2, 1.1, "warning")]
)
def test_few_passes_over_a_body_that_was_trained_before(spread, end, severity):
    assert [f.severity for f in rules()["too-few-epochs"](tuned(spread, end=end))] == [severity]


@pytest.mark.parametrize(("tokens", "faults"), [(False, ["label-noise"]), (True, [])])
def test_two_kinds_of_sequence_are_not_judged_by_models_that_count_tokens(tokens, faults):
    vitals = training(60)
    vitals.probes["label-noise"] = Probe("label-noise", 0.1, {"share": 0.12, "worst": 0.23, "rows": 422.0, "held": 0.1})
    for step in vitals.steps:
        if tokens and step.sampled:
            step.batch.tokens, step.batch.inputs = step.batch.inputs, {}
    assert [f.fault for f in rules()["label-noise"](vitals)] == faults


@pytest.mark.parametrize(("level", "severity"), [(0.6, "warning"), (0.01, "note")])
def test_much_dropout_harms_no_one_who_has_learned_everything(level, severity):
    vitals = training(120, facts=model(dropout=0.7), loss=lambda n: level, evaluations=False)
    vitals.evaluations = [Evaluation(100, level / 3, 0.9, 4, repeated=0.0)]
    assert [f.severity for f in rules()["dropout-too-strong"](vitals)] == [severity]


@pytest.mark.parametrize(("batches", "above", "faults"), [(2, 1.2, []), (2, 1.8, ["x"]), (60, 1.2, ["x"])])
def test_values_of_a_few_rows_may_be_spread_wider_by_chance(batches, above, faults):
    """Noisy values, learned by heart: 64 validation rows may have a spread a fifth above that of training."""
    vitals = training(
        120, kind="mse", loss=lambda n: 1.0 if n < 15 else 0.3, targets=tensor(ROWS, 1), evaluations=False
    )
    for step in vitals.steps:
        if step.sampled:
            step.batch.baseline_loss, step.batch.correct, step.batch.recall = 1.0, None, None
    for number in (40, 60, 80, 100):
        vitals.evaluations.append(Evaluation(number, above, None, batches, repeated=0.0, inputs=features()))
    assert ["x" for _ in rules()["shuffled-labels"](vitals)] == faults


@pytest.mark.parametrize(("end", "severity"), [(0.2, "note"), (1.3, "warning")])
def test_weights_that_pass_the_bound_at_the_very_end_of_a_training_that_learned(end, severity):
    vitals = training(60, loss=lambda n: end + (1.4 - end) * math.exp(-n / 15), evaluations=False)
    for step in vitals.steps:
        factor = 1 + 9.4 * (step.number - 1) / 59  # ten times in the last steps: none comes after to show the harm
        if step.sampled:
            step.weight_norm = 10.0 * factor
            for layer in step.layers.values():
                layer.weight, layer.update = (layer.weight or 0.0) * factor, 1.0
    assert [f.severity for f in rules()["weight-growth"](vitals)] == [severity]


@pytest.mark.parametrize(("end", "severity"), [(0.2, "note"), (1.35, "warning")])
def test_a_body_frozen_at_random_with_which_the_rest_has_learned(end, severity):
    vitals = training(60, loss=lambda n: end + (1.4 - end) * math.exp(-n / 15), evaluations=False)
    first = vitals.models["model"].parameters["fc0.weight"]
    first.trainable = first.optimized = False
    for step in vitals.steps:
        if step.sampled:
            step.layers["fc0"].gradient = step.layers["fc0"].update = None
    found = [f for f in rules()["frozen-or-unused-layers"](vitals) if f.where == "fc0"]
    assert [f.severity for f in found] == [severity]
