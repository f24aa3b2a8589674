"""Which remedies are chosen, in which order, and what is read from a run for them."""

import math

import pytest

from glasswork.doctor import Vitals
from glasswork.doctor.remedies import candidates, remedies_for
from glasswork.doctor.remedies.choice import joined, refined
from glasswork.doctor.remedies.course import Course, better
from glasswork.doctor.remedies.figures import changed_by_hand, ill_layers, input_figures
from glasswork.doctor.remedies.kinds import KINDS, made
from glasswork.doctor.remedies.remedy import one
from glasswork.doctor.remedies.search import Report, search
from glasswork.doctor.rules import codes
from glasswork.doctor.vitals import (
    BatchVitals,
    LayerFacts,
    LossFacts,
    ModelFacts,
    OptimizerFacts,
    ParameterFacts,
    StepVitals,
    TensorVitals,
)
from glasswork.records import Finding

PERSONS = {
    "batch-mixing", "cannot-overfit-one-batch", "channel-order", "collapsed-labels", "constant-feature",
    "destructive-augmentation", "detached-graph", "duplicate-rows", "fitted-before-split", "frozen-or-unused-layers",
    "gradient-ascent", "label-noise", "loss-bookkeeping", "loss-reduction", "replicas-out-of-step",
    "representation-collapse", "shape-mismatch", "shuffled-labels", "target-leakage",
}  # fmt: skip


def found(fault: str, where: str = "optimizer", severity: str = "critical", step: int = 1) -> Finding:
    return Finding(fault, severity, 0.9, where, "…", "…", step)


def parameter(layer: str, shape: tuple[int, ...], std: float, mean: float = 0.0, alike: bool = False) -> ParameterFacts:
    name = f"{layer}.{'weight' if len(shape) > 1 else 'bias'}"
    return ParameterFacts(name, layer, shape, std=std, mean=mean, alike=alike, fan_in=shape[1] if shape[1:] else None)


def vitals() -> Vitals:
    """Two dense layers, the second ill, with a tanh between them and a softmax at the end, as they are seen."""
    layers = [
        LayerFacts("net.0", "Linear", "linear", 0, units=8),
        LayerFacts("net.1", "Tanh", "activation", 1, after=("net.0",)),
        LayerFacts("net.2", "Linear", "linear", 2, after=("net.1",), units=3),
        LayerFacts("net.3", "Softmax", "activation", 3, after=("net.2",), last=True),
    ]
    parameters = [parameter("net.0", (8, 100), 0.057), parameter("net.2", (3, 8), 20.0)]
    model = ModelFacts("model", "Net", {one.name: one for one in layers}, {one.name: one for one in parameters})
    features = {"feature_stds": [3.0, 0.0], "mean": 0.0, "std": 1.0}
    steps = [
        StepVitals(
            number,
            loss=1.0,
            learning_rates=(0.5,),
            weight_norm=10.0,
            update_norm=20.0,
            sampled=True,
            batch=BatchVitals(
                inputs={"0": TensorVitals((4, 2), "float32", feature_means=[mean, 5.0], **features)},
                targets=TensorVitals((4,), "int64", counts={0: 1, 1: 9}, mean=0.9, std=0.3),
                baseline_loss=0.7,
            ),
        )
        for number, mean in ((1, 0.0), (2, 8.0))
    ]  # fmt: skip
    return Vitals(
        models={"model": model},
        optimizers={"optimizer": OptimizerFacts("optimizer", "Adam", [{"lr": 0.5, "weight_decay": 0.0}])},
        losses=[LossFacts("cross_entropy", "CrossEntropyLoss")],
        steps=steps,
        backwards=2,
        loader={"rows": 100, "batch_size": 20, "shuffle": False},
    )


@pytest.mark.parametrize("fault", codes())
def test_every_fault_has_remedies_or_a_person(fault):
    seen = vitals()
    if fault == "missing-nonlinearity":
        del seen.models["model"].layers["net.1"]
    if fault == "softmax-in-hidden-layer":
        seen.models["model"].layers["net.2"] = LayerFacts("net.2", "Softmax", "activation", 2)
    if fault == "unscaled-targets":
        seen.losses[0].kind = "mse"
    remedies = remedies_for(found(fault, "net.2"), seen)
    assert bool(remedies) != (fault in PERSONS), fault
    for remedy in remedies:
        assert remedy.fault == fault
        assert remedy.advice.endswith(".")
        assert {part.kind for part in remedy.parts} <= set(KINDS)
        assert all(made(part) is not None for part in remedy.parts)


def test_blind_vitals_choose_nothing_that_fails():
    for fault in codes():
        for remedy in remedies_for(found(fault), Vitals()):
            assert all(made(part) is not None for part in remedy.parts)


def test_figures_of_inputs_are_pooled_over_batches():
    # means 0 and 8 with std 3 each: mean 4, variance 9 + 16; the second feature does not vary and keeps its size
    assert input_figures(vitals()) == {"0": [[4.0, 5.0], [5.0, 1.0]]}


def test_the_rate_is_brought_to_a_usual_step():
    # updates of 20 on weights of 10: 2 is 200 times 0.01
    (first, *_) = remedies_for(found("learning-rate-too-high"), vitals())
    assert first.parts[0].settings == {"factor": 0.005, "script_rate": 0.5}
    assert first.advice == "Lower the learning rate to 0.0025."


def test_ill_layers_are_drawn_anew_by_what_follows():
    assert [layer.name for layer in ill_layers(vitals().models["model"])] == ["net.2"]
    here, everything = remedies_for(found("initialisation-scale", "net.2"), vitals())
    assert here.parts[0].settings == {"layers": {"net.2": ""}}  # so few layers: as torch draws them
    assert everything.parts[0].settings == {"layers": {"net.0": "", "net.2": ""}}
    deep = vitals()
    layers = deep.models["model"].layers
    layers |= {f"more.{i}": LayerFacts(f"more.{i}", "Linear", "linear", 9 + i, units=8) for i in range(3)}
    here, *_ = remedies_for(found("initialisation-scale", "net.2"), deep)
    assert here.parts[0].settings == {"layers": {"net.2": "softmax"}}


def test_an_activation_leads_to_the_weights_that_feed_it():
    first = remedies_for(found("saturated-activation", "net.1"), vitals())[0]
    assert set(first.parts[0].settings["layers"]) == {"net.0", "net.2"}  # what feeds it, and what looks ill itself


def test_softmax_before_cross_entropy_is_left_out():
    (remedy,) = remedies_for(found("loss-output-mismatch", "loss"), vitals())
    assert [(part.kind, part.settings) for part in remedy.parts] == [
        ("activation", {"layers": ["net.3"], "kind": "identity"})
    ]
    assert not remedy.same_loss


def test_rare_classes_weigh_more():
    (remedy,) = remedies_for(found("class-imbalance", "data"), vitals())
    rare, usual = remedy.parts[0].settings["weights"]
    assert rare == pytest.approx(9 * usual)
    assert (2 * rare + 18 * usual) / 20 == pytest.approx(1.0)


def test_first_remedies_of_all_causes_come_first():
    findings = [
        found("missing-zero-grad", "loop"),
        found("dropout-too-strong", "net.1"),
        found("divergence", severity="note"),
    ]
    chosen = candidates(findings, vitals())
    assert [remedy.fault for remedy in chosen] == ["missing-zero-grad", "dropout-too-strong", "dropout-too-strong"]
    assert candidates([findings[0], findings[0]], vitals()) == chosen[:1]


def test_changes_by_hand_are_seen_in_norms():
    def run(norms: list[float], update: float) -> Vitals:
        return Vitals(steps=[StepVitals(i, weight_norm=norm, update_norm=update) for i, norm in enumerate(norms)])

    assert not changed_by_hand(run([10.0, 10.9, 9.9, 10.8, 10.0], 1.0))
    assert changed_by_hand(run([10.0, 10.5, 11.0, 11.6, 12.2], 0.1))
    assert changed_by_hand(run([10.0, 9.0, 8.0, 7.0, 6.0], 0.1))
    assert not changed_by_hand(run([10.0, 10.0, 10.0, 10.0, 30.0], 0.1))  # once: loaded weights
    seen = run([10.0, 10.5, 11.0, 11.6, 12.2], 0.1)
    assert remedies_for(found("divergence"), seen)[0].parts[0].kind == "no-hand-changes"


SLOW = one("learning-rate-too-low", "…", ("learning-rate", {"factor": 10.0, "script_rate": 0.01}))
ANEW = one("zero-initialisation", "…", ("initialise", {"layers": {}}))
ROUND = one("too-few-epochs", "…", ("more-passes", {"rows": 9, "batch": 3, "times": 8}), ("schedule", {"every": 8}))


def test_what_helped_is_taken_further():
    (further,) = refined([ANEW, SLOW])
    assert further.parts[0].settings["factor"] == 40.0
    assert further.advice == "Raise the learning rate to 0.4."
    assert joined([ANEW, SLOW], further) == [ANEW, further]
    (longer,) = refined([ROUND])
    assert [part.settings for part in longer.parts] == [{"rows": 9, "batch": 3, "times": 32}, {"every": 32}]
    assert refined([ANEW]) == []
    lowered = one("divergence", "…", ("learning-rate", {"factor": 0.1, "script_rate": 1.0}))
    rates = [refined([lowered], stuck=stuck)[0].advice for stuck in (False, True)]
    assert rates == ["Lower the learning rate to 0.4.", "Lower the learning rate to 0.01."]


def test_a_cure_of_the_cause_replaces_a_rate():
    assert joined([SLOW], ANEW) == [ANEW]
    assert joined([ANEW], SLOW) == [ANEW, SLOW]


# --- judging ----------------------------------------------------------------------------------------------------------


def test_right_answers_count_before_losses():
    assert better(Course(correct=[0.5], losses=[0.6]), Course(correct=[0.7], losses=[0.9]))[0]
    assert not better(Course(correct=[0.7], losses=[0.9]), Course(correct=[0.5], losses=[0.6]))[0]
    assert better(Course(correct=[0.7], losses=[0.9]), Course(correct=[0.702], losses=[0.6]))[0]


def test_rare_classes_count_as_much_where_they_are_what_is_cured():
    before, after = Course(correct=[0.95], balanced=[0.5]), Course(correct=[0.9], balanced=[0.85])
    assert not better(before, after)[0]
    assert better(before, after, balanced=True)[0]


def test_a_loss_that_means_something_else_is_compared_with_guessing():
    before, after = Course(losses=[2.0], baseline=2.2), Course(losses=[3.0], baseline=30.0)
    assert not better(before, after)[0]
    assert better(before, after, same_loss=False)[0]
    assert not better(Course(losses=[2.0]), Course(losses=[1.0]), same_loss=False)[0]


def test_a_run_that_broke_is_no_better():
    assert not better(Course(losses=[2.0]), Course(losses=[1.0], ended=False))[0]
    assert better(Course(losses=[math.nan]), Course(losses=[7.0]))[0]
    assert not better(Course(losses=[7.0]), Course(losses=[math.nan]))[0]
    assert not better(Course(losses=[1.0]), Course(losses=[0.99]))[0]


def test_without_validation_the_end_of_training_counts():
    assert better(Course(training=[1.0] * 20), Course(training=[1.0] * 18 + [0.5, 0.5]))[0]


def test_search_keeps_what_helps_and_goes_on_from_there():
    quality = {"initialise": 0.4, "learning-rate 10.0": 0.7, "learning-rate 40.0": 0.6}
    ran = []

    def run(remedies):
        (last,) = remedies
        name = last.parts[0].kind
        ran.append(f"{name} {last.parts[0].settings['factor']}" if name == "learning-rate" else name)
        return Report(Course(correct=[quality[ran[-1]]]), (ROUND, SLOW))

    result = search(Course(correct=[0.5]), [ANEW, SLOW], run)
    assert ran == list(quality)  # more of what helped, before the length, which would only make up for it
    assert [trial.kept for trial in result.trials] == [False, True, False]
    assert result.trials[0].why == "right in validation: 50.0 % -> 40.0 %"
    assert (result.kept, result.after.correct, result.untried) == ([SLOW], [0.7], [ROUND])


def test_what_helped_well_enough_is_not_taken_further():
    result = search(Course(correct=[0.5]), [SLOW], lambda remedies: Report(Course(correct=[0.99])))
    assert len(result.trials) == 1


def test_a_run_that_goes_on_from_a_checkpoint_proves_nothing():
    before = Course(correct=[0.8], first=2.0, training=[2.0, 1.5, 0.5])
    result = search(before, [SLOW], lambda remedies: Report(Course(correct=[0.9], first=0.5, training=[0.5])))
    assert "checkpoint" in result.trials[0].why
    assert result.kept == []
    result = search(before, [ANEW], lambda remedies: Report(Course(correct=[0.99], first=0.5, training=[0.5])))
    assert result.kept == [ANEW]  # other first weights may begin lower


def test_search_stops_when_the_time_is_up():
    result = search(Course(correct=[0.5]), [ANEW, SLOW], lambda remedies: None)
    assert (result.kept, result.spent, len(result.trials)) == ([], True, 1)


def test_search_takes_three_runs_at_most():
    plan = [one("x", "…", ("clip", {"norm": float(i)})) for i in range(9)]
    result = search(Course(correct=[0.5]), plan, lambda remedies: Report(Course(correct=[0.1])))
    assert (len(result.trials), result.kept, len(result.untried)) == (3, [], 6)


def test_causes_are_treated_before_symptoms():
    mismatch = Finding("loss-output-mismatch", "critical", 0.95, "3", "…", "…", 1)
    symptom = Finding("saturated-activation", "warning", 0.85, "1", "…", "…", 13)
    inputs = Finding("unscaled-inputs", "warning", 0.6, "data", "…", "…", 1)
    chosen = candidates([mismatch, symptom, inputs], vitals())
    treated = [remedy.fault for remedy in chosen]
    assert treated.index("unscaled-inputs") < treated.index("saturated-activation")
