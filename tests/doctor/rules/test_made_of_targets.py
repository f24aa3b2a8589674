"""Columns that were made of the targets, rows that repeat by chance, and losses whose beginning says nothing."""

import pytest
import torch
from torch import nn

from doctor.rules.data_examples import running, said
from doctor.rules.test_pace import noisy, thrown
from doctor.rules.vitals_examples import features, model, tensor
from glasswork.doctor.experiments import KeptBatch, Subject
from glasswork.doctor.experiments.leakage import leakage
from glasswork.doctor.observing.rows import Rows
from glasswork.doctor.vitals import Evaluation, LossFacts, Probe, TensorVitals


def probe_of(train, held, columns):
    net = nn.Linear(columns, 1)
    batches = [KeptBatch((x,), y) for x, y in zip(train[0].split(50), train[1].split(50), strict=True)]
    kept = [KeptBatch((held[0],), held[1])]
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    return leakage(Subject(net, optimizer, nn.functional.mse_loss, batches, held_out=kept), 60.0)


def told(probe):
    vitals = running()
    vitals.probes = {"leakage": probe}
    return said("target-leakage", vitals)


# --- columns that were made of the targets ----------------------------------------------------------------------------


def encoded(own, *, groups=250, rows=900, noise=1.0, seed=0):
    """Means of the target by group, of training rows; whether with the row's own target."""
    make = torch.Generator().manual_seed(seed)
    group = torch.randint(0, groups, (rows,), generator=make)
    other = torch.randn(rows, 5, generator=make)
    effect = 0.5 * torch.randn(groups, generator=make)
    y = 0.7 * other[:, 0] + 0.4 * other[:, 1] + effect[group] + noise * torch.randn(rows, generator=make)
    cut = rows * 2 // 3
    total = torch.zeros(groups).index_add_(0, group[:cut], y[:cut])
    count = torch.bincount(group[:cut], minlength=groups).float()
    column = total[group] / (count[group] + 1)
    if not own:
        left = (total[group] - y) / count[group]
        column[:cut] = torch.where(count[group] > 1, left, torch.zeros(rows))[:cut].clamp(-4, 4)
    x = torch.cat([other, column[:, None]], 1)
    return probe_of((x[:cut], y[:cut]), (x[cut:], y[cut:]), 6)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_mean_of_the_target_that_holds_the_own_row(seed):
    (finding,) = told(encoded(True, seed=seed))
    assert (finding.severity, finding.where) == ("warning", "data")
    assert "Feature 5 alone explains" in finding.evidence
    assert told(encoded(False, seed=seed)) == []
    assert told(encoded(True, groups=20, seed=seed)) == []  # of many rows: the own one has no weight


def test_held_out_rows_of_another_time():
    time = torch.arange(900.0)[:, None] / 300
    x = torch.cat([torch.randn(900, 4), time], 1)
    y = 2 * time[:, 0].sin() + 0.3 * x[:, 0] + 0.3 * torch.randn(900)
    probe = probe_of((x[:600], y[:600]), (x[600:], y[600:]), 5)
    assert "held" not in probe.figures
    assert told(probe) == []


def credited(leaky, *, seed=0, rows=500):
    """A column that is near 0 for all of one class, or by a draw that has nothing to do with classes."""
    make = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, 6, generator=make)
    y = (x[:, 0] + x[:, 1] + torch.randn(rows, generator=make) > 0).long()
    some = y.bool() if leaky else torch.rand(rows, generator=make) < 0.5
    amount = torch.where(some, 16 * torch.rand(rows, 2, generator=make).sum(1), torch.zeros(rows))
    column = amount + 0.5 * torch.rand(rows, generator=make)
    x = torch.cat([x, column[:, None]], 1)
    return probe_of((x, y), (x[:0], y[:0]), 7)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_column_that_is_there_for_one_class_only(seed):
    probe = credited(True, seed=seed)
    assert probe.figures["pinned"] < 0.05
    (finding,) = told(probe)
    assert "feature 6" in finding.evidence
    assert told(credited(False, seed=seed)) == []


def test_a_good_feature_varies_in_every_class():
    figures = {"best": 0.965, "second": 0.65, "all": 0.8, "columns": 8.0, "classes": 2.0, "told": 0.6, "feature": 7.0}
    assert told(Probe("leakage", 1.0, figures | {"pinned": 0.01}))
    assert told(Probe("leakage", 1.0, figures | {"pinned": 0.3})) == []
    assert told(Probe("leakage", 1.0, figures | {"pinned": 0.01, "all": 0.95})) == []


def test_labels_of_moments_may_stand_in_their_own_inputs():
    steps = torch.randn(320, 19, 2)
    probe = probe_of((steps, (steps[..., 1] > 0).float()), (steps[:0], steps[:0, :, 0]), 2)
    assert probe.figures["columns"] == 2
    assert told(probe) == []


# --- rows that repeat by chance ---------------------------------------------------------------------------------------


def pictures(distinct, rows, learned=890):
    vitals = running(steps=80)
    vitals.loader |= {"rows": rows}
    for step in vitals.steps:
        step.epoch = step.number // 25
    seen = TensorVitals((300, 12, 12), "float32", distinct=distinct)
    vitals.evaluations = [Evaluation(80, batches=1, repeated=0.18, learned=learned, inputs=seen)]
    return vitals


def test_rows_of_few_values_that_repeat_in_training_as_well():
    assert said("duplicate-rows", pictures(2, 1000)) == []
    assert said("duplicate-rows", pictures(2, 890))  # no two training rows are equal
    assert said("duplicate-rows", pictures(None, 1000))


def test_rows_are_known_however_they_lie_in_memory():
    rows, x = Rows(), torch.randn(200, 24)
    rows.learn(x)
    assert rows.share_known(x.T.contiguous().T) == 1
    assert rows.share_known(torch.randn(200, 24)) == 0


# --- colours ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("alike", "found"), [((-0.1, -0.1, 0.2, -0.1), 1), ((0.3, 0.2, 0.3, 0.1), 0), (None, 0)])
def test_pixels_as_far_apart_as_there_are_colours(alike, found):
    vitals = running()
    for step in vitals.steps:
        if step.batch:
            step.batch.inputs = {"0": tensor(32, 3, 14, 14, scrambled=0.55, neighbours=alike)}
    assert len(said("channel-order", vitals)) == found


# --- losses whose beginning, or course, says nothing ------------------------------------------------------------------


def begun(loss, name="MSELoss", **settings):
    vitals = running(
        kind="mse",
        facts=model(outputs=1),
        targets=tensor(32, 1, mean=0.0, std=1.0, low=-2.0, high=2.0),
        outputs=tensor(32, 1, std=9.0, low=-30.0, high=30.0),
        loss=lambda n: loss,
    )
    for step in vitals.steps:
        if step.batch:
            step.batch.baseline_loss = 1.0
    for layer in vitals.models["model"].layers.values():
        layer.runs = 1
    vitals.losses = [LossFacts("mse", name, "mean", settings)]
    return vitals


def test_what_is_made_of_the_outputs_begins_anywhere():
    assert said("initial-loss", begun(90.0))
    assert said("initial-loss", begun(90.0, name="custom", terms=1, sign=1.0))
    assert said("initial-loss", begun(90.0, name="custom", terms=1)) == []


def test_a_rollout_begins_anywhere():
    vitals = begun(90.0)
    for layer in vitals.models["model"].layers.values():
        layer.runs = 25
    assert said("initial-loss", vitals) == []


def test_targets_that_are_the_models_own_answers_move():
    vitals = thrown(noisy(lambda n: 0.6 + 0.002 * n))
    assert said("oscillating-loss", vitals)
    vitals.evaluations = [Evaluation(n, batches=1, inputs=features()) for n in (1, 2, 3, 4, 5, 9)]
    assert said("oscillating-loss", vitals) == []
