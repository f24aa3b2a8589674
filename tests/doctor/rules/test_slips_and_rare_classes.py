"""Labels that slipped one way, several rare classes together, outputs that are cut at 0 outside of the model."""

import pytest
import torch

from doctor.rules.vitals_examples import ROWS, classes, features, model, tensor, training
from glasswork.doctor.experiments.afterwards import _next
from glasswork.doctor.experiments.label_noise import label_noise
from glasswork.doctor.experiments.subject import KeptBatch, Subject
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import Probe


def groups(slip, *, apart=3.0, rows=480, count=6):
    """Rows of six groups; `slip` gives the labels."""
    make = torch.Generator().manual_seed(0)
    y = torch.randint(count, (rows,), generator=make)
    centres = apart * torch.randn(count, 8, generator=make)
    x = centres[y] + torch.randn(rows, 8, generator=make)
    labels = slip(y, torch.rand(rows, generator=make), count)
    net = torch.nn.Linear(8, count)
    batches = [KeptBatch((a,), b) for a, b in zip(x.split(48), labels.split(48), strict=True)]
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    return Subject(net, optimizer, torch.nn.functional.cross_entropy, batches[:8], further=batches[8:])


def to_the_next(y, chance, count):
    return torch.where(chance < 0.3, (y + 1) % count, y)


def with_the_neighbour(y, chance, count):  # both ways: pairs of classes that nobody can tell apart
    return torch.where(chance < 0.4, y + 1 - 2 * (y % 2), y)


def drawn_anew(y, chance, count):
    return torch.where(chance < 0.5, torch.randint(count, y.shape, generator=torch.Generator().manual_seed(3)), y)


def as_they_are(y, chance, count):
    return y


def test_labels_that_slip_one_way_are_told_from_classes_that_overlap():
    torch.manual_seed(0)
    slipped, paired, well = (
        label_noise(groups(slip), 60.0).figures for slip in (to_the_next, with_the_neighbour, as_they_are)
    )
    assert slipped["share"] > 0.2
    assert slipped["one_way"] > 0.5
    assert slipped["above"] > 4
    assert paired["one_way"] < 0.7
    assert "share" not in paired
    assert well["share"] < 0.05
    wide = label_noise(groups(as_they_are, apart=0.5), 60.0).figures
    assert wide["correct"] < 0.6
    assert wide["sure_second"] > 1.5 / 5
    assert "share" not in wide  # all overlap
    anew = label_noise(groups(drawn_anew), 60.0).figures
    assert anew["sure_second"] < 1.5 / 5
    assert anew["share"] > 0.25


def test_how_many_labels_are_wrong_is_asked_next_where_labels_go_with_inputs():
    for p, order in ((0.0, ["shuffled-labels", "label-noise", "one-batch"]), (0.4, None)):
        probes: list[Probe] = []
        seen = []
        for name in _next(["shuffled-labels", "one-batch", "label-noise"], probes):
            seen.append(name)
            probes.append(Probe(name, 0.1, {"p": p}))
        assert seen == (order or ["shuffled-labels", "one-batch", "label-noise"])


def uneven(hits):
    """A short training with one frequent class and eight rare ones, of which `hits` is how many are recognised."""
    counts = {0: 40} | dict.fromkeys(range(1, 9), 1)
    rows = sum(counts.values())
    fields = {"inputs": features(rows), "targets": classes(counts), "outputs": tensor(rows, 9)}
    vitals = training(75, facts=model(outputs=9), evaluations=False, **fields)
    for step in vitals.steps:
        if step.batch is not None:
            step.batch.recall = {0: (40, 40)} | dict.fromkeys(range(1, 9), (hits, 1))
    return vitals


@pytest.mark.parametrize(("hits", "told"), [(0, True), (1, False)])
def test_several_rare_classes_of_which_each_has_too_few_examples(hits, told):
    found = [one for one in rules()["class-imbalance"](uneven(hits)) if one.severity != "note"]
    assert bool(found) is told
    assert all("such classes 0 were" in one.evidence for one in found)
    weighted = uneven(0)
    weighted.losses[0].settings["weight"] = True
    assert not [one for one in rules()["class-imbalance"](weighted) if "such classes" in one.evidence]


@pytest.mark.parametrize(
    ("low", "zeros", "negative", "told"),
    [(0.0, 0.3, 0.4, True), (0.0, 0.0, 0.4, False), (-0.1, 0.3, 0.4, False), (0.0, 0.3, 0.0, False)],
)
def test_what_the_loss_is_given_is_cut_at_zero(low, zeros, negative, told):
    vitals = training(
        60,
        kind="mse",
        facts=model(0, outputs=1),
        targets=tensor(ROWS, 1, negative=negative, low=-2.0 if negative else 0.0),
        outputs=tensor(ROWS, 1, low=low, zeros=zeros),
    )
    found = list(rules()["output-range"](vitals))
    assert [(one.where, one.severity) for one in found] == ([("out", "critical")] if told else [])


def test_rows_that_the_script_scales_before_the_model_are_asked_of_it_as_it_gets_them():
    subject = groups(as_they_are, rows=960)
    net = torch.nn.Linear(8, 6)
    x, y = torch.cat([b.inputs[0] for b in subject.batches]), torch.cat([b.targets for b in subject.batches])
    optimizer = torch.optim.Adam(net.parameters(), 0.05)
    for _ in range(150):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()
    raw = [KeptBatch((300 - 100 * b.inputs[0],), b.targets) for b in subject.batches]
    held = [KeptBatch((b.inputs[0],), b.targets) for b in subject.further]
    kept = Subject(net, optimizer, torch.nn.functional.cross_entropy, subject.batches, held, None, raw)
    figures = label_noise(kept, 60.0).figures
    assert figures["own_correct"] > 0.9
    assert figures["own_held"] > 0.9
