"""What is seen of a whole run and not of single samples: modes, labels, graphs, evaluations, optimizers at rest."""

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from glasswork.doctor import watch
from glasswork.doctor.observing.budget import Budget
from glasswork.doctor.observing.observer import Observer
from glasswork.doctor.observing.rows import Rows


@pytest.fixture(autouse=True)
def _strict(monkeypatch):
    monkeypatch.setattr(Observer, "strict", True)


def seen(**given):
    one = watch(experiments=False, **given)
    one.checkup._rules = {}
    return one


def take(model, stepper, x, y, loss=None):
    stepper.zero_grad()
    value = (loss or functional.cross_entropy)(model(x), y)
    value.backward()
    stepper.step()
    return value


def test_the_mode_is_known_at_every_step():
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.1), nn.Linear(8, 2))
    stepper = torch.optim.SGD(model.parameters(), 0.1)
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    with seen(share=1e-9) as checkup:
        for number in range(60):
            model.train(number < 40)
            take(model, stepper, x, y)
    assert [step.training for step in checkup.vitals.steps] == [True] * 40 + [False] * 20
    assert not all(step.sampled for step in checkup.vitals.steps[40:])
    plain = nn.Linear(4, 2)
    stepper = torch.optim.SGD(plain.parameters(), 0.1)
    with seen() as checkup:
        take(plain, stepper, x, y)
    assert checkup.vitals.steps[0].training is None


def test_labels_of_the_first_pass_are_counted_at_every_step():
    y = torch.tensor([0] * 150 + [1] * 40 + [3] * 10)
    loader = DataLoader(TensorDataset(torch.randn(200, 4), y), 2, shuffle=True)
    model = nn.Linear(4, 5)
    stepper = torch.optim.SGD(model.parameters(), 0.01)
    with seen(share=1e-9) as checkup:
        for _ in range(2):
            for rows, labels in loader:
                take(model, stepper, rows, labels)
    assert sum(step.sampled for step in checkup.vitals.steps) < 100
    assert checkup.vitals.labels == {0: 150, 1: 40, 3: 10}


@pytest.mark.parametrize(
    ("targets", "counted"),
    [
        (torch.tensor([0.0, 1.0, 0.0, 0.0]), {0: 9, 1: 3}),
        (torch.tensor([0.1, 0.9, 0.0, 0.0]), None),
        (torch.tensor([[0.0, 1.0]] * 4), None),
    ],
    ids=["zeros and ones", "soft", "several at once"],
)
def test_labels_of_one_output(targets, counted):
    model = nn.Linear(4, targets.shape[1] if targets.dim() > 1 else 1)
    stepper = torch.optim.SGD(model.parameters(), 0.01)
    with seen() as checkup:
        for _ in range(3):
            take(
                model,
                stepper,
                torch.randn(4, 4),
                targets,
                lambda o, y: functional.binary_cross_entropy_with_logits(o.reshape(y.shape), y),
            )
    assert checkup.vitals.labels == counted


def test_labels_that_are_ignored_do_not_count():
    model = nn.Linear(4, 3)
    stepper = torch.optim.SGD(model.parameters(), 0.01)
    with seen() as checkup:
        take(model, stepper, torch.randn(4, 4), torch.tensor([0, 2, -100, 2]))
    assert checkup.vitals.labels == {0: 1, 2: 2}


@pytest.mark.parametrize("how", ["number", "list", "total"])
def test_losses_that_are_kept_with_their_graph(how):
    model = nn.Linear(4, 2)
    stepper = torch.optim.SGD(model.parameters(), 0.1)
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    kept, total = [], 0.0
    with seen() as checkup:
        for _ in range(30):
            loss = take(model, stepper, x, y)
            if how == "list":
                kept.append(loss)
            total += loss if how == "total" else loss.item()
    graphs = {step.number: step.graphs for step in checkup.vitals.steps if step.graphs is not None}
    assert len(graphs) > 9
    if how == "number":
        assert max(graphs.values()) <= 2
    else:
        assert all(alive == number for number, alive in graphs.items())


@pytest.mark.parametrize("made", ["before", "within"])
def test_an_optimizer_that_never_steps_is_known(made):
    model = nn.Linear(4, 2)
    stepper = torch.optim.Adam(model.parameters(), 0.125) if made == "before" else None
    with seen() as checkup:
        stepper = stepper or torch.optim.Adam(model.parameters(), 0.125)
        for _ in range(6):
            stepper.zero_grad()
            functional.cross_entropy(model(torch.randn(8, 4)), torch.zeros(8).long()).backward()
    vitals = checkup.vitals
    assert vitals.steps == []
    assert vitals.backwards == 6
    found = [facts for facts in vitals.optimizers.values() if facts.groups and facts.groups[0]["lr"] == 0.125]
    assert found
    assert set(found[0].parameters) == {"weight", "bias"}
    assert vitals.models["model"].parameters["weight"].optimized


def test_the_first_steps_after_an_evaluation_are_looked_at_whatever_was_spent():
    model = nn.Linear(4, 2)
    stepper = torch.optim.SGD(model.parameters(), 0.1)
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    with seen(share=1e-9) as checkup:
        for number in range(1, 401):
            take(model, stepper, x, y)
            if number % 100 == 0:
                with torch.no_grad():
                    functional.cross_entropy(model(x), y)
    sampled = {step.number for step in checkup.vitals.steps if step.sampled}
    assert {101, 102, 201, 202, 301, 302} <= sampled
    assert checkup.vitals.evaluations[0].recall == {
        place: pair for place, pair in checkup.vitals.evaluations[0].recall.items() if 0 <= pair[0] <= pair[1]
    }
    assert sum(count for _, count in checkup.vitals.evaluations[0].recall.values()) == 8


def test_evaluations_are_looked_at_ever_more_rarely_and_runs_to_their_end():
    budget = Budget()
    for step in range(1, 30):
        budget.next(step, seconds=1e-4, own=1.0)
    wanted = [number for number in range(1, 60) if budget.evaluated()]
    assert wanted[:4] == [1, 2, 3, 4]
    assert 8 < len(wanted) < 14
    late = [step for step in range(30, 5000) if budget.next(step, seconds=1e-4, own=1.0)]
    assert 8 < len(late) < 16
    assert late[-1] > 2500


def test_a_teacher_is_no_evaluation():
    teacher, student = nn.Linear(4, 2), nn.Linear(4, 2)
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    with seen() as checkup:
        stepper = torch.optim.SGD(teacher.parameters(), 0.1)
        for _ in range(4):
            take(teacher, stepper, x, y)
        stepper = torch.optim.SGD(student.parameters(), 0.1)
        for _ in range(8):
            with torch.no_grad():
                soft = teacher(x)
            take(student, stepper, x, soft, functional.mse_loss)
    assert checkup.vitals.evaluations == []
    # The teacher's optimizer is gone; its weights were held by it all the same.
    assert all(facts.optimized for model in checkup.vitals.models.values() for facts in model.parameters.values())


def test_rows_of_zeros_and_ones_do_not_look_alike():
    x = torch.zeros(40, 64)
    places = torch.arange(40)
    x[places, places], x[places, (places * 7 + 11) % 64] = 1.0, 1.0
    y = torch.zeros(40, 64)
    y[places, (places + 3) % 64], y[places, (places * 7 + 8) % 64] = 1.0, 1.0
    same = (x[:, None] == y[None]).all(-1).any(0).double().mean().item()
    rows = Rows()
    rows.learn(x)
    assert rows.share_known(x) == 1
    assert rows.share_known(y) == pytest.approx(same)


def test_lines_are_known_with_their_text():
    data = DataLoader(TensorDataset(torch.randn(8, 4), torch.randint(0, 2, (8,))), 4)
    with seen() as checkup:
        loader = DataLoader(data.dataset, 4)
        model = nn.Linear(4, 2)
        stepper = torch.optim.SGD(model.parameters(), 0.1)
        for x, y in loader:
            stepper.zero_grad()
            functional.cross_entropy(model(x), y).backward()
            stepper.step()
    code = checkup.vitals.code
    assert set(code) == set(checkup.vitals.places)
    assert code["zero_grad"] == "stepper.zero_grad()"
    assert code["loader"] == "loader = DataLoader(data.dataset, 4)"
    assert code["optimizer"] == "stepper = torch.optim.SGD(model.parameters(), 0.1)"
    assert code["loss"] == "functional.cross_entropy(model(x), y).backward()"


def test_modules_in_a_plain_list_are_told():
    class Deep(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = [nn.Linear(4, 4) for _ in range(2)]
            self.out = nn.Linear(4, 2)

        def forward(self, x):
            for block in self.blocks:
                x = block(x).relu()
            return self.out(x)

    model = Deep()
    stepper = torch.optim.SGD(model.parameters(), 0.1)
    with seen() as checkup:
        take(model, stepper, torch.randn(8, 4), torch.randint(0, 2, (8,)))
    assert checkup.vitals.models["model"].unregistered == ["Linear (4, 4) in Deep.blocks"]


def test_a_loss_to_which_something_is_added_has_no_baseline():
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    for change, known in ((lambda v: v / 4, True), (lambda v: v + 1, False)):
        model = nn.Linear(4, 2)
        stepper = torch.optim.SGD(model.parameters(), 0.1)
        with seen() as checkup:
            take(model, stepper, x, y, lambda o, y, change=change: change(functional.cross_entropy(o, y)))
        assert (checkup.vitals.steps[0].batch.baseline_loss is not None) is known


class Standardise(nn.Module):
    """Preprocessing of somebody's own within the model, with statistics of the training rows."""

    def __init__(self, rows):
        super().__init__()
        self.register_buffer("mean", rows.mean(0))
        self.register_buffer("std", rows.std(0))

    def forward(self, x):
        return (x - self.mean) / self.std


@pytest.mark.parametrize("inside", [True, False])
def test_inputs_that_the_model_itself_scales_are_scaled(inside):
    rows = torch.randn(256, 6) * torch.tensor([1.0, 900.0, 0.1, 30.0, 5.0, 2500.0]) + 300
    targets = (rows[:, 1] > 300).long()
    scale = Standardise(rows) if inside else nn.Identity()
    model = nn.Sequential(scale, nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with watch(model, optimizer) as checkup:
        for part in torch.randperm(256).split(32):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(rows[part]), targets[part]).backward()
            optimizer.step()
    said = [finding.fault for finding in checkup.findings if finding.severity != "note"]
    assert ("unscaled-inputs" in said) is not inside


def test_rows_that_come_again_are_passed_over_until_new_ones_come():
    def batches(seed):
        return torch.randn(128, 8, 6, generator=torch.Generator().manual_seed(seed)).unbind()

    rows, looked = Rows(), 0
    for batch in batches(0) * 6:
        if not rows.passed_over():
            rows.learn(batch)
            looked += 1
    assert rows.known == 128 * 8
    assert 128 < looked < 3 * 128
    for batch in batches(1) * 12:
        if not rows.passed_over():
            rows.learn(batch)
    assert rows.complete
    assert all(rows.share_known(batch) == 1 for batch in batches(0) + batches(1))
    assert rows.share_known(batches(2)[0]) == 0


def test_a_table_is_kept_a_few_times_only():
    x, y = torch.randn(256, 5), torch.randint(0, 2, (256,))
    model = nn.Linear(5, 2)
    stepper = torch.optim.SGD(model.parameters(), 0.01)
    watched = watch(experiments=False)
    with watched:
        for _ in range(40):
            for rows, targets in zip(x.split(8), y.split(8), strict=True):
                take(model, stepper, rows, targets)
    assert 4 * 256 <= watched._observer.passes.scaling.rows < 20 * 256
    assert watched._observer.passes.rows.complete
