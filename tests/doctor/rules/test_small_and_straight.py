"""Hidden layers of a few units, networks without a single activation, steps that crawl behind simple models."""

import pytest

from doctor.rules.vitals_examples import falling, model, tensor, training
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import Probe


def told(name, vitals):
    """What a rule says of these vitals: severity and place of its first finding, or None."""
    found = next(rules()[name](vitals), None)
    return (found.severity, found.where) if found else None


# --- few units --------------------------------------------------------------------------------------------------------


def narrow(units, right, simple, *, end=0.6):
    """A classifier of four classes whose hidden layer has so many units, beside what a simple model says rightly."""
    facts = model(1)
    facts.layers["fc0"].units, facts.layers["fc0"].settings["in_features"] = units, 8
    vitals = training(facts=facts, loss=lambda n: falling(n, 1.45, end))
    for step in vitals.steps:
        if step.sampled:
            step.batch.correct = right
    vitals.probes["leakage"] = Probe("leakage", 0.1, {"all": simple, "classes": 4.0})
    return vitals


@pytest.mark.parametrize(
    ("vitals", "ill"),
    [
        (narrow(2, 0.6, 0.9), True),
        (narrow(3, 0.6, 0.9), True),
        (narrow(4, 0.6, 0.9), False),  # as many as there are classes
        (narrow(2, 0.8, 0.9), False),  # nearly as good: two numbers may do
        (narrow(2, 0.6, 0.6), False),  # classes that overlap
        (narrow(2, 0.6, 0.9, end=0.2), False),
    ],
)
def test_fewer_units_than_classes(vitals, ill):
    assert (told("underfitting", vitals) == ("warning", "model")) is ill


@pytest.mark.parametrize(
    ("units", "ratio", "end", "ill"),
    [(2, 0.5, 0.7, True), (2, 0.01, 0.7, False), (8, 0.5, 0.6, False), (2, 0.5, 0.1, False)],
)
def test_a_few_units_that_cannot_learn_one_batch(units, ratio, end, ill):
    facts = model(1, outputs=1)
    facts.layers["fc0"].units, facts.layers["fc0"].settings["in_features"] = units, 8
    vitals = training(kind="mse", facts=facts, targets=tensor(32, 1), loss=lambda n: falling(n, 1.0, end, pace=40))
    for step in vitals.steps:
        if step.sampled:
            step.batch.baseline_loss = 1.0
    vitals.probes["one-batch"] = Probe("one-batch", 0.1, {"ratio": ratio})
    vitals.probes["shuffled-labels"] = Probe("shuffled-labels", 0.1, {"score": 0.3, "p": 0.0})
    assert (told("underfitting", vitals) == ("warning", "model")) is ill


@pytest.mark.parametrize(("right", "severity"), [(0.97, "note"), (0.35, "warning")])
def test_scores_that_cannot_be_far_apart_may_be_right_all_the_same(right, severity):
    """Cosines without a temperature keep the loss near guessing, whatever is learned."""
    vitals = training(loss=lambda n: falling(n, 1.386, 1.36, noise=0.001))
    for step in vitals.steps:
        if step.sampled:
            step.batch.correct = right
    for judged in vitals.evaluations:
        judged.correct = right
    assert told("underfitting", vitals) == (severity, "model")


# --- no activation ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("norm", "activation", "ill"),
    [("LayerNorm", "Identity", True), ("BatchNorm1d", "Identity", True), ("LayerNorm", "GELU", False)],
)
def test_norms_with_nothing_behind_them(norm, activation, ill):
    facts = model(2, activation=activation, norm=norm)
    for layer in facts.layers.values():
        layer.consumers = 0 if layer.last else 1
        if layer.kind == "Identity":
            layer.family = "other"
    assert told("missing-nonlinearity", training(facts=facts)) == (("warning", "fc0") if ill else None)


def test_a_norm_between_projections_of_a_network_with_activations():
    facts = model(2, activation="Identity", norm="LayerNorm")
    facts.layers["act1"].kind = "GELU"
    facts.layers["act0"].family = "other"
    assert told("missing-nonlinearity", training(facts=facts)) is None


# --- rates -----------------------------------------------------------------------------------------------------------


def beside_a_table(moves, loss, *, table="Embedding"):
    """A network whose table outweighs its layers, which the first steps move by such a part of their size."""
    facts = model(3)
    facts.layers["fc0"].family, facts.layers["fc0"].kind = table.lower(), table
    vitals = training(facts=facts, loss=loss, evaluations=False)
    for step in vitals.steps:
        if step.sampled:
            for name in ("fc1", "fc2", "out"):
                step.layers[name].update = moves * step.layers[name].weight
    return vitals


@pytest.mark.parametrize(
    ("vitals", "answer"),
    [
        (beside_a_table(0.2, lambda n: 1.45), ("critical", "optimizer")),
        (beside_a_table(0.2, falling), None),
        (beside_a_table(0.01, lambda n: 1.45), None),
        (beside_a_table(0.2, lambda n: 1.45, table="Linear"), None),  # all that is moved is seen in the whole
    ],
)
def test_layers_that_leap_beside_a_table(vitals, answer):
    assert told("learning-rate-too-high", vitals) == answer


# --- slow -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("move", "end", "score", "ill"),
    [
        (0.002, 0.65, 0.5, True),
        (0.05, 0.65, 0.5, False),  # steps of a usual size
        (0.002, 0.65, 0.3, False),  # simple models find no more
        (0.002, 0.2, 0.9, False),  # it arrives
    ],
)
def test_steps_that_crawl_behind_simple_models(move, end, score, ill):
    vitals = training(
        400,
        kind="mse",
        facts=model(outputs=1),
        optimizer="SGD",
        loss=lambda n: 1 - (1 - end) * n / 400,
        evaluations=False,
    )
    for step in vitals.steps:
        if step.sampled:
            step.batch.baseline_loss, step.update_norm = 1.0, move
    vitals.probes["shuffled-labels"] = Probe("shuffled-labels", 0.1, {"score": score, "p": 0.0})
    assert (told("slow-convergence", vitals) == ("warning", "optimizer")) is ill
