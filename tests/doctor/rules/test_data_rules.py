"""Data: each rule on a sick training, and on one just under the line."""

import math

import pytest

from doctor.rules.cases import Case, check_sick, check_under
from doctor.rules.vitals_examples import (
    CLASSES,
    ROWS,
    classes,
    falling,
    features,
    game,
    layer,
    look,
    model,
    parameter,
    tensor,
    training,
)
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import Evaluation, TensorVitals


def running(**fields):
    """A training that goes on."""
    return training(**{"steps": 60, "finished": False, "evaluations": False, **fields})


def said(code, vitals):
    return [finding for finding in rules()[code](vitals) if finding.severity != "note"]


def passed_on(vitals, size):
    """The first layer's outputs are as large as its inputs make them: 0.1 sqrt(8) times."""
    for step in vitals.steps:
        if step.sampled:
            step.layers["fc0"].std = 0.28 * size
    return vitals


def scaled(size, **fields):
    inputs = features(mean=0.0, std=size, low=-3 * size, high=3 * size, stds=[size] * 8, **fields)
    return passed_on(running(inputs=inputs), size)


def uneven(ratio):
    return passed_on(running(inputs=features(std=5.0, stds=[5.0] * 4 + [5.0 / ratio] * 4, means=[0.0] * 8)), 5.0)


def offset(mean):
    return running(inputs=features(mean=mean / 8, std=3.0, stds=[1.0] * 8, means=[mean] + [0.0] * 7))


def amounts(size, loss, outputs=0.3):
    vitals = running(
        kind="mse",
        facts=model(outputs=1),
        targets=tensor(ROWS, 1, mean=size, std=size, low=-size, high=3 * size),
        outputs=tensor(ROWS, 1, std=outputs),
        loss=loss,
    )
    for step in vitals.steps:
        if step.batch:
            step.batch.baseline_loss = size**2
    return vitals


def changing(make, **fields):
    """A training whose batches are made one by one."""
    vitals = running(**fields)
    for place, step in enumerate(step for step in vitals.steps if step.sampled):
        make(place, step)
    return vitals


def first_feature(value, low=-2.0):
    def make(place, step):
        means = [value] + [0.01 * place] * 7
        step.batch.inputs = {"0": features(64, means=means, stds=[0.0] + [1.0] * 7, low=low)}

    return changing(make)


def rows_alike(value):
    def make(_, step):
        step.batch.inputs = {"0": features(rows_alike=value)}

    return changing(make)


def with_gaps(loss):
    vitals = running()
    look(vitals, 4).batch.inputs = {"0": features(bad=3)}
    look(vitals, 4).loss = loss
    return vitals


def labels(counts_of, **fields):
    def make(place, step):
        step.batch.targets = classes(counts_of(place))

    return changing(make, **fields)


def one_label(second):
    return labels(lambda place: {2: ROWS - 1, 0: 1} if place == second else {2: ROWS})


def rare(count, hits, seen):
    fields = {"facts": model(outputs=2), "outputs": tensor(ROWS, 2), "steps": 120}
    vitals = labels(lambda _: {0: ROWS - count, 1: count}, **fields)
    for step in vitals.steps:
        if step.batch:
            step.batch.recall = {0: (30, 31), 1: (hits, seen)}
    return vitals


def sorted_by_class(purity):
    own = round(purity * ROWS)
    return labels(
        lambda place: {place % CLASSES: own, (place + 1) % CLASSES: ROWS - own} if own < ROWS else {place % 4: ROWS}
    )


def climbing(slope):
    def make(place, step):
        step.batch.targets = tensor(ROWS, 1, mean=slope * place + 0.02 * (-1) ** place, std=0.5)
        step.epoch = 0

    vitals = changing(make, kind="mse", facts=model(outputs=1), outputs=tensor(ROWS, 1))
    vitals.loader["shuffle"] = False
    return vitals


def images(*shape, channels, **fields):
    facts = model()
    facts.parameters["fc0.weight"] = parameter("fc0.weight", (64, channels, 3, 3))
    data = tensor(*shape, feature_means=[0.4], feature_stds=[0.3], **fields)
    return running(facts=facts, inputs=data)


def evaluated(share, batches=4):
    vitals = running()
    vitals.evaluations = [Evaluation(20, 1.0, 0.5, batches, repeated=share, inputs=features())]
    return vitals


CASES = [
    Case("unscaled-inputs", lambda: scaled(11.0), lambda: scaled(9.0), 1, "data", "warning", "root mean square of 11"),
    Case("unscaled-inputs", lambda: uneven(110), lambda: uneven(90), 1, "data", "warning", "from 0.0455 to 5"),
    Case("unscaled-inputs", lambda: offset(40.0), lambda: offset(25.0), 1, "data", "warning", "feature 0 is 40"),
    Case(
        "unscaled-targets",
        lambda: amounts(50.0, lambda n: 5000.0 - n),
        lambda: amounts(50.0, lambda n: 5000.0 / n),
        5,
        "data",
        "warning",
        "root mean square of 70.7",
    ),
    Case(
        "unscaled-targets",
        lambda: amounts(500.0, lambda n: 5e5 * 4**n),
        lambda: amounts(6.0, lambda n: 70.0 - n / 10),
        3,
        "data",
        says="has blown up",
    ),
    Case(
        "scaled-twice",
        lambda: scaled(0.004),
        lambda: scaled(0.02),
        2,
        "data",
        "warning",
        "no input is larger than 0.012",
    ),
    Case(
        "constant-feature",
        lambda: first_feature(0.5),
        lambda: first_feature(0.0),
        8,
        "data",
        "warning",
        "Feature 0 was 0.5",
    ),
    Case("constant-feature", lambda: rows_alike(0.0), lambda: rows_alike(0.01), 3, "data", says="All 32 rows"),
    Case(
        "non-finite-data", lambda: with_gaps(math.nan), lambda: with_gaps(1.0), 4, "data", says="3 numbers of input 0"
    ),
    Case(
        "channel-order", lambda: images(8, 32, 32, 3, channels=32), lambda: images(8, 3, 32, 32, channels=3), 1, "data"
    ),
    Case(
        "channel-order",
        lambda: images(8, 3, 32, 32, channels=3, neighbours=(0.5, 0.55, 0.9, 0.45)),
        lambda: images(8, 3, 32, 32, channels=3, neighbours=(0.9, 0.85, 0.8, 0.75)),
        1,
        "data",
        says="Pixels three apart",
    ),
    Case("collapsed-labels", lambda: one_label(99), lambda: one_label(2), 3, "data", says="96 labels"),
    Case("class-imbalance", lambda: rare(1, 0, 1), lambda: rare(3, 0, 3), 84, "data", "warning", "31 to 1"),
    Case("class-imbalance", lambda: rare(1, 0, 1), lambda: rare(1, 1, 1), 84, "data", "warning"),
    Case(
        "unshuffled-data", lambda: sorted_by_class(1.0), lambda: sorted_by_class(0.6), 4, "data", says="100% of cases"
    ),
    Case("unshuffled-data", lambda: climbing(0.1), lambda: climbing(0.01), 15, "data", says="12 batches"),
    Case("duplicate-rows", lambda: evaluated(0.4), lambda: evaluated(0.05), 20, "data", says="40% of the rows"),
    Case("duplicate-rows", lambda: evaluated(0.1), lambda: evaluated(1.0, batches=70), 20, "data", "warning"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_sick_training(case):
    check_sick(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_just_under_the_line(case):
    check_under(case)


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
    vitals = rare(1, 0, 1)
    vitals.losses[0].settings["weight"] = True
    assert said("class-imbalance", vitals) == []
    words = running(targets=TensorVitals((8, 16), "int64", counts={0: 100, 1: 20, 2: 8}))
    assert said("class-imbalance", words) == []


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
