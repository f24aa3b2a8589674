"""Rows and labels between loader, model and loss: orders that differ, labels merged or wrong, inputs that get lost."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional

from doctor.rules.vitals_examples import training
from glasswork.doctor.experiments.keeper import Keeper
from glasswork.doctor.observing.watch import watch
from glasswork.doctor.rules._anatomy import weighted
from glasswork.doctor.rules.cannot_overfit_one_batch import cannot_overfit_one_batch
from glasswork.doctor.rules.collapsed_labels import collapsed_labels
from glasswork.doctor.rules.label_noise import label_noise
from glasswork.doctor.rules.scaled_twice import scaled_twice
from glasswork.doctor.rules.shuffled_labels import shuffled_labels
from glasswork.doctor.vitals import Evaluation, Probe

BETTER = {
    "rows": 512.0, "classes": 4.0, "correct": 0.67, "top": 0.31, "second": 0.42, "held": 0.0,
    "asked": 128.0, "asked_correct": 0.94, "asked_top": 0.0,
}  # fmt: skip


def probed(name, figures):
    vitals = training()
    vitals.probes = {name: Probe(name, 1.0, dict(figures))}
    return vitals


def kept(change):
    """What a keeper makes of batches that a script has changed between loader and model."""
    torch.manual_seed(0)
    model, keeper = nn.Linear(5, 3), Keeper()
    for _ in range(4):
        x, y = torch.randn(12, 5), torch.arange(12) % 3
        rows, labels = change(x, y)
        outputs = model(rows)
        given = {"input": outputs, "target": labels}
        value = functional.cross_entropy(outputs, labels).item()
        keeper.learned(model, (rows,), {}, outputs, "cross_entropy", given, value, item=[x, y])
    return keeper.subject(model, None)


@pytest.mark.parametrize(
    ("change", "parted"),
    [
        (lambda x, y: (x.flip(0), y), True),
        (lambda x, y: (x, y.roll(1)), True),
        (lambda x, y: (x.flip(0), y.flip(0)), False),
        (lambda x, y: (x, y), False),
        (lambda x, y: (x + 0.1, y.roll(1)), False),
    ],
)
def test_rows_and_labels_in_different_orders(change, parted):
    subject = kept(change)
    assert subject.parted is parted
    assert not subject.moved


def test_orders_that_differ_are_told_first_thing():
    (finding,) = shuffled_labels(probed("batch-mixing", {"leak": 0.0, "parted": 1.0}))
    assert (finding.severity, finding.where) == ("critical", "data")
    assert not list(shuffled_labels(probed("batch-mixing", {"leak": 0.0})))


@pytest.mark.parametrize(
    "spoilt",
    [{"asked_correct": 0.7}, {"asked_top": 0.1}, {"top": 0.05}, {"asked": 40.0}, {"second": 0.9}],
)
def test_labels_that_are_worse_than_those_held_out(spoilt):
    (finding,) = label_noise(contradicted(BETTER))
    assert "94%" in finding.evidence
    assert "67%" in finding.evidence
    assert not list(label_noise(contradicted(BETTER | spoilt)))


def contradicted(figures):
    """Return a training whose network, too, says fewer training labels rightly than held-out ones."""
    vitals = probed("label-noise", figures)
    for step in vitals.steps:
        if step.batch:
            step.batch.correct = 0.65
    return vitals


def test_labels_that_only_simple_models_find_worse():
    vitals = contradicted(BETTER)
    for step in vitals.steps:
        if step.batch:
            step.batch.correct = 0.88  # as many as of the held-out rows
    assert not list(label_noise(vitals))


def test_rows_too_few_to_tell_that_labels_are_worse():
    assert list(label_noise(contradicted(BETTER | {"correct": 0.76, "asked": 200.0})))
    few = contradicted(BETTER | {"correct": 0.76, "asked": 80.0, "rows": 100.0})
    assert list(label_noise(few))  # the network says far more of the held-out rows rightly, too
    for evaluation in few.evaluations:
        evaluation.correct = 0.76  # hardly more
    assert not list(label_noise(few))


def test_rows_that_look_different_do_not_speak_of_labels():
    vitals = probed("label-noise", BETTER)
    vitals.probes["augmentation"] = Probe("augmentation", 1.0, {"apart": 0.9})
    assert not list(label_noise(vitals))


def judged(recall):
    vitals = training()
    last = copy.copy(vitals.evaluations[-1]) if vitals.evaluations else Evaluation(10)
    last.recall = recall
    vitals.evaluations.append(last)
    return vitals


def test_a_class_that_has_swallowed_others():
    vitals = judged({0: (50, 50), 1: (50, 50), 2: (0, 50), 3: (0, 50)})
    vitals.labels = {0: 100, 1: 300}
    (finding,) = collapsed_labels(vitals)
    assert "2, 3" in finding.evidence
    assert "class 1" in finding.evidence
    vitals.labels = {0: 200, 1: 200}  # those classes were left out
    assert not list(collapsed_labels(vitals))


@pytest.mark.parametrize(("times", "told"), [(255.0, True), (1 / 255, True), (5.0, False), (1.0, False)])
def test_an_evaluation_on_another_scale(times, told):
    vitals = training()
    came = next(iter(next(step.batch for step in vitals.steps if step.batch).inputs.values()))
    came.feature_stds, came.feature_means = [1.0] * came.shape[1], [0.0] * came.shape[1]
    asked = copy.copy(came)
    asked.feature_stds = [times] * came.shape[1]
    asked.feature_stds[0] = 1e6  # one column that jumps says nothing of the scale
    for evaluation in vitals.evaluations:
        evaluation.inputs = asked
    assert [finding.fault for finding in scaled_twice(vitals)] == ["scaled-twice"] * told


@pytest.mark.parametrize(("zeros", "told"), [(1.0, True), (0.9, False), (None, False)])
def test_a_first_layer_that_is_given_nothing(zeros, told):
    vitals = training()
    model = next(iter(vitals.models.values()))
    first = next(one for one in weighted(model) if one.family == "linear")
    for step in vitals.steps:
        if first.name in step.layers:
            step.layers[first.name].given_zeros = zeros
        for tensor in step.batch.inputs.values() if step.batch else ():
            tensor.rows_alike = 1.0
    found = [finding for finding in cannot_overfit_one_batch(vitals) if "nothing but zeros" in finding.evidence]
    assert len(found) == told


def test_losses_of_an_evaluation_count_no_labels():
    model = nn.Linear(3, 4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch() as checkup:
        for _ in range(3):
            loss = functional.cross_entropy(model(torch.randn(8, 3)), torch.tensor([0, 1] * 4))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                answers = model(torch.randn(8, 3))
            functional.cross_entropy(answers, torch.tensor([2, 3] * 4))
    assert checkup.vitals.labels == {0: 12, 1: 12}
