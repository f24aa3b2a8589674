"""The course of a training: each rule on a sick one, and on one just under the line."""

import math

import pytest

from doctor.rules.cases import Case, check_sick, check_under
from doctor.rules.vitals_examples import (
    HIDDEN,
    LN4,
    ROWS,
    classes,
    falling,
    features,
    look,
    model,
    tensor,
    training,
)
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import Evaluation, Probe, TensorVitals


def running(steps=60, **fields):
    """A training that goes on."""
    return training(steps, **{"finished": False, "evaluations": False, **fields})


def said(code, vitals):
    return [finding for finding in rules()[code](vitals) if finding.severity != "note"]


def flat(_):
    return 1.39


def each(vitals, change):
    """Change every sampled step."""
    for step in vitals.steps:
        if step.sampled:
            change(step)
    return vitals


# --- numbers ----------------------------------------------------------------------------------------------------------


def bad_at(number, skipped=False):
    vitals = running(loss=lambda n: math.nan if n >= number and not skipped else falling(n))
    step = look(vitals, number)
    step.skipped, step.gradient_norm = skipped, math.inf
    for name in ("act1", "out"):
        step.layers[name].bad = 64
    return vitals


def spike(times, loss):
    vitals = running(loss=lambda n: loss if n >= 9 else falling(n))
    step = look(vitals, 9)
    step.gradient_norm = 0.5 * times
    step.layers["fc1"].gradient = 5.0
    return vitals


def depth(factor, loss=flat):
    """Gradients, relative to the weights, change by this factor from one layer to the one before."""

    def change(step):
        for place, name in enumerate(("fc0", "fc1", "fc2", "fc3")):
            step.layers[name].gradient = 1e-3 * factor ** (4 - place)
        step.layers["out"].gradient = 1e-3

    return each(running(loss=loss, facts=model(hidden=4)), change)


# --- units ------------------------------------------------------------------------------------------------------------


def silent(share, loss=flat, rows=ROWS):
    mask = (1 << round(share * HIDDEN)) - 1

    def change(step):
        step.layers["act1"].silent = mask

    return each(running(loss=loss, inputs=features(rows)), change)


def saturated(share, loss=flat):
    def change(step):
        step.layers["act0"].saturated = share

    return each(running(loss=loss, facts=model(activation="Tanh")), change)


# --- steps ------------------------------------------------------------------------------------------------------------


def moving(ratio, loss=flat, **fields):
    def change(step):
        step.update_norm = ratio * step.weight_norm
        for seen in step.layers.values():
            seen.update = None if seen.update is None else ratio * seen.weight

    return each(running(loss=loss, **fields), change)


def probed(name, make=training, **figures):
    vitals = make()
    vitals.probes = {name: Probe(name, 1.0, figures)}
    return vitals


def decayed(ratio, shrink, loss=flat):
    def change(step):
        step.weight_norm = 10.0 * shrink ** (step.number - 1)
        for seen in step.layers.values():
            if seen.gradient:
                seen.decay = ratio * seen.gradient

    return each(running(optimizer="SGD", weight_decay=0.5, loss=loss), change)


def growing(times):
    def change(step):
        factor = 1 + (times - 1) * (step.number - 1) / 59
        step.weight_norm = 10.0 * factor
        for seen in step.layers.values():
            if seen.weight:
                seen.weight *= factor

    return each(running(), change)


def first_weights(gain, strength):
    vitals = running()
    vitals.models["model"].parameters["fc1.weight"].std = gain / 8  # 64 inputs
    look(vitals, 1).layers["fc1"].std = strength
    return vitals


def weak_weights(gain, alike):
    vitals = running()
    for name, fan in (("fc0", 8), ("fc1", 64), ("out", 64)):
        vitals.models["model"].parameters[f"{name}.weight"].std = gain / fan**0.5
    look(vitals, 1).batch.outputs.rows_alike = alike
    return vitals


# --- losses -----------------------------------------------------------------------------------------------------------


def rising(n):
    return falling(n, noise=0.01) if n < 30 else 0.4 * 1.2 ** (n - 30)


def alternating(swing):
    return running(loss=lambda n: 0.8 * (1 + swing * (-1) ** n))


def noisy(n):
    return 0.8 * (1 + 0.8 * math.sin(37.0 * n * n))


def validated(losses, correct=None, training_loss=falling):
    vitals = running(20 * len(losses), loss=training_loss)
    for place, loss in enumerate(losses):
        right = correct[place] if correct else None
        vitals.evaluations.append(Evaluation(20 * (place + 1), loss, right, 4, repeated=0.0))
    return vitals


def dropping(rate, loss=flat):
    return running(facts=model(dropout=rate), loss=loss)


def few_rows(rows, loss):
    return running(120, loss=loss, inputs=features(rows), targets=classes({0: rows}))


def same_answers(spread):
    def change(step):
        step.batch.outputs = tensor(ROWS, 4, rows_alike=spread)

    return each(running(), change)


def still_falling(n):
    return 1.4 * 0.99**n


def nearly_flat(n):
    return 1.386 - n / 430


CASES = [
    Case(
        "non-finite",
        lambda: bad_at(7),
        lambda: bad_at(7, skipped=True),
        7,
        "act1",
        says="first layer with such an output",
    ),
    Case("exploding-gradient", lambda: spike(100, 9.0), lambda: spike(100, 0.9), 9, "fc1", says="gradient norm is 50"),
    Case("exploding-gradient", lambda: spike(1000, 9.0), lambda: spike(4, 9.0), 9, "fc1"),
    Case("exploding-gradient", lambda: depth(8.0), lambda: depth(5.0), 5, "fc0", says="grows from"),
    Case("vanishing-gradient", lambda: depth(1 / 20), lambda: depth(1 / 5), 10, "fc0", says="5 layers later"),
    Case("vanishing-gradient", lambda: depth(1 / 20), lambda: depth(1 / 20, falling), 10, "fc0"),
    Case(
        "divergence", lambda: running(loss=rising), lambda: running(loss=lambda n: min(rising(n), 1.5)), 55, "optimizer"
    ),
    Case("dying-relu", lambda: silent(0.95, falling), lambda: silent(0.85, falling), 3, "act1", says="61 of 64 units"),
    Case("dying-relu", lambda: silent(0.65), lambda: silent(0.55), 15, "act1", "warning", "42 of 64"),
    Case("saturated-activation", lambda: saturated(0.55), lambda: saturated(0.45), 12, "act0", "warning", "55%"),
    Case("saturated-activation", lambda: saturated(0.9), lambda: saturated(0.9, falling), 12, "act0", "warning"),
    Case("learning-rate-too-high", lambda: moving(0.11), lambda: moving(0.09), 8, "optimizer", says="11%"),
    Case("learning-rate-too-high", lambda: moving(0.5), lambda: moving(0.5, falling), 8, "optimizer"),
    Case("learning-rate-too-low", lambda: moving(1e-4), lambda: moving(5e-3), 20, "optimizer", says="0.6%"),
    Case("learning-rate-too-low", lambda: moving(1e-5), lambda: moving(1e-5, lambda _: 0.02), 20, "optimizer"),
    Case(
        "initial-loss",
        lambda: running(loss=lambda n: falling(n, 6.0, 0.1)),
        lambda: running(loss=lambda n: falling(n, 4.0, 0.1)),
        1,
        "model",
        "warning",
        "begin at about 1.39",
    ),
    Case(
        "initialisation-scale",
        lambda: first_weights(8.0, 20.0),
        lambda: first_weights(3.5, 20.0),
        1,
        "fc1",
        "warning",
        "gain of 8",
    ),
    Case(
        "initialisation-scale",
        lambda: weak_weights(0.03, 1e-3),
        lambda: weak_weights(0.05, 1e-3),
        1,
        "fc0",
        "warning",
    ),
    Case(
        "plateau",
        lambda: running(100, loss=flat),
        lambda: running(100, loss=lambda _: 1.3),
        60,
        "loop",
        "warning",
        "flat at 1.39",
    ),
    Case(
        "oscillating-loss",
        lambda: alternating(0.3),
        lambda: running(loss=noisy),
        36,
        "optimizer",
        "warning",
        "to and fro",
    ),
    Case("oscillating-loss", lambda: alternating(0.3), lambda: alternating(0.05), 36, "optimizer", "warning"),
    Case(
        "overfitting",
        lambda: validated([0.9, 0.6, 0.7, 0.85, 0.9, 0.95]),
        lambda: validated([0.9, 0.6, 0.62, 0.7, 0.7, 0.75]),
        120,
        "model",
        "warning",
        "best was 0.6 after step 40",
    ),
    Case(
        "overfitting",
        lambda: validated([0.9, 0.6, 0.7, 0.85, 0.9, 0.95], [0.6, 0.8, 0.8, 0.8, 0.8, 0.8]),
        lambda: validated([0.9, 0.6, 0.7, 0.85, 0.9, 0.95], [0.6, 0.8, 0.81, 0.82, 0.83, 0.84]),
        120,
        "model",
        "warning",
    ),
    Case(
        "over-regularised",
        lambda: decayed(2.0, 0.97),
        lambda: decayed(2.0, 0.97, falling),
        15,
        "optimizer",
        says="weight decay (0.5)",
    ),
    Case("over-regularised", lambda: decayed(2.0, 0.97), lambda: decayed(0.4, 0.97), 15, "optimizer"),
    Case("dropout-too-strong", lambda: dropping(0.9), lambda: dropping(0.5), 1, "drop0", "warning", "drops 90%"),
    Case("dropout-too-strong", lambda: dropping(0.7), lambda: dropping(0.7, falling), 15, "drop0", "warning"),
    Case("weight-growth", lambda: growing(12.0), lambda: growing(9.0), 51, "fc0", "warning"),
    Case(
        "batch-size-noise",
        lambda: few_rows(2, lambda n: 1.4 * math.exp(2 * math.sin(37.0 * n * n))),
        lambda: few_rows(8, lambda n: 1.4 * math.exp(2 * math.sin(37.0 * n * n))),
        86,
        "loop",
        "warning",
        "2 examples",
    ),
    Case("representation-collapse", lambda: same_answers(1e-6), lambda: same_answers(1e-2), 18, "model", says="1e-06"),
    Case(
        "slow-convergence",
        lambda: training(60, loss=nearly_flat),
        lambda: training(60, loss=falling),
        30,
        "optimizer",
        "warning",
    ),
    Case("too-few-epochs", lambda: training(80, loss=still_falling), training, 80, "loop", "warning", "fell by 15%"),
    Case(
        "underfitting",
        lambda: training(120, loss=lambda _: 1.3),
        lambda: training(120, loss=lambda _: 1.05),
        120,
        "model",
        "warning",
    ),
    Case(
        "learning-rate-too-high",
        lambda: probed("learning-rate", current=0.1, best=0.01, gain=3.0),
        lambda: probed("learning-rate", current=0.1, best=0.01, gain=1.2),
        120,
        "optimizer",
        "warning",
        "3.0 times lower",
    ),
    Case(
        "learning-rate-too-low",
        lambda: probed("learning-rate", current=1e-5, best=1e-3, gain=3.0),
        lambda: probed("learning-rate", current=1e-3, best=2e-3, gain=3.0),
        120,
        "optimizer",
        "warning",
    ),
    Case(
        "underfitting",
        lambda: probed("one-batch", lambda: training(120, loss=lambda _: 1.1), ratio=0.8),
        lambda: probed("one-batch", lambda: training(120, loss=lambda _: 1.1), ratio=0.01),
        120,
        "model",
        "warning",
    ),
    Case(
        "edge-of-stability",
        lambda: probed("curvature", lambda: training(120, loss=flat, optimizer="SGD", rate=0.1), highest=50.0),
        lambda: probed("curvature", lambda: training(120, loss=flat, optimizer="SGD", rate=0.1), highest=19.0),
        120,
        "optimizer",
        "warning",
        "sharpness is 5",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_sick_training(case):
    check_sick(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_just_under_the_line(case):
    check_under(case)


def test_a_bad_step_that_the_loop_left_out_is_a_warning():
    vitals = running(loss=lambda n: math.nan if n == 7 else falling(n))
    (finding,) = said("non-finite", vitals)
    assert (finding.severity, finding.step, finding.where) == ("warning", 7, "loss")


def test_first_weights_that_are_not_finite():
    vitals = running()
    vitals.models["model"].parameters["fc1.weight"].finite = False
    (finding,) = said("non-finite", vitals)
    assert finding.where == "fc1"


def test_targets_that_grow_are_no_divergence():
    vitals = running(loss=rising)
    for step in vitals.steps:
        if step.batch:
            step.batch.baseline_loss = LN4 if step.number < 30 else 0.4 * 1.2 ** (step.number - 30)
    vitals.losses[0].kind = "mse"
    assert said("divergence", vitals) == []


def test_dead_units_are_counted_over_enough_examples():
    assert said("dying-relu", silent(0.95, rows=4))[0].step == 15  # 12 batches of 4
    assert said("dying-relu", silent(0.95, rows=48))[0].step == 3


def test_a_rate_of_zero():
    vitals = running(rate=0.0)
    (finding,) = said("learning-rate-too-low", vitals)
    assert (finding.step, finding.where) == (10, "optimizer")
    vitals.scheduler = {"kind": "LambdaLR"}
    assert said("learning-rate-too-low", vitals) == []
    assert said("schedule-misuse", vitals)


def test_dropout_behind_the_outputs():
    vitals = dropping(0.3)
    facts = vitals.models["model"]
    facts.layers["out"].last = False
    facts.layers["drop1"].last = True
    (finding,) = said("dropout-too-strong", vitals)
    assert (finding.where, finding.severity) == ("drop1", "critical")


def test_validation_that_keeps_turning_back():
    swings = [0.9, 0.3, 0.9, 0.3, 0.9, 0.3, 0.9, 0.3]
    (finding,) = said("oscillating-loss", validated(swings))
    assert finding.step == 140
    assert said("oscillating-loss", validated([0.9, 0.7, 0.9, 0.7, 0.9, 0.7, 0.9, 0.7])) == []


def test_a_loss_that_is_taken_down_by_its_schedule_has_had_its_epochs():
    vitals = training(80, loss=still_falling)
    for step in vitals.steps:
        step.learning_rates = (1e-3 * (1 - step.number / 81),)
    assert said("too-few-epochs", vitals) == []


def test_what_guessing_reaches_is_taken_from_enough_labels():
    words = TensorVitals((16,), "int64", counts=dict.fromkeys(range(16), 1), low=0, high=15)
    assert said("plateau", running(100, loss=lambda _: 2.76, targets=words)) != []  # ln 16 = 2.77
    assert said("plateau", running(100, loss=lambda _: 2.5, targets=words)) == []


def test_rank_that_is_lost():
    vitals = running(loss=flat)
    for number, rank in ((1, 20.0), (42, 1.2), (45, 1.2)):
        look(vitals, number).layers["fc1"].rank = rank
    (finding,) = said("representation-collapse", vitals)
    assert (finding.where, finding.step) == ("fc1", 45)
    look(vitals, 42).layers["fc1"].rank = look(vitals, 45).layers["fc1"].rank = 6.0
    assert said("representation-collapse", vitals) == []
