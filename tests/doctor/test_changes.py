"""The change to make: settled by what was seen, in the user's own names, with file and line; else nothing."""

import pytest

from glasswork.doctor import Vitals
from glasswork.doctor.changes import change_for
from glasswork.doctor.naming import attribute
from glasswork.doctor.rules import codes
from glasswork.doctor.vitals import (
    BatchVitals,
    Evaluation,
    LayerFacts,
    LossFacts,
    ModelFacts,
    OptimizerFacts,
    ParameterFacts,
    StepVitals,
    TensorVitals,
)
from glasswork.records import Finding, Treatment

PLACES = {
    "backward": "train.py:41",
    "step": "train.py:42",
    "loss": "train.py:40",
    "optimizer": "train.py:12",
    "model": "train.py:39",
}


def vitals(**fields):
    layers = [
        LayerFacts("net.0", "Linear", "linear", 0, {"in_features": 7, "out_features": 64}),
        LayerFacts("net.1", "ReLU", "activation", 1, after=("net.0",)),
        LayerFacts("net.2", "BatchNorm1d", "norm", 2, {"num_features": 12, "momentum": 0.001}),
        LayerFacts("net.3", "Dropout", "dropout", 3, {"p": 0.9}),
        LayerFacts("net.4", "Softmax", "activation", 4, {"dim": 0}),
        LayerFacts("rnn", "LSTM", "recurrent", 5, {"batch_first": False}),
        LayerFacts("net.5", "Linear", "linear", 6, after=("net.0",)),
        LayerFacts("head>sigmoid", "sigmoid", "activation", 7),
    ]
    weights = [
        ParameterFacts("net.0.weight", "net.0", (64, 7)),
        ParameterFacts("net.0.bias", "net.0", (64,)),
        ParameterFacts("net.5.weight", "net.5", (3, 64), trainable=False),
    ]
    model = ModelFacts("model", "Net", {one.name: one for one in layers}, {one.name: one for one in weights})
    optimizer = OptimizerFacts("optimizer", "SGD", [{"lr": 0.5, "weight_decay": 0.0, "maximize": False}])
    given = {
        "models": {"model": model},
        "optimizers": {"optimizer": optimizer},
        "losses": [LossFacts("cross_entropy", "CrossEntropyLoss", "mean")],
        "steps": [StepVitals(1, loss=1.0)],
        "places": dict(PLACES),
    }
    return Vitals(**(given | fields))


def finding(fault, where="loop", evidence="…", severity="critical", step=3, changes=None):
    treatments = (Treatment("…", changes),) if changes else ()
    return Finding(fault, severity, 0.9, where, evidence, "…", step, treatments)


@pytest.mark.parametrize(
    ("found", "change"),
    [
        (finding("missing-zero-grad"), "train.py:41  optimizer.zero_grad()  before  loss.backward()"),
        (
            finding("loss-output-mismatch", "net.4"),
            "train.py:40  nn.CrossEntropyLoss on softmax output: delete the Softmax at net.4",
        ),
        (
            finding("loss-output-mismatch", "head>sigmoid"),
            "train.py:40  nn.CrossEntropyLoss on sigmoid output: delete the call of sigmoid after head",
        ),
        (
            finding("learning-rate-too-high", "optimizer", changes={"optimizer.lr": 0.003}),
            "train.py:12  SGD(model.parameters(), lr=0.003)  instead of  lr=0.5",
        ),
        (
            finding("slow-convergence", "optimizer", changes={"optimizer.name": "adam", "optimizer.lr": 1e-3}),
            "train.py:12  Adam(model.parameters(), lr=0.001)  instead of  SGD(…, lr=0.5)",
        ),
        (
            finding("exploding-gradient", "net.0", changes={"training.clip_norm": 2.5}),
            "torch.nn.utils.clip_grad_norm_(model.parameters(), 2.5)  before  optimizer.step()",
        ),
        (
            finding("dying-relu", "net.1"),
            "nn.LeakyReLU()  instead of  the ReLU at net.1",
        ),
        (finding("missing-nonlinearity", "net.0"), "nn.ReLU()  between net.0 and net.1"),
        (finding("tiny-batch-norm", "net.2"), "nn.GroupNorm(4, 12)  instead of  BatchNorm1d(12) at net.2"),
        (finding("stale-batch-norm", "net.2"), "momentum=0.1  instead of  momentum=0.001 for the BatchNorm1d at net.2"),
        (finding("dropout-too-strong", "net.3"), "p=0.2  instead of  p=0.9 for the Dropout at net.3"),
        (finding("batch-mixing", "net.4"), "dim=-1  instead of  dim=0 for the Softmax at net.4"),
        (finding("batch-mixing", "rnn"), "nn.LSTM(…, batch_first=True)  at rnn"),
        (
            finding("zero-initialisation", "net.0"),
            "nn.init.kaiming_uniform_(model.net[0].weight, a=5**0.5)  after the model is made",
        ),
        (finding("frozen-or-unused-layers", "net.5"), "model.net[5].requires_grad_(True)"),
        (
            finding("parameters-not-in-optimizer", "net.0"),
            "optimizer = SGD(model.parameters(), …)  so that model.net[0] is among them",
        ),
        (
            finding("output-range", "head>sigmoid"),
            "delete the call of sigmoid after head, so that outputs can be any number",
        ),
        (finding("loss-bookkeeping"), "train.py:40  keep loss.item(), not loss, in lists and running totals"),
    ],
    ids=lambda value: value.fault if isinstance(value, Finding) else "",
)  # fmt: skip
def test_what_was_seen_settles_the_change(found, change):
    assert change_for(vitals(), found) == change


@pytest.mark.parametrize(
    "found",
    [
        finding("plateau"),
        finding("no-such-fault"),
        finding("frozen-or-unused-layers", "net.5", severity="note"),
        finding("parameters-not-in-optimizer", "net.0", severity="note"),
        finding("frozen-or-unused-layers", "net.0"),  # it does learn: unused, not frozen
        finding("learning-rate-too-high", "optimizer", changes={"optimizer.lr": 0.5}),  # as it is
        finding("learning-rate-too-high", "optimizer", changes={"optimizer.lr": float("nan")}),
        finding("stale-batch-norm", "nowhere"),
        finding("shape-mismatch", "net.0"),
    ],
    ids=lambda found: found.fault,
)
def test_where_nothing_settles_it_there_is_no_change(found):
    assert change_for(vitals(), found) is None


def test_the_users_own_names_are_taken_where_the_line_is_known():
    seen = vitals()
    seen.code = {"backward": "total = self.criterion(y, t).backward()", "step": "self.opt.step()"}
    assert change_for(seen, finding("missing-zero-grad")) == (
        "train.py:41  self.opt.zero_grad()  before  total = self.criterion(y, t).backward()"
    )
    seen.code = {"backward": "err_d.backward()"}
    said = change_for(seen, finding("loss-bookkeeping"))
    assert said == "train.py:40  keep err_d.item(), not err_d, in lists and running totals"


def test_of_several_optimizers_the_one_that_is_named():
    two = {"optD": OptimizerFacts("optD", "Adam"), "optG": OptimizerFacts("optG", "SGD")}
    found = finding("missing-zero-grad", evidence="optG made step 3 with gradients that had not been cleared.")
    assert change_for(vitals(optimizers=two), found) == "train.py:41  optG.zero_grad()  before  loss.backward()"


def test_a_script_that_failed_is_mended_where_it_failed():
    places = PLACES | {"crash": "train.py:17"}
    seen = vitals(error="RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x6 and 7x64)", places=places)
    said = change_for(seen, finding("shape-mismatch", "net.0"))
    assert said == "train.py:17  nn.Linear(6, 64)  instead of  nn.Linear(7, 64) at net.0"


def test_a_recipe_is_told_its_own_settings():
    found = finding("learning-rate-too-high", "optimizer", changes={"optimizer.lr": 0.0566, "model.hidden": [64, 64]})
    assert change_for(vitals(recipe=True), found) == "optimizer.lr=0.0566, model.hidden=[64, 64]"
    norm = finding("dying-relu", "net.1", changes={"model.activation": "relu", "model.residual": True})
    assert change_for(vitals(recipe=True), norm) == "model.activation=relu, model.residual=true"
    assert change_for(vitals(recipe=True), finding("missing-zero-grad")) is None


def test_the_direction_of_a_mode():
    asked = Evaluation(9, 0.5, batches=3, training_mode=True, matters=True)
    in_training = finding("train-eval-mode", evidence="The validation after step 9 ran in training mode.", step=9)
    assert change_for(vitals(evaluations=[asked]), in_training).startswith("train.py:42  model.eval()  before each")
    assert change_for(vitals(), finding("train-eval-mode")).startswith("train.py:42  model.train()  at the top")


def test_no_step_at_all():
    found = finding("parameters-not-in-optimizer", "loop", "backward() was called 90 times, and no optimizer stepped.")
    assert change_for(vitals(steps=[], places={}), found) == "optimizer.step()  after  loss.backward()"


def test_shapes_that_do_not_fit_give_the_layer_that_would():
    seen = vitals(error="RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x6 and 7x64)")
    assert change_for(seen, finding("shape-mismatch", "net.0")) == (
        "nn.Linear(6, 64)  instead of  nn.Linear(7, 64) at net.0"
    )
    assert change_for(seen, finding("shape-mismatch", "rnn")) is None  # an LSTM's sizes are its own affair
    unknown = Vitals(error=seen.error)  # it failed before any model had trained
    assert change_for(unknown, finding("shape-mismatch", "fc1")) == (
        "nn.Linear(6, 64)  instead of  nn.Linear(7, 64) at fc1"
    )


@pytest.mark.parametrize(
    ("outputs", "targets", "change"),
    [
        ((8, 1), (8,), "train.py:40  outputs.squeeze(-1)  as the loss's first argument: shape (8,)"),
        ((8,), (8, 1), "train.py:40  targets.squeeze(-1)  as the loss's second argument: shape (8,)"),
    ],
)
def test_outputs_against_every_target(outputs, targets, change):
    batch = BatchVitals(outputs=TensorVitals(outputs, "float32"), targets=TensorVitals(targets, "float32"))
    seen = vitals(steps=[StepVitals(1, loss=1.0, sampled=True, batch=batch)])
    found = finding("loss-reduction", "loss", "It compares every output with every target, (8, 8) pairs.")
    assert change_for(seen, found) == change


def test_weights_of_classes_are_written_out():
    batch = BatchVitals(targets=TensorVitals((100,), "int64", counts={0: 80, 1: 20}))
    seen = vitals(steps=[StepVitals(1, sampled=True, batch=batch)])
    # 100 / (2 * 80) = 0.625, 100 / (2 * 20) = 2.5
    assert change_for(seen, finding("class-imbalance", "data")) == (
        "train.py:40  nn.CrossEntropyLoss(weight=torch.tensor([0.62, 2.5]))"
    )
    batch.targets.counts = {0: 80, 2: 20}  # class 1 was not seen: nobody knows its weight
    assert change_for(seen, finding("class-imbalance", "data")) is None


def test_the_weight_of_the_rare_answer_of_two():
    batch = BatchVitals(targets=TensorVitals((100, 1), "float32", counts={0: 96, 1: 4}))
    loss = LossFacts("binary_cross_entropy_with_logits", "BCEWithLogitsLoss", "mean")
    seen = vitals(steps=[StepVitals(1, sampled=True, batch=batch)], losses=[loss])
    # 96 / 4 = 24
    assert change_for(seen, finding("class-imbalance", "data")) == (
        "train.py:40  nn.BCEWithLogitsLoss(pos_weight=torch.tensor(24))"
    )
    loss.settings["pos_weight"] = True  # it has one already
    assert change_for(seen, finding("class-imbalance", "data")) is None


def test_a_schedule_in_the_wrong_loop():
    seen = vitals(scheduler={"kind": "StepLR"}, places={"scheduler": "train.py:44"})
    found = finding("schedule-misuse", "optimizer", "StepLR let the learning rate fall from 0.03 to 2e-5.")
    assert change_for(seen, found) == "train.py:44  scheduler.step()  once an epoch, outside of the loop over batches"


def test_targets_are_scaled_with_their_own_numbers():
    batch = BatchVitals(targets=TensorVitals((8,), "float32", mean=1200.0, std=300.0))
    seen = vitals(steps=[StepVitals(1, sampled=True, batch=batch)])
    assert change_for(seen, finding("unscaled-targets", "data")) == (
        "train.py:40  y = (y - 1200) / 300  before the loss; prediction * 300 + 1200  after training"
    )


@pytest.mark.parametrize("code", codes())
@pytest.mark.parametrize("where", ["loop", "data", "loss", "optimizer", "model", "net.0", "nowhere"])
def test_every_fault_with_nothing_seen_breaks_nothing(code, where):
    for seen in (Vitals(), vitals()):
        said = change_for(seen, finding(code, where))
        assert said is None or (said and "\n" not in said)


def test_how_code_reaches_a_layer():
    assert attribute("0.2.norm") == "model[0][2].norm"
    assert attribute("body.conv>relu") == "model.body.conv"
    assert attribute("D/main.0") == "D.main[0]"
