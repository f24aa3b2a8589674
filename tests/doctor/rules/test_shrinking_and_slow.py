"""Penalties that mute a network, losses that creep, tiny batches, first weights that saturate or multiply in rounds."""

from __future__ import annotations

import math
import random

import pytest

from doctor.rules.vitals_examples import (
    HIDDEN,
    classes,
    falling,
    layer,
    layer_vitals,
    model,
    parameter,
    tensor,
    training,
)
from glasswork.doctor.rules import rules
from glasswork.doctor.rules._anatomy import looks_untrained
from glasswork.doctor.rules._history import baseline
from glasswork.doctor.vitals import Evaluation, ModelFacts, Probe, TensorVitals


def said(code, vitals):
    return [finding for finding in rules()[code](vitals) if finding.severity != "note"]


def found_by_simple_models(vitals, score):
    vitals.probes["shuffled-labels"] = Probe("shuffled-labels", 0.1, {"score": score, "p": 0.0})
    return vitals


# --- a penalty that leaves nothing ------------------------------------------------------------------------------------


def penalised(*, shrinks=0.97, answers=0.001, targets=None):
    """The loss falls because the penalty in it does."""
    vitals = training(
        kind="mse",
        facts=model(outputs=1),
        targets=targets or tensor(32, 1),
        outputs=tensor(32, 1, std=answers),
        loss=lambda n: 1 + 60 * shrinks**n,
        evaluations=False,
    )
    for step in vitals.steps:
        if step.sampled:
            step.weight_norm, step.batch.baseline_loss = 3.0 * max(0.01, shrinks**step.number), None
    return vitals


def test_a_penalty_that_mutes_the_network_is_told_though_the_loss_falls():
    (finding,) = said("over-regularised", penalised())
    assert (finding.severity, finding.where) == ("critical", "optimizer")
    assert "its answers spread by 0.001, where the targets spread by 1" in finding.evidence


def test_scores_that_are_all_the_same_are_muted_too():
    (finding,) = said("over-regularised", penalised(targets=classes()))
    assert "they say the same for every row" in finding.evidence


@pytest.mark.parametrize(
    "vitals", [penalised(answers=0.5), penalised(shrinks=0.9999), penalised(targets=classes({0: 32}))]
)
def test_a_penalty_under_which_answers_differ_is_none(vitals):
    assert not said("over-regularised", vitals)


# --- overfitting without a loader -------------------------------------------------------------------------------------


def by_heart(*, learned, better=True, loader=False):
    """Training rows known, validation never better than guessing; right answers grow a little."""
    vitals = training(240, loss=lambda n: falling(n, 1.4, 0.005), evaluations=False)
    vitals.loader = {"batch_size": 32, "rows": learned} if loader else {}
    for step in vitals.steps:
        step.epoch = None
    for number in range(8, 241, 8):
        right = 0.25 + (number / 2000 if better else 0)
        vitals.evaluations.append(
            Evaluation(number, 1.4 + number / 100, right, repeated=0.0, learned=learned, inputs=tensor(300, 8))
        )
    return vitals


@pytest.mark.parametrize("loader", [True, False])
def test_passes_are_counted_without_a_loader(loader):
    (finding,) = said("overfitting", by_heart(learned=80, loader=loader))
    assert "80 different rows were trained on" in finding.evidence


def test_rows_that_were_seen_a_few_times_are_not_known_by_heart():
    assert not said("overfitting", by_heart(learned=2000))


# --- slow, not flat ---------------------------------------------------------------------------------------------------


def creeping(n, *, by=0.05, steps=240, noise=0.004):
    return math.log(4) * (1 - by * n / steps) + random.Random(n).gauss(0, noise)


def test_a_loss_that_creeps_down_all_the_way_is_slow_and_not_flat():
    vitals = found_by_simple_models(training(240, loss=creeping, evaluations=False), 0.6)
    assert not list(rules()["plateau"](vitals))
    (finding,) = said("slow-convergence", vitals)
    assert "99% of that of guessing, and falling" in finding.evidence or "98%" in finding.evidence


def test_a_loss_that_stays_is_flat_and_not_slow():
    vitals = training(240, loss=lambda n: creeping(n, by=0.0), evaluations=False)
    assert said("plateau", vitals)
    assert not list(rules()["slow-convergence"](vitals))


def test_a_loss_as_low_as_simple_models_find_is_a_note():
    flat = training(240, loss=lambda n: creeping(n + 40, by=0.0) * 0.98, evaluations=False)
    assert said("plateau", found_by_simple_models(flat, 0.4))
    assert not said("plateau", found_by_simple_models(flat, 0.01))
    assert said("plateau", found_by_simple_models(flat, 0.0))  # there they find nothing, and neither are they asked


# --- batches of one ---------------------------------------------------------------------------------------------------


def one_by_one(left, *, found=0.8, rows=1):
    vitals = training(
        400,
        kind="mse",
        facts=model(outputs=1),
        loss=lambda n: (left + (1.5 - left) * math.exp(-n / 5)) * random.Random(n).gauss(0, 1) ** 2,
        evaluations=False,
    )
    for place, step in enumerate(step for step in vitals.steps if step.sampled):
        value = 1.0 if place % 2 else -1.0
        step.batch.inputs = {"0": tensor(rows, 8)}
        step.batch.targets = TensorVitals((rows, 1), "float32", value, 0.0, value, value)
        step.batch.baseline_loss = 0.0
    return found_by_simple_models(vitals, found)


def test_guessing_at_batches_of_one_row_is_the_spread_of_all_of_them():
    guess = baseline(one_by_one(0.6))
    assert guess is not None
    assert 0.5 < guess < 2
    assert baseline(one_by_one(0.6, rows=32)) == 0.0  # of larger batches it is what was measured


def test_batches_of_one_that_end_far_above_simple_models_are_noise():
    (finding,) = said("batch-size-noise", one_by_one(0.55))
    assert "A step is made of 1 examples" in finding.evidence
    assert "simple models reach 20%" in finding.evidence


@pytest.mark.parametrize("vitals", [one_by_one(0.2), one_by_one(0.55, found=0.2)])
def test_batches_of_one_that_find_what_there_is_are_sound(vitals):
    assert not said("batch-size-noise", vitals)


def test_losses_below_zero_are_no_rows_alone():
    vitals = one_by_one(1.5, found=0.0)
    assert said("batch-size-noise", vitals)
    for step in vitals.steps[::5]:
        step.loss = -step.loss
    assert not said("batch-size-noise", vitals)


def test_guessing_at_one_part_of_a_sum_says_nothing_about_the_sum():
    vitals = training()
    assert baseline(vitals) is not None
    vitals.losses[0].settings["row_weights"] = [(1.0, "mean"), (1.0, "mean")]
    assert baseline(vitals) is None


# --- few steps --------------------------------------------------------------------------------------------------------


def short(steps, loss):
    vitals = training(steps, loss=loss, evaluations=False)
    vitals.loader = {}
    for step in vitals.steps:
        step.epoch = None
        if step.batch:
            step.batch.correct = 0.3
    return vitals


def test_a_few_dozen_steps_that_still_go_down_are_too_few():
    (finding,) = said("too-few-epochs", short(32, lambda n: 2.4 * 0.99**n + random.Random(n).gauss(0, 0.01)))
    assert "of 32 steps" in finding.evidence


@pytest.mark.parametrize(
    ("steps", "loss"),
    [
        (32, lambda n: 1.3 + random.Random(n).gauss(0, 0.01)),  # it has stopped
        (32, lambda n: falling(n, 1.4, 0.05, pace=5)),  # it has arrived
        (120, lambda n: 1.3 * 0.999**n),  # slow, but not short
        (32, lambda n: 1.3 * 0.999**n),  # hardly moving
    ],
)
def test_a_few_dozen_steps_that_have_arrived_or_stopped_are_not(steps, loss):
    assert not said("too-few-epochs", short(steps, loss))


# --- first weights ----------------------------------------------------------------------------------------------------


def saturated(*, gain=20.0, share=0.8, end=0.4, right=0.5, later=None):
    facts = model(activation="Sigmoid")
    weight = facts.parameters["fc0.weight"]
    weight.std = gain / math.sqrt(weight.fan_in)
    vitals = training(facts=facts, loss=lambda n: falling(n, 1.4, 0.1), evaluations=False)
    vitals.evaluations = [Evaluation(120, end * math.log(4), right, 4)]
    for step in vitals.steps:
        if step.sampled:
            step.layers["act0"].saturated = share if later is None or step.number < 50 else later
    return vitals


def test_first_weights_that_saturate_a_layer_to_the_end_are_told_though_the_training_loss_falls():
    (finding,) = said("saturated-activation", saturated())
    assert finding.where == "act0"
    assert "have a gain of 20" in finding.evidence


@pytest.mark.parametrize(
    "vitals",
    [saturated(gain=1.2), saturated(later=0.2), saturated(end=0.05), saturated(right=0.95), saturated(share=0.3)],
)
def test_layers_that_recover_or_do_no_harm_are_left_alone(vitals):
    assert not said("saturated-activation", vitals)


def recurrent(*, gain=5.0, gradient=20.0, loss=None, by_hand=False, runs=25):
    facts = ModelFacts("model", "Net")
    if by_hand:
        facts.layers["rnn"] = layer("rnn", "Linear", "linear", 0, runs=runs)
        name = "rnn.weight"
    else:
        facts.layers["rnn"] = layer("rnn", "RNN", "recurrent", 0)
        name = "rnn.weight_hh_l0"
    facts.parameters[name] = parameter(name, (HIDDEN, HIDDEN), std=gain / math.sqrt(HIDDEN))
    facts.layers["out"] = layer("out", "Linear", "linear", 1, after=("rnn",), units=4, last=True, runs=1)
    facts.parameters["out.weight"] = parameter("out.weight", (4, HIDDEN))
    vitals = training(facts=model(), loss=loss or (lambda n: 1.42 + random.Random(n).gauss(0, 0.03)), evaluations=False)
    vitals.models = {"model": facts}
    for step in vitals.steps:
        if step.sampled:
            step.layers = {"rnn": layer_vitals(model(), "fc0"), "out": layer_vitals(model(), "out")}
            step.layers["rnn"].gradient = (gradient if step.number == 1 else 0.01) * 0.1
    return vitals


@pytest.mark.parametrize("by_hand", [False, True])
def test_recurrent_weights_that_multiply_what_comes_back(by_hand):
    (finding,) = said("exploding-gradient", recurrent(by_hand=by_hand))
    assert (finding.severity, finding.where, finding.step) == ("critical", "rnn", 1)
    assert "gain of 5" in finding.evidence


@pytest.mark.parametrize(
    "vitals",
    [
        recurrent(gain=1.0),
        recurrent(gradient=0.1),
        recurrent(loss=falling),
        recurrent(by_hand=True, runs=1),
    ],
)
def test_recurrent_weights_that_do_not_or_do_no_harm(vitals):
    assert not said("exploding-gradient", vitals)


def test_few_weights_at_the_very_bound_of_torchs_draw_look_fresh():
    chance = random.Random(1)
    facts = ModelFacts("model", "Net")
    draws = [chance.uniform(-0.2, 0.2) for _ in range(100)]
    mean = sum(draws) / 100
    std = math.sqrt(sum((draw - mean) ** 2 for draw in draws) / 99)
    facts.parameters["a.weight"] = weight = parameter(
        "a.weight", (4, 25), std=std, mean=mean, largest=max(map(abs, draws))
    )
    assert looks_untrained(facts, "a") is True
    weight.largest = 0.23  # a step has pushed one over the bound
    assert looks_untrained(facts, "a") is None
    weight.largest, weight.std = 0.199, 0.06  # others have come together
    assert looks_untrained(facts, "a") is None


# --- a linear model ---------------------------------------------------------------------------------------------------


def line(*, found=0.8, hidden=0, last="Sigmoid"):
    facts = model(hidden, outputs=1)
    if last:
        facts.layers["end"] = layer("end", last, "activation", 9, after=("out",), last=True)
    vitals = training(
        200, facts=facts, kind="mse", targets=tensor(32, 1), loss=lambda n: 0.95 + random.Random(n).gauss(0, 0.01)
    )
    vitals.evaluations = []
    for step in vitals.steps:
        if step.batch:
            step.batch.baseline_loss = 1.0
    return found_by_simple_models(vitals, found)


def test_a_linear_model_where_simple_models_find_far_more_underfits():
    (finding,) = said("underfitting", line())
    assert "the model a linear one" in finding.evidence
    assert finding.confidence > 0.8


@pytest.mark.parametrize("vitals", [line(found=0.05), line(hidden=1)])
def test_a_linear_model_where_there_is_no_more_or_a_network_is_not_said_to_be_linear(vitals):
    assert not any("linear one" in finding.evidence for finding in rules()["underfitting"](vitals))


# --- a rate for a factor ----------------------------------------------------------------------------------------------


def scheduled(rate, *, meant=0.05, kind="LambdaLR"):
    vitals = training(120, rate=meant, initial_lr=meant)
    vitals.scheduler = {"kind": kind, "steps": 5, "before_optimizer": False}
    for step in vitals.steps:
        step.learning_rates = (rate(step.number),)
    return vitals


@pytest.mark.parametrize("rate", [lambda n: 0.0025, lambda n: 0.0025 * 0.9 ** (n // 20)])
def test_a_function_that_returns_a_rate_where_a_factor_is_asked_for(rate):
    (finding,) = said("schedule-misuse", scheduled(rate))
    assert "0.0025 of a learning rate of 0.05, its square" in finding.evidence


@pytest.mark.parametrize(
    "vitals",
    [
        scheduled(lambda n: 0.0025 * min(n, 20)),  # a warm-up that begins there
        scheduled(lambda n: 0.05 * 0.9 ** (n // 20)),
        scheduled(lambda n: 0.0025, kind="StepLR"),
    ],
)
def test_functions_that_return_factors(vitals):
    assert not said("schedule-misuse", vitals)
