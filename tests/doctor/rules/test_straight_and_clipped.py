"""Straight activations, decays to nothing, clipping that leaves nothing, penalties that outweigh the errors."""

from __future__ import annotations

import pytest

from doctor.rules.data_examples import said
from doctor.rules.vitals_examples import HIDDEN, falling, layer, model, parameter, tensor, training
from glasswork.doctor.vitals import ModelFacts, OptimizerFacts, Probe

# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "decay", "steps", "told"),
    [
        ("Adagrad", 0.95, 540, True),
        ("Adagrad", 0.5, 120, True),
        ("Adagrad", 0.1, 60, False),  # a seventh of the rate is left
        ("Adagrad", 0.01, 2000, False),  # small, and meant for a long training
        ("Adagrad", 0.0, 540, False),
        ("SGD", 0.95, 540, False),
    ],
)
def test_a_decay_of_adagrad_that_is_meant_as_a_factor(kind, decay, steps, told):
    found = said("optimizer-settings", training(steps, optimizer=kind, lr_decay=decay))
    assert [one.where for one in found] == ["optimizer"] * told
    assert all("lr_decay" in one.evidence for one in found)


def test_without_knowing_how_long_it_goes_on_a_decay_is_not_judged():
    vitals = training(540, optimizer="Adagrad", lr_decay=0.95, finished=False)
    vitals.planned_steps = None
    assert not said("optimizer-settings", vitals)


@pytest.mark.parametrize(
    ("slope", "kind", "told"),
    [
        (1.0, "LeakyReLU", True),
        (1, "leaky_relu", True),
        (0.99, "LeakyReLU", True),
        (0.3, "LeakyReLU", False),
        (1.0, "ELU", False),
        (None, "LeakyReLU", False),
    ],
)
def test_a_leaky_relu_that_leaks_all_is_no_activation(slope, kind, told):
    facts = model(activation=kind)
    for known in facts.layers.values():
        if known.family == "activation":
            known.settings = {} if slope is None else {"negative_slope": slope}
    found = said("missing-nonlinearity", training(facts=facts))
    assert [one.where for one in found] == ["fc0"] * told
    assert all("negative slope is 1" in one.evidence for one in found)


# --- trainings after each other ---------------------------------------------------------------------------------------


def two_trainings(rate, loss):
    """A sound training, and a longer one after it."""
    first, second = training(40, evaluations=False), training(120, loss=loss, evaluations=False)
    for step in first.steps:
        step.optimizer = "pre"
    for step in second.steps:
        step.update_norm = rate * (step.weight_norm or 0.0)
    second.optimizers = {"pre": OptimizerFacts("pre", "Adam", [{"lr": 1e-3}]), **second.optimizers}
    second.steps, second.planned_steps = first.steps + second.steps, None
    return second


def test_steps_too_large_in_the_second_training():
    (finding,) = said("learning-rate-too-high", two_trainings(0.4, lambda n: 1.8 if n > 1 else 1.4))
    assert finding.where == "optimizer"
    assert not said("learning-rate-too-high", two_trainings(0.4, falling))
    assert not said("learning-rate-too-high", two_trainings(0.005, lambda n: 1.8 if n > 1 else 1.4))


# --- clipping ---------------------------------------------------------------------------------------------------------


def clipped(*, kept=0.025, moves=5e-4, optimizer="SGD", end=0.5):
    """A loss that goes down in a straight line, to `end` of where it began."""
    vitals = training(optimizer=optimizer, evaluations=False, loss=lambda n: 1.386 * (1 - (1 - end) * n / 120))
    for step in vitals.steps:
        if step.sampled:
            step.before_clip, step.gradient_norm = 0.4, 0.4 * kept
            step.weight_norm, step.update_norm = 10.0, 10.0 * moves
    return vitals


def test_clipping_that_leaves_a_fortieth_of_each_gradient_makes_a_training_slow():
    (finding,) = said("slow-convergence", clipped())
    assert "clipping leaves 2.5% of each gradient" in finding.evidence


@pytest.mark.parametrize(
    "sound",
    [{"kept": 0.5}, {"kept": 1.0}, {"moves": 5e-3}, {"optimizer": "AdamW"}, {"end": 0.1}, {"end": 0.85}],
)
def test_clipping_is_not_blamed_of(sound):
    assert not said("slow-convergence", clipped(**sound))


# --- gradients in repeated blocks -------------------------------------------------------------------------------------


def blocks(count, fade, *, loss=1.386, update=1e-9):
    """Blocks of a part that carries the gradient and a gate that gets little of it."""
    facts, last = ModelFacts("model", "Net"), ""
    for place in range(count):
        for part in ("mix", "gate"):
            name = f"blocks.{place}.{part}"
            facts.layers[name] = layer(name, "Linear", "linear", len(facts.layers), after=(last,) if last else ())
            facts.parameters[f"{name}.weight"] = parameter(f"{name}.weight", (HIDDEN, HIDDEN))
            last = name
    vitals = training(facts=facts, evaluations=False, loss=lambda n: loss(n) if callable(loss) else loss)
    for step in vitals.steps:
        for name, seen in step.layers.items():
            place = int(name.split(".")[1])
            seen.gradient = 1e-3 * fade ** (count - place) * (0.02 if name.endswith("gate") else 1)
            seen.update = update
    return vitals


def test_gradients_fade_among_layers_of_one_place_in_repeated_blocks():
    (finding,) = said("vanishing-gradient", blocks(12, 0.48))
    assert finding.where == "model"
    assert not said("vanishing-gradient", blocks(12, 0.9))
    assert not said("vanishing-gradient", blocks(5, 0.48))  # too few of a kind
    assert not said("vanishing-gradient", blocks(12, 0.48, loss=falling, update=1e-3))


# --- penalties --------------------------------------------------------------------------------------------------------


def with_a_prior(*, weight, shrinks, errors=0.3):
    """A loss by hand: errors, and a multiple of the squares of weights that become smaller."""
    norms = {n: max(1.0, 10.0 * shrinks**n) for n in range(1, 121)}
    vitals = training(
        kind="unknown", evaluations=False, loss=lambda n: falling(n, errors, errors / 2) + weight * norms[n] ** 2
    )
    for step in vitals.steps:
        step.weight_norm, step.batch = norms[step.number] if step.sampled else None, None
    return vitals


def test_a_prior_that_is_most_of_the_loss():
    (finding,) = said("over-regularised", with_a_prior(weight=0.5, shrinks=0.97))
    assert finding.where == "loss"
    assert "the square of the weights" in finding.evidence
    assert not said("over-regularised", with_a_prior(weight=0.002, shrinks=0.97))  # little of the loss
    assert not said("over-regularised", with_a_prior(weight=0.5, shrinks=1.0))  # the weights stay
    assert not said("over-regularised", with_a_prior(weight=0.5, shrinks=0.995))  # they come down by half


def smoothed(*, parts=((1.0, "mean"), (10.0, "mean")), spread=0.06, score=0.9):
    """A regression with a second part in its loss."""
    vitals = training(
        kind="mse",
        facts=model(outputs=1),
        targets=tensor(32, 1),
        outputs=tensor(32, 1, std=spread),
        loss=lambda n: 0.95,
        evaluations=False,
    )
    vitals.losses[0].settings["row_weights"] = list(parts)
    vitals.probes["shuffled-labels"] = Probe("shuffled-labels", 0.1, {"score": score, "p": 0.0})
    return vitals


def test_a_second_part_of_the_loss_that_leaves_the_answers_no_room():
    (finding,) = said("over-regularised", smoothed())
    assert finding.where == "loss"
    assert "counts 10 times as much" in finding.evidence


@pytest.mark.parametrize(
    "sound",
    [
        {"parts": ((1.0, "mean"),)},
        {"parts": ((1.0, "mean"), (0.1, "mean"))},
        {"spread": 0.6},
        {"score": 0.1},  # nothing much to follow
    ],
)
def test_a_second_part_of_the_loss_is_not_blamed_where(sound):
    assert not said("over-regularised", smoothed(**sound))
