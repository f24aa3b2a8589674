"""Faults that an experiment on a copy finds, or the loader, or the processes: each rule above and below its line."""

import pytest

from doctor.rules.cases import Case, check_sick, check_under
from doctor.rules.vitals_examples import CLASSES, ROWS, layer, look, tensor, training
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import BatchVitals, Evaluation, Probe, TensorVitals


def probed(name, **figures):
    vitals = training()
    vitals.probes = {name: Probe(name, 1.0, figures)}
    return vitals


def unknown(name, **figures):
    """A probe of a training that learns nothing, nor knows anything of validation rows."""
    vitals = training(loss=lambda n: 1.4 + 0.02 * (-1) ** n)
    vitals.probes = {name: Probe(name, 1.0, figures)}
    for evaluation in vitals.evaluations:
        evaluation.loss, evaluation.correct = 1.6, 0.25
    return vitals


def stalled(name, **figures):
    """A probe of a training that learns nothing."""
    vitals = training(loss=lambda n: 1.4 + 0.02 * (-1) ** n, evaluations=False)
    vitals.probes = {name: Probe(name, 1.0, figures)}
    return vitals


def split(**gaps):
    vitals = training()
    vitals.scaling = gaps
    return vitals


def loader(**facts):
    vitals = training()
    vitals.loader |= facts
    return vitals


def replicas(differ):
    vitals = training()
    vitals.processes, vitals.replicas_differ = 2, differ
    return vitals


def remembered(per_step):
    vitals = training(300)
    for step in vitals.steps:
        if step.sampled:
            step.memory = 400.0 + per_step * step.number
    return vitals


def by_heart(correct):
    vitals = training()
    vitals.evaluations = [
        Evaluation(n, 1.6, correct, 40, repeated=0.0, inputs=vitals.evaluations[0].inputs) for n in (60, 90, 120)
    ]
    return vitals


def same_answers(difference):
    vitals = training()
    for step in vitals.steps:
        if step.batch:
            step.batch.outputs = tensor(ROWS, CLASSES, rows_alike=difference)
    return vitals


def ended_in_softmax(dim):
    vitals = training()
    facts = vitals.models["model"]
    facts.layers["out"].last = False
    soft = layer("soft", "Softmax", "activation", 9, after=("out",), units=CLASSES, last=True, settings={"dim": dim})
    facts.layers["soft"] = soft
    return vitals


CASES = [
    Case(
        "cannot-overfit-one-batch",
        lambda: probed("one-batch", first=1.4, last=1.39, ratio=0.99, steps=200),
        lambda: probed("one-batch", first=1.4, last=0.2, ratio=0.14),
        120,
        "model",
        says="from 1.4 to 1.39 in 200 steps",
    ),
    Case(
        "cannot-overfit-one-batch",
        lambda: probed("one-batch", first=1.4, last=1.3),
        lambda: probed("one-batch", first=1.4, last=1.2),
        120,
        "model",
        says="from 1.4 to 1.3",
    ),
    Case(
        "cannot-overfit-one-batch",
        lambda: probed("one-batch", first=1.4, last=1.3, correct=0.5),
        lambda: probed("one-batch", first=1.4, last=1.3, correct=1.0),
        120,
        "model",
    ),
    Case(
        "shuffled-labels",
        lambda: unknown("shuffled-labels", link=0.26, chance=0.25, spread=0.02, p=0.4),
        lambda: unknown("shuffled-labels", link=0.31, chance=0.25, spread=0.02, p=0.4),
        120,
        "data",
        says="40% of the cases",
    ),
    Case("shuffled-labels", lambda: by_heart(0.25), lambda: by_heart(0.32), 90, "data", says="25% right"),
    Case(
        "label-noise",
        lambda: probed("label-noise", share=0.3, rows=1000, held=0.3),
        lambda: probed("label-noise", share=0.15, rows=1000, held=0.3),
        120,
        "data",
        "warning",
        "rows of 1,000",
    ),
    Case(
        "target-leakage",
        lambda: probed("leakage", best=0.999, second=0.7, feature=5.0),
        lambda: probed("leakage", best=0.97, second=0.7, feature=5.0),
        120,
        "data",
        says="feature 5 alone scores 0.999",
    ),
    Case(
        "target-leakage",
        lambda: probed("leakage", best=0.999, second=0.7, feature=5.0),
        lambda: probed("leakage", best=0.999, second=0.98, feature=5.0),
        120,
        "data",
    ),
    Case(
        "batch-mixing",
        lambda: probed("batch-mixing", leak=0.4, order=1.0),
        lambda: probed("batch-mixing", leak=1e-6),
        1,
        "act0",
        says="0.4 of what its own does",
    ),
    Case(
        "destructive-augmentation",
        lambda: probed("augmentation", clean=0.9, augmented=0.3, chance=0.1),
        lambda: probed("augmentation", clean=0.9, augmented=0.7, chance=0.1),
        120,
        "data",
        "warning",
        "0.9",
    ),
    Case(
        "destructive-augmentation",
        lambda: stalled("augmentation", clean=0.5, augmented=0.0, apart=0.9),
        lambda: stalled("augmentation", clean=0.5, augmented=0.0, apart=0.7),
        120,
        "data",
        says="told apart in 90% of rows",
    ),
    Case(
        "destructive-augmentation",
        lambda: stalled("augmentation", clean=0.3, augmented=0.2, chance=0.25, similarity=0.2),
        lambda: probed("augmentation", clean=0.3, augmented=0.2, chance=0.25, similarity=0.2),
        120,
        "data",
        says="correlate by 0.2",
    ),
    Case(
        "target-leakage",
        lambda: probed("leakage", best=0.999, second=0.7, feature=5.0, told=0.97, columns=8.0),
        lambda: probed("leakage", best=0.999, second=0.7, feature=5.0, told=0.85, columns=8.0),
        120,
        "data",
    ),
    Case(
        "cannot-overfit-one-batch",
        lambda: same_answers(0.0),
        lambda: same_answers(1e-3),
        2,
        "model",
        says="exactly the same for every row",
    ),
    Case("batch-mixing", lambda: ended_in_softmax(0), lambda: ended_in_softmax(1), 1, "soft", says="the 32 examples"),
    Case(
        "batch-mixing",
        lambda: probed("batch-mixing", leak=1.0, moved=1.0, rows=32.0),
        lambda: probed("batch-mixing", leak=0.0, moved=0.0, rows=32.0),
        1,
        "data",
        says="32 rows, but in other rows",
    ),
    Case(
        "fitted-before-split",
        lambda: split(pooled_gap=2e-6, train_gap=0.2, rows=50.0),
        lambda: split(pooled_gap=2e-6, train_gap=0.02, rows=900.0),
        1,
        "data",
        "warning",
        "only to 0.2",
    ),
    Case(
        "worker-seeds",
        lambda: loader(workers=4, worker_draws_alike=True),
        lambda: loader(workers=4, worker_draws_alike=False),
        1,
        "data",
        "warning",
        "4 workers",
    ),
    Case("replicas-out-of-step", lambda: replicas(0.01), lambda: replicas(1e-9), 120, "loop", says="0.01"),
    Case(
        "loss-bookkeeping",
        lambda: remembered(0.5),
        lambda: remembered(0.01),
        180,
        "loop",
        "warning",
        "500 kB in each step",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_sick_training(case):
    check_sick(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_just_under_the_line(case):
    check_under(case)


def test_a_score_that_contradicts_the_loss():
    vitals = training(800)
    for step in vitals.steps:
        step.sampled = True
        step.batch = step.batch or look(vitals, 1).batch.__class__(correct=0.0)
        step.batch.correct = 0.9 - 0.8 * step.number / 800
    (finding,) = [f for f in rules()["loss-bookkeeping"](vitals) if f.severity != "note"]
    assert (finding.step, finding.where) == (40, "loss")


def said(code, vitals):
    return [finding for finding in rules()[code](vitals) if finding.severity != "note"]


def test_labels_that_hold_elsewhere_are_not_shuffled():
    vitals = unknown("shuffled-labels", link=0.25, chance=0.25, spread=0.02, p=1.0)
    assert said("shuffled-labels", vitals)
    vitals.evaluations[-1].loss = 0.9
    assert said("shuffled-labels", vitals) == []
    by_heart_and_then_known = by_heart(0.25)
    assert said("shuffled-labels", by_heart_and_then_known)
    by_heart_and_then_known.evaluations.append(Evaluation(121, 0.9, 0.7, 40, inputs=look(vitals, 1).batch.inputs["0"]))
    assert said("shuffled-labels", by_heart_and_then_known) == []


def test_simple_models_know_little_of_sequences():
    vitals = unknown("shuffled-labels", link=0.25, chance=0.25, spread=0.02, p=1.0)
    for step in vitals.steps:
        if step.batch:
            step.batch.inputs = {"0": tensor(ROWS, 12, 8)}
    (finding,) = said("shuffled-labels", vitals)
    assert finding.severity == "warning"


def test_noise_to_be_removed_is_no_label():
    vitals = unknown("shuffled-labels", link=0.0, chance=0.0, spread=0.02, p=1.0)
    for step in vitals.steps:
        if step.batch:
            step.batch.targets = tensor(ROWS, 8)
    vitals.losses[0].kind = "mse"
    assert said("shuffled-labels", vitals) == []


def test_a_lone_column_may_tell_the_target():
    assert said("target-leakage", probed("leakage", best=1.0, second=0.5, feature=0.0, columns=1.0)) == []
    iris = {"best": 0.988, "second": 0.93, "feature": 3.0, "all": 0.86, "told": 0.94, "columns": 4.0}
    assert said("target-leakage", probed("leakage", **iris)) == []
    assert said("target-leakage", probed("leakage", **{**iris, "told": 0.98})) == []  # clusters far apart
    assert said("target-leakage", probed("leakage", **{**iris, "told": 0.995})) != []  # the class number itself


def test_labels_that_were_learned_are_not_called_wrong_without_held_out_rows():
    vitals = probed("label-noise", share=0.3, rows=1000)
    for step in vitals.steps:
        if step.batch:
            step.batch.correct = 1.0
    assert said("label-noise", vitals) == []
    for step in vitals.steps:
        if step.batch:
            step.batch.correct = 0.7
    assert said("label-noise", vitals)


def test_a_dead_or_zero_layer_explains_the_same_answers():
    for field, value in (("weight", 0.0), ("silent", 2**64 - 1)):
        vitals = same_answers(0.0)
        for step in vitals.steps:
            if step.sampled:
                setattr(step.layers["act0" if field == "silent" else "fc0"], field, value)
        assert said("cannot-overfit-one-batch", vitals) == []


def test_the_layer_that_takes_examples_for_time():
    vitals = probed("batch-mixing", leak=0.3)
    facts = vitals.models["model"]
    facts.layers["rnn"] = layer("rnn", "LSTM", "recurrent", 9, settings={"batch_first": False})
    (finding,) = said("batch-mixing", vitals)
    assert finding.where == "rnn"
    assert "batch_first=True" in finding.advice


def test_where_time_may_come_first_nothing_is_said_of_mixing():
    vitals = probed("batch-mixing", leak=0.3)
    vitals.models["model"].layers["rnn"] = layer("rnn", "LSTM", "recurrent", 9, settings={"batch_first": False})
    for step in vitals.steps:
        if step.batch:
            step.batch.inputs, step.batch.tokens = {}, {"0": TensorVitals((35, 20), "int64")}
            step.batch.targets = TensorVitals((700,), "int64", counts={0: 300, 1: 400})
    assert said("batch-mixing", vitals) == []
    vitals.loader["batch_size"] = 35
    assert said("batch-mixing", vitals)


def test_rows_of_a_graph_are_meant_to_see_each_other():
    vitals = probed("batch-mixing", leak=0.3)
    for step in vitals.steps:
        if step.batch:
            step.batch.inputs = {"0": tensor(ROWS, 8), "1": tensor(ROWS, ROWS)}
    assert said("batch-mixing", vitals) == []


def test_few_rows_tell_strong_relations_only():
    def of(rows):
        (finding,) = said("shuffled-labels", unknown("shuffled-labels", link=0.0, chance=0.0, p=0.9, rows=rows))
        return finding

    assert of(512.0).severity == "critical"
    assert of(150.0).severity == "warning"
    assert "So few rows" in of(150.0).evidence
    assert said("shuffled-labels", unknown("shuffled-labels", link=0.0, chance=0.0, p=0.9, rows=80.0)) == []


def test_two_classes_whose_labels_contradict_plain_rows():
    (finding,) = said("label-noise", probed("label-noise", share=0.12, worst=0.25, rows=512.0, held=0.2))
    assert "25% of cases" in finding.evidence
    assert said("label-noise", probed("label-noise", share=0.06, worst=0.12, rows=512.0, held=0.2)) == []


def test_a_network_that_understands_more_than_simple_models_is_believed():
    vitals = probed("label-noise", share=0.4, rows=512.0, correct=0.49)
    for step in vitals.sampled():
        step.batch = BatchVitals(correct=0.5)
    assert said("label-noise", vitals)
    for step in vitals.sampled():
        step.batch = BatchVitals(correct=0.68)
    assert said("label-noise", vitals) == []


def test_outputs_that_differ_by_rounding_alone():
    (finding,) = said("cannot-overfit-one-batch", same_answers(1e-6))
    assert "but for rounding" in finding.evidence
    assert said("cannot-overfit-one-batch", same_answers(1e-3)) == []
