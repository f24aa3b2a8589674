"""Sound trainings whose first steps look worse than they are: tiny batches, warm-ups, scores of a fresh network."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doctor.rules.vitals_examples import CLASSES, ROWS, falling, model, tensor, training
from glasswork.doctor.rules import rules
from glasswork.doctor.rules._history import baseline, example_count, remaining
from glasswork.doctor.vitals import LossFacts, Probe

TINY = (0.1, 1.9)  # losses of two rows, in turns


def tiny(level, *, steps=400, rows=2, guess=None):
    """A training by two examples a step whose first losses are low by chance; `level`: how high it stands at a step."""
    vitals = training(
        steps,
        kind="mse",
        facts=model(outputs=1),
        targets=tensor(rows, 3),
        outputs=tensor(rows, 3),
        loss=lambda n: 0.1 if n <= 3 else level(n) * TINY[n % 2],
        evaluations=False,
    )
    for step in vitals.steps:
        if step.sampled:
            step.batch.inputs = {"0": tensor(rows, 4)}
            step.batch.baseline_loss = guess
    return vitals


@pytest.mark.parametrize(("level", "told"), [(lambda n: 1.0 if n < 100 else 0.2, False), (lambda _: 1.0, True)])
def test_batches_of_two_are_judged_by_the_means_of_many_losses(level, told):
    found = list(rules()["batch-size-noise"](tiny(level)))
    assert [finding.severity for finding in found] == (["warning"] if told else [])


@pytest.mark.parametrize(("rows", "fair"), [(2, 1.0), (5, 0.625), (100, 0.5)])
def test_guessing_on_few_rows_is_no_better_than_on_many(rows, fair):
    vitals = tiny(lambda _: 1.0, rows=rows, guess=0.5)
    assert baseline(vitals) == pytest.approx(fair)
    assert example_count(vitals) == min(rows, 100)


def test_what_remains_of_tiny_batches_is_a_mean():
    left = remaining(tiny(lambda _: 1.0, guess=0.5), 400)
    assert 1.0 < left < 1.4  # the median of these losses is 0.1 or 1.9, and the first three are 0.1


def climbing(*, rows, top):
    """A loss that rises for 60 steps under small updates, up to `top`, where guessing has 1."""
    vitals = tiny(lambda _: 1.0, steps=400, rows=rows, guess=1.0 - 1 / rows)
    for step in vitals.steps:
        step.loss = 0.3 + (top - 0.3) * min(step.number, 60) / 60
    return vitals


@pytest.mark.parametrize(("rows", "top", "told"), [(32, 2.0, True), (32, 0.8, False), (2, 2.0, False)])
def test_a_rise_past_guessing_of_enough_rows_is_uphill(rows, top, told):
    found = [f for f in rules()["gradient-ascent"](climbing(rows=rows, top=top)) if "rose" in f.evidence]
    assert bool(found) is told


def scores(low, high, mean, *, steps=120, zeros=0.0, last=None):
    """A training whose last layer nobody saw, or is an activation, and whose scores lie in a range."""
    outputs = tensor(ROWS, CLASSES, low=low, high=high, mean=mean, row_sums=(0.2, 0.7), zeros=zeros)
    vitals = training(steps, outputs=outputs, evaluations=False)
    for facts in vitals.models.values():
        layers = {**facts.layers}
        facts.layers.clear()
        if last:
            facts.layers["act1"] = replace(layers["act1"], last=True)
    return vitals


@pytest.mark.parametrize(
    ("low", "high", "mean", "zeros", "told"),
    [
        (0.03, 0.2, 0.1, 0.0, False),
        (0.02, 0.7, 0.3, 0.0, False),
        (0.2, 0.8, 0.5, 0.0, True),  # a sigmoid written by hand
        (0.0, 0.8, 0.2, 0.4, True),  # cut off at 0
        (-0.1, 0.8, 0.5, 0.0, False),
    ],
)
def test_small_scores_of_a_fresh_network_are_not_squashed(low, high, mean, zeros, told):
    found = list(rules()["loss-output-mismatch"](scores(low, high, mean, zeros=zeros, steps=8)))
    assert [finding.severity for finding in found] == (["critical"] if told else [])


def test_scores_that_stay_in_the_range_of_shares_are_told_in_the_end():
    (finding,) = rules()["loss-output-mismatch"](scores(0.03, 0.2, 0.1, steps=400))
    assert finding.step > 20


@pytest.mark.parametrize(("low", "told"), [(0.0, True), (0.08, False)])
def test_products_of_relu_features_are_no_output_of_a_relu(low, told):
    found = list(rules()["loss-output-mismatch"](scores(low, 4.0, 1.0, last=True)))
    assert bool(found) is told


@pytest.mark.parametrize(("end", "severity"), [(1.39, "critical"), (0.8, "note")])
def test_gradients_that_fade_during_a_warm_up_are_a_note(end, severity):
    vitals = training(
        facts=model(6), loss=lambda n: 1.39 if n < 30 else max(end, 1.39 - (n - 30) / 40), evaluations=False
    )
    for step in vitals.steps:
        for place in range(6):
            if step.sampled:
                step.layers[f"fc{place}"].gradient = 0.01 / 2.0 ** (6 - place)
    (finding,) = rules()["vanishing-gradient"](vitals)
    assert (finding.where, finding.severity) == ("fc0", severity)


@pytest.mark.parametrize(
    ("rate", "loss", "severity"),
    [
        (lambda n: 0.1 * (1 - n / 121), falling, "note"),
        (lambda n: 0.1 * (1 - n / 121), lambda _: 1.39, "critical"),
        (lambda _: 0.1, falling, "critical"),
    ],
)
def test_a_rate_that_the_schedule_leaves_by_itself_is_a_note(rate, loss, severity):
    vitals = training(120, loss=loss, evaluations=False)
    for step in vitals.steps:
        step.learning_rates = (rate(step.number),)
    figures = {"current": 0.1, "best": 0.02, "gain": 3.0, "diverged": 1.0}
    vitals.probes["learning-rate"] = Probe("learning-rate", 0.1, figures)
    (finding,) = rules()["learning-rate-too-high"](vitals)
    assert finding.severity == severity


@pytest.mark.parametrize(("dtype", "told"), [("float32", True), ("int64", False)])
def test_class_numbers_of_a_later_training_are_no_targets_of_the_first(dtype, told):
    facts = model(outputs=1)
    facts.layers["out"] = replace(facts.layers["out"], kind="Sigmoid", family="activation")
    vitals = training(kind="mse", facts=facts, outputs=tensor(ROWS, 1, low=0.1, high=0.9), evaluations=False)
    vitals.models["head"] = model()
    vitals.losses.append(LossFacts("cross_entropy", "F.cross_entropy", "mean"))
    for step in vitals.steps:
        if step.sampled:
            step.batch.targets = replace(tensor(ROWS, low=0.0, high=9.0, std=2.0), dtype=dtype)
    assert bool(list(rules()["output-range"](vitals))) is told


@pytest.mark.parametrize(("end", "severity"), [(1.39, "warning"), (0.7, "note")])
def test_a_flat_stretch_that_was_left_is_a_note(end, severity):
    vitals = training(400, loss=lambda n: (1.39 if n < 300 else end) + 0.3 * (-1) ** n, evaluations=False)
    assert [finding.severity for finding in rules()["plateau"](vitals)] == [severity]


@pytest.mark.parametrize(("rows", "told"), [(150, False), (1000, True)])
def test_a_hint_of_a_link_in_few_rows_says_that_labels_belong_to_them(rows, told):
    vitals = training(kind="mse", facts=model(outputs=1), loss=lambda _: 1.0, evaluations=False)
    figures = {"score": 0.0, "link": 0.25, "p": 0.3, "chance": 0.0, "spread": 0.13, "tries": 19.0, "rows": rows}
    vitals.probes["shuffled-labels"] = Probe("shuffled-labels", 0.1, figures)
    assert bool(list(rules()["shuffled-labels"](vitals))) is told


@pytest.mark.parametrize(("found", "told"), [(0.05, False), (0.6, True)])
def test_a_noise_scale_says_nothing_where_there_was_little_to_gain(found, told):
    vitals = tiny(lambda _: 0.85, rows=8, guess=1.0 - 1 / 8)
    for step in vitals.steps:
        step.loss = 0.85 if step.number > 3 else 1.0
    vitals.probes["curvature"] = Probe("curvature", 0.1, {"noise_scale": 5000.0})
    vitals.probes["shuffled-labels"] = Probe("shuffled-labels", 0.1, {"score": found, "p": 0.0})
    assert bool(list(rules()["batch-size-noise"](vitals))) is told


@pytest.mark.parametrize(("end", "told"), [(0.75, False), (2.5, True)])
def test_a_climb_that_the_schedule_takes_back_in_time(end, told):
    vitals = training(400, loss=lambda n: 0.9 if n < 20 else 2.5 if n < 200 else end, evaluations=False)
    for step in vitals.steps:
        step.learning_rates = (1e-3 * min(step.number, 150) / 10,)
    assert bool(list(rules()["schedule-misuse"](vitals))) is told
