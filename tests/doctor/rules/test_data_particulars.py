"""Data: what looks like a fault and is none, and what hides one."""

import math

from doctor.rules.data_examples import (
    amounts,
    changing,
    evaluated,
    labels,
    one_label,
    passed_on,
    rare,
    running,
    said,
    scaled,
)
from doctor.rules.vitals_examples import (
    ROWS,
    falling,
    features,
    game,
    layer,
    look,
    model,
    tensor,
)
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import (
    Evaluation,
    TensorVitals,
)


def test_inputs_that_the_model_scales_itself():
    vitals = scaled(100.0)
    assert said("unscaled-inputs", vitals)
    for step in vitals.steps:  # x / 255 within forward: the first layer's outputs are as small as from scaled inputs
        if step.sampled:
            step.layers["fc0"].std = 0.1
    assert said("unscaled-inputs", vitals) == []
    behind_a_norm = scaled(100.0)
    facts = behind_a_norm.models["model"]
    facts.layers = {"norm": layer("norm", "BatchNorm1d", "norm", -1), **facts.layers}
    assert said("unscaled-inputs", behind_a_norm) == []


def test_codes_masks_and_times_are_no_inputs_to_be_scaled():
    vitals = running()
    for step in vitals.steps:
        if step.batch:
            step.batch.tokens = {"0": TensorVitals((ROWS, 9), "int64", 500.0, 300.0, 0, 999)}
            step.batch.inputs = {"mask": features(std=1e4, bad=5), "t": tensor(ROWS, mean=500.0, std=300.0)}
    assert said("unscaled-inputs", vitals) == []
    assert said("non-finite-data", vitals) == []


def test_sparse_frequencies_are_not_scaled_twice():
    assert said("scaled-twice", running(inputs=features(mean=0.001, std=0.004, low=0.0, high=0.7))) == []


def test_a_mask_of_infinities_is_no_gap():
    vitals = running(loss=lambda _: math.nan)
    look(vitals, 2).batch.inputs["bias"] = tensor(ROWS, 4, low=0.0, high=0.0, mean=0.0, std=0.0, bad=9)
    assert list(rules()["non-finite-data"](vitals)) == []


def test_a_game_shows_labels_of_one_kind_by_design():
    for code in ("collapsed-labels", "unshuffled-data", "class-imbalance", "constant-feature"):
        assert said(code, game()) == []


def test_data_in_order_have_one_class_at_first():
    vitals = one_label(99)
    vitals.loader["shuffle"] = False
    assert said("collapsed-labels", vitals) == []
    (finding,) = said("unshuffled-data", vitals)
    assert finding.step == 4
    assert "class 2 only" in finding.evidence


def test_contrastive_labels_that_are_all_the_same():
    vitals = one_label(99)
    vitals.models["model"].layers["out"].units = 128  # features, which are compared with each other
    assert said("collapsed-labels", vitals) == []


def test_targets_that_are_one_number():
    vitals = running(
        kind="mse",
        facts=model(outputs=1),
        outputs=tensor(ROWS, 1),
        targets=tensor(ROWS, 1, mean=0.0, std=0.0, rows_alike=0.0),
    )
    (finding,) = said("collapsed-labels", vitals)
    assert (finding.step, finding.where) == (3, "data")


def test_words_and_weighted_classes_are_not_imbalanced():
    vitals = rare(1, 1, 8)
    vitals.losses[0].settings["weight"] = True
    assert said("class-imbalance", vitals) == []
    words = running(targets=TensorVitals((8, 16), "int64", counts={0: 100, 1: 20, 2: 8}))
    assert said("class-imbalance", words) == []


def test_weights_that_do_not_help_the_rare_class():
    vitals = rare(2, 0, 2)
    vitals.losses[0].settings["weight"] = True
    (finding,) = said("class-imbalance", vitals)
    assert finding.step == 84
    assert "0 of its last 20" in finding.evidence
    vitals.losses[0].settings["weights"] = [0.94, 0.06]
    (finding,) = said("class-imbalance", vitals)
    assert (finding.step, finding.where) == (7, "loss")
    assert "weighs them 0.94 and 0.06" in finding.evidence
    vitals.losses[0].settings["weights"] = [0.06, 0.94]
    assert said("class-imbalance", vitals)[0].where == "data"


def test_a_positive_weight_that_makes_a_rare_class_rarer():
    vitals = rare(2, 1, 2)
    vitals.losses[0].kind = "binary_cross_entropy_with_logits"
    vitals.losses[0].settings |= {"pos_weight": True, "pos_weights": [0.1]}
    (finding,) = said("class-imbalance", vitals)
    assert "counts class 1 0.1 times" in finding.evidence
    vitals.losses[0].settings["pos_weights"] = [15.0]
    assert said("class-imbalance", vitals) == []


def test_a_rare_class_that_the_last_evaluation_misses():
    vitals = rare(4, 4, 4)  # what was looked at closely has it often enough
    vitals.labels, vitals.finished = {0: 950, 1: 50}, True
    vitals.evaluations = [Evaluation(100, 0.2, 0.95, 4, inputs=features(), recall={0: (190, 190), 1: (0, 10)})]
    (finding,) = said("class-imbalance", vitals)
    assert finding.step == 100
    assert "recognised 0 of 10" in finding.evidence
    vitals.evaluations[0].recall = {0: (190, 190), 1: (4, 10)}
    assert said("class-imbalance", vitals) == []


def test_labels_that_were_counted_at_every_step_take_a_collapse_back():
    vitals = one_label(99)
    assert said("collapsed-labels", vitals)
    vitals.labels = {0: 30, 2: 3000}
    assert said("collapsed-labels", vitals) == []


def test_frequencies_of_tokens_are_not_those_of_classes():
    vitals = rare(1, 0, 1)
    for step in vitals.steps:
        if step.batch:
            step.batch.inputs, step.batch.tokens = {}, {"0": TensorVitals((4, 8), "int64")}
    assert said("class-imbalance", vitals) == []
    assert said("collapsed-labels", vitals) == []


def test_two_labels_are_left_of_ten():
    def few(**fields):
        return labels(lambda _: {0: 16, 1: 16}, facts=model(outputs=10), outputs=tensor(ROWS, 10), **fields)

    (finding,) = said("collapsed-labels", few())
    assert finding.step == 10
    assert "2 of the 10 classes" in finding.evidence
    five = labels(lambda _: {0: 8, 1: 8, 2: 8, 3: 4, 4: 4}, facts=model(outputs=10), outputs=tensor(ROWS, 10))
    assert said("collapsed-labels", five) == []


def test_one_label_at_first_is_taken_back_when_others_come():
    assert said("collapsed-labels", labels(lambda place: {place // 8: ROWS})) == []


def test_without_a_loader_the_end_is_waited_for():
    vitals = one_label(99)
    vitals.loader = {}
    for step in vitals.steps:
        step.epoch = None
    assert said("collapsed-labels", vitals) == []
    vitals.finished = True
    (finding,) = said("collapsed-labels", vitals)
    assert finding.step == 3


def test_most_columns_constant_while_nothing_is_learned():
    def make(place, step):
        step.batch.inputs = {"0": features(40, means=[0.5] * 7 + [0.01 * place], stds=[0.0] * 7 + [1.0], low=-2.0)}

    (finding,) = said("constant-feature", changing(make, loss=lambda n: 1.4 + 0.01 * (-1) ** n))
    assert (finding.step, finding.severity) == (4, "critical")
    assert "6 more of 8" in finding.evidence
    (finding,) = said("constant-feature", changing(make))
    assert finding.severity == "warning"


def test_a_few_columns_at_rest_at_0_are_a_note_until_they_are_many():
    def make(count):
        def at_rest(place, step):
            means, stds = [0.0] * count + [0.01 * place] * (10 - count), [0.0] * count + [1.0] * (10 - count)
            step.batch.inputs = {"0": features(64, means=means, stds=stds, low=-2.0)}

        return changing(at_rest)

    assert said("constant-feature", make(2)) == []
    assert said("constant-feature", make(3))[0].step == 8
    assert said("constant-feature", make(6))[0].step == 8  # not before so many rows have been seen


def test_the_token_that_begins_every_sequence_is_no_constant_input():
    vitals = running()
    for step in vitals.steps:
        if step.batch:
            step.batch.inputs = {}
            step.batch.tokens = {"0": TensorVitals((ROWS, 1), "int64", rows_alike=0.0)}
    assert said("constant-feature", vitals) == []


def test_columns_that_were_divided_once_more_in_spite_of_a_rare_value():
    tiny = passed_on(running(inputs=features(std=0.004, low=-0.01, high=0.12)), 0.004)
    (finding,) = said("scaled-twice", tiny)
    assert finding.step == 2
    assert said("scaled-twice", passed_on(running(inputs=features(std=0.004, low=0.0, high=0.4)), 0.004)) == []


def test_training_rows_beside_new_ones_are_looked_at_on_purpose():
    vitals = evaluated(0.9)
    assert said("duplicate-rows", vitals)
    vitals.evaluations.append(Evaluation(20, 1.0, 0.5, 4, repeated=0.0, inputs=features()))
    assert said("duplicate-rows", vitals) == []


def test_the_crash_of_images_with_channels_last():
    vitals = running()
    vitals.error = (
        "RuntimeError: Given groups=1, weight of size [8, 3, 3, 3], expected input[16, 32, 32, 3] to have 3 "
        "channels, but got 32 channels instead"
    )
    (finding,) = said("channel-order", vitals)
    assert (finding.step, finding.where) == (61, "data")
    vitals.error = vitals.error.replace("32, 3]", "32, 5]")
    assert said("channel-order", vitals) == []


def test_a_learned_regression_of_thousands_is_left_alone():
    assert said("unscaled-targets", amounts(3000.0, lambda n: falling(n, 1.8e7, 1e5, 3.0))) == []
