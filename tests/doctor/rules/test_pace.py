"""The pace of a training: losses that wander, steps that are small for another reason, weights a loss rewards."""

from __future__ import annotations

import math
import random

import pytest

from doctor.rules.vitals_examples import ROWS, falling, tensor, training
from glasswork.doctor.rules import rules
from glasswork.doctor.rules._history import beside_guessing, course, natural_size, sober_loss
from glasswork.doctor.vitals import (
    Evaluation,
    LayerFacts,
    LossFacts,
    ModelFacts,
    OptimizerFacts,
    ParameterFacts,
    Probe,
    StepVitals,
    Vitals,
)


def said(code, vitals):
    return [finding for finding in rules()[code](vitals) if finding.severity != "note"]


def noisy(level, *, spread=0.02, seed=1):
    """A loss around a level that may depend on the step."""
    chance = random.Random(seed)
    return lambda n: level(n) + spread * chance.gauss(0, 1)


def wave(n):
    return 0.8 + 0.25 * math.sin(n / 8)


def thrown(loss, *, ratio=0.02, steps=400, shuffle=True, **fields):
    vitals = training(steps, loss=loss, evaluations=False, **fields)
    vitals.loader["shuffle"] = shuffle
    for step in vitals.steps:
        step.epoch = None
        if step.sampled:
            step.batch.correct, step.update_norm = 0.4, ratio * step.weight_norm
    return vitals


# --- a loss that wanders ----------------------------------------------------------------------------------------------


def test_a_loss_whose_stretches_go_up_and_down_oscillates():
    (finding,) = said("oscillating-loss", thrown(noisy(wave)))
    assert (finding.where, finding.severity) == ("optimizer", "warning")
    assert "goes up and down between" in finding.evidence


def test_a_loss_that_comes_back_up_oscillates():
    (finding,) = said("oscillating-loss", thrown(noisy(lambda n: 0.6 + 0.002 * n)))
    assert "goes up again between" in finding.evidence


@pytest.mark.parametrize(
    "vitals",
    [
        lambda: thrown(noisy(lambda _: 0.8, spread=0.2)),  # batch noise alone
        lambda: thrown(noisy(lambda n: wave(n) * math.exp(-n / 150))),  # it gets lower
        lambda: thrown(noisy(lambda n: 0.2 * wave(n))),  # nearly nothing is left
        lambda: thrown(noisy(wave), shuffle=False),  # each stretch has data of its own
    ],
)
def test_other_losses_do_not_wander(vitals):
    assert said("oscillating-loss", vitals()) == []


def test_a_schedule_that_begins_anew_moves_the_loss_as_well():
    vitals = thrown(noisy(wave))
    for step in vitals.steps:
        step.learning_rates = (1e-3 * (0.1 + 0.9 * (step.number % 100) / 100),)
    assert said("oscillating-loss", vitals) == []


def test_far_first_steps_and_a_loss_that_wanders_are_a_rate_too_high():
    (finding,) = said("learning-rate-too-high", thrown(noisy(wave), ratio=0.15))
    assert finding.severity == "critical"
    assert "15%" in finding.evidence
    assert said("learning-rate-too-high", thrown(noisy(wave), ratio=0.05)) == []
    assert said("learning-rate-too-high", thrown(noisy(falling), ratio=0.15)) == []


# --- small steps for another reason -----------------------------------------------------------------------------------


def crawling(steps=120, ratio=1e-5, loss=lambda _: 1.39, **fields):
    vitals = training(steps, loss=loss, evaluations=False, **fields)
    for step in vitals.steps:
        if step.sampled:
            step.batch.correct, step.update_norm = 0.3, ratio * step.weight_norm
            for seen in step.layers.values():
                seen.update = None if seen.update is None else ratio * seen.weight
    return vitals


def test_rows_whose_answers_are_all_alike_need_no_larger_steps():
    assert said("learning-rate-too-low", crawling())
    alike = crawling(outputs=tensor(32, 4, std=0.4, rows_alike=1e-7))
    assert said("learning-rate-too-low", alike) == []


@pytest.mark.parametrize(("rate", "group", "low"), [
    (0.1, {"momentum": 0.9}, False), (1.0, {}, False), (0.01, {"momentum": 0.9}, True), (0.1, {}, True),
    (0.1, {"momentum": 0.9, "dampening": 0.9}, True),
])  # fmt: skip
def test_a_large_rate_of_plain_descent_is_not_too_low(rate, group, low):
    assert bool(said("learning-rate-too-low", crawling(optimizer="SGD", rate=rate, **group))) is low


def test_a_training_that_ended_near_its_first_weights_while_the_loss_fell():
    def loss(n):
        return 1.39 - 0.0015 * n

    (finding,) = said("learning-rate-too-low", crawling(400, ratio=2.5e-4, loss=loss))
    assert "still falling" in finding.evidence
    assert said("learning-rate-too-low", crawling(400, ratio=5e-4, loss=loss)) == []  # far enough
    assert said("learning-rate-too-low", crawling(400, ratio=2.5e-4, loss=lambda n: max(0.3, loss(4 * n)))) == []


# --- settings and ends ------------------------------------------------------------------------------------------------


def damped(loss, dampening=0.9):
    return training(
        120, loss=loss, evaluations=False, optimizer="SGD", rate=0.01, momentum=0.9, dampening=dampening
    )  # fmt: skip


def test_dampening_that_takes_back_what_momentum_adds():
    (finding,) = said("optimizer-settings", damped(lambda n: 1.39 - 0.003 * n))
    assert "10 times smaller" in finding.evidence
    (note,) = rules()["optimizer-settings"](damped(lambda n: 1.4 * math.exp(-n / 15)))
    assert note.severity == "note"
    assert list(rules()["optimizer-settings"](damped(lambda n: 1.39 - 0.003 * n, dampening=0.1))) == []


def stopped(judged, *, loss=lambda n: 1.39 * math.exp(-n / 60), right=0.6):
    vitals = training(60, loss=loss, evaluations=False)
    vitals.evaluations = [Evaluation(30 + 30 * at, loss=value, correct=right) for at, value in enumerate(judged)]
    return vitals


def test_a_short_training_whose_validation_was_getting_better_fast():
    assert said("too-few-epochs", stopped([1.0, 0.6]))
    assert said("too-few-epochs", stopped([0.65, 0.6])) == []
    assert said("too-few-epochs", stopped([1.0, 0.6], right=0.9)) == []
    assert said("too-few-epochs", stopped([1.0, 0.6], loss=lambda n: 1.39 * math.exp(-n / 30))) == []


@pytest.mark.parametrize(("pace", "faults"), [(0.006, 1), (0.0005, 0)])
def test_a_jump_of_validation_alone_is_no_training_cut_short(pace, faults):
    vitals = stopped([1.0, 0.6], loss=lambda n: 1.2 - pace * n)
    for step in vitals.steps:
        step.epoch = step.number // 30
    assert len(said("too-few-epochs", vitals)) == faults


# --- weights ----------------------------------------------------------------------------------------------------------


def rewarded(loss, growth=1.01, losses=None):
    vitals = training(200, loss=loss, evaluations=False)
    vitals.losses = losses or [LossFacts("mse", "F.mse_loss", "mean")]
    for step in vitals.steps:
        if step.sampled:
            step.weight_norm = 10.0 * growth**step.number
    return vitals


def below(n):
    return 1.0 - 0.05 * 1.03**n


def test_a_loss_that_rewards_growing_weights():
    (finding,) = said("weight-growth", rewarded(below))
    assert (finding.where, finding.severity) == ("loss", "critical")
    assert "below 0 and ever faster" in finding.evidence


@pytest.mark.parametrize(
    "vitals",
    [
        lambda: rewarded(below, growth=1.0),  # the weights stay
        lambda: rewarded(lambda n: 1.0 - 0.01 * n),  # steadily, not ever faster
        lambda: rewarded(lambda n: 60.0 + below(n)),  # above 0
        lambda: rewarded(below, losses=[LossFacts("gaussian_nll", "custom", "mean")]),  # it may be negative
        lambda: rewarded(below, growth=1.003, losses=[LossFacts("mse", "custom", "mean", {"terms": 2})]),
    ],
)
def test_other_losses_reward_nothing(vitals):
    assert said("weight-growth", vitals()) == []


def test_a_table_of_vectors_may_begin_at_nothing():
    """Factors and biases of a recommender begin near 0, and grow many times without harm."""
    facts = ModelFacts(
        "model",
        "Factors",
        {"user": LayerFacts("user", "Embedding", "embedding", 0)},
        {"user.weight": ParameterFacts("user.weight", "user", (100, 4))},
    )
    assert natural_size(Vitals(models={"model": facts})) == 10.0


# --- what history says ------------------------------------------------------------------------------------------------


def together(other):
    """Two optimizers; the second's losses are made from the first's."""
    vitals = training(20, evaluations=False)
    vitals.optimizers = {name: OptimizerFacts(name, "Adam") for name in ("optimizer", "table")}
    vitals.steps = [
        one
        for step in vitals.steps
        for one in (step, StepVitals(step.number, optimizer="table", loss=other(step.loss)))
    ]
    return vitals


def test_optimizers_that_step_after_one_backward_are_one_training():
    assert len(course(together(lambda loss: loss))) == 20
    assert len(course(together(lambda loss: -loss))) == 0  # a game


def test_a_sum_by_hand_has_no_floor_that_is_known():
    vitals = training(20)
    vitals.losses = [LossFacts("mse", "custom", "mean", {"terms": 1})]
    assert sober_loss(vitals) is not None
    vitals.losses[0].settings["terms"] = 2
    assert sober_loss(vitals) is None


def test_guessing_on_the_same_batches_tells_small_differences():
    vitals = training(120, kind="mse", loss=lambda n: 2.0 if n % 2 else 0.5, evaluations=False)
    for step in vitals.steps:
        if step.sampled:
            step.batch.baseline_loss = 2.0 if step.number % 2 else 0.5
    fair = (ROWS - 1) / ROWS  # the best constant of a batch lies nearer to it than that of all data
    assert beside_guessing(vitals, 1, 120) == pytest.approx(fair)
    assert beside_guessing(vitals, 119, 120) is None


@pytest.mark.parametrize(("size", "left", "noise"), [(4, 1.39, True), (64, 1.39, False), (4, 0.5, False)])
def test_a_noise_scale_counts_for_small_batches_that_learned_little(size, left, noise):
    vitals = training(60, loss=lambda _: left, evaluations=False)
    for step in vitals.steps:
        if step.sampled:
            step.batch.inputs = {"0": tensor(size, 4)}
    vitals.probes = {"curvature": Probe("curvature", 0.1, {"noise_scale": 5000.0})}
    assert bool(said("batch-size-noise", vitals)) is noise
