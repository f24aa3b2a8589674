"""Turns that healthy trainings take, and that look like an illness while they last; schedules that end too soon."""

from __future__ import annotations

import math

import pytest

from doctor.rules.vitals_examples import layer, model, tensor, training
from glasswork.doctor.rules import near, page, rules
from glasswork.doctor.vitals import LayerVitals
from glasswork.errors import UnknownNameError


@pytest.mark.parametrize(("later", "severity"), [(1.3, "warning"), (3.0, "note")])
def test_a_rank_that_comes_back_was_no_collapse(later, severity):
    """An autoencoder says the mean at first, and all passes through one direction until it has found the next."""
    vitals = training(100, loss=lambda _: 1.39, evaluations=False)
    looks = [step for step in vitals.steps if step.sampled]
    for step in looks:
        step.layers["fc1"].rank = 12.0 if step.number < 20 else 1.3 if step.number < 60 else later
    (finding,) = rules()["representation-collapse"](vitals)
    assert (finding.severity, finding.where) == (severity, "fc1")


@pytest.mark.parametrize(("end", "severity"), [(1.39, "warning"), (1.1, "note")])
def test_a_flat_start_that_was_left_was_no_plateau(end, severity):
    vitals = training(200, loss=lambda n: 1.39 if n < 130 else end, evaluations=False)
    (finding,) = rules()["plateau"](vitals)
    assert (finding.severity, finding.step) == (severity, 120)


def decoder(second, width):
    """A dense layer of `width` outputs, right in front of another linear layer."""
    facts = model(hidden=2)
    facts.layers["fc1"].after = ("fc0",)
    del facts.layers["act0"]
    facts.parameters["fc0.weight"].shape = (width, 4)
    facts.parameters["fc1.weight"].shape = second
    return training(40, facts=facts)


def test_a_code_given_the_form_of_a_picture_is_no_missing_activation():
    assert [f.where for f in rules()["missing-nonlinearity"](decoder((64, 144), 144))] == ["fc0"]
    assert list(rules()["missing-nonlinearity"](decoder((16, 8, 4, 4), 144))) == []
    assert [f.where for f in rules()["missing-nonlinearity"](decoder((16, 8, 4, 4), 4))] == ["fc0"]


def under_cosine(epochs, *, steps=60, loss=lambda n: 1.39 * math.exp(-n / 60) if n < 35 else 0.78):
    """A schedule that ends with the training; the loss falls while the rate is high, and then no more."""
    vitals = training(steps, loss=loss, evaluations=False)
    for step in vitals.steps:
        step.learning_rates = (1e-3 * 0.5 * (1 + math.cos(math.pi * step.number / steps)),)
        step.epoch = (step.number - 1) * epochs // steps
        if step.sampled:
            step.batch.correct = 0.5
    return vitals


def test_a_schedule_of_one_pass_that_ends_while_the_loss_falls():
    (finding,) = rules()["too-few-epochs"](under_cosine(1))
    assert finding.evidence.startswith("The schedule ended with pass 1 over the data, after 60 steps")
    assert list(rules()["too-few-epochs"](under_cosine(2))) != []
    assert list(rules()["too-few-epochs"](under_cosine(3))) == []  # the schedule came to its end
    assert list(rules()["too-few-epochs"](under_cosine(1, loss=lambda n: 1.39 if n < 5 else 0.8))) == []
    assert (
        list(rules()["too-few-epochs"](under_cosine(1, loss=lambda n: 1.39 * math.exp(-n / 20)))) == []
    )  # it is there


def test_near_codes():
    assert near("relu") == ["dying-relu"]
    assert near("learning-rate") == ["learning-rate-too-high", "learning-rate-too-low"]
    assert near("zzz") == []
    with pytest.raises(UnknownNameError) as raised:
        page("learning-rate")
    assert len(str(raised.value)) < 140
    assert str(raised.value).endswith("All: glasswork doctor --explain all")


@pytest.mark.parametrize(("low", "high", "faults"), [(0.01, 0.03, []), (0.1, 0.9, ["loss-output-mismatch"])])
def test_raw_scores_of_one_model_are_not_taken_for_the_squashed_outputs_of_another(low, high, faults):
    """A fresh discriminator may say the same small number of everything, and the generator ends in a sigmoid."""
    outputs = tensor(32, 1, low=low, high=high, mean=(low + high) / 2, std=0.1)
    vitals = training(20, kind="binary_cross_entropy_with_logits", outputs=outputs, evaluations=False)
    generator = model(outputs=4)
    generator.layers["out"].last = False
    generator.layers["squash"] = layer("squash", "Sigmoid", "activation", 9, after=("out",), last=True)
    vitals.models["generator"] = generator
    for step in vitals.steps:
        step.layers["squash"] = LayerVitals(low=0.05, high=0.95, units=4)
    assert [f.fault for f in rules()["loss-output-mismatch"](vitals) if f.where == "squash"] == faults


def test_a_floor_far_above_guessing_and_far_below_the_start_is_another_loss():
    def ends(at):
        return list(rules()["plateau"](training(200, loss=lambda n: 5.6 if n < 40 else at, evaluations=False)))

    assert ends(3.7) == []
    assert ends(1.4) != []
    assert ends(5.6) != []
