"""Mistakes of the loop and the wiring: each rule on a sick training, and on one just under the line."""

import math
from dataclasses import replace

import pytest

from doctor.rules.cases import Case, check_sick, check_under
from doctor.rules.vitals_examples import (
    CLASSES,
    HIDDEN,
    LN4,
    ROWS,
    classes,
    convolutional,
    falling,
    features,
    layer,
    look,
    model,
    parameter,
    residual_zero,
    tensor,
    training,
)
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import LayerVitals, LossFacts


def running(**fields):
    """A training that goes on, so that a finding must come at its own time."""
    return training(60, **{"finished": False, "evaluations": False, **fields})


# --- the loop ---------------------------------------------------------------------------------------------------------


def never_cleared():
    vitals = running()
    for step in vitals.steps[1:]:
        step.zeroed = False
        step.carried = 0.5 if step.sampled else None
    return vitals


def cleared_once_forgotten():
    vitals = running()
    look(vitals, 7).zeroed, look(vitals, 7).carried = False, 0.4
    return vitals


def optimizer_of_another_model():
    vitals = running()
    for known in vitals.models["model"].parameters.values():
        known.optimized = False
    vitals.optimizers["optimizer"].foreign = 6
    return vitals


def body_left_out(trained):
    vitals = running()
    for known in vitals.models["model"].parameters.values():
        if not known.name.startswith("out"):
            known.optimized = False
            known.std = (known.std or 0.1) * (1.25 if trained else 1.0)
    return vitals


def without_a_middle_layer():
    vitals = running()
    for known in vitals.models["model"].parameters.values():
        known.optimized = not known.name.startswith("fc1")
    return vitals


def cut_after_first():
    vitals = running(facts=model(hidden=3))
    for step in vitals.steps:
        for name in ("fc0", "fc1"):
            if step.sampled:
                seen = step.layers[name]
                seen.gradient, seen.update = None, 0.0
    return vitals


def skipped_now_and_then():
    vitals = running(facts=model(hidden=3))
    for step in vitals.steps[1:]:
        if step.sampled:
            step.layers["fc0"].gradient = None
    return vitals


def always_evaluating():
    vitals = running(facts=model(norm="BatchNorm1d", dropout=0.2))
    for step in vitals.steps:
        for seen in step.layers.values():
            seen.training = False if seen.training is not None else None
    return vitals


def one_norm_frozen():
    vitals = running(facts=model(norm="BatchNorm1d", dropout=0.2))
    for step in vitals.steps:
        for name, seen in step.layers.items():
            seen.training = False if name.startswith("norm") else seen.training
    return vitals


def stale():
    vitals = running(facts=model(norm="BatchNorm1d"))
    for step in vitals.steps:
        if step.sampled:
            step.layers["norm1"].running_zero, step.layers["norm1"].running_gap = True, 1.5
    return vitals


def empty_at_first():
    vitals = running(facts=model(norm="BatchNorm1d"))
    for step in vitals.steps[:1]:
        step.layers["norm1"].running_zero = True
    return vitals


def rates(values, **scheduler):
    vitals = training(len(values), finished=False, evaluations=False)
    for step, rate in zip(vitals.steps, values, strict=True):
        step.learning_rates = (rate,)
    vitals.scheduler = scheduler
    return vitals


def epochs_counted_in_batches():
    return rates([1e-3 * 0.5**n for n in range(100)], kind="ExponentialLR", steps=100)


def slow_exponential():
    return rates([1e-3 * 0.95**n for n in range(100)], kind="ExponentialLR", steps=100)


def betas(first, second):
    return running(betas=(first, second))


# --- loss and outputs -------------------------------------------------------------------------------------------------


def outputs_of(**fields):
    return running(outputs=tensor(ROWS, CLASSES, **fields))


def after_softmax():
    vitals = outputs_of(low=0.01, high=0.9, mean=0.25, std=0.1, row_sums=(1.0, 1.0))
    facts = vitals.models["model"]
    facts.layers["out"].last = False
    facts.layers["head"] = layer("head", "Softmax", "activation", 9, after=("out",), units=CLASSES, last=True)
    return vitals


def scores_near_probabilities():
    return outputs_of(low=-0.01, high=0.9, row_sums=(0.9, 1.1))


def amounts(low, high, std=0.4, kind="Sigmoid", **fields):
    """A regression through a bounded last layer."""
    facts = model(outputs=1)
    facts.layers["out"].last = False
    facts.layers["end"] = layer("end", kind, "activation", 9, after=("out",), units=1, last=True)
    start = -0.5 if kind == "Tanh" else 0.0
    return running(
        facts=facts,
        kind="mse",
        targets=tensor(ROWS, 1, low=low, high=high, std=std),
        outputs=tensor(ROWS, 1, low=start, high=0.7, mean=0.5, std=0.1, **fields),
    )


def pairs(shape):
    return running(
        facts=model(outputs=1),
        kind="mse",
        outputs=tensor(ROWS, 1),
        targets=tensor(*shape),
        loss=lambda n: falling(n, 1, 0.1),
    )


def negative():
    return running(loss=lambda n: -falling(n, 0.1, 3.0))


def uphill(cosine):
    vitals = running()
    for step in vitals.steps:
        step.alignment = cosine if step.sampled else None
    return vitals


# --- initial weights and structure ------------------------------------------------------------------------------------


def alike(name, *, zero, gradients):
    vitals = running()
    known = vitals.models["model"].parameters[f"{name}.weight"]
    known.alike, known.zeros, known.std = True, 1.0 if zero else 0.0, 0.0
    for step in vitals.steps:
        if step.sampled:
            step.layers[name].gradient_alike = gradients
    return vitals


def frozen(name, std):
    vitals = running()
    known = vitals.models["model"].parameters[f"{name}.weight"]
    known.trainable, known.optimized, known.std = False, False, std * known.std
    for step in vitals.steps:
        if step.sampled:
            step.layers[name].gradient = step.layers[name].update = None
    return vitals


def spare(numbers):
    vitals = running()
    facts = vitals.models["model"]
    facts.layers["spare"] = layer("spare", "Linear", "linear", None, runs=0)
    facts.parameters["spare.weight"] = parameter("spare.weight", (1, numbers))
    for step in vitals.steps:
        if step.layers:
            step.layers["spare"] = LayerVitals(weight=0.1, update=0.0)
    return vitals


def between(kind, family="activation"):
    facts = model()
    facts.layers["act0"] = layer("act0", kind, family, 1, after=("fc0",))
    return running(facts=facts)


def without_activation(width):
    facts = model()
    del facts.layers["act1"]
    facts.parameters["fc1.weight"] = parameter("fc1.weight", (width, HIDDEN))
    facts.layers["out"] = layer("out", "Linear", "linear", 3, after=("fc1",), units=HIDDEN, last=True)
    facts.parameters["out.weight"] = parameter("out.weight", (HIDDEN, width))
    return running(facts=facts)


def norm_of(rows, kind="BatchNorm1d"):
    return running(facts=model(norm=kind), inputs=features(rows), loss=lambda _: LN4)


def crashed(error, layer_name="fc0"):
    vitals = running()
    vitals.steps = vitals.steps[:2]
    vitals.error, vitals.error_layer = error, layer_name
    vitals.error_shapes = [("input", "(32, 12)"), ("fc0", "(12 -> ?)")]
    return vitals


CASES = [
    Case(
        "missing-zero-grad", never_cleared, cleared_once_forgotten, 3, "loop", says="50% of the gradient was left over"
    ),
    Case(
        "parameters-not-in-optimizer",
        optimizer_of_another_model,
        lambda: body_left_out(True),
        1,
        "optimizer",
        says="holds 0; it holds 6 tensors of no model that runs",
    ),
    Case("parameters-not-in-optimizer", without_a_middle_layer, training, 1, "fc1", says="fc1"),
    Case("parameters-not-in-optimizer", lambda: body_left_out(False), lambda: body_left_out(True), 1, "optimizer"),
    Case("detached-graph", cut_after_first, skipped_now_and_then, 3, "fc1", says="2 of 4 layers"),
    Case("train-eval-mode", always_evaluating, one_norm_frozen, 2, "loop", says="all 4 layers"),
    Case("stale-batch-norm", stale, empty_at_first, 3, "norm1", says="1.5 batch deviations"),
    Case("schedule-misuse", epochs_counted_in_batches, slow_exponential, 11, "optimizer", says="by step 11 of 100"),
    Case(
        "schedule-misuse",
        lambda: rates([1e-3] * 40 + [1e-7] * 60),
        lambda: rates([1e-3] * 72 + [1e-7] * 28),
        70,
        "optimizer",
        "warning",
        says="in 30 steps",
    ),
    Case(
        "schedule-misuse",
        lambda: rates([0.0] * 30 + [1e-3] * 30, kind="LambdaLR"),
        lambda: rates([0.0] * 9 + [1e-3] * 51, kind="LambdaLR"),
        10,
        "optimizer",
        "warning",
        says="first 10 steps",
    ),
    Case(
        "optimizer-settings",
        lambda: betas(0.999, 0.9),
        lambda: betas(0.95, 0.98),
        1,
        "optimizer",
        "warning",
        "(0.999, 0.9)",
    ),
    Case(
        "optimizer-settings",
        lambda: running(momentum=1.0, optimizer="SGD"),
        lambda: running(momentum=0.95, optimizer="SGD"),
        1,
        "optimizer",
    ),
    Case(
        "optimizer-settings",
        lambda: running(eps=0.1),
        lambda: running(eps=9e-3),
        1,
        "optimizer",
        "warning",
        "eps is 0.1",
    ),
    Case("loss-output-mismatch", after_softmax, scores_near_probabilities, 1, "head", says="rows sum to 1"),
    Case(
        "loss-output-mismatch",
        lambda: outputs_of(low=0.01, high=0.9, row_sums=(1.0, 1.0)),
        scores_near_probabilities,
        3,
        "loss",
        says="probabilities",
    ),
    Case("output-range", lambda: amounts(-2.5, 2.5, 1.0), lambda: amounts(-0.15, 1.15), 2, "end", says="0 to 1"),
    Case("output-range", lambda: amounts(-2.5, 2.5, 1.0, "Tanh"), lambda: amounts(0, 90, 20, "ReLU"), 2, "end"),
    Case("loss-reduction", lambda: pairs((ROWS,)), lambda: pairs((ROWS, 1)), 1, "loss", says="(32, 32) pairs"),
    Case("gradient-ascent", lambda: uphill(-0.3), lambda: uphill(-0.02), 3, "loop", says="-0.3"),
    Case("gradient-ascent", negative, running, 3, "loss", says="cannot be"),
    Case("gradient-ascent", lambda: running(maximize=True), lambda: running(maximize=False), 1, "optimizer"),
    Case(
        "zero-initialisation",
        lambda: alike("fc1", zero=True, gradients=True),
        residual_zero,
        2,
        "fc1",
        says="were 0 at first",
    ),
    Case(
        "symmetric-initialisation",
        lambda: alike("fc0", zero=False, gradients=True),
        lambda: alike("fc0", zero=False, gradients=False),
        2,
        "fc0",
        says="same gradient",
    ),
    Case(
        "frozen-or-unused-layers",
        lambda: frozen("fc1", 1.0),
        lambda: frozen("fc1", 1.25),
        1,
        "fc1",
        "warning",
        says="fc1 wants no gradient",
    ),
    Case(
        "frozen-or-unused-layers", lambda: spare(64 * HIDDEN), lambda: spare(4), 3, "spare", "warning", says="never ran"
    ),
    Case("softmax-in-hidden-layer", lambda: between("Softmax"), lambda: between("Sigmoid"), 1, "act0", says="fc1"),
    Case("missing-nonlinearity", lambda: without_activation(64), lambda: without_activation(63), 1, "fc1", "warning"),
    Case("tiny-batch-norm", lambda: norm_of(7), lambda: norm_of(8), 2, "norm0", "warning", says="7 examples"),
    Case("tiny-batch-norm", lambda: norm_of(2), lambda: norm_of(2, "LayerNorm"), 2, "norm0", "warning"),
    Case(
        "shape-mismatch",
        lambda: crashed("RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x12 and 8x64)"),
        lambda: crashed("KeyError: 'label'"),
        3,
        "fc0",
        says="input (32, 12) -> fc0",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_sick_training(case):
    check_sick(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_just_under_the_line(case):
    check_under(case)


def said(code, vitals):
    return [finding for finding in rules()[code](vitals) if finding.severity != "note"]


def test_backward_without_a_step():
    vitals = running()
    vitals.steps, vitals.finished, vitals.backwards = [], True, 60
    (finding,) = said("parameters-not-in-optimizer", vitals)
    assert finding.where == "loop"
    assert "called 60 times" in finding.evidence
    vitals.finished = False
    assert said("parameters-not-in-optimizer", vitals) == []  # perhaps it accumulates


def test_a_body_that_looks_trained_is_only_asked_about():
    (finding,) = rules()["parameters-not-in-optimizer"](body_left_out(True))
    assert (finding.severity, finding.where) == ("note", "fc0")


def test_steps_without_backward():
    vitals = running()
    for step in vitals.steps:
        step.backwards, step.loss, step.gradient_norm = 0, None, None
    (finding,) = said("detached-graph", vitals)
    assert (finding.step, finding.where) == (3, "loop")
    assert "without a call of backward()" in finding.evidence


def test_a_loss_without_a_graph():
    vitals = crashed("RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn")
    (finding,) = said("detached-graph", vitals)
    assert (finding.step, finding.where) == (3, "loss")
    assert said("shape-mismatch", vitals) == []


def test_a_gradient_of_exactly_zero_under_a_loss():
    vitals = running()
    for step in vitals.steps:
        step.gradient_norm = 0.0 if step.sampled else None
    (finding,) = said("detached-graph", vitals)
    assert finding.step == 3
    assert "zero_grad()" in finding.advice


def test_back_from_validation_without_training_mode():
    vitals = convolutional()
    for step in vitals.steps[20:]:
        for seen in step.layers.values():
            seen.training = False if seen.training is not None else None
    (finding,) = said("train-eval-mode", vitals)
    looked = [step.number for step in vitals.steps if step.sampled and step.number > 20]
    assert finding.step == looked[1]
    assert "after they had been in training mode" in finding.evidence


def test_validation_in_training_mode():
    vitals = convolutional()
    for evaluation in vitals.evaluations:
        evaluation.training_mode = True
    (finding,) = said("train-eval-mode", vitals)
    assert (finding.step, finding.where) == (20, "loop")
    for evaluation in vitals.evaluations:
        evaluation.matters = False
    assert said("train-eval-mode", vitals) == []


def test_statistics_that_lag_behind_a_small_momentum():
    vitals = training(facts=model(norm="BatchNorm1d"))
    vitals.models["model"].layers["norm0"].settings["momentum"] = 0.01
    look(vitals, 1).layers["norm0"].running_zero = True
    for step in vitals.steps:
        if step.sampled:
            step.layers["norm0"].running_gap = 1.4
    (finding,) = said("stale-batch-norm", vitals)
    assert (finding.step, finding.where) == (20, "norm0")
    assert "82%" in finding.evidence  # 0.99^20
    vitals.models["model"].layers["norm0"].settings["momentum"] = 0.1  # 0.9^20 = 12 % are left
    assert said("stale-batch-norm", vitals) == []


def test_scheduler_before_optimizer_and_an_annealing_that_climbs_again():
    vitals = running()
    vitals.scheduler = {"kind": "StepLR", "before_optimizer": True}
    assert said("schedule-misuse", vitals)[0].step == 1
    wave = [1e-3 * (1 + math.cos(math.pi * n / 30)) / 2 + 1e-6 for n in range(60)]
    (finding,) = said("schedule-misuse", rates(wave, kind="CosineAnnealingLR"))
    assert "climbed" in finding.evidence
    assert said("schedule-misuse", rates(wave, kind="CosineAnnealingWarmRestarts")) == []


def test_class_numbers_taken_for_amounts():
    vitals = running(kind="mse", targets=classes(), outputs=tensor(ROWS, 1), facts=model(outputs=1))
    (finding,) = said("loss-output-mismatch", vitals)
    assert (finding.step, finding.where, finding.severity) == (3, "loss", "warning")
    counts = {0: 20, 1: 8, 2: 3, 3: 1}  # counts of events fall off
    poisson = running(kind="mse", targets=classes(counts), outputs=tensor(ROWS, 1), facts=model(outputs=1))
    assert said("loss-output-mismatch", poisson) == []


@pytest.mark.parametrize(
    ("kind", "outputs", "targets", "faulty"),
    [
        ("nll", tensor(ROWS, CLASSES), classes(), True),
        ("nll", tensor(ROWS, CLASSES, low=-4.0, high=-0.1), classes(), False),
        ("cross_entropy", tensor(ROWS, 1), classes(), True),
        ("cross_entropy", tensor(ROWS, CLASSES, low=-4.0, high=-0.1), classes(), False),  # log-probabilities do no harm
        (
            "binary_cross_entropy_with_logits",
            tensor(ROWS, 1, low=0.1, high=0.9),
            tensor(ROWS, 1, low=0.0, high=1.0),
            False,  # the last layer is a dense one: its scores lie there by chance
        ),
        ("binary_cross_entropy_with_logits", tensor(ROWS, 1), tensor(ROWS, 1, low=-1.0, high=1.0), True),
        ("binary_cross_entropy_with_logits", tensor(ROWS, 1), tensor(ROWS, 1, low=0.0, high=1.0), False),
        ("kl_div", tensor(ROWS, CLASSES, low=0.0, high=0.9), tensor(ROWS, CLASSES), True),
        (
            "cross_entropy",
            tensor(ROWS, 4),
            tensor(ROWS, 4, low=0, high=1, counts={0: 90, 1: 38}, row_sums=(0, 3)),
            True,
        ),
        (
            "cross_entropy",
            tensor(ROWS, 4),
            tensor(ROWS, 4, low=0, high=1, counts={0: 96, 1: 32}, row_sums=(1, 1)),
            False,
        ),
    ],
)
def test_losses_and_what_they_are_called_with(kind, outputs, targets, faulty):
    vitals = running(kind=kind, outputs=outputs, targets=targets)
    for step in vitals.sampled():
        step.layers["out"].low, step.layers["out"].high = outputs.low, outputs.high  # the loss is given what it says
    assert bool(said("loss-output-mismatch", vitals)) is faulty


@pytest.mark.parametrize(("least", "faulty"), [(-2.0, True), (0.1, False)])
def test_what_is_squashed_between_a_dense_layer_and_a_loss_that_squashes(least, faulty):
    vitals = running(
        kind="binary_cross_entropy_with_logits",
        outputs=tensor(ROWS, 1, low=0.1, high=0.9, mean=0.5),
        targets=tensor(ROWS, 1, low=0.0, high=1.0),
    )
    for step in vitals.sampled():
        step.layers["out"].low = least
    assert bool(said("loss-output-mismatch", vitals)) is faulty


def test_a_sum_is_a_fault_for_plain_descent_and_a_note_where_it_is_divided_by_hand():
    def summed(start, optimizer):
        vitals = running(optimizer=optimizer, loss=lambda n: falling(n, start, start / 9))
        vitals.losses = [LossFacts("cross_entropy", "F.cross_entropy", "sum")]
        for step in vitals.steps:
            if step.batch:
                step.batch.baseline_loss = ROWS * LN4
        return vitals

    (finding,) = said("loss-reduction", summed(ROWS * 1.45, "SGD"))
    assert (finding.where, finding.step) == ("loss", 1)
    assert "over the batch of 32" in finding.evidence
    assert said("loss-reduction", summed(1.45, "SGD")) == []


def test_a_mean_divided_once_more():
    (finding,) = said("loss-reduction", running(loss=lambda n: falling(n, 1.45 / ROWS, 0.01)))
    assert finding.step == 2
    assert said("loss-reduction", running(loss=lambda n: falling(n, 0.3, 0.2))) == []


def test_a_loss_that_rises_from_the_start_under_small_steps():
    (finding,) = said("gradient-ascent", training(60, loss=lambda n: 1.4 + n / 30, evaluations=False))
    assert finding.step == 30
    assert said("gradient-ascent", training(60, loss=lambda n: 1.4 + n / 300, evaluations=False)) == []


def test_weights_of_zero_in_two_layers_after_each_other():
    vitals = running()
    for name in ("fc0", "fc1"):
        known = vitals.models["model"].parameters[f"{name}.weight"]
        known.zeros, known.alike, known.std = 1.0, True, 0.0
        for step in vitals.steps:
            if step.sampled:
                step.layers[name].gradient, step.layers[name].gradient_alike = 0.0, None
    (finding,) = said("zero-initialisation", vitals)
    assert (finding.where, finding.step) == ("fc0", 2)
    assert "1 more layer" in finding.evidence


def test_an_attention_whose_projection_is_used_directly_is_not_unused():
    vitals = running()
    facts = vitals.models["model"]
    facts.layers["attention.out_proj"] = layer("attention.out_proj", "Linear", "linear", None, runs=0)
    facts.parameters["attention.out_proj.weight"] = parameter("attention.out_proj.weight", (64, 64))
    facts.parameters["attention.in_proj_weight"] = parameter("attention.in_proj_weight", (192, 64))
    assert said("frozen-or-unused-layers", vitals) == []


def test_a_sum_that_cannot_be_seen_keeps_the_rule_silent():
    vitals = without_activation(64)
    vitals.models["model"].layers["fc1"].consumers = 2
    assert said("missing-nonlinearity", vitals) == []


def test_a_sigmoid_before_a_loss_that_has_its_own():
    facts = model(outputs=1)
    facts.layers["out"].last = False
    facts.layers["end"] = layer("end", "Sigmoid", "activation", 9, after=("out",), units=1, last=True)
    vitals = running(
        facts=facts,
        kind="binary_cross_entropy_with_logits",
        outputs=tensor(ROWS, 1, low=0.4, high=0.6),
        targets=tensor(ROWS, 1, low=0.0, high=1.0),
    )
    (finding,) = said("loss-output-mismatch", vitals)
    assert (finding.step, finding.where) == (1, "end")


def test_the_mode_is_told_from_every_step_where_it_is_known():
    vitals = convolutional()
    for step in vitals.steps:
        step.training = step.number <= 40
    (finding,) = [f for f in rules()["train-eval-mode"](vitals) if f.severity != "note"]
    assert (finding.step, finding.where) == (42, "loop")
    for step in vitals.steps:
        step.training = True
    assert list(rules()["train-eval-mode"](vitals)) == []


def test_losses_that_keep_their_graphs():
    vitals = running()
    for step in vitals.steps:
        step.graphs = step.number
    (finding,) = rules()["loss-bookkeeping"](vitals)
    assert (finding.step, finding.where) == (5, "loop")
    for step in vitals.steps:
        step.graphs = 2
    assert list(rules()["loss-bookkeeping"](vitals)) == []


def test_small_layers_that_no_optimizer_holds_are_no_trained_body():
    vitals = running(facts=model(inputs=3))
    facts = vitals.models["model"]
    for name in ("fc0.weight", "fc0.bias"):
        facts.parameters[name].optimized = False
    facts.parameters["fc0.weight"].std = 0.9  # of 192 numbers: nothing can be said of them
    (finding,) = rules()["parameters-not-in-optimizer"](vitals)
    assert (finding.severity, finding.where) == ("critical", "fc0")


def test_few_images_a_batch_are_a_note_where_all_goes_well():
    vitals = norm_of(4)
    for step in vitals.steps:
        step.loss = falling(step.number)
    (finding,) = rules()["tiny-batch-norm"](vitals)
    assert finding.severity == "note"


def test_a_momentum_as_long_as_the_training():
    long, short = running(momentum=0.99, optimizer="SGD"), running(momentum=0.99, optimizer="SGD")
    long.planned_steps = 3000
    assert list(rules()["optimizer-settings"](long)) == []
    (finding,) = rules()["optimizer-settings"](short)
    assert "of 60 in all" in finding.evidence


def test_an_optimizer_made_before_the_layer_that_learns():
    """The first optimizer's tensors learned; the second's get nothing, though backward is called."""
    vitals = running()
    vitals.optimizers["second"] = replace(vitals.optimizers["optimizer"], name="second")
    for step in vitals.steps[30:]:
        step.optimizer, step.number = "second", step.number - 30
        if step.sampled:
            step.gradient_norm, step.update_norm = None, 0.0
    (finding,) = rules()["parameters-not-in-optimizer"](vitals)
    assert (finding.where, finding.step, "second" in finding.evidence) == ("optimizer", 9, True)
    assert [f for f in rules()["detached-graph"](vitals) if f.where == "loop"] == []


def test_layers_in_a_plain_list():
    vitals = running()
    vitals.models["model"].unregistered = ["Linear (64, 32) in Net.blocks", "Linear (64, 64) in Net.blocks"]
    (finding,) = rules()["frozen-or-unused-layers"](vitals)
    assert (finding.severity, finding.where, finding.step) == ("critical", "model", 1)
    assert "2 in all" in finding.evidence
