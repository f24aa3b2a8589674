"""Networks that are narrow, blind or frozen, first weights that are large everywhere, and what looks like these."""

import copy

import pytest

from doctor.rules.vitals_examples import HIDDEN, LN4, ROWS, classes, falling, layer, look, model, tensor, training
from glasswork.doctor.causes import order
from glasswork.doctor.rules import rules
from glasswork.doctor.rules._history import baseline, came_down
from glasswork.doctor.rules._labels import beyond_guessing
from glasswork.doctor.vitals import Evaluation, LayerVitals, Probe
from glasswork.records import Finding


def every(code, vitals):
    return [(finding.severity, finding.where) for finding in rules()[code](vitals)]


def said(code, vitals):
    return [where for severity, where in every(code, vitals) if severity != "note"]


def answered(vitals, share):
    """Return the training with that share of right answers, in training and evaluation."""
    for step in vitals.steps:
        if step.batch:
            step.batch.correct = share
    for evaluation in vitals.evaluations:
        evaluation.correct = share
    return vitals


def values(steps=120, *, loss, outputs=1, facts=None):
    """Return a regression, whose best constant answer has a loss of 1."""
    vitals = training(
        steps,
        kind="mse",
        loss=loss,
        facts=facts or model(outputs=outputs),
        outputs=tensor(ROWS, outputs, std=0.3),
        targets=tensor(ROWS, outputs),
    )
    for step in vitals.steps:
        if step.batch:
            step.batch.baseline_loss, step.batch.correct = 1.0, None
    for evaluation in vitals.evaluations:
        evaluation.correct = None
    return vitals


# --- first weights ----------------------------------------------------------------------------------------------------


def drawn(gain, first_loss):
    vitals = values(loss=lambda n: max(first_loss / n, 0.9))
    vitals.evaluations = []
    for parameter in vitals.models["model"].parameters.values():
        if parameter.fan_in:
            parameter.std = gain / parameter.fan_in**0.5
    return vitals


def test_weights_that_are_rather_large_in_every_layer():
    assert said("initialisation-scale", drawn(2.3, 12.0)) == ["fc0"]
    assert said("initialisation-scale", drawn(2.3, 3.0)) == []  # the first loss is no worse than it should be
    assert said("initialisation-scale", drawn(1.5, 12.0)) == []  # He's


@pytest.mark.parametrize(("consumers", "found"), [(1, []), (2, ["fc0"]), (None, [])])
def test_a_norm_undoes_the_scale_only_of_what_goes_through_it(consumers, found):
    vitals = training(facts=model(norm="LayerNorm"), evaluations=False)
    facts = vitals.models["model"]
    facts.parameters["fc0.weight"].std, facts.layers["fc0"].consumers = 20.0, consumers
    look(vitals, 1).layers["fc0"].std = 60.0
    assert said("initialisation-scale", vitals) == found


# --- what is lost on the way ------------------------------------------------------------------------------------------


def blind(kind, family):
    """Return a training whose input goes through a layer that gives nothing but zeros."""
    vitals = values(loss=lambda n: 1.0 + 0.01 * (n % 3))
    vitals.models["model"].layers["pass"] = layer("pass", kind, family, 0, units=4)
    for step in vitals.steps:
        if step.batch:
            step.batch.outputs = tensor(ROWS, 1, low=0.1, high=0.1, mean=0.1, std=0.0, rows_alike=0.0)
            step.layers["pass"] = LayerVitals(std=0.0, units=4, silent=0b1111)
    return vitals


def test_what_passes_zeros_on_is_not_what_fell_silent():
    assert said("cannot-overfit-one-batch", blind("Identity", "other")) == ["model"]
    assert said("cannot-overfit-one-batch", blind("ReLU", "activation")) == []


def masked(dim):
    vitals = training(loss=lambda _: float("nan"))
    facts = vitals.models["model"]
    facts.layers["act0"].kind, facts.layers["act0"].settings = "Softmax", {"dim": dim}
    for step in vitals.steps:
        if step.sampled:
            for name in ("act0", "fc1", "act1", "out"):
                step.layers[name].bad = 5
    return vitals


def test_a_softmax_over_the_batch_that_a_mask_leaves_nothing():
    (finding,) = rules()["batch-mixing"](masked(0))
    assert (finding.where, finding.severity, finding.step) == ("act0", "critical", 1)
    assert said("batch-mixing", masked(-1)) == []
    both = order([*rules()["non-finite"](masked(0)), finding])
    assert [one.fault for one in both] == ["batch-mixing", "non-finite"]


@pytest.mark.parametrize(("rank", "found"), [(1.0, ["act1"]), (1.3, []), (None, [])])
def test_one_output_that_is_given_one_direction(rank, found):
    vitals = values(loss=lambda n: falling(n, 1.0, 0.6))
    for step in vitals.steps[:2]:
        step.layers["fc0"].rank, step.layers["out"].given_rank = 7.0, rank
    assert said("representation-collapse", vitals) == found


# --- narrow networks --------------------------------------------------------------------------------------------------


def autoencoder(units, rank, left):
    vitals = values(loss=lambda _: left, outputs=8)
    facts = vitals.models["model"]
    facts.layers["fc0"].settings["in_features"], facts.layers["fc1"].units = 8, units
    look(vitals, 1).layers["fc0"].rank = rank
    vitals.probes["shuffled-labels"] = Probe("shuffled-labels", 1.0, {"score": 0.98, "p": 0.0})
    return vitals


def test_an_autoencoder_through_one_number():
    (finding,) = rules()["underfitting"](autoencoder(1, 6.0, 0.6))
    assert "fc1 lets one number through, where fc0 has 6 directions" in finding.evidence
    assert said("underfitting", autoencoder(1, 6.0, 0.2)) == []
    assert said("underfitting", autoencoder(1, 1.5, 0.6)) == []  # there is one direction
    assert said("underfitting", autoencoder(2, 6.0, 0.6)) == []  # two are drawn on paper


@pytest.mark.parametrize(("share", "left", "severity"), [(0.3, 0.83, "warning"), (0.8, 0.83, "note")])
def test_a_loss_that_is_high_while_answers_are_right(share, left, severity):
    vitals = answered(training(loss=lambda _: left * LN4), share)
    assert every("underfitting", vitals) == [(severity, "model")]


def test_a_silent_unit_that_is_alone_is_no_dying_relu():
    vitals = training(loss=lambda _: LN4)
    for step in vitals.steps:
        if step.sampled:
            step.layers["act1"].units, step.layers["act1"].silent = 1, 0b1
    assert said("dying-relu", vitals) == []
    for step in vitals.steps:
        if step.sampled:
            step.layers["act1"].units, step.layers["act1"].silent = HIDDEN, 2**HIDDEN - 1
    assert said("dying-relu", vitals) == ["act1"]


# --- frozen bodies ----------------------------------------------------------------------------------------------------


def frozen(share, left=0.7):
    vitals = answered(training(60, loss=lambda n: LN4 * (left + (1 - left) * max(0.0, 1 - n / 60))), share)
    first = vitals.models["model"].parameters["fc0.weight"]
    first.trainable = first.optimized = False
    for step in vitals.steps:
        if step.sampled:
            step.layers["fc0"].gradient = step.layers["fc0"].update = None
    return vitals


@pytest.mark.parametrize(
    ("share", "left", "severity"), [(0.4, 0.7, "warning"), (0.8, 0.7, "note"), (0.8, 0.97, "warning")]
)
def test_random_features_with_which_answers_are_right(share, left, severity):
    assert [found for found, where in every("frozen-or-unused-layers", frozen(share, left)) if where == "fc0"] == [
        severity
    ]


def test_few_passes_over_a_frozen_body():
    vitals = frozen(0.78, left=0.5)
    assert [severity for severity, _ in every("too-few-epochs", vitals)] == ["note"]
    learning = copy.deepcopy(vitals)
    learning.models["model"].parameters["fc0.weight"].trainable = True
    assert [severity for severity, _ in every("too-few-epochs", learning)] == ["warning"]


# --- the course -------------------------------------------------------------------------------------------------------


def test_answers_beyond_guessing():
    assert beyond_guessing(answered(training(), 0.25)) == pytest.approx(0.0)
    assert beyond_guessing(answered(training(), 0.85)) == pytest.approx(0.8)
    assert beyond_guessing(values(loss=falling)) is None


def test_a_few_labels_say_nothing_of_guessing_and_validation_does():
    vitals = training(60, loss=lambda n: 1.2 if n < 10 else 0.01)
    for step in vitals.steps:
        if step.batch:
            step.batch.targets.counts, step.batch.baseline_loss = dict.fromkeys(range(40), 1), None
    vitals.evaluations = [Evaluation(60, 0.3)]
    assert came_down(vitals, 5)
    vitals.evaluations = [Evaluation(60, 28.0)]
    assert not came_down(vitals, 5)


def test_a_lucky_batch_does_not_make_small_steps_long_enough():
    def small(lucky):
        vitals = values(loss=lambda n: 0.6 if lucky and 20 < n < 40 else 1.0)
        for step in vitals.steps:
            step.update_norm = None if step.update_norm is None else 1e-4 * step.weight_norm
            for seen in step.layers.values():
                seen.update = None if seen.update is None else 1e-4 * (seen.weight or 0.0)
        return vitals

    assert said("learning-rate-too-low", small(lucky=False)) == ["optimizer"]
    assert said("learning-rate-too-low", small(lucky=True)) == ["optimizer"]


@pytest.mark.parametrize(("level", "found"), [(0.2, []), (0.9, ["optimizer"])])
def test_validation_that_turns_far_below_guessing_is_no_fault(level, found):
    vitals = training(140, loss=lambda n: falling(n, noise=0.0), evaluations=False)
    vitals.evaluations = [Evaluation(20 * n, level * LN4 * (2.0 if n % 2 else 0.9)) for n in range(1, 8)]
    assert said("oscillating-loss", vitals) == found


@pytest.mark.parametrize(("momentum", "spread", "found"), [(0.001, 4.0, ["norm0"]), (0.001, 1.3, []), (0.1, 4.0, [])])
def test_running_deviations_that_stay_those_of_a_new_layer(momentum, spread, found):
    vitals = training(12, facts=model(norm="BatchNorm1d"), evaluations=False)
    vitals.models["model"].layers["norm0"].settings["momentum"] = momentum
    for step in vitals.steps:
        if step.sampled:
            step.layers["norm0"].running_gap, step.layers["norm0"].running_spread = 0.5, spread
    look(vitals, 1).layers["norm0"].running_zero = True
    assert said("stale-batch-norm", vitals) == found


def test_statistics_that_a_few_large_steps_have_not_moved():
    few = Finding("batch-size-noise", "warning", 0.75, "loop", "…", "…", 5)
    stale = Finding("stale-batch-norm", "critical", 0.75, "norm0", "…", "…", 4)
    assert [one.fault for one in order([stale, few])] == ["batch-size-noise", "stale-batch-norm"]


def test_a_handful_of_rows_learned_by_heart_says_nothing_of_labels():
    def by_heart(learned):
        vitals = values(120, loss=lambda n: max(1.0 - n / 20, 0.05))
        for evaluation in vitals.evaluations:
            evaluation.loss, evaluation.learned, evaluation.batches = 1.6, learned, 40
        return vitals

    assert said("shuffled-labels", by_heart(20)) == []
    assert said("shuffled-labels", by_heart(720)) == ["data"]


def test_a_last_relu_that_says_nothing_passes_no_gradient():
    end = Finding("output-range", "critical", 0.93, "head.1", "…", "…", 2)
    cut = Finding("detached-graph", "critical", 0.95, "loop", "…", "…", 3)
    assert [one.fault for one in order([cut, end])] == ["output-range", "detached-graph"]


def test_labels_of_every_step_tell_guessing_where_batches_are_tiny():
    vitals = training(60)
    for step in vitals.steps:
        if step.batch:
            step.batch.targets = classes({step.number % 2: 1})
    assert baseline(vitals) is None  # one label a step, a dozen in all
    vitals.labels = {0: 90, 1: 30}
    assert baseline(vitals) == pytest.approx(0.562, abs=1e-3)
