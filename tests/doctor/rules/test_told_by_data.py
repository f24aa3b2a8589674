"""What data say of themselves: running numbers, columns nearly empty, classes at the ends, labels of chance."""

import pytest
import torch

from doctor.rules.data_examples import changing, running, said
from doctor.rules.vitals_examples import ROWS, classes, features, layer, model, tensor, training
from glasswork.doctor.experiments.label_noise import label_noise as label_noise_probe
from glasswork.doctor.experiments.leakage import leakage
from glasswork.doctor.experiments.subject import KeptBatch, Subject
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import Evaluation, LossFacts, Probe, TensorVitals


def probed(name, make=training, **figures):
    vitals = make()
    vitals.probes = {name: Probe(name, 1.0, figures)}
    return vitals


# --- labels -----------------------------------------------------------------------------------------------------------

CHANCE = {"share": 0.18, "top": 0.18, "classes": 5.0, "second": 0.26, "correct": 0.66, "rows": 512.0, "held": 0.3}


def doubted(net=0.65, tokens=False, **figures):
    vitals = probed("label-noise", **(CHANCE | figures))
    for step in vitals.sampled():
        step.batch.correct = net
        if tokens:
            step.batch.tokens = {"0": TensorVitals((ROWS, 12), "int64")}
    return vitals


def test_labels_of_chance_prefer_no_class_and_the_network_does_no_better():
    (finding,) = said("label-noise", doubted())
    assert (finding.where, finding.severity) == ("data", "warning")
    assert said("label-noise", doubted(second=0.4)) == []  # classes that overlap do so in pairs
    assert said("label-noise", doubted(net=0.8)) == []  # it is the simple models that understand little
    assert said("label-noise", doubted(share=0.14)) == []
    assert said("label-noise", doubted(net=0.45, correct=0.45)) == []


def test_of_sequences_simple_models_understand_too_little_to_doubt_a_network_that_fails():
    far = {"share": 0.5, "top": 0.5, "second": 0.37, "classes": 4.0}
    assert said("label-noise", doubted(net=0.3, tokens=True, correct=0.37, **far)) == []
    assert said("label-noise", doubted(net=0.5, tokens=True, correct=0.6, **far)) == []
    assert said("label-noise", doubted(net=0.62, tokens=True, correct=0.6, **far))


def test_labels_that_are_said_rightly_in_training_and_elsewhere_are_not_worse_in_training():
    better = {"classes": 4.0, "second": 0.2, "correct": 0.5, "top": 0.3, "asked": 128.0, "asked_correct": 0.7}

    def judged(learned, held_out):
        vitals = probed("label-noise", **better, asked_top=0.0)
        for step in vitals.sampled():
            step.batch.correct = learned
        for evaluation in vitals.evaluations:
            evaluation.correct = held_out
        return said("label-noise", vitals)

    assert judged(0.6, 0.9)
    assert judged(0.99, 0.98) == []


# --- leaks ------------------------------------------------------------------------------------------------------------


def subject(rows, labels):
    net = torch.nn.Linear(rows.shape[1], 2)
    return Subject(net, None, torch.nn.functional.cross_entropy, [KeptBatch((rows,), labels)])


@pytest.mark.parametrize("numbered", [True, False])
def test_a_running_number_by_which_classes_are_listed(numbered):
    make = torch.Generator().manual_seed(2)
    order = torch.randperm(600, generator=make)[:400]
    first = (order - 300) / 173.2 if numbered else torch.rand(400, generator=make)
    labels = (first > 0.1).long()
    rows = torch.cat([first[:, None], torch.randn(400, 5, generator=make)], 1)
    figures = leakage(subject(rows, labels), 10.0).figures
    assert figures["numbered"] == numbered
    assert bool(said("target-leakage", probed("leakage", **figures))) == numbered


def remembered(**figures):
    def make():
        vitals = training()
        vitals.models["model"].layers["rnn"] = layer("rnn", "GRU", "recurrent", 90)
        return vitals

    return probed("leakage", make, best=1.0, second=0.3, feature=0.0, told=1.0, columns=16.0, **figures)


def test_a_token_that_is_to_be_remembered_is_no_leak():
    assert said("target-leakage", remembered(odd=0.1)) == []
    assert said("target-leakage", remembered(odd=0.9))  # a column of its own among the tokens
    alone = probed("leakage", best=1.0, second=0.3, feature=0.0, told=1.0, columns=16.0, odd=0.1)
    assert said("target-leakage", alone)  # no sequences


def test_the_place_of_a_copied_token_has_the_tokens_of_all_others():
    tokens = torch.randint(0, 4, (256, 12), generator=torch.Generator().manual_seed(1))
    assert leakage(subject(tokens, tokens[:, 0]), 10.0).figures["odd"] < 0.2
    tokens[:, 0] += 10
    assert leakage(subject(tokens, tokens[:, 0] - 10), 10.0).figures["odd"] > 0.9


@pytest.mark.parametrize(("given", "told"), [(1, True), (0, False), (2, False)])
def test_one_amount_of_two_that_a_column_gives_away(given, told):
    make = torch.Generator().manual_seed(4)
    rows = torch.randn(300, 7, generator=make)
    targets = torch.stack([rows[:, 2:].sum(1).sin(), rows[:, 3] * rows[:, 4]], 1)
    for place in range(given):
        rows[:, place] = 2 * targets[:, place] + 0.02 * torch.randn(300, generator=make)
    figures = leakage(subject(rows, targets), 10.0).figures
    assert bool(said("target-leakage", probed("leakage", **figures))) == told


# --- columns ----------------------------------------------------------------------------------------------------------


def columns(zeros, seldom):
    """Four columns: one is always 0, one nearly always, the others are what they like."""

    def make(place, step):
        odd = place % 12 == 5 if seldom else place % 2 == 0
        means, stds = [0.0, 0.01 if odd else 0.0, 0.01 * place, -0.01 * place], [0.0, 0.1 if odd else 0.0, 1.0, 1.0]
        step.batch.inputs = {"0": features(64, means=means, stds=stds, low=-2.0, zeros=zeros)}

    return changing(make)


def test_a_column_of_zeros_beside_one_that_is_hardly_anything_else():
    (finding,) = said("constant-feature", columns(0.5, seldom=True))
    assert (finding.where, finding.severity) == ("data", "warning")
    assert said("constant-feature", columns(0.6, seldom=True)) == []  # 0 is a value of other columns, too
    assert said("constant-feature", columns(0.5, seldom=False)) == []  # a rare code beside one that never came


def test_one_pixel_far_from_0_is_no_scale():
    def apart(width):
        means, stds = [2.0] + [0.0] * (width - 1), [0.05] + [1.0] * (width - 1)
        return running(inputs=features(means=means, stds=stds, mean=2.0 / width))

    assert said("unscaled-inputs", apart(64)) == []
    (finding,) = said("unscaled-inputs", apart(8))
    assert "1 of 8 features far from 0" in finding.evidence


# --- classes ----------------------------------------------------------------------------------------------------------


def counted(recall, counts, judged=None, steps=60):
    seen = {"targets": classes(counts), "inputs": features(60), "outputs": tensor(60, len(counts))}
    vitals = training(steps, evaluations=False, facts=model(outputs=len(counts)), **seen)
    for step in vitals.sampled():
        step.batch.recall = recall(step.number)
    if judged:
        vitals.evaluations.append(Evaluation(steps, 1.0, 0.9, 4, recall=judged))
    return vitals


def test_a_rare_class_is_no_fault_before_the_others_are_recognised():
    nothing = counted(lambda _: {0: (2, 20), 1: (15, 30), 2: (0, 1)}, {0: 20, 1: 39, 2: 1})
    assert said("class-imbalance", nothing) == []
    others = counted(lambda _: {0: (18, 20), 1: (30, 30), 2: (0, 1)}, {0: 20, 1: 39, 2: 1})
    (finding,) = said("class-imbalance", others)
    assert finding.step < 10


def test_a_class_that_the_evaluation_never_asks_for_is_a_note():
    def miss(_):
        return {0: (18, 20), 1: (30, 30), 2: (0, 1)}

    counts = {0: 20, 1: 39, 2: 1}
    assert said("class-imbalance", counted(miss, counts, {0: (100, 110), 1: (140, 150)})) == []
    assert said("class-imbalance", counted(miss, counts, {0: (50, 55), 1: (60, 65)}))  # too few to say so
    assert said("class-imbalance", counted(miss, counts, {0: (100, 110), 1: (140, 150), 2: (0, 6)}))


def test_what_is_learned_in_the_end_is_a_note():
    def late(number):
        return {0: (18, 20), 1: (30, 30), 2: (int(number > 30), 1)}

    assert said("class-imbalance", counted(late, {0: 20, 1: 39, 2: 1})) == []


# --- augmentation -----------------------------------------------------------------------------------------------------


def varied(learned, score, *, loss=lambda n: 1.4 + 0.02 * (-1) ** n):
    vitals = training(loss=loss)
    vitals.loader["rows"] = 600
    for evaluation in vitals.evaluations:
        evaluation.learned = learned
    found = {"clean": 0.6, "augmented": -0.1, "apart": 0.55}
    vitals.probes = {"augmentation": Probe("augmentation", 0.1, found)}
    vitals.probes["shuffled-labels"] = Probe("shuffled-labels", 0.1, {"score": score})
    return [f.severity for f in rules()["destructive-augmentation"](vitals)]


def test_rows_that_are_others_in_each_pass_and_say_nothing():
    assert varied(3000, 0.01) == ["critical"]
    assert varied(600, 0.01) == []  # always the same rows
    assert varied(3000, 0.3) == []  # they say something
    assert varied(3000, 0.01, loss=lambda n: 1.4 * 0.98**n) == []  # and it is learned


# --- losses -----------------------------------------------------------------------------------------------------------


def test_class_numbers_beside_one_output_a_class():
    counts = {0: 12, 1: 10, 2: 10}
    labels = tensor(ROWS, 1, low=0.0, high=2.0, mean=0.9, std=0.8, counts=counts, row_sums=(0.0, 2.0))
    vitals = training(kind="mse", facts=model(outputs=3), targets=labels, outputs=tensor(ROWS, 3))
    (finding,) = said("loss-output-mismatch", vitals)
    assert (finding.severity, finding.where) == ("critical", "loss")
    assert "beside each of the 3 outputs" in finding.evidence
    wide = training(kind="mse", facts=model(outputs=5), targets=labels, outputs=tensor(ROWS, 5))
    assert said("loss-output-mismatch", wide) == []  # quantiles, say


def squashed(low, high, *, rows=8):
    facts = model(outputs=1)
    facts.layers["out"].last = False
    facts.layers["sigmoid"] = layer("sigmoid", "Sigmoid", "activation", 90, after=("out",), units=1, last=True)
    targets = tensor(rows, low=0.0, high=1.0, mean=0.5, std=0.5, counts={0: rows // 2, 1: rows // 2})
    vitals = training(kind="binary_cross_entropy_with_logits", facts=facts, targets=targets)
    vitals.losses = [LossFacts("binary_cross_entropy_with_logits", "BCEWithLogitsLoss", "mean")]
    for step in vitals.sampled():
        step.batch.outputs = tensor(rows, low=0.3, high=0.6, mean=0.45, std=0.1)
        step.layers["sigmoid"].low, step.layers["sigmoid"].high = low, high
    return vitals


def test_a_sigmoid_of_a_few_rows_is_known_by_its_outputs():
    (finding,) = said("loss-output-mismatch", squashed(0.3, 0.6))
    assert finding.where == "sigmoid"
    assert said("loss-output-mismatch", squashed(0.1, 0.9)) == []  # attention, whose outputs these are not


def test_the_label_noise_probe_still_sees_chance():
    make = torch.Generator().manual_seed(3)
    labels = torch.randint(0, 5, (300,), generator=make)
    rows = torch.nn.functional.one_hot(labels, 5).float() + 0.2 * torch.randn(300, 5, generator=make)
    wrong = torch.rand(300, generator=make) < 0.4
    given = torch.where(wrong, torch.randint(0, 5, (300,), generator=make), labels)
    figures = label_noise_probe(subject(rows, given), 10.0).figures
    assert figures["second"] < 1.3 / 4
