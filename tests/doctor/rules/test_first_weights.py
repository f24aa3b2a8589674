"""What first weights, first signals and first losses say; and sound trainings that begin much alike."""

import math

import pytest

from doctor.rules.vitals_examples import FEATURES, HIDDEN, ROWS, layer, look, model, parameter, tensor, training
from glasswork.doctor.causes import explained, order
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import LayerVitals, LossFacts, ModelFacts, TensorVitals
from glasswork.records import Finding


def running(**fields):
    """A training that goes on."""
    return training(60, **{"finished": False, "evaluations": False, **fields})


def said(code, vitals):
    return [finding for finding in rules()[code](vitals) if finding.severity != "note"]


def looks(vitals):
    return [step for step in vitals.steps if step.sampled]


def flat(_):
    return 1.39


# --- tables that are multiplied ---------------------------------------------------------------------------------------


def factors(gradient, *, updates=(0.05,) * 60, tables=("user", "item"), family="embedding"):
    """Factors of a product that begin at 0, with a bias beside them that learns."""
    facts = ModelFacts("model", "Factors")
    for place, name in enumerate((*tables, "bias")):
        facts.layers[name] = layer(name, "Embedding", family if name != "bias" else "embedding", place)
        facts.parameters[f"{name}.weight"] = parameter(
            f"{name}.weight", (90, 1 if name == "bias" else 6), zeros=1.0, std=0.0, alike=True, fan_in=None
        )
    vitals = running(facts=facts, kind="mse", targets=tensor(ROWS), outputs=tensor(ROWS))
    for step, update in zip(looks(vitals), updates, strict=False):
        step.update_norm = update
        slope = gradient(step.number)
        for name in tables:
            step.layers[name] = LayerVitals(weight=0.0 if slope == 0 else 0.01, gradient=slope, mean=0.0, std=0.0)
    return vitals


def test_tables_that_hold_each_other_at_zero():
    (finding,) = said("zero-initialisation", factors(lambda n: 0.0))
    assert (finding.where, finding.step, finding.severity) == ("user", 2, "critical")
    assert "user and item" in finding.evidence


def test_a_table_at_zero_that_learns_is_well():
    assert said("zero-initialisation", factors(lambda n: 0.0 if n < 2 else 0.1)) == []
    assert said("zero-initialisation", factors(lambda n: 0.0, tables=("user",))) == []


def test_a_table_waits_until_something_has_moved():
    waiting = factors(lambda n: 0.0 if n < 4 else 0.1, updates=(0.0, 0.0, 0.05, 0.05) + (0.05,) * 56)
    assert said("zero-initialisation", waiting) == []  # a warm-up from a rate of 0, before a last layer of 0
    (finding,) = said("zero-initialisation", factors(lambda n: 0.0, updates=(0.0, 0.0) + (0.05,) * 58))
    assert finding.step == 4


def test_tables_of_no_layer_are_known_by_equal_outputs():
    vitals = factors(lambda n: 0.0, family="other")
    for step in looks(vitals):
        step.batch.outputs = tensor(ROWS, std=0.0)
    (finding,) = said("zero-initialisation", vitals)
    assert (finding.where, finding.step) == ("user", 5)
    look(vitals, 3).batch.outputs = tensor(ROWS, std=0.01)
    assert said("zero-initialisation", vitals) == []


def branch(moves):
    """A layer of 0 behind a last layer of 0: no gradient until that has moved."""
    vitals = running()
    vitals.models["model"].parameters["fc1.weight"].zeros = 1.0
    vitals.models["model"].parameters["fc1.weight"].alike = True
    for step in looks(vitals):
        step.update_norm = 0.05 if step.number >= moves else 0.0
        seen, reached = step.layers["fc1"], step.number > moves
        seen.gradient, seen.gradient_alike = (0.01, False) if reached else (0.0, None)
    return vitals


@pytest.mark.parametrize("moves", [1, 2, 4])
def test_a_branch_behind_a_last_layer_of_zero_is_well_after_any_warm_up(moves):
    assert said("zero-initialisation", branch(moves)) == []
    stuck = branch(moves)
    for step in looks(stuck):
        step.layers["fc1"].gradient, step.layers["fc1"].gradient_alike = 0.0, None
    assert [f.where for f in said("zero-initialisation", stuck)] == ["fc1"]


# --- a signal that is lost --------------------------------------------------------------------------------------------


def faint(gain, spread, *, loss=flat, later=None):
    vitals = running(loss=loss)
    for name, fan in (("fc0", FEATURES), ("fc1", HIDDEN), ("out", HIDDEN)):
        vitals.models["model"].parameters[f"{name}.weight"].std = gain / fan**0.5
    for step in looks(vitals):
        size = spread if later is None or step.number == 1 else later
        step.batch.outputs = tensor(ROWS, 4, mean=1e-6, std=size, rows_alike=3.0 if size else 0.0)
    return vitals


def test_weak_weights_that_lose_the_signal():
    (finding,) = said("initialisation-scale", faint(0.2, 3e-6))
    assert (finding.where, finding.step, finding.severity) == ("fc0", 21, "critical")
    assert "hardly more" in finding.evidence
    (finding,) = said("initialisation-scale", faint(0.2, 3e-6, later=0.1))
    assert finding.severity == "warning"  # the signal came through, and nothing was learned by then


def test_weak_weights_that_do_no_harm():
    learned = lambda n: 1.39 * math.exp(-n / 20)  # noqa: E731
    assert said("initialisation-scale", faint(0.2, 3e-6, loss=learned, later=0.5)) == []
    assert said("initialisation-scale", faint(0.2, 1e-2)) == []  # GPT's 0.02
    assert said("initialisation-scale", faint(0.58, 3e-6)) == []  # torch's own: depth, not scale
    assert said("initialisation-scale", faint(0.2, 0.0)) == []  # a last layer of 0


def test_weak_weights_in_a_network_without_modules():
    vitals = faint(0.2, 3e-6)
    vitals.models.clear()
    for step in looks(vitals):
        step.layers = {}
    (finding,) = said("initialisation-scale", vitals)
    assert (finding.where, finding.step) == ("model", 21)


# --- first losses -----------------------------------------------------------------------------------------------------


def counting(first, output, **settings):
    vitals = running(kind="poisson_nll", loss=lambda n: first if n == 1 else 3.0)
    vitals.losses = [LossFacts("poisson_nll", "PoissonNLLLoss", "mean", {"log_input": True, **settings})]
    for step in looks(vitals):
        step.batch.outputs = tensor(ROWS, mean=output, std=0.1, low=output - 0.3, high=output + 0.3)
        step.batch.targets = tensor(ROWS, mean=5.0, std=2.0, low=0.0, high=13.0)
        step.batch.baseline_loss = None
    return vitals


def test_counts_that_begin_at_the_mean_instead_of_its_logarithm():
    (finding,) = said("initial-loss", counting(343.0, 5.9))
    assert (finding.step, finding.confidence) == (1, 0.9)
    assert said("initial-loss", counting(-3.0, 1.6)) == []
    assert said("initial-loss", counting(1.5, 0.0)) == []
    assert said("initial-loss", counting(343.0, 5.9, log_input=False)) == []
    assert said("initial-loss", counting(3430.0, 5.9)) == []  # outputs that cannot have such a loss: a sum of more


@pytest.mark.parametrize("wide", [True, False])
def test_a_first_loss_that_the_outputs_cannot_have_is_a_multiple(wide):
    reach = 4.0 if wide else 0.5
    vitals = running(loss=lambda n: 6.0, outputs=tensor(ROWS, 4, low=-reach, high=reach, std=reach / 3))
    assert bool(said("initial-loss", vitals)) is wide


# --- signals that grow ------------------------------------------------------------------------------------------------


def growing(times, *, steep=1000.0, first=500.0, inputs=1.0):
    vitals = running(facts=model(4), loss=lambda n: first if n == 1 else 300.0)
    step = look(vitals, 1)
    step.gradient_norm = steep * step.weight_norm
    step.batch.inputs = {"0": tensor(ROWS, FEATURES, std=inputs)}
    for place, name in enumerate(("fc0", "fc1", "fc2", "fc3", "out")):
        step.layers[name].std = 0.6 * times ** (place / 4)
    return vitals


def test_a_signal_that_grows_between_usual_layers():
    (finding,) = said("exploding-gradient", growing(100.0))
    assert (finding.where, finding.step, finding.severity) == ("out", 1, "critical")
    assert "100 times" in finding.evidence


def test_a_signal_that_grows_for_another_reason():
    assert said("exploding-gradient", growing(10.0)) == []
    assert said("exploding-gradient", growing(100.0, inputs=40.0)) == []
    assert said("exploding-gradient", growing(100.0, steep=50.0)) == []
    assert said("exploding-gradient", growing(100.0, first=20.0)) == []
    large = growing(100.0)
    large.models["model"].parameters["fc1.weight"].std = 1.0  # its own weights do it
    assert said("exploding-gradient", large) == []


# --- a last layer at its ends -----------------------------------------------------------------------------------------


def ended(share, slope, *, early=0.9, loss=flat):
    facts = model(activation="Tanh")
    facts.layers["out"].last = False
    facts.layers["end"] = layer("end", "Tanh", "activation", 9, units=4, last=True)
    vitals = running(facts=facts, loss=loss)
    for step in looks(vitals):
        step.layers["end"] = LayerVitals(mean=0.0, std=1.0, saturated=early if step.number == 1 else share, units=4)
        step.gradient_norm = 1.0 if step.number == 1 else slope
    return vitals


def test_answers_at_the_ends_of_their_range():
    (finding,) = said("saturated-activation", ended(1.0, 1e-6))
    assert (finding.where, finding.step, finding.severity) == ("end", 1, "critical")
    (later,) = said("saturated-activation", ended(1.0, 1e-6, early=0.1))
    assert later.step > 1
    assert later.confidence < finding.confidence - 0.2


def test_sure_answers_are_well():
    assert said("saturated-activation", ended(1.0, 0.1)) == []  # still learning
    assert said("saturated-activation", ended(0.5, 1e-6)) == []
    assert said("saturated-activation", ended(1.0, 1e-6, loss=lambda n: 1.39 * math.exp(-n / 5))) == []


# --- views that are drawn together ------------------------------------------------------------------------------------


def views(shrinks, *, fixed=False, name="F.mse_loss", loss=lambda n: 0.02 * math.exp(-n / 3)):
    vitals = running(kind="mse", loss=loss)
    vitals.losses = [LossFacts("mse", name, "mean")]
    for step in looks(vitals):
        left = max(0.02, math.exp(-step.number / 4)) if shrinks else 1.0
        step.batch.outputs = tensor(ROWS, 8, std=0.1, rows_alike=3.0 * left)
        step.batch.targets = tensor(ROWS, 8, std=0.1, rows_alike=3.0 if fixed else 3.0 * left)
        step.batch.baseline_loss = None
    return vitals


@pytest.mark.parametrize("name", ["F.mse_loss", "custom"])
def test_two_views_that_come_together(name):
    (finding,) = said("representation-collapse", views(True, name=name))
    assert (finding.where, finding.severity) == ("model", "warning")


def test_outputs_that_follow_something_are_well():
    assert said("representation-collapse", views(False)) == []
    assert said("representation-collapse", views(True, fixed=True)) == []
    assert said("representation-collapse", views(True, loss=lambda n: 0.02)) == []
    without = views(True)
    for step in looks(without):
        step.batch.targets = None
    assert said("representation-collapse", without) == []


# --- units that are not missed ----------------------------------------------------------------------------------------


def silent(share, loss):
    vitals = running(loss=loss)
    for step in looks(vitals):
        dead = round(HIDDEN * (share if step.number > 8 else 0.1))
        step.layers["act0"].silent = (1 << dead) - 1
    return vitals


def test_half_the_units_are_not_missed_where_the_rest_learns():
    learning = lambda n: max(0.8, 1.45 * math.exp(-n / 12))  # noqa: E731
    (note,) = rules()["dying-relu"](silent(0.6, learning))
    assert note.severity == "note"
    (finding,) = said("dying-relu", silent(0.6, flat))
    assert finding.where == "act0"
    (finding,) = said("dying-relu", silent(0.8, learning))
    assert finding.severity == "warning"


# --- causes -----------------------------------------------------------------------------------------------------------


def test_what_is_seen_before_the_first_step_is_not_the_doing_of_steps():
    fast = Finding("learning-rate-too-high", "critical", 0.9, "optimizer", "…", "…", 3)
    far = Finding("initial-loss", "warning", 0.9, "model", "…", "…", 1)
    steep = Finding("exploding-gradient", "critical", 0.92, "fc3", "…", "…", 1)
    assert order([fast, far, steep])[0] is steep
    late = Finding("exploding-gradient", "critical", 0.85, "fc3", "…", "…", 9)
    assert explained([fast, late]) == {1: 0}


def test_a_first_loss_that_is_far_off_explains_steps_that_are_too_long():
    far = Finding("initial-loss", "warning", 0.9, "model", "…", "…", 1)
    fast = Finding("learning-rate-too-high", "critical", 0.9, "optimizer", "…", "…", 9)
    assert explained([fast, far]) == {0: 1}


def test_tensors_of_integers_have_no_faint_outputs():
    vitals = faint(0.2, 3e-6)
    for step in looks(vitals):
        step.batch.targets = TensorVitals((ROWS,), "int64", mean=0.0, std=0.0)
    assert said("initialisation-scale", vitals) == []


# --- dropout by hand --------------------------------------------------------------------------------------------------


def masked(given, *, gave=0.5, loss=flat):
    """What stands between fc1 and the activation before it sets elements to 0."""
    vitals = running(loss=loss)
    vitals.models["model"].layers["fc1"].after = ()
    for step in looks(vitals):
        step.layers["act0"].zeros, step.layers["fc1"].given_zeros = gave, given
    return vitals


def test_a_mask_by_hand_that_leaves_too_little():
    (finding,) = said("dropout-too-strong", masked(0.95))
    assert (finding.where, finding.severity) == ("fc1", "warning")
    assert "90%" in finding.evidence


def test_zeros_that_are_no_dropout_are_left_alone():
    assert said("dropout-too-strong", masked(0.95, loss=lambda n: 1.45 * math.exp(-n / 12))) == []  # it learns
    assert said("dropout-too-strong", masked(0.6)) == []  # a fifth of what is left
    assert said("dropout-too-strong", masked(0.6, gave=0.0)) == []  # something like a ReLU
    assert said("dropout-too-strong", masked(None)) == []
    known = masked(0.95)
    known.models["model"].layers["fc1"].after = ("act0",)
    assert said("dropout-too-strong", known) == []
