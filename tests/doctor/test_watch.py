"""Watching changes no number: the same training with and without, bit for bit, and random states as they were."""

import copy
import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from glasswork import optimizers
from glasswork.doctor import Checkup, Vitals, watch
from glasswork.doctor.observing.observer import Observer


@pytest.fixture(autouse=True)
def _strict(monkeypatch):
    monkeypatch.setattr(Observer, "strict", True)


def quiet(vitals_or_none=None):
    """A watch whose rules are left out: these tests are about what is seen."""
    one = watch()
    one.checkup._rules = {}
    return one


def both(train):
    """Train twice, plain and watched; demand the same bits everywhere; return the vitals."""
    outcomes = []
    for watched in (False, True):
        torch.manual_seed(0)
        random.seed(0)
        np.random.seed(0)  # noqa: NPY002 - the global state is what must not move
        if watched:
            with quiet() as checkup:
                result = train()
        else:
            result = train()
        states = (torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002
        outcomes.append((result, states))
    (plain, before), (seen, after) = outcomes
    assert before[0].equal(after[0])
    assert before[1:] == after[1:]
    assert len(plain) == len(seen)
    assert all(a.equal(b) or (a.isnan() == b.isnan()).all() for a, b in zip(plain, seen, strict=True))
    assert not checkup.vitals.blind, checkup.vitals.blind
    return checkup.vitals


def tensors(*modules):
    return [tensor.detach().clone() for module in modules for tensor in module.state_dict().values()]


def batches(count=14, inputs=(6,), classes=3, rows=16):
    draw = torch.Generator().manual_seed(3)
    return [
        (torch.randn(rows, *inputs, generator=draw), torch.randint(0, classes, (rows,), generator=draw))
        for _ in range(count)
    ]


class Conv(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.bn, self.out = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Linear(4 * 36, 3)

    def forward(self, x):
        x = self.bn(self.conv(x))
        x += 0.5  # in place, on what a full-backward hook would have turned into a view
        x = functional.relu(x, inplace=True)
        return self.out(functional.dropout(x.flatten(1), 0.2, self.training))


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.out = nn.LSTM(5, 8, num_layers=2, dropout=0.3, batch_first=True), nn.Linear(8, 3)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, 0.1, batch_first=True)
        self.body, self.out = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), nn.Linear(8, 3)

    def forward(self, x):
        return self.out(self.body(x).mean(1))


@pytest.mark.parametrize(
    ("make", "inputs"),
    [
        (lambda: nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Dropout(0.5), nn.Linear(8, 3)), (6,)),
        (Conv, (1, 8, 8)),
        (Words, (7, 5)),
        (Attention, (7, 8)),
    ],
    ids=["mlp", "cnn", "lstm", "transformer"],
)
@pytest.mark.parametrize(
    "optimizer",
    [
        lambda p: torch.optim.Adam(p, 1e-2),
        lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, weight_decay=1e-2, foreach=True),
        lambda p: torch.optim.AdamW(p, 1e-2, fused=True),
        lambda p: optimizers.Adam(p, 1e-2),
    ],
    ids=["adam", "sgd", "fused", "ours"],
)
def test_weights_are_the_same_bits(make, inputs, optimizer):
    def train():
        model = make()
        stepper = optimizer(model.parameters())
        for x, y in batches(inputs=inputs):
            stepper.zero_grad()
            functional.cross_entropy(model(x), y).backward()
            stepper.step()
        model.eval()
        with torch.no_grad():
            predicted = model(batches(1, inputs)[0][0])
        return [*tensors(model), predicted]

    vitals = both(train)
    assert [step.number for step in vitals.steps] == list(range(1, 15))
    assert all(step.zeroed for step in vitals.steps[1:])
    assert all(step.sampled for step in vitals.steps[:10])
    assert vitals.losses[0].kind == "cross_entropy"
    assert set(vitals.optimizers["optimizer"].parameters) == set(vitals.models["model"].parameters)


def test_frozen_body_in_evaluation_mode_keeps_attention_on_its_quick_path():
    def train():
        model = Attention()
        for parameter in model.body.parameters():
            parameter.requires_grad = False
        stepper = torch.optim.SGD(model.out.parameters(), 0.1)
        for x, y in batches(5, (7, 8)):
            model.train()
            model.body.eval()
            stepper.zero_grad()
            functional.cross_entropy(model(x), y).backward()
            stepper.step()
        return tensors(model)

    facts = both(train).models["model"].parameters
    assert not facts["body.layers.0.linear1.weight"].trainable
    assert facts["out.weight"].optimized


def test_two_players():
    def train():
        G, D = nn.Linear(4, 2), nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
        first, second = torch.optim.Adam(D.parameters(), 1e-2), torch.optim.Adam(G.parameters(), 1e-2)
        for _ in range(14):
            fake = G(torch.randn(8, 4))
            D.zero_grad()
            functional.binary_cross_entropy_with_logits(D(torch.randn(8, 2)), torch.ones(8, 1)).backward()
            functional.binary_cross_entropy_with_logits(D(fake.detach()), torch.zeros(8, 1)).backward()
            first.step()
            G.zero_grad()
            functional.binary_cross_entropy_with_logits(D(fake), torch.ones(8, 1)).backward()
            second.step()
        return tensors(G, D)

    vitals = both(train)
    assert set(vitals.models) == {"G", "D"}
    assert set(vitals.optimizers) == {"first", "second"}
    assert [step.optimizer for step in vitals.steps[:3]] == ["first", "second", "first"]
    assert [step.backwards for step in vitals.steps[:2]] == [2, 1]
    assert all(step.zeroed for step in vitals.steps[2:])
    assert set(vitals.steps[2].layers) == {"D/0", "D/1", "D/2"}
    assert vitals.steps[3].layers["G"].update > 0
    assert vitals.steps[3].layers["G"].std > 0  # its outputs were made before the other's step


def test_accumulation_clipping_and_a_schedule():
    def train():
        model = nn.Linear(6, 3)
        stepper = torch.optim.SGD(model.parameters(), 1.0)
        schedule = torch.optim.lr_scheduler.StepLR(stepper, 1, 0.5)
        for number, (x, y) in enumerate(batches(12)):
            (functional.cross_entropy(model(x), y) / 3).backward()
            if number % 3 == 2:
                nn.utils.clip_grad_norm_(model.parameters(), 0.01)
                stepper.step()
                schedule.step()
                stepper.zero_grad(set_to_none=False)
        return tensors(model)

    vitals = both(train)
    assert [step.backwards for step in vitals.steps] == [3, 3, 3, 3]
    assert [step.zeroed for step in vitals.steps] == [None, True, True, True]
    assert [step.learning_rates for step in vitals.steps] == [(1.0,), (0.5,), (0.25,), (0.125,)]
    assert all(step.before_clip > 0.011 > step.gradient_norm > 0.009 for step in vitals.steps)
    assert vitals.scheduler["kind"] == "StepLR"
    assert vitals.scheduler["steps"] == 4
    assert not vitals.scheduler["before_optimizer"]


def test_a_closure():
    def train():
        model = nn.Linear(6, 1)
        stepper = torch.optim.LBFGS(model.parameters(), max_iter=4)
        x = batches(1)[0][0]

        def closure():
            stepper.zero_grad()
            loss = functional.mse_loss(model(x), x[:, :1])
            loss.backward()
            return loss

        for _ in range(4):
            stepper.step(closure)
        return tensors(model)

    vitals = both(train)
    assert len(vitals.steps) == 4
    assert vitals.steps[0].backwards > 1
    assert vitals.steps[0].layers["model"].update > 0
    assert vitals.steps[-1].loss < vitals.steps[0].loss


@pytest.mark.parametrize("workers", [0, 2])
def test_loader_that_shuffles_and_validation(workers):
    def train():
        draw = torch.Generator().manual_seed(1)
        x, y = torch.randn(96, 6, generator=draw), torch.randint(0, 3, (96,), generator=draw)
        loader = DataLoader(TensorDataset(x[:64], y[:64]), batch_size=16, shuffle=True, num_workers=workers)
        valid = DataLoader(TensorDataset(x[64:], y[64:]), batch_size=16)
        model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
        stepper, criterion = torch.optim.Adam(model.parameters()), nn.CrossEntropyLoss()
        for _ in range(2):
            model.train()
            for rows, labels in loader:
                stepper.zero_grad()
                criterion(model(rows), labels).backward()
                stepper.step()
            model.eval()
            with torch.no_grad():
                for rows, labels in valid:
                    criterion(model(rows), labels)
        return tensors(model)

    vitals = both(train)
    assert vitals.loader["shuffle"] is True
    assert (vitals.loader["batch_size"], vitals.loader["rows"], vitals.loader["workers"]) == (16, 64, workers)
    assert [step.epoch for step in vitals.steps] == [0] * 4 + [1] * 4
    assert [(one.step, one.batches, one.training_mode, one.matters) for one in vitals.evaluations] == [
        (4, 2, False, True),
        (8, 2, False, True),
    ]
    assert vitals.evaluations[0].loss > 0
    assert 0 <= vitals.evaluations[0].correct <= 1
    assert vitals.evaluations[0].repeated == 0
    assert vitals.losses[0].name == "CrossEntropyLoss"
    assert sum(vitals.steps[0].batch.targets.counts.values()) == 16


def test_half_precision_with_a_scaler_that_skips():
    def train():
        model = nn.Linear(6, 3)
        stepper, scaler = torch.optim.SGD(model.parameters(), 0.1), torch.amp.GradScaler("cpu", init_scale=4.0)
        for number, (x, y) in enumerate(batches(4)):
            stepper.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = functional.cross_entropy(model(x), y)
            if number == 2:
                loss = loss * torch.inf
            scaler.scale(loss).backward()
            scaler.step(stepper)
            scaler.update()
        return tensors(model)

    vitals = both(train)
    assert vitals.amp
    assert [step.skipped for step in vitals.steps] == [False, False, True, False]
    assert 0.5 < vitals.steps[0].loss < 2.5  # as it was before it was scaled


def test_checkpointed_layers_that_run_again_in_backward():
    def train():
        model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
        stepper = torch.optim.SGD(model.parameters(), 0.1)

        class Whole(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = model

            def forward(self, x):
                return torch.utils.checkpoint.checkpoint(self.body, x, use_reentrant=False)

        whole = Whole()
        for x, y in batches(3):
            stepper.zero_grad()
            functional.cross_entropy(whole(x), y).backward()
            stepper.step()
        return tensors(model)

    vitals = both(train)
    assert vitals.models["model"].layers["body.0"].runs == 1


def test_a_compiled_model_is_seen_from_outside():
    def train():
        model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
        quick = torch.compile(model, backend="eager")
        stepper = torch.optim.SGD(model.parameters(), 0.1)
        for x, y in batches(3):
            stepper.zero_grad()
            functional.cross_entropy(quick(x), y).backward()
            stepper.step()
        return tensors(model)

    torch.manual_seed(0)
    plain = train()
    torch.manual_seed(0)
    with quiet() as checkup:
        seen = train()
    assert all(a.equal(b) for a, b in zip(plain, seen, strict=True))
    model = checkup.vitals.models["model"]
    assert model.compiled
    assert any("compiled" in sentence for sentence in checkup.vitals.blind)
    assert checkup.vitals.steps[0].layers["0"].gradient > 0
    assert checkup.vitals.steps[0].layers["0"].mean is None


def test_nothing_is_left_behind():
    before = {
        "call": nn.Module.__call__,
        "backward": torch.autograd.backward,
        "loss": functional.cross_entropy,
        "next": torch.utils.data.dataloader._BaseDataLoaderIter.__next__,
        "init": torch.optim.Optimizer.__init__,
        "clip": nn.utils.clip_grad_norm_,
        "schedule": torch.optim.lr_scheduler.LRScheduler.step,
        "scale": torch.amp.GradScaler.scale,
    }
    model = nn.Sequential(nn.Linear(6, 3))

    def fail():
        with quiet():
            functional.cross_entropy(model(torch.randn(4, 6)), torch.zeros(4).long()).backward()
            assert nn.Module.__call__ is not before["call"]
            copied = copy.deepcopy(model)
            assert not copied._forward_hooks
            assert not model[0]._forward_hooks
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    after = {
        "call": nn.Module.__call__,
        "backward": torch.autograd.backward,
        "loss": functional.cross_entropy,
        "next": torch.utils.data.dataloader._BaseDataLoaderIter.__next__,
        "init": torch.optim.Optimizer.__init__,
        "clip": nn.utils.clip_grad_norm_,
        "schedule": torch.optim.lr_scheduler.LRScheduler.step,
        "scale": torch.amp.GradScaler.scale,
    }
    assert before == after


def test_a_mistake_of_ours_is_a_note_and_breaks_nothing(monkeypatch):
    monkeypatch.setattr(Observer, "strict", False)
    monkeypatch.setattr("glasswork.doctor.observing.layer_runs.look_at_output", lambda *_: 1 / 0)
    model = nn.Linear(6, 3)
    stepper = torch.optim.SGD(model.parameters(), 0.1)
    with quiet() as checkup:
        for x, y in batches(3):
            functional.cross_entropy(model(x), y).backward()
            stepper.step()
    assert len(checkup.vitals.steps) == 3
    assert "ZeroDivisionError" in checkup.vitals.blind[0]


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_torchscript_finds_its_own_functions():
    with quiet():
        scripted = torch.jit.script(lambda_free)
        assert scripted(torch.ones(2, 2), torch.zeros(2).long()) > 0


def lambda_free(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return functional.cross_entropy(x, y)


def test_given_objects_are_known_before_the_first_call():
    model = nn.Linear(2, 1)
    stepper = torch.optim.SGD(model.parameters(), 0.1)
    with watch(model, stepper, planned_steps=7) as checkup:
        assert isinstance(checkup, Checkup)
        assert isinstance(checkup.vitals, Vitals)
        assert checkup.vitals.models["model"].kind == "Linear"
        assert checkup.vitals.optimizers["optimizer"].kind == "SGD"
        assert checkup.vitals.planned_steps == 7


@pytest.mark.parametrize("how", ["wrapped", "in place", "a part", "a function"])
def test_whatever_is_compiled_is_compiled_once_and_whole(how):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.line = nn.LayerNorm(6), nn.Linear(6, 6)

        def forward(self, x):
            return x + functional.relu(self.line(self.norm(x)))

    def train():
        torch._dynamo.reset()
        torch._dynamo.utils.counters.clear()
        model = nn.Sequential(Block(), nn.Linear(6, 3))
        stepper = torch.optim.SGD(model.parameters(), 0.1)
        settings = {"backend": "eager", "fullgraph": True}
        called = model
        if how == "wrapped":
            called = torch.compile(model, **settings)
        elif how == "in place":
            model.compile(**settings)
        elif how == "a part":
            model[0] = torch.compile(model[0], **settings)
        else:
            called = torch.compile(lambda x: model(x), **settings)
        for x, y in batches(14):
            stepper.zero_grad()
            functional.cross_entropy(called(x), y).backward()
            stepper.step()
        return [p.detach().clone() for p in model.parameters()], torch._dynamo.utils.counters["stats"]["unique_graphs"]

    torch.manual_seed(0)
    plain, _ = train()
    torch.manual_seed(0)
    with quiet() as checkup:
        watched, graphs = train()
    assert all(a.equal(b) for a, b in zip(plain, watched, strict=True))
    assert graphs == 1
    assert checkup.vitals.blind
