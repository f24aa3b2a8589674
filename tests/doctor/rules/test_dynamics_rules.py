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
        step.batch.correct = 0.3
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


def growing(times, loss=flat):
    def change(step):
        factor = 1 + (times - 1) * (step.number - 1) / 59
        step.weight_norm = 10.0 * factor
        for seen in step.layers.values():
            if seen.weight:
                seen.weight, seen.update = seen.weight * factor, seen.weight * times / 50

    return each(running(loss=loss), change)


def far_off(start):
    """Outputs wide enough for the first loss to be possible."""
    return running(loss=lambda n: falling(n, start, 0.1), outputs=tensor(ROWS, 4, low=-8.0, high=8.0, std=3.0))


def first_weights(gain, strength):
    vitals = running(loss=flat)
    vitals.models["model"].parameters["fc1.weight"].std = gain / 8  # 64 inputs
    look(vitals, 1).layers["fc1"].std = strength
    return vitals


def weak_weights(gain, alike):
    vitals = running(loss=flat)
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
    return 1.4 * 0.9915**n


def half_way():
    """A training that is stopped while every other answer is still wrong."""
    vitals = training(80, loss=still_falling, evaluations=False)
    for step in vitals.steps:
        if step.batch:
            step.batch.correct = 0.5
    return vitals


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
    Case("vanishing-gradient", lambda: depth(1 / 20), lambda: depth(1 / 1.7), 10, "fc0", says="5 layers later"),
    Case("vanishing-gradient", lambda: depth(1 / 4), lambda: depth(1 / 4, falling), 10, "fc0", says="5 layers later"),
    Case("vanishing-gradient", lambda: depth(1 / 20), lambda: depth(1 / 20, falling), 10, "fc0"),
    Case(
        "divergence", lambda: running(loss=rising), lambda: running(loss=lambda n: min(rising(n), 1.5)), 55, "optimizer"
    ),
    Case("dying-relu", lambda: silent(0.95), lambda: silent(0.95, falling), 1, "act1", says="At step 3 61 of 64 units"),
    Case("dying-relu", lambda: silent(0.65), lambda: silent(0.55), 15, "act1", "warning", "42 of 64"),
    Case("saturated-activation", lambda: saturated(0.55), lambda: saturated(0.45), 12, "act0", "warning", "55%"),
    Case("saturated-activation", lambda: saturated(0.9), lambda: saturated(0.9, falling), 12, "act0", "warning"),
    Case("learning-rate-too-high", lambda: moving(0.11), lambda: moving(0.09), 24, "optimizer", says="11%"),
    Case(
        "learning-rate-too-high",
        lambda: moving(0.5, lambda n: 1.39 + n / 3),
        lambda: moving(0.5, falling),
        8,
        "optimizer",
    ),
    Case("learning-rate-too-low", lambda: moving(1e-4), lambda: moving(5e-3), 20, "optimizer", says="0.6%"),
    Case("learning-rate-too-low", lambda: moving(1e-5), lambda: moving(1e-5, lambda _: 0.02), 20, "optimizer"),
    Case(
        "initial-loss",
        lambda: far_off(6.0),
        lambda: far_off(4.0),
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
        lambda: validated([1.3, 0.6, 0.75, 1.2, 1.25, 1.3]),
        lambda: validated([0.9, 0.6, 0.62, 0.7, 0.7, 0.75]),
        120,
        "model",
        "warning",
        "best was 0.6 after step 40",
    ),
    Case(
        "overfitting",
        lambda: validated([0.9, 0.6, 0.7, 0.85, 0.9, 0.95], [0.6, 0.8, 0.8, 0.78, 0.78, 0.78]),
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
    Case("too-few-epochs", half_way, training, 80, "loop", "warning", "fell by 13%"),
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
        lambda: probed("learning-rate", lambda: training(loss=lambda _: 1.2), current=1e-5, best=1e-3, gain=3.0),
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
    assert "At step 15 " in said("dying-relu", silent(0.95, rows=4))[0].evidence  # 12 batches of 4
    assert "At step 3 " in said("dying-relu", silent(0.95, rows=48))[0].evidence
    assert [said("dying-relu", silent(share))[0].step for share in (0.95, 0.65)] == [1, 15]  # dead from the start


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


def test_the_probe_alone_calls_no_rate_too_low():
    assert said("learning-rate-too-low", probed("learning-rate", current=1e-5, best=1e-3, gain=30.0)) == []


def test_large_steps_of_weights_that_begin_near_zero():
    """A logistic regression from 0: its first steps are many times its own size, and soundly."""
    vitals = moving(0.5, lambda n: 1.39 if n < 30 else 0.2, finished=True)
    for step in vitals.steps:
        if step.weight_norm:
            step.weight_norm, step.update_norm = 1e-3 * step.number, 1e-3
    assert said("learning-rate-too-high", vitals) == []
    assert said("weight-growth", vitals) == []


def test_an_alarm_whose_harm_did_not_last_becomes_a_note():
    vitals = moving(0.5, lambda n: 1.39 if n < 40 else 0.1)
    (finding,) = rules()["learning-rate-too-high"](vitals)
    assert (finding.severity, finding.step) == ("note", 24)


def test_a_nan_that_leaves_the_loss_is_the_loss_s():
    vitals = running(loss=lambda n: math.nan if n >= 7 else falling(n))
    step = look(vitals, 7)
    step.gradient_norm = math.nan
    for seen in step.layers.values():
        seen.bad_gradient = 8 if seen.gradient else 0
    (finding,) = said("non-finite", vitals)
    assert (finding.step, finding.where) == (7, "loss")
    assert said("exploding-gradient", vitals) == []  # what is not a number is not large
    assert said("too-few-epochs", vitals) == []


def test_a_nan_on_the_way_back_is_the_layers_where_it_begins():
    vitals = running()
    step = look(vitals, 7)
    step.gradient_norm = math.nan
    step.layers["fc1"].bad_gradient = step.layers["fc0"].bad_gradient = 8
    (finding,) = said("non-finite", vitals)
    assert finding.where == "fc1"


def test_a_nan_that_came_with_the_data_is_the_data_s():
    vitals = bad_at(7)
    look(vitals, 7).batch.inputs = {"0": tensor(ROWS, 8, bad=3)}
    (finding,) = said("non-finite", vitals)
    assert finding.where == "data"
    look(vitals, 7).batch.inputs = {"mask": tensor(ROWS, 8, bad=3)}
    (finding,) = said("non-finite", vitals)
    assert finding.where == "act1"


def by_hand(factor, loss=flat, update=1e-5):
    """Something else than the optimizer multiplies the weights in every step."""

    def change(step):
        step.weight_norm = 10.0 * factor ** (step.number - 1)
        for seen in step.layers.values():
            if seen.weight:
                seen.weight, seen.update = seen.weight * factor ** (step.number - 1), update

    return each(running(loss=loss), change)


def test_weights_that_grow_by_more_than_the_optimizer_adds():
    (finding,) = said("weight-growth", by_hand(1.05))
    assert (finding.severity, finding.step, finding.where) == ("critical", 5, "loop")
    assert "5.0%" in finding.evidence
    assert said("weight-growth", by_hand(1.01)) == []  # 1.8 times in all
    assert said("weight-growth", by_hand(1.03, update=0.1)) == []  # the optimizer's own doing: not ten times yet


def test_weights_that_shrink_by_more_than_the_optimizer_takes():
    (finding,) = said("over-regularised", by_hand(0.97))
    assert (finding.severity, finding.where) == ("critical", "optimizer")
    assert said("over-regularised", by_hand(0.97, falling)) == []


def test_a_rate_that_grows_past_what_the_training_bears():
    vitals = running(loss=lambda n: falling(n, noise=0.01) if n < 30 else 0.4 * 1.2 ** (n - 30))
    for step in vitals.steps:
        step.learning_rates = (1e-3 * 1.1**step.number,)
    (finding,) = said("schedule-misuse", vitals)
    assert (finding.severity, finding.where) == ("critical", "optimizer")
    for step in vitals.steps:
        step.learning_rates = (1e-3,)
    assert said("schedule-misuse", vitals) == []


def test_units_that_all_say_the_same():
    vitals = running(loss=flat)
    for number in (1, 10):
        for name, rank in (("fc0", 12.0), ("act0", 14.0), ("fc1", 1.0)):
            look(vitals, number).layers[name].rank = rank
    (finding,) = said("representation-collapse", vitals)
    assert (finding.where, finding.step, finding.severity) == ("act0", 10, "critical")
    look(vitals, 10).layers["fc1"].rank = 1.3
    assert said("representation-collapse", vitals) == []


def test_losses_of_parts_are_judged_by_parts_of_guessing():
    """Four backward passes a step, each of a fourth of the loss."""
    vitals = running(100, loss=lambda _: 1.39 / 4)
    for step in vitals.steps:
        step.backwards = 4
    assert said("plateau", vitals) != []
    for step in vitals.steps:
        step.loss = step.loss / 4 if step.number > 3 else step.loss
    assert said("plateau", vitals) == []


def test_weights_that_are_large_together():
    vitals = running(loss=flat)
    for name, fan in (("fc0", 8), ("fc1", 64), ("out", 64)):
        vitals.models["model"].parameters[f"{name}.weight"].std = 2.9 / fan**0.5
    assert said("initialisation-scale", vitals) == []
    look(vitals, 1).layers["out"].std = 12.0
    (finding,) = said("initialisation-scale", vitals)
    assert finding.where == "fc0"


def test_a_whole_set_in_every_step():
    vitals = training(12, inputs=features(2000), targets=classes({0: 1000, 1: 1000}), loss=lambda n: 0.69 - n / 200)
    (finding,) = said("batch-size-noise", vitals)
    assert "2000 rows" in finding.evidence


def test_noise_that_no_model_can_fit_is_no_underfitting():
    vitals = probed("shuffled-labels", lambda: training(120, loss=lambda _: 1.3), score=0.05, p=0.0)
    assert said("underfitting", vitals) == []
    vitals.probes["shuffled-labels"].figures["score"] = 0.5
    assert said("underfitting", vitals) != []


def test_a_recurrence_that_explodes_from_its_first_step():
    vitals = running(loss=lambda n: 1e6 / n)
    vitals.models["model"].layers["fc0"].family = "recurrent"
    look(vitals, 1).gradient_norm = 1e7
    (finding,) = said("exploding-gradient", vitals)
    assert (finding.where, finding.step, finding.severity) == ("fc0", 1, "critical")
    vitals.models["model"].layers["fc0"].family = "linear"
    for one in vitals.models["model"].layers.values():
        one.runs = 1  # once a pass: no round after round by hand either
    assert said("exploding-gradient", vitals) == []


def test_a_hidden_layer_too_narrow_for_the_classes():
    vitals = training(120, loss=lambda _: 0.9)
    assert said("underfitting", vitals) == []
    vitals.models["model"].layers["fc1"].units = 1
    for step in vitals.steps:
        if step.batch:
            step.batch.correct = 0.5
    (finding,) = said("underfitting", vitals)
    assert "fc1 has 1 unit for 4 classes" in finding.evidence


def test_large_first_weights_that_learn_rows_by_heart():
    vitals = first_weights(8.0, 20.0)
    for step in vitals.steps:
        step.loss = falling(step.number)
    assert said("initialisation-scale", vitals) != []  # nobody validated
    vitals.evaluations = [Evaluation(60, 0.2)]
    assert said("initialisation-scale", vitals) == []


def test_a_slow_training_whose_answers_are_right_has_learned():
    vitals = moving(1e-4, lambda n: 1.39 - n / 400)
    assert said("learning-rate-too-low", vitals) != []
    vitals.evaluations = [Evaluation(60, 1.2, 0.95)]
    assert said("learning-rate-too-low", vitals) == []


def test_weights_that_grew_back_were_held_down_by_nothing():
    vitals = by_hand(0.97)
    for step in [step for step in vitals.steps if step.weight_norm][-3:]:
        step.weight_norm = 20.0
    assert said("over-regularised", vitals) == []
