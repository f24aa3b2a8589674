"""Healthy habits that look like faults: rows drawn again, catalogues, targets that move, partners, dark corners."""

from dataclasses import replace
from math import log

import pytest
import torch
from torch import nn

from doctor.rules.data_examples import running, said
from doctor.rules.vitals_examples import ROWS, classes, falling, features, model, tensor, training
from glasswork.doctor import watch
from glasswork.doctor.rules import rules
from glasswork.doctor.rules._history import baseline
from glasswork.doctor.vitals import Evaluation, Probe

# --- dropout that is averaged -----------------------------------------------------------------------------------------


def drawn(rows, different, *, norm=None, times=1, **fields):
    vitals = training(facts=model(norm=norm, dropout=0.2), evaluations=False)
    one = Evaluation(120, batches=2, matters=True, rows=rows, different=different, **fields)
    vitals.evaluations = [replace(one) for _ in range(times)]
    return said("train-eval-mode", vitals)


def test_rows_that_pass_again_and_again_while_units_drop_are_drawn_on_purpose():
    assert drawn(400, 400, training_mode=True)
    assert drawn(800, 400, training_mode=True)  # a loss and a score
    assert drawn(400, 400, training_mode=True, times=3)
    assert drawn(4000, 400, training_mode=True) == []
    assert drawn(400, 400, training_mode=True, times=10) == []  # a loader that is run through anew
    assert drawn(None, None, training_mode=True)
    assert drawn(400, 400, dropping=2)
    assert drawn(4000, 400, dropping=2) == []


def test_what_batch_norm_learns_from_is_no_draw():
    assert drawn(4000, 400, training_mode=True, norm="BatchNorm1d")


def test_statistics_of_batch_norm_are_measured_anew_over_training_rows():
    known = {"training_mode": True, "norm": "BatchNorm1d"}
    assert drawn(2000, 2000, repeated=1.0, **known) == []
    assert drawn(2000, 2000, repeated=0.0, **known)
    assert drawn(2000, 2000, repeated=1.0, loss=0.3, **known)
    assert drawn(2000, 2000, repeated=1.0, training_mode=True)  # dropout has no statistics


@pytest.mark.parametrize("tokens", [False, True])
def test_how_often_rows_pass_is_seen(tokens):
    torch.manual_seed(0)
    x = torch.randint(9, (60, 4)) if tokens else torch.randn(60, 4)
    first = [nn.Embedding(9, 3), nn.Flatten()] if tokens else [nn.Linear(4, 12)]
    net = nn.Sequential(*first, nn.Dropout(0.1), nn.Linear(12, 1))
    optimizer = torch.optim.SGD(net.parameters(), 0.01)
    with watch(net, optimizer, experiments=False) as checkup:
        for rows in torch.arange(40).split(10):
            loss = net(x[rows]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            for _ in range(6):
                net(x[40:])
    (evaluation,) = checkup.vitals.evaluations
    distinct = len(x[40:].unique(dim=0))
    assert (evaluation.rows, evaluation.different, evaluation.batches) == (120, distinct, 6)


# --- rows that are parts of examples ----------------------------------------------------------------------------------


def evaluated(rows, different, *, learned=600, loader=6000, size=None):
    vitals = training(evaluations=False)
    vitals.loader["rows"] = loader
    vitals.evaluations = [
        Evaluation(
            120,
            batches=1,
            repeated=1.0,
            inputs=features(size or rows),
            learned=learned,
            rows=rows,
            different=different,
        )
    ]
    return said("duplicate-rows", vitals)


def test_a_whole_catalogue_is_known():
    assert evaluated(600, 600) == []
    assert evaluated(600, 420)  # copies among them
    assert evaluated(300, 300, learned=6000)
    assert evaluated(None, None, size=600)


def test_some_of_rows_that_each_come_in_many_examples_are_known():
    assert evaluated(120, 120) == []  # ten examples of each, a pass
    assert evaluated(120, 120, learned=4000)
    assert evaluated(120, 90)


class Response(nn.Module):
    """What a dose does to a patient."""

    def __init__(self):
        super().__init__()
        self.net = nn.Linear(5, 1)

    def forward(self, patient, dose):
        return self.net(torch.cat([patient, dose], 1))


@pytest.mark.parametrize(("doses", "share"), [("new", 0.0), ("same", 1.0)])
def test_an_example_of_several_tensors_is_a_row_of_each(doses, share):
    torch.manual_seed(0)
    patients, given = torch.randn(20, 4).repeat(3, 1), torch.rand(60, 1)
    net = Response()
    optimizer = torch.optim.SGD(net.parameters(), 0.01)
    with watch(net, optimizer, experiments=False) as checkup:
        for rows in torch.arange(60).split(20):
            loss = net(patients[rows], given[rows]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            nn.functional.mse_loss(net(patients[:20], given[:20] + (doses == "new")), torch.zeros(20, 1))
    assert checkup.vitals.evaluations[-1].repeated == share
    assert (checkup.vitals.evaluations[-1].learned, checkup.vitals.evaluations[-1].parts) == (60, 20)


def test_pairs_of_rows_that_each_come_in_many_pairs_are_known():
    def asked(parts):
        vitals = training(evaluations=False)
        one = Evaluation(120, batches=1, repeated=0.4, inputs=features(300), learned=2000, parts=parts)
        vitals.evaluations = [one]
        return said("duplicate-rows", vitals)

    assert asked(None)
    assert asked(2000)
    assert asked(200) == []


# --- targets that move ------------------------------------------------------------------------------------------------


def aimed(drift, *, loss=lambda _: 0.9, level=0.8):
    vitals = training(
        300,
        kind="mse",
        facts=model(outputs=1),
        targets=tensor(ROWS, 1),
        outputs=tensor(ROWS, 1, std=0.3),
        loss=loss,
        evaluations=False,
    )
    for step in vitals.steps:
        step.epoch = None
        if step.batch:
            step.batch.targets = tensor(ROWS, 1, mean=drift * step.number / 300)
            step.batch.baseline_loss = level
    return vitals


def test_of_targets_that_move_no_level_of_guessing_is_known():
    assert said("plateau", aimed(0.0))
    assert said("plateau", aimed(0.5))
    assert said("plateau", aimed(4.0)) == []


def test_a_loss_far_below_guessing_on_the_same_batches_is_no_plateau():
    vitals = aimed(0.0)
    for step in vitals.steps[60:]:
        if step.batch:
            step.batch.baseline_loss = 1.5
    assert said("plateau", vitals) == []


def test_a_loss_wanders_with_its_targets():
    def wave(n):
        return 0.9 + 0.5 * ((n // 40) % 2) + 0.02 * (n % 7)

    assert said("oscillating-loss", aimed(0.0, loss=wave))
    assert said("oscillating-loss", aimed(4.0, loss=wave)) == []


# --- each row's own partner -------------------------------------------------------------------------------------------


def matched(counts, ratio=None):
    vitals = training(loss=lambda _: 0.9 * log(len(counts)), targets=classes(counts), evaluations=False)
    if ratio is not None:
        vitals.probes["one-batch"] = Probe("one-batch", 1.0, {"ratio": ratio})
    for step in vitals.steps:
        if step.batch:
            step.batch.correct, step.batch.recall = 0.1, None
    return [finding.severity for finding in rules()["underfitting"](vitals)]


def test_partners_that_are_alike_keep_a_contrastive_loss_high():
    places = dict.fromkeys(range(ROWS), 1)
    assert matched(dict.fromkeys(range(ROWS // 2), 2)) == ["warning"]
    assert matched(places) == ["note"]
    assert matched(places, ratio=0.9) == ["warning"]  # not even one batch


# --- places where nothing happens -------------------------------------------------------------------------------------


def spread(narrow, wide=2.0, *, at=-0.3, columns=48, quiet=24):
    stds = [narrow] * quiet + [wide] * (columns - quiet)
    means = [at] * quiet + [0.0] * (columns - quiet)
    inputs = features(means=means, stds=stds, low=-0.3, high=5.0, mean=-0.1, std=1.2)
    return said("unscaled-inputs", running(inputs=inputs))


def test_features_that_hardly_leave_the_lowest_value_are_in_no_other_unit():
    assert spread(1e-3, at=-0.3 + 3e-4) == []
    assert spread(1e-3, at=-0.3 + 4e-3)  # they vary about another value
    assert spread(1e-3, at=-0.3 + 3e-4, columns=12, quiet=6)  # a table
    assert spread(1e-3, 20.0, at=-0.3 + 3e-4)  # the wide ones are too wide


# --- seeds that something grows from, and one target for all ----------------------------------------------------------


def grown(end, *, targets=False):
    vitals = training(loss=lambda n: falling(n, 1.0, end), evaluations=False, kind="mse")
    for step in vitals.steps:
        if step.batch:
            step.batch.inputs = {"0": features(rows_alike=0.0)}
            step.batch.baseline_loss = None
            step.batch.targets = tensor(ROWS, 4) if targets else None
    return said("constant-feature", vitals)


def test_equal_rows_are_a_seed_where_something_grows_from_them():
    assert grown(0.95)
    assert grown(0.2) == []
    assert grown(0.2, targets=True)  # as from any bad start, down to the mean


@pytest.mark.parametrize(("level", "expected"), [(1e-17, 0.0), (0.2, 0.2)])
def test_of_one_target_for_all_rows_there_is_no_guessing(level, expected):
    vitals = aimed(0.0, level=level)
    for step in vitals.steps:
        if step.batch:
            step.batch.targets = tensor(100, 8, mean=0.1, std=0.3)
    assert baseline(vitals) == expected
