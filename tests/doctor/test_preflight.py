"""Preflight: what one batch says before the first step, on copies, without a changed bit."""

import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import glasswork as gw
from glasswork.doctor import Checkup
from glasswork.doctor.observing.observer import Observer
from glasswork.doctor.preflight import BEFOREHAND
from glasswork.doctor.rules import codes
from glasswork.errors import UsageError

FAST = 0.4  # seconds for all experiments


@pytest.fixture(autouse=True)
def _strict(monkeypatch):
    monkeypatch.setattr(Observer, "strict", True)


def network(*last, inputs=8):
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(inputs, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 3), *last)


def batch(scale=1.0, rows=64, inputs=8):
    draw = torch.Generator().manual_seed(2)
    x = torch.randn(rows, inputs, generator=draw)
    y = (x[:, 0] > 0).long() + (x[:, 1] > 0).long()
    return scale * x, y


def said(model, given, *, loss=None, optimizer=None, seconds=FAST):
    optimizer = optimizer or torch.optim.Adam(model.parameters(), lr=1e-2)
    with gw.doctor.watch(model, optimizer, loss_fn=loss or nn.CrossEntropyLoss()) as checkup:
        return checkup.preflight(given, seconds=seconds)


def grave(findings):
    return [finding.fault for finding in findings if finding.severity != "note"]


def snapshot(model, optimizer):
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    grads = [None if p.grad is None else p.grad.clone() for p in model.parameters()]
    modes = [module.training for module in model.modules()]
    states = optimizer.state_dict()["state"].values()
    held = [{k: v.clone() if torch.is_tensor(v) else v for k, v in one.items()} for one in states]
    groups = [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups]
    generators = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    return state, grads, modes, held, groups, generators


def same(a, b):
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


# --- what it finds ----------------------------------------------------------------------------------------------------


def test_a_sound_beginning_is_clean():
    assert grave(said(network(), batch())) == []


SICK = {
    "unscaled-inputs": (network(), batch(scale=500.0), nn.CrossEntropyLoss(), "data"),
    "loss-output-mismatch": (network(nn.Softmax(dim=1)), batch(), nn.CrossEntropyLoss(), "5"),
    "batch-mixing": (network(nn.Softmax(dim=0)), batch(), nn.CrossEntropyLoss(), "5"),
    "output-range": (
        nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid()),
        (batch()[0], 40 * batch()[0][:, :1]),
        nn.MSELoss(),
        "3",
    ),
    "missing-nonlinearity": (nn.Sequential(nn.Linear(8, 16), nn.Linear(16, 3)), batch(), nn.CrossEntropyLoss(), "0"),
}


@pytest.mark.parametrize("fault", SICK)
def test_what_is_wrong_is_found_before_any_step(fault):
    model, given, loss, where = SICK[fault]
    found = {finding.fault: finding for finding in said(model, given, loss=loss)}
    assert found[fault].where == where
    assert found[fault].severity in ("critical", "warning")
    assert found[fault].step is None


def test_the_first_loss_against_theory():
    model = network()
    with torch.no_grad():
        model[4].weight.mul_(300.0)
    found = said(model, batch())
    assert {"initial-loss", "initialisation-scale"} & set(grave(found))


def test_parameters_that_no_optimizer_holds():
    model = network()
    found = said(model, batch(), optimizer=torch.optim.Adam(model[:2].parameters()))
    assert "parameters-not-in-optimizer" in grave(found)
    assert next(f.where for f in found if f.fault == "parameters-not-in-optimizer") == "4"


def test_units_that_are_silent_from_the_start_and_dropout_that_leaves_nothing():
    model = network()
    with torch.no_grad():
        model[1].bias.fill_(-20.0)
    model[3].p = 0.95
    found = {finding.fault: finding.where for finding in said(model, batch())}
    assert (found["dying-relu"], found["dropout-too-strong"]) == ("2", "3")


class Cut(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(8, 16), nn.Linear(16, 3)

    def forward(self, x):
        return self.head(torch.relu(self.body(x)).detach())


def test_a_graph_that_is_cut():
    assert "detached-graph" in grave(said(Cut(), batch()))


class Deaf(nn.Module):
    """Says the same about every row."""

    def __init__(self):
        super().__init__()
        self.say = nn.Parameter(torch.zeros(3))

    def forward(self, x):
        return self.say.expand(len(x), 3) + 0.0 * x[:, :3]


def test_one_batch_that_cannot_be_learned():
    torch.manual_seed(0)
    found = said(Deaf(), (torch.randn(64, 8), torch.randint(0, 3, (64,))), seconds=4.0)
    assert "cannot-overfit-one-batch" in [finding.fault for finding in found]


def test_shapes_that_do_not_fit_are_a_finding_not_a_crash():
    (found,) = said(network(inputs=7), batch())
    assert (found.fault, found.where, found.severity) == ("shape-mismatch", "0", "critical")


def test_findings_come_causes_first_and_stay_among_those_of_the_checkup():
    model = network(nn.Softmax(dim=1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with gw.doctor.watch(model, optimizer, loss_fn=nn.CrossEntropyLoss(), experiments=False) as checkup:
        found = checkup.preflight(batch(scale=500.0), seconds=FAST)
        assert checkup.findings == found
        assert checkup.text().startswith("doctor: before training, first loss")
        assert "change: nn.CrossEntropyLoss on softmax output: delete the Softmax at 5" in checkup.text()
        assert checkup.json()["findings"][0]["change"]
        assert "Sequential" in checkup.html()
        x, y = batch(scale=500.0)
        for _ in range(4):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
    faults = [finding.fault for finding in checkup.findings]
    assert len(faults) == len(set(faults))
    assert {finding.fault for finding in found} <= set(faults)
    assert checkup.text().startswith("doctor: 4 steps")


# --- without a trace --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stepped", [False, True], ids=["fresh", "under way"])
@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.AdamW, torch.optim.LBFGS])
def test_not_a_bit_changes(kind, stepped):
    model, (x, y) = network(), batch()
    model[1].eval()  # a mode that somebody has set
    optimizer = kind(model.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2)  # it has put its own step into the optimizer
    calls = []

    def loss(outputs, targets):
        calls.append(outputs.shape)
        return nn.functional.cross_entropy(outputs, targets)

    def again():
        optimizer.zero_grad()
        value = nn.functional.cross_entropy(model(x), y)
        value.backward()
        return value

    with gw.doctor.watch(model, optimizer, loss_fn=loss) as checkup:
        if stepped:
            optimizer.step(again)
            schedule.step()
            again()
        before = snapshot(model, optimizer)
        rows = x.clone()
        checkup.preflight((x, y), seconds=FAST)
        assert same(snapshot(model, optimizer), before)
        assert torch.equal(rows, x)
        assert x.requires_grad is False
        assert len(checkup.vitals.steps) == int(stepped)
    assert calls  # the user's loss, as it is


def test_a_training_ends_with_the_same_weights_as_without():
    def trained(preflight):
        torch.manual_seed(5)
        model = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.Dropout(0.5), nn.Linear(16, 3))
        optimizer = torch.optim.Adam(model.parameters())
        x, y = batch()
        loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
        first = next(iter(loader))
        with gw.doctor.watch(model, optimizer, loss_fn=nn.CrossEntropyLoss(), experiments=False) as checkup:
            if preflight:
                checkup.preflight(first, seconds=FAST)
            for inputs, targets in loader:
                optimizer.zero_grad()
                nn.functional.cross_entropy(model(inputs), targets).backward()
                optimizer.step()
        assert len(checkup.vitals.steps) == 4
        assert checkup.vitals.steps[0].batch.correct is not None  # it was seen as closely as without
        return list(model.state_dict().values())

    assert all(map(torch.equal, trained(True), trained(False)))


def test_a_loss_with_weights_of_its_own_is_not_trained():
    class Centres(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.tensor(2.0))

        def forward(self, outputs, targets):
            return nn.functional.cross_entropy(self.scale * outputs, targets)

    loss = Centres()
    said(network(), batch(), loss=loss)
    assert loss.scale.grad is None


# --- batches of all kinds ---------------------------------------------------------------------------------------------


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(8, 3)

    def forward(self, x, shift=0.0):
        return self.body(x) + shift


class Tokens(nn.Module):
    """Computes its own loss, as some libraries' models do."""

    def __init__(self):
        super().__init__()
        self.embed, self.head = nn.Embedding(10, 16), nn.Linear(16, 3)

    def forward(self, input_ids, labels=None):
        logits = self.head(self.embed(input_ids).mean(1))
        return {"loss": None if labels is None else nn.functional.cross_entropy(logits, labels), "logits": logits}


X, Y = batch()


@pytest.mark.parametrize(
    ("model", "given", "loss"),
    [
        (TwoInputs(), (X, Y), nn.functional.cross_entropy),
        (TwoInputs(), [X, Y], nn.CrossEntropyLoss()),
        (TwoInputs(), ((X, torch.zeros(64, 3)), Y), nn.CrossEntropyLoss()),
        (TwoInputs(), (X, torch.zeros(64, 3), Y), nn.CrossEntropyLoss()),
        (TwoInputs(), ({"x": X}, Y), nn.CrossEntropyLoss()),
        (TwoInputs(), {"x": X, "targets": Y}, nn.CrossEntropyLoss()),
        (TwoInputs(), next(iter(DataLoader(TensorDataset(X, Y), batch_size=32))), nn.CrossEntropyLoss()),
    ],
    ids=["tuple", "list", "inputs in a tuple", "three", "named inputs", "mapping", "loader"],
)
def test_batches_as_loaders_yield_them(model, given, loss):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with gw.doctor.watch(model, optimizer, loss_fn=loss) as checkup:
        checkup.preflight(given, seconds=FAST)
    assert len(checkup.rehearsal.steps) == 4
    assert checkup.rehearsal.losses[0].kind == "cross_entropy"


def test_a_model_that_computes_its_own_loss():
    model = Tokens()
    given = {"input_ids": torch.randint(0, 10, (16, 5)), "labels": torch.randint(0, 3, (16,))}
    with gw.doctor.watch(model, torch.optim.SGD(model.parameters(), lr=0.1)) as checkup:
        checkup.preflight(given, seconds=FAST)
    assert [step.loss is not None for step in checkup.rehearsal.steps] == [True] * 4


@pytest.mark.parametrize(
    ("given", "loss", "text"),
    [
        ((X, Y), None, "preflight: which loss? Say watch(model, optimizer, loss_fn=...)."),
        ({"x": X}, nn.CrossEntropyLoss(), "preflight: no targets in the batch of x. Name them labels."),
        (X, nn.CrossEntropyLoss(), "preflight: the batch must be (inputs, targets) or a mapping"),
        ({"x": X, "labels": Y}, None, "preflight: which loss?"),
    ],
)
def test_what_is_missing_is_said(given, loss, text):
    class Plain(TwoInputs):
        def forward(self, x, labels=None):
            return super().forward(x)

    model = Plain()
    with gw.doctor.watch(model, loss_fn=loss) as checkup, pytest.raises(UsageError) as refused:
        checkup.preflight(given)
    assert str(refused.value).startswith(text)


def test_a_model_that_cannot_be_copied_and_a_checkup_without_one():
    model = TwoInputs()
    model.kept = torch.zeros(3, requires_grad=True) * 2  # part of a graph: torch refuses to copy it
    refused = pytest.raises(UsageError, match="preflight: the model cannot be copied")
    with gw.doctor.watch(model, loss_fn=nn.CrossEntropyLoss()) as checkup, refused:
        checkup.preflight((X, Y))
    with pytest.raises(UsageError, match="watches no model"):
        Checkup().preflight((X, Y))


def test_only_rules_that_exist_are_asked():
    assert set(codes()) >= BEFOREHAND
