"""Parameters of the whole, networks one after the other, dropout between two of them, and weights of losses."""

import pytest

from doctor.rules.vitals_examples import CLASSES, HIDDEN, ROWS, layer, parameter, tensor, training
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import LayerVitals, LossFacts, ModelFacts, OptimizerFacts


def said(code, vitals):
    return [(f.where, f.severity) for f in rules()[code](vitals) if f.severity != "note"]


def apart(seen, *, name="place", shape=(HIDDEN, HIDDEN)):
    """Return a training of a model with a parameter of its own, and what each step that was looked at saw of it."""
    vitals = training()
    facts = vitals.models["model"]
    facts.layers["model"] = layer("model", "Encoder", "other", None, runs=0)
    facts.parameters[name] = parameter(f"model.{name}", shape)
    looks = iter([step for step in vitals.steps if step.sampled])
    for numbers in seen:
        step = next(looks)
        if numbers is not None:
            step.layers["model"] = LayerVitals(**numbers)
    return vitals


IDLE = {"weight": 0.1, "update": 0.0}


@pytest.mark.parametrize(
    ("seen", "faults"),
    [
        ([IDLE] * 5, 1),
        ([None] * 4 + [IDLE] * 3, 1),  # another training came first
        ([None] * 10, 0),  # it was never looked at
        ([None] * 4 + [IDLE] * 2, 0),
        ([None] * 4 + [{"weight": 0.1, "gradient": 0.01, "update": 1e-3}] * 3, 0),
        ([{"bias": 0.1}] * 10, 0),  # what is only added is not looked at
    ],
)
def test_a_parameter_of_the_whole_is_unused_only_where_it_was_looked_at(seen, faults):
    assert len(said("frozen-or-unused-layers", apart(seen))) == faults


def encoder(rate=0.3, *, taken=False, alone=False, units=HIDDEN):
    vitals = training()
    facts = ModelFacts("encoder", "Encoder")
    facts.layers["encoder/gru"] = layer("encoder/gru", "GRU", "recurrent", 0)
    facts.layers["encoder/drop"] = layer("encoder/drop", "Dropout", "dropout", 1, units=units, last=True)
    facts.layers["encoder/drop"].settings["p"] = rate
    if taken:
        vitals.models["model"].layers["fc0"].after = ("encoder/drop",)
    vitals.models = {"encoder": facts} if alone else {"encoder": facts, **vitals.models}
    for step in vitals.steps:
        if step.layers:
            step.layers["encoder/drop"] = LayerVitals(mean=0.0, std=1.0)
            step.batch.outputs = tensor(ROWS, CLASSES)
    return vitals


def test_dropout_between_two_models_drops_no_outputs():
    assert said("dropout-too-strong", encoder(taken=True)) == []
    assert said("dropout-too-strong", encoder()) == []  # what the loss is given has another width
    assert said("dropout-too-strong", encoder(taken=True, units=CLASSES)) == []
    assert said("dropout-too-strong", encoder(units=CLASSES)) == [("encoder/drop", "critical")]
    assert said("dropout-too-strong", encoder(alone=True)) == [("encoder/drop", "critical")]


def weighed(*, names=(), shapes=()):
    vitals = training(200, loss=lambda n: 1.0 - 0.05 * 1.03**n, evaluations=False)
    vitals.losses = [LossFacts("mse", "F.mse_loss", "mean"), LossFacts("cross_entropy", "F.cross_entropy", "mean")]
    for step in vitals.steps:
        if step.sampled:
            step.weight_norm = 10.0 * 1.01**step.number
    facts = vitals.models["model"]
    facts.layers["model"] = layer("model", "Multi", "other", None, runs=0)
    for name, shape in names:
        facts.parameters[name] = parameter(f"model.{name}", shape)
    if shapes:
        vitals.optimizers["second"] = OptimizerFacts("second", "Adam", [{"lr": 0.01}], shapes=list(shapes))
    return vitals


def test_a_loss_with_learned_weights_may_fall_below_nothing():
    rewarded = [("loss", "critical")]
    assert said("weight-growth", weighed()) == rewarded
    assert said("weight-growth", weighed(names=[("log_a", ()), ("log_b", ())])) == []
    assert said("weight-growth", weighed(shapes=[(3,)])) == []
    assert said("weight-growth", weighed(names=[("bias", (4,))])) == rewarded
    assert said("weight-growth", weighed(names=[("gains", (HIDDEN,))])) == rewarded  # too many for losses
