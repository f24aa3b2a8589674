"""Mistakes of the loop that a fact tells: what a scheduler waits for, what was misspelt, what was clipped too early."""

import pytest

from doctor.rules.vitals_examples import layer, look, model, training
from glasswork.doctor.causes import order
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import Evaluation, LayerVitals, ModelFacts, OptimizerFacts, TensorVitals


def said(code, vitals):
    return [finding for finding in rules()[code](vitals) if finding.severity != "note"]


# --- a scheduler that waits for a plateau -----------------------------------------------------------------------------


def waiting(mode, watched, *, evaluations=()):
    vitals = training(120, evaluations=False)
    vitals.scheduler = {"kind": "ReduceLROnPlateau", "settings": {"mode": mode}, "watched": watched}
    vitals.evaluations = list(evaluations)
    return vitals


SCORES = [(20 * n, 0.9 - 0.5 / n) for n in range(1, 7)]


@pytest.mark.parametrize(("mode", "faulty"), [("min", True), ("max", False)])
def test_right_answers_that_validation_counted_too(mode, faulty):
    judged = [Evaluation(step, correct=value) for step, value in SCORES]
    found = said("schedule-misuse", waiting(mode, SCORES, evaluations=judged))
    assert [finding.step for finding in found] == ([20] if faulty else [])
    if faulty:
        assert "after step 20" in found[0].evidence
        assert "mode='max'" in found[0].advice


@pytest.mark.parametrize(("mode", "faulty"), [("min", False), ("max", True)])
def test_a_loss_that_validation_measured_too(mode, faulty):
    losses = [(20 * n, 1 / n) for n in range(1, 7)]
    judged = [Evaluation(step, loss=value) for step, value in losses]
    assert bool(said("schedule-misuse", waiting(mode, losses, evaluations=judged))) is faulty


def counted(mode, rows_right, rows=150):
    inputs = TensorVitals((rows, 8), "float32")
    shares = [(20 * n, right / rows) for n, right in enumerate(rows_right, 1)]
    return waiting(mode, shares, evaluations=[Evaluation(step, batches=1, inputs=inputs) for step, _ in shares])


def test_whole_rows_are_right_answers_where_they_rise_and_wrong_ones_where_they_fall():
    rising, falling = (61, 90, 110, 121), (89, 60, 40, 29)
    assert [f.step for f in said("schedule-misuse", counted("min", rising))] == [60]
    assert said("schedule-misuse", counted("max", rising)) == []
    assert said("schedule-misuse", counted("min", falling)) == []
    assert [f.step for f in said("schedule-misuse", counted("max", falling))] == [60]


def test_other_scores_are_known_by_their_company():
    losses = [0.9, 0.7, 0.5, 0.45, 0.4, 0.3]
    scores = [(20 * n, 1 - loss / 1.2) for n, loss in enumerate(losses, 1)]
    judged = [Evaluation(20 * n, loss=loss) for n, loss in enumerate(losses, 1)]
    assert [f.step for f in said("schedule-misuse", waiting("min", scores, evaluations=judged))] == [120]
    assert said("schedule-misuse", waiting("max", scores, evaluations=judged)) == []
    # A loss nobody else saw, that rises while the training's own falls: it may well overfit.
    rising = [(20 * n, 0.5 + 0.1 * n) for n in range(1, 7)]
    assert said("schedule-misuse", waiting("min", rising)) == []


def test_a_schedule_for_batches_that_was_stepped_once_an_epoch():
    def scheduled(length, made):
        vitals = training(120, evaluations=False)
        vitals.scheduler = {"kind": "OneCycleLR", "settings": {"total_steps": length}, "steps": made}
        return said("schedule-misuse", vitals)

    (finding,) = scheduled(120, 6)
    assert (finding.step, finding.where) == (120, "optimizer")
    assert "for 120 steps and stepped 6 times" in finding.evidence
    assert scheduled(120, 120) == scheduled(120, 60) == []
    assert scheduled(6, 6) == []  # counted in epochs
    assert scheduled(300, 6) == []  # one that was ended early


def test_a_rate_of_nothing_where_a_schedule_was_made():
    vitals = training(40, rate=0.0, evaluations=False)
    assert said("schedule-misuse", vitals) == []
    vitals.optimizers["optimizer"].groups[0]["initial_lr"] = 1e-3
    (finding,) = said("schedule-misuse", vitals)
    assert (finding.step, finding.severity) == (10, "critical")
    assert "made for 0.001" in finding.evidence


# --- half precision ---------------------------------------------------------------------------------------------------


def test_gradients_that_are_clipped_or_used_while_they_are_multiplied():
    vitals = training(60, evaluations=False)
    assert said("replicas-out-of-step", vitals) == []
    vitals.scale, vitals.scaled_step = 65536.0, 1
    (finding,) = said("replicas-out-of-step", vitals)
    assert (finding.step, finding.where) == (1, "loop")
    assert "65,536" in finding.evidence
    vitals.scaled_clip = 1
    look(vitals, 1).before_clip = 20_000.0
    (finding,) = said("replicas-out-of-step", vitals)
    assert "norm was then 20,000" in finding.evidence
    assert "unscale_" in finding.advice


def test_what_is_clipped_too_early_explains_small_steps():
    vitals = training(200, loss=lambda _: 1.39, evaluations=False)
    vitals.scale, vitals.scaled_clip = 65536.0, 1
    for step in vitals.steps:
        if step.sampled:
            step.update_norm = 1e-5
    found = [finding for rule in rules().values() for finding in rule(vitals)]
    assert {"plateau"} & {finding.fault for finding in found}
    assert order(found)[0].fault == "replicas-out-of-step"


# --- modes ------------------------------------------------------------------------------------------------------------


def test_dropouts_that_drop_in_evaluation_mode():
    vitals = training(facts=model(dropout=0.2))
    vitals.evaluations[0].dropping = 0
    assert said("train-eval-mode", vitals) == []
    vitals.models["model"].layers["fc1>dropout"] = layer("fc1>dropout", "dropout", "dropout", 9)
    vitals.evaluations[1].dropping = 1
    (finding,) = said("train-eval-mode", vitals)
    assert (finding.step, finding.where) == (40, "loop")
    assert "fc1>dropout" in finding.evidence


def test_a_body_that_no_longer_learns_may_stay_in_evaluation_mode():
    def two_phases(learns):
        vitals = training(facts=model(norm="BatchNorm1d"), evaluations=False)
        for step in vitals.steps[60:]:
            for name, seen in step.layers.items():
                if name != "out":
                    seen.update = 1e-3 if learns and seen.update else None
                if seen.training is not None:
                    seen.training = False
        return vitals

    assert said("train-eval-mode", two_phases(learns=False)) == []
    assert [f.severity for f in said("train-eval-mode", two_phases(learns=True))] == ["critical"]


# --- what is frozen ---------------------------------------------------------------------------------------------------


def test_a_misspelt_attribute_is_said_once():
    vitals = training(40, evaluations=False)
    assert said("frozen-or-unused-layers", vitals) == []
    vitals.models["model"].misspelt = ["fc0.weight.require_grad = True", "fc0.bias.require_grad = True"]
    twin = ModelFacts("other", "MLP", parameters=vitals.models["model"].parameters)
    vitals.models["other"] = twin
    twin.misspelt = list(vitals.models["model"].misspelt)
    (finding,) = said("frozen-or-unused-layers", vitals)
    assert (finding.step, finding.where) == (1, "fc0")
    assert "1 more like it" in finding.evidence


def staged(*, second, unfrozen=False):
    """The head alone, then a second optimizer."""
    vitals = training(80, evaluations=False)
    names = list(vitals.models["model"].parameters)
    body = [name for name in names if not name.startswith("out")]
    for name in body:
        known = vitals.models["model"].parameters[name]
        known.trainable, known.largest, known.mean = False, 5.0, 0.1  # trained, and frozen
    head = [name for name in names if name.startswith("out")]
    vitals.optimizers["optimizer"].parameters = head
    vitals.optimizers["second"] = OptimizerFacts("second", "Adam", [{"lr": 1e-4}], second or names)
    held = vitals.optimizers["second"].parameters
    vitals.optimizers["second"].sizes, vitals.optimizers["second"].idle = [len(held)], [len(set(held) & set(body))]
    for step in vitals.steps:
        for name, seen in step.layers.items():
            if name.startswith("fc") and not (unfrozen and step.number > 60):
                seen.update = seen.gradient = None
    for step in vitals.steps[40:]:
        step.optimizer = "second"
    return vitals


def test_an_optimizer_made_for_more_whose_additions_stay_frozen():
    (finding,) = said("frozen-or-unused-layers", staged(second=None))
    assert finding.where == "fc0"
    assert "4 tensors" in finding.evidence
    assert said("frozen-or-unused-layers", staged(second=["out.weight", "out.bias"])) == []
    assert said("frozen-or-unused-layers", staged(second=None, unfrozen=True)) == []
    running = staged(second=None)
    running.finished = False  # they may be unfrozen one after the other
    assert said("frozen-or-unused-layers", running) == []


def cut(*, own_group, finished=True):
    """A trained body that gets no gradient, and a head that does."""
    vitals = training(60, evaluations=False, finished=finished)
    facts = vitals.models["model"]
    for name in ("fc0", "fc1"):
        facts.parameters[f"{name}.weight"].largest = 5.0  # beyond any fresh draw's
        facts.parameters[f"{name}.weight"].mean = 0.1
    for step in vitals.steps:
        for name in ("fc0", "fc1"):
            if name in step.layers:
                step.layers[name].gradient = step.layers[name].update = None
    names = list(facts.parameters)
    body = [name for name in names if not name.startswith("out")]
    optimizer = vitals.optimizers["optimizer"]
    optimizer.parameters = names
    optimizer.sizes = [len(body), len(names) - len(body)] if own_group else [len(names)]
    optimizer.idle = [0] * len(optimizer.sizes)
    optimizer.groups = [{"lr": 2e-4}, {"lr": 1e-3}][: len(optimizer.sizes)]
    return vitals


def test_a_body_with_a_rate_of_its_own_was_meant_to_learn():
    (finding,) = said("detached-graph", cut(own_group=True))
    assert (finding.step, finding.where) == (3, "fc1")
    assert "learning rate 0.0002" in finding.evidence
    assert said("detached-graph", cut(own_group=False)) == []
    assert said("detached-graph", cut(own_group=True, finished=False)) == []


# --- structure --------------------------------------------------------------------------------------------------------


def beside(*, dropped, known=True):
    """fc1 runs and gets no gradient; out takes fc0's output, or something whose origin is not known."""
    vitals = training(40, evaluations=False)
    facts = vitals.models["model"]
    facts.layers["out"].after = ("act0",) if known else ()
    facts.layers["act1"].dropped = dropped
    for step in vitals.steps:
        if "fc1" in step.layers:
            step.layers["fc1"].gradient = step.layers["fc1"].update = None
    return vitals


def test_a_layer_whose_output_is_thrown_away_is_not_cut_off():
    assert said("detached-graph", beside(dropped=True)) == []
    (finding,) = said("frozen-or-unused-layers", beside(dropped=True))
    assert finding.where == "fc1"
    assert [f.where for f in said("detached-graph", beside(dropped=False, known=False))] == ["fc1"]
    assert said("frozen-or-unused-layers", beside(dropped=False, known=False)) == []


def test_a_layer_that_stands_at_two_places_hides_what_feeds_the_second():
    vitals = beside(dropped=False)
    assert said("detached-graph", vitals) == []
    vitals.models["model"].layers["act0"].runs *= 2  # fc1 may have been fed to it, too
    assert [f.where for f in said("detached-graph", vitals)] == ["fc1"]


def called_for_nothing(kind="relu", *, dropped=True, consumers=2):
    facts = model(hidden=2)
    facts.layers["fc0"].consumers = consumers
    facts.layers["fc0>act"] = layer("fc0>act", kind, "activation", 9, after=("fc0",), dropped=dropped)
    vitals = training(40, facts=facts)
    for step in vitals.steps:
        if step.sampled:
            step.layers["fc0>act"] = LayerVitals()
    return vitals


def test_an_activation_whose_result_is_thrown_away():
    (finding,) = said("missing-nonlinearity", called_for_nothing())
    assert (finding.step, finding.where) == (1, "fc0")
    assert finding.advice.startswith("Keep the result: x = relu(x)")
    assert said("missing-nonlinearity", called_for_nothing(dropped=False)) == []
    assert said("missing-nonlinearity", called_for_nothing(dropped=None)) == []
    assert said("missing-nonlinearity", called_for_nothing("softmax")) == []
    assert said("missing-nonlinearity", called_for_nothing(consumers=1)) == []


def test_a_copy_without_statistics():
    vitals = training(facts=model(norm="BatchNorm1d"))
    assert said("stale-batch-norm", vitals) == []
    vitals.models["model"].unfed, vitals.models["model"].unfed_step = ["norm0", "norm1"], 120
    (finding,) = said("stale-batch-norm", vitals)
    assert (finding.step, finding.where) == (120, "norm0")
    assert "1 more batch norm" in finding.evidence
