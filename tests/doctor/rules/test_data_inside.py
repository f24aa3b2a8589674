"""Rules of data: what the model makes of its inputs, sequences, and values that were computed and came out alike."""

from dataclasses import replace

import pytest

from doctor.rules.data_examples import changing, passed_on, running, said
from doctor.rules.vitals_examples import ROWS, features, model, parameter, tensor, training
from glasswork.doctor.vitals import Evaluation, Probe

STANDARD = {"means": [0.05] * 4, "stds": [1.0] * 4}
TWICE = {"means": [-8.0, -5.0, -4.5, 3.0], "stds": [0.01, 0.1, 0.4, 0.2], "low": -9.0, "high": 4.0}


def entering(given, **fields):
    """A training whose first weights are given something else than what came in."""
    vitals = running(**fields)
    for step in vitals.steps:
        if step.batch:
            step.batch.entered = given
    return vitals


# --- scaled twice, or not at all -------------------------------------------------------------------------------------


def test_standardised_columns_that_the_model_standardises_once_more():
    came = features(**STANDARD)
    (finding,) = said("scaled-twice", entering(features(**TWICE), inputs=came))
    assert (finding.severity, finding.where, finding.step) == ("warning", "data", 2)
    assert "the first weights are given vary by 0.15 about -4.75" in finding.evidence
    assert said("unscaled-inputs", entering(features(**TWICE), inputs=came)) == []


def test_raw_columns_that_the_model_standardises_are_well():
    raw = features(means=[450.0, 120.0, 1500.0, 60.0], stds=[40.0, 25.0, 300.0, 20.0], mean=530.0, std=600.0)
    vitals = entering(features(**STANDARD), inputs=raw)
    assert said("scaled-twice", vitals) == []
    assert said("unscaled-inputs", vitals) == []
    assert said("unscaled-inputs", entering(raw, inputs=raw))


def test_columns_that_were_standardised_twice_before_they_came():
    below = {"means": [-8.0, -5.0, -4.5, -3.0], "stds": [0.01, 0.1, 0.4, 0.2], "low": -9.0, "high": 0.0}
    (finding,) = said("scaled-twice", running(inputs=features(**below)))
    assert "the features of the inputs vary by 0.15 about -4.75" in finding.evidence
    assert said("unscaled-inputs", running(inputs=features(**below))) == []
    above = {"means": [8.0, 5.0, 4.5, 3.0], "stds": [0.01, 0.1, 0.4, 0.2], "low": 0.0, "high": 9.0}
    assert said("scaled-twice", running(inputs=features(**above))) == []  # amounts are like that


def test_what_is_divided_by_255_within_the_model_once_more():
    small = features(mean=0.0, std=0.004, low=-0.012, high=0.012, means=[0.0] * 4, stds=[0.004] * 4)
    assert said("scaled-twice", entering(small, inputs=features(**STANDARD)))


def test_a_column_that_hardly_moves_is_not_called_unscaled():
    def last(std):
        return passed_on(running(inputs=features(std=5.0, means=[0.0] * 8, stds=[5.0] * 6 + [std] * 2)), 5.0)

    assert said("unscaled-inputs", last(1e-4))
    assert said("unscaled-inputs", last(1e-9)) == []


# --- constant but for rounding ---------------------------------------------------------------------------------------


def with_column(mean, std, zeros=0.0):
    def make(place, step):
        step.batch.inputs = {
            "0": features(64, means=[mean] + [0.01 * place] * 7, stds=[std] + [1.0] * 7, low=-2.0, zeros=zeros)
        }

    return changing(make)


def test_a_column_that_was_computed_and_came_out_as_0():
    (finding,) = said("constant-feature", with_column(-3.9e-15, 5.3e-15))
    assert finding.severity == "warning"
    assert "Feature 0 was 0 but for rounding" in finding.evidence
    assert said("constant-feature", with_column(0.0, 0.0)) == []  # at rest: a border, or a rare value
    assert said("constant-feature", with_column(0.0, 1e-3)) == []


def test_the_only_column_of_a_table_that_is_ever_0():
    (finding,) = said("constant-feature", with_column(0.0, 0.0, zeros=1 / 8))
    assert finding.severity == "warning"
    assert said("constant-feature", with_column(0.0, 0.0, zeros=0.4)) == []  # columns of codes have zeros as well


# --- sequences -------------------------------------------------------------------------------------------------------


def sequences(channels, places, order, *, takes=None, kernel=5):
    facts = model()
    facts.parameters["fc0.weight"] = parameter("fc0.weight", (16, takes or channels, kernel))
    return running(facts=facts, inputs=tensor(ROWS, channels, places, order=order))


def test_moments_that_are_taken_for_channels():
    (finding,) = said("channel-order", sequences(60, 6, (0.2, 0.01, -0.04, 0.0)))
    assert (finding.severity, finding.step) == ("warning", 2)
    assert "takes 60 for channels and slides over 6" in finding.evidence


def test_sequences_that_were_reshaped_instead_of_transposed():
    (finding,) = said("channel-order", sequences(4, 48, (0.0, -0.1, 0.5, 0.0)))
    assert "reshaped instead of transposed" in finding.evidence


@pytest.mark.parametrize(
    "vitals",
    [
        sequences(6, 60, (0.0, 0.2, 0.07, 0.05)),  # as it should be
        sequences(60, 6, (0.2, 0.01, -0.04, 0.0), takes=6),  # transposed on the way
        sequences(60, 6, (0.2, 0.01, -0.04, 0.0), kernel=1),  # slides over nothing
        sequences(40, 12, (0.2, 0.15, 0.0, 0.3)),  # a spectrum over time
        sequences(40, 12, (0.2, 0.0, 0.0, 0.6)),  # one that hardly changes in time
        sequences(60, 6, (0.02, 0.0, 0.0, 0.0)),  # noise
    ],
)
def test_sequences_that_stand_as_they_should(vitals):
    assert said("channel-order", vitals) == []


# --- rows, workers, scaling ------------------------------------------------------------------------------------------


def chosen_by(rows, *, kept=True, beside=()):
    """Evaluations of known rows after each pass, and one of new rows in the end."""
    vitals = running()
    known = Evaluation(20, batches=1, repeated=1.0, learned=1200, inputs=features(rows))
    last = Evaluation(60, batches=1, repeated=0.0, learned=1200, inputs=features(300))
    vitals.evaluations = [known, *beside, replace(known, step=40), last]
    vitals.keeps_best = kept or None
    vitals.loader = {}
    return vitals


def test_the_best_weights_chosen_by_rows_that_were_trained_on():
    (finding,) = said("duplicate-rows", chosen_by(300))
    assert (finding.severity, finding.step) == ("critical", 20)
    assert said("duplicate-rows", chosen_by(300, kept=False)) == []  # a look at the training result
    assert said("duplicate-rows", chosen_by(1200)) == []  # of all of it
    new = Evaluation(20, batches=1, repeated=0.0, learned=1200, inputs=features(300))
    assert said("duplicate-rows", chosen_by(300, beside=[new])) == []


def test_workers_that_give_the_same_batches():
    vitals = running()
    vitals.loader = {"workers": 2, "workers_repeat": True}
    (finding,) = said("worker-seeds", vitals)
    assert "every row comes 2 times" in finding.evidence
    vitals.loader = {"workers": 2}
    assert said("worker-seeds", vitals) == []


@pytest.mark.parametrize(
    ("scaling", "told"),
    [
        ({"rows": 500.0, "pooled_tie": 1e-9, "train_tie": 0.05}, "principal components"),
        ({"rows": 500.0, "pooled_tie": 0.04, "train_tie": 1e-9}, None),
        ({"rows": 1500.0, "pooled_gap": 7e-4, "train_gap": 0.27, "series": 1.0}, "of the series under the windows"),
        ({"rows": 1500.0, "pooled_gap": 7e-4, "train_gap": 0.27}, None),
        ({"rows": 1500.0, "pooled_gap": 2e-3, "train_gap": 0.01, "series": 1.0}, None),
        ({"rows": 300.0, "pooled_gap": 1e-9, "train_gap": 0.04}, "All 300 rows"),
        ({"rows": 900.0, "pooled_gap": 1e-9, "train_gap": 0.015}, None),
    ],
)
def test_scalings_that_knew_the_validation_rows(scaling, told):
    vitals = running()
    vitals.scaling = scaling
    found = said("fitted-before-split", vitals)
    assert [told in finding.evidence for finding in found] == ([True] if told else [])


@pytest.mark.parametrize(("columns", "told"), [(9.0, True), (3.0, False)])
def test_a_line_of_a_few_features_is_no_leak(columns, told):
    vitals = training()
    figures = {"best": 0.995, "second": 0.2, "all": 0.3, "feature": 2.0, "classes": 0.0, "columns": columns}
    vitals.probes = {"leakage": Probe("leakage", 0.1, figures)}
    assert bool(said("target-leakage", vitals)) is told
