"""Training against held-out rows: what both say of labels and modes; how far a single pass and a random body get."""

import math

import pytest
import torch
from torch import nn

from doctor.rules.data_examples import said
from doctor.rules.vitals_examples import model, training
from glasswork.doctor import watch
from glasswork.doctor.experiments.label_noise import label_noise
from glasswork.doctor.experiments.subject import KeptBatch, Subject
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import Probe

OWN = {
    "rows": 512.0, "classes": 4.0, "correct": 0.5, "top": 0.3, "second": 0.5, "held": 0.01, "own_rows": 512.0,
    "own_asked": 128.0, "own_correct": 0.7, "own_held": 0.92, "own_top": 0.16, "own_second": 0.5, "own_apart": 0.0,
}  # fmt: skip


def probed(figures, **more):
    vitals = training()
    vitals.probes = {name: Probe(name, 1.0, dict(f)) for name, f in {"label-noise": figures, **more}.items()}
    return vitals


@pytest.mark.parametrize(
    "spoilt",
    [
        {"own_held": 0.75},  # no better than training rows
        {"own_asked": 20.0, "own_held": 0.8},  # by chance
        {"own_top": 0.04},  # it is unsure of those that it says wrongly: they are hard
        {"held": 0.1},  # so it is elsewhere
        {"own_second": 0.9},  # neighbouring classes
        {"own_apart": 0.2},  # other classes are asked for
    ],
)
def test_a_network_that_contradicts_labels_in_training_only(spoilt):
    (finding,) = rules()["label-noise"](probed(OWN))
    assert (finding.severity, finding.where) == ("warning", "data")
    assert "92%" in finding.evidence
    assert "70%" in finding.evidence
    assert not list(rules()["label-noise"](probed(OWN | spoilt)))


def test_rows_that_were_changed_on_the_way_say_nothing_of_labels():
    assert not list(rules()["label-noise"](probed(OWN, augmentation={"apart": 0.9})))
    assert list(rules()["label-noise"](probed(OWN, augmentation={"apart": 0.5})))


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_the_probe_asks_the_network_itself(noise):
    torch.manual_seed(3)
    centres = 3 * torch.randn(4, 6)

    def rows(count, wrong):
        y = torch.randint(0, 4, (count,))
        x = centres[y] + torch.randn(count, 6)
        return KeptBatch((x,), torch.where(torch.rand(count) < wrong, torch.randint(0, 4, (count,)), y))

    knows = nn.Linear(6, 4)
    with torch.no_grad():
        knows.weight.copy_(centres)
        knows.bias.copy_(-centres.square().sum(1) / 2)
    subject = Subject(
        knows,
        None,
        nn.functional.cross_entropy,
        [rows(64, noise) for _ in range(6)],
        held_out=[rows(64, 0.0) for _ in range(3)],
    )
    found = label_noise(subject, 60.0).figures
    assert found["own_held"] > 0.95
    assert found["own_correct"] == pytest.approx(found["own_held"] - 0.75 * noise, abs=0.06)
    assert (found["own_top"] > 0.1) is (noise > 0)
    assert found["own_apart"] < 0.1
    vitals = probed(found)
    assert bool(list(rules()["label-noise"](vitals))) is (noise > 0)


@pytest.mark.parametrize(("later", "found"), [(0.25, ["data"]), (0.97, [])])
def test_a_first_validation_that_knows_nothing_is_not_the_last(later, found):
    vitals = training(120)
    for place, evaluation in enumerate(vitals.evaluations):
        evaluation.correct, evaluation.loss, evaluation.batches = 0.25 if place < 3 else later, 1.5, 40
    assert len(vitals.evaluations) > 3
    assert [f.where for f in said("shuffled-labels", vitals)] == found


@pytest.mark.parametrize(("ratio", "severity"), [(0.05, "note"), (0.41, "warning")])
def test_a_random_body_that_leaves_nothing_to_learn_by_heart(ratio, severity):
    vitals = training(60, loss=lambda n: 0.2 + 1.2 * math.exp(-n / 15), evaluations=False)
    vitals.probes = {"one-batch": Probe("one-batch", 1.0, {"ratio": ratio})}
    first = vitals.models["model"].parameters["fc0.weight"]
    first.trainable = first.optimized = False
    for step in vitals.steps:
        if step.sampled:
            step.layers["fc0"].gradient = step.layers["fc0"].update = None
    found = [f for f in rules()["frozen-or-unused-layers"](vitals) if f.where == "fc0"]
    assert [f.severity for f in found] == [severity]


@pytest.mark.parametrize("cut", [True, False])
def test_a_model_that_is_taken_apart_is_one_model(cut):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2))
    stepper = torch.optim.Adam(net.parameters(), 1e-2)
    x = torch.randn(64, 6)
    y = (x[:, 0] > 0).long()
    with watch(net, stepper, experiments=False) as checkup:
        for _ in range(12):
            stepper.zero_grad()
            body = net[:-1](x)
            nn.functional.cross_entropy(net[-1](body.detach() if cut else body), y).backward()
            stepper.step()
    assert list(checkup.vitals.models) == ["model"]
    assert set(checkup.vitals.models["model"].layers) >= {"0", "2", "4"}
    lost = [f.where for f in checkup.findings if f.fault == "detached-graph"]
    assert lost == (["2"] if cut else [])


@pytest.mark.parametrize(("way", "found"), [("held out", ["loop"]), ("drawn anew", []), ("evaluation", [])])
def test_held_out_rows_that_pass_in_training_mode_and_are_judged_by_hand(way, found):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 1))
    stepper = torch.optim.Adam(net.parameters(), 1e-2)
    x, held = torch.randn(64, 6), torch.randn(40, 6)
    with watch(net, stepper, experiments=False) as checkup:
        for _ in range(5):
            net.train()
            for rows in x.split(16):
                stepper.zero_grad()
                nn.functional.mse_loss(net(rows), rows[:, :1]).backward()
                stepper.step()
            net.train(way != "evaluation")
            with torch.no_grad():
                asked = torch.randn(40, 6) if way == "drawn anew" else held
                float(((net(asked) - asked[:, :1]) ** 2).mean())
    assert [f.where for f in checkup.findings if f.fault == "train-eval-mode"] == found


@pytest.mark.parametrize(("end", "found"), [(0.3, ["loop"]), (0.05, []), (0.39, [])])
def test_a_single_short_pass_that_ends_in_a_steep_fall(end, found):
    vitals = training(25, loss=lambda n: 1.0 - n / 20 * 0.6 if n <= 20 else end, evaluations=False)
    for step in vitals.steps:
        step.epoch = 0
        if step.batch is not None:
            step.batch.correct = None
    vitals.loader["rows"] = 25 * 32
    assert [f.where for f in said("too-few-epochs", vitals)] == found


@pytest.mark.parametrize(("rate", "found"), [(1e-3, ["norm0"]), (1e-9, [])])
def test_steps_that_rounding_swallows_do_not_say_that_a_layer_was_replaced(rate, found):
    vitals = training(60, facts=model(norm="BatchNorm1d"), evaluations=False)
    for step in vitals.steps:
        step.learning_rates = [rate]
        if step.sampled:
            step.update_norm = rate * 10.0
            step.layers["norm0"].gradient, step.layers["norm0"].update = 0.1, 0.0
    assert [f.where for f in said("parameters-not-in-optimizer", vitals)] == found


@pytest.mark.parametrize("cut", [True, False])
def test_a_table_behind_which_the_graph_ends(cut):
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.body, self.head = nn.Embedding(9, 8), nn.Linear(8, 8), nn.Linear(8, 2)

        def forward(self, words):
            found = self.table(words).mean(1)
            return self.head(self.body(found.detach() if cut else found).relu())

    torch.manual_seed(0)
    net = Reader()
    stepper = torch.optim.Adam(net.parameters(), 1e-2)
    words = torch.randint(0, 9, (64, 5))
    with watch(net, stepper, experiments=False) as checkup:
        for _ in range(12):
            stepper.zero_grad()
            nn.functional.cross_entropy(net(words), (words[:, 0] > 4).long()).backward()
            stepper.step()
    assert [f.where for f in checkup.findings if f.fault == "detached-graph"] == (["table"] if cut else [])


@pytest.mark.parametrize(("repeated", "found"), [(1.0, ["data"]), (0.0, [])])
def test_rows_learned_by_heart_do_not_speak_for_their_labels(repeated, found):
    vitals = training(120)
    for place, evaluation in enumerate(vitals.evaluations):
        again = place % 4 == 3  # the training rows themselves, now and then
        evaluation.correct, evaluation.repeated = (0.99, repeated) if again else (0.25, 0.0)
        evaluation.loss, evaluation.batches = 1.5, 40
    assert len(vitals.evaluations) > 4
    assert [f.where for f in said("shuffled-labels", vitals)] == found
