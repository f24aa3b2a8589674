"""Faults that an experiment on a copy finds, or the loader, or the processes: each rule above and below its line."""

import pytest

from doctor.rules.cases import Case, check_sick, check_under
from doctor.rules.vitals_examples import look, training
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import Evaluation, Probe


def probed(name, **figures):
    vitals = training()
    vitals.probes = {name: Probe(name, 1.0, figures)}
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
        lambda: probed("one-batch", first=1.4, last=0.9),
        lambda: probed("one-batch", first=1.4, last=0.9, correct=1.0),
        120,
        "model",
        "warning",
    ),
    Case(
        "shuffled-labels",
        lambda: probed("shuffled-labels", score=0.26, chance=0.25, spread=0.02, p=0.4),
        lambda: probed("shuffled-labels", score=0.8, chance=0.25, spread=0.02, p=0.0),
        120,
        "data",
        says="40% of the shuffles",
    ),
    Case("shuffled-labels", lambda: by_heart(0.25), lambda: by_heart(0.32), 90, "data", says="25% right"),
    Case(
        "label-noise",
        lambda: probed("label-noise", share=0.3, rows=1000),
        lambda: probed("label-noise", share=0.05, rows=1000),
        120,
        "data",
        "warning",
        "30% of the labels of 1,000",
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
        "fitted-before-split",
        lambda: probed("leakage", pooled_gap=2e-6, train_gap=0.02),
        lambda: probed("leakage", pooled_gap=0.02, train_gap=2e-6),
        1,
        "data",
        "warning",
        "0.02",
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
