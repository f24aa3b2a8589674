"""After a training, what is in doubt is tried on a copy: with the script's own loss, in a fifth of its time, unseen."""

import copy
import random
import time

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from glasswork.doctor import run_script, watch
from glasswork.doctor.experiments.doubt import CHEAP, in_doubt
from glasswork.doctor.experiments.repeated import repeated
from glasswork.doctor.observing.graph import from_graph
from glasswork.doctor.observing.observer import Observer
from glasswork.doctor.vitals import BatchVitals, Evaluation, StepVitals, Vitals
from glasswork.records import Finding


@pytest.fixture(autouse=True)
def _strict(monkeypatch):
    monkeypatch.setattr(Observer, "strict", True)


def rows(count=512, inputs=6, classes=3):
    draw = torch.Generator().manual_seed(3)
    y = torch.randint(0, classes, (count,), generator=draw)
    return torch.randn(count, inputs, generator=draw) + 2 * functional.one_hot(y, inputs), y


def watched(model, loss, x, y, *, steps=60, call=lambda model, x: model(x), loader=False, change=None, **given):
    """Train under observation, slowly enough that a fifth of the time is something; return the checkup."""
    stepper = torch.optim.Adam(model.parameters(), 1e-2)
    data = DataLoader(TensorDataset(x, y), 32) if loader else list(zip(x.split(32), y.split(32), strict=True))
    with watch(**given) as checkup:
        done = 0
        while done < steps:
            for inputs, targets in data:
                stepper.zero_grad()
                loss(call(model, change(inputs) if change else inputs), targets).backward()
                stepper.step()
                done += 1
        time.sleep(0.4)
    return checkup


def mlp(inputs=6, outputs=3):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(inputs, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, outputs))


HALVES = {
    "a function": functional.cross_entropy,
    "a module": nn.CrossEntropyLoss(label_smoothing=0.1),
    "scores by hand": lambda o, y: functional.nll_loss(o.log_softmax(-1), y),
    "by hand, gathered": lambda o, y: -o.log_softmax(-1).gather(1, y[:, None]).mean(),
    "by hand, picked": lambda o, y: -o.log_softmax(-1)[torch.arange(len(y)), y].mean(),
    "by hand, squared": lambda o, y: ((o - functional.one_hot(y, 3)) ** 2).mean(),
    "by hand, squared the other way round": lambda o, y: (functional.one_hot(y, 3) - o).pow(2).sum(1).mean(),
    "divided": lambda o, y: functional.cross_entropy(o, y) / 4,
}


@pytest.mark.parametrize("loss", HALVES.values(), ids=HALVES)
def test_experiments_are_made_with_the_scripts_own_loss(loss):
    checkup = watched(mlp(), loss, *rows())
    probes = checkup.vitals.probes
    assert {"batch-mixing", "leakage"} <= set(probes)
    assert probes["batch-mixing"].figures["leak"] == 0
    assert 0 < checkup.experiment_seconds < 0.35
    assert checkup.json()["experiment_seconds"] == checkup.experiment_seconds


def test_time_flattened_and_a_model_called_with_keywords():
    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.out = nn.Embedding(9, 8), nn.Linear(8, 4)

        def forward(self, tokens, scale=1.0):
            return self.out(self.words(tokens)) * scale

    x = torch.randint(0, 9, (256, 7))
    checkup = watched(
        Tagger(),
        lambda o, y: functional.cross_entropy(o.view(-1, 4), y.view(-1)),
        x,
        x % 4,
        call=lambda model, x: model(tokens=x, scale=2.0),
    )
    assert checkup.vitals.probes["batch-mixing"].figures == {"rows": 8, "exchanged": 1, "resized": 0, "leak": 0}


@pytest.mark.parametrize("how", ["a dictionary", "something unknown in between", "added up", "switched off", "crashed"])
def test_no_experiment_without_a_loss_that_can_be_repeated(how):
    class Said(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = mlp()

        def forward(self, x):
            return {"logits": self.body(x)} if how == "a dictionary" else self.body(x)

    losses = {
        "a dictionary": lambda o, y: functional.cross_entropy(o["logits"], y),
        "something unknown in between": lambda o, y: functional.cross_entropy(3 * o + 1, y),
        "added up": lambda o, y: functional.cross_entropy(o, y) + functional.mse_loss(o, torch.zeros_like(o)),
    }
    loss = losses.get(how, functional.cross_entropy)
    if how == "crashed":
        one = watch()
        checkup = one.checkup

        def crash():
            with one:
                model, (x, y) = mlp(), rows(32)
                stepper = torch.optim.SGD(model.parameters(), 0.1)
                for _ in range(3):
                    functional.cross_entropy(model(x), y).backward()
                    stepper.step()
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            crash()
    else:
        checkup = watched(Said(), loss, *rows(), experiments=how != "switched off")
    assert checkup.vitals.probes == {}
    assert checkup.experiment_seconds < 0.05


def test_players_of_a_game_are_left_alone():
    G, D = nn.Linear(4, 2), nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
    first, second = torch.optim.Adam(D.parameters(), 1e-2), torch.optim.Adam(G.parameters(), 1e-2)
    judge = functional.binary_cross_entropy_with_logits
    with watch() as checkup:
        for _ in range(14):
            fake = G(torch.randn(8, 4))
            first.zero_grad()
            (judge(D(torch.randn(8, 2)), torch.ones(8, 1)) + judge(D(fake.detach()), torch.zeros(8, 1))).backward()
            first.step()
            second.zero_grad()
            judge(D(fake), torch.ones(8, 1)).backward()
            second.step()
        time.sleep(0.3)
    assert checkup.vitals.probes == {}


def test_nothing_of_a_watched_training_changes_and_nothing_is_printed(capfd):
    class Talking(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.norm = mlp(), nn.BatchNorm1d(3)

        def forward(self, x):
            print("forward")
            return self.norm(self.body(x))

    outcomes = []
    for wanted in (False, True):
        torch.manual_seed(0)
        random.seed(0)
        np.random.seed(0)  # noqa: NPY002 - the global state is what must not move
        model, (x, y) = Talking(), rows()
        stepper = torch.optim.Adam(model.parameters(), 1e-2)
        with watch(experiments=wanted) as checkup:
            for inputs, targets in zip(x.split(32), y.split(32), strict=True):
                functional.cross_entropy(model(inputs), targets).backward()
                stepper.step()
            time.sleep(0.5)
        states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
        outcomes.append(
            (
                copy.deepcopy(model.state_dict()),
                [p.grad.clone() for p in model.parameters()],
                copy.deepcopy(stepper.state_dict()),
                *states,
                model.training,
                capfd.readouterr().out,
            )
        )
        assert bool(checkup.vitals.probes) is wanted
    torch.testing.assert_close(outcomes[0][:4], outcomes[1][:4], rtol=0, atol=0)
    assert outcomes[0][4:] == outcomes[1][4:]
    assert outcomes[1][-1] == 16 * "forward\n"


def test_experiments_stay_within_a_fifth_of_the_training():
    x, _ = rows(2048, 64)
    model = nn.Sequential(nn.Linear(64, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 3))
    y = torch.randint(0, 3, (2048,))  # nothing to be learned: everything is in doubt
    began = time.perf_counter()
    checkup = watched(model, functional.cross_entropy, x, y, steps=60)
    whole = time.perf_counter() - began
    assert len(checkup.vitals.probes) >= 3
    # What the last step of the last experiment takes over its share.
    assert checkup.experiment_seconds < 0.25 * (whole - checkup.experiment_seconds)


def test_a_softmax_over_the_examples_between_model_and_loss_is_seen():
    checkup = watched(mlp(), lambda o, y: functional.nll_loss(o.log_softmax(0), y), *rows())
    assert checkup.vitals.probes["batch-mixing"].figures["leak"] > 0.01


def test_the_batch_before_the_script_changed_it_is_known_from_the_loader():
    wild = watched(
        mlp(), functional.cross_entropy, *rows(), loader=True, change=lambda x: x + 50 * torch.randn_like(x)
    ).vitals.probes
    assert abs(wild["augmentation"].figures["similarity"]) < 0.3
    assert "augmentation" not in watched(mlp(), functional.cross_entropy, *rows(), loader=True).vitals.probes


def test_values_that_the_script_moves_from_row_to_row_are_seen():
    def wrong(x):
        return x.reshape(x.shape[1], x.shape[0]).T

    mixed = watched(mlp(), functional.cross_entropy, *rows(), loader=True, change=wrong).vitals.probes
    turned = watched(mlp(), functional.cross_entropy, *rows(), loader=True, change=lambda x: x.flip(1)).vitals.probes
    assert mixed["batch-mixing"].figures["moved"] == 1
    assert turned["batch-mixing"].figures["leak"] == 0


def test_rows_in_another_order_are_the_same_rows():
    with_order = watched(mlp(), functional.cross_entropy, *rows(), loader=True, change=lambda x: x.flip(0)).vitals
    assert "moved" not in with_order.probes["batch-mixing"].figures
    assert "augmentation" not in with_order.probes


def test_a_script_is_experimented_on_when_it_has_ended(tmp_path, capfd):
    path = tmp_path / "train.py"
    path.write_text(
        "import time, torch\nfrom torch import nn\n"
        "torch.manual_seed(0)\nmodel = nn.Linear(4, 2)\nopt = torch.optim.SGD(model.parameters(), 0.1)\n"
        "for _ in range(12):\n    x = torch.randn(32, 4)\n    opt.zero_grad()\n"
        "    nn.CrossEntropyLoss()(model(x), (x[:, 0] > 0).long()).backward()\n    opt.step()\ntime.sleep(0.4)\n"
        "print(torch.initial_seed())\n"
    )
    assert "batch-mixing" in run_script(path)[0].vitals.probes
    assert run_script(path, experiments=False)[0].vitals.probes == {}
    assert capfd.readouterr().out == "0\n0\n"


def test_targets_come_from_the_graph_of_a_loss_by_hand():
    o, y = torch.randn(5, 3, requires_grad=True), torch.randn(5, 3)
    for loss in (((o - y) ** 2).mean(), (y - o).abs().sum() / 5):
        call = from_graph(loss, o)
        torch.testing.assert_close(call.targets, y)
        assert call.facts.settings["compared"] == (5, 3)
    broad = from_graph(((o[:, :1] - y[:, 0]) ** 2).mean(), o[:, :1])
    assert broad.facts.settings["compared"] == (5, 5)
    assert broad.targets is None


def test_a_loss_is_found_behind_a_reshape_and_a_sigmoid():
    outputs, y = torch.randn(4, 5, 3), torch.randint(0, 3, (4, 5))
    given = {"input": outputs.transpose(1, 2), "target": y}
    loss = repeated(outputs, "cross_entropy", given, functional.cross_entropy(outputs.transpose(1, 2), y).item())
    torch.testing.assert_close(
        loss(outputs[:2], y[:2]), functional.cross_entropy(outputs[:2].flatten(0, 1), y[:2].flatten())
    )
    assert repeated(outputs, "cross_entropy", given, 0.123) is None


def _vitals(late, asked):
    steps = [StepVitals(n, loss=late, batch=BatchVitals(baseline_loss=1.0)) for n in range(1, 9)]
    return Vitals(steps=steps, evaluations=[Evaluation(8, loss=asked)])


@pytest.mark.parametrize(
    ("late", "asked", "next_one"),
    [(0.1, 0.1, None), (0.99, 1.0, "shuffled-labels"), (0.9, 0.8, "label-noise"), (0.2, 1.4, "shuffled-labels")],
    ids=["learned", "nothing learned", "a little that holds", "by heart"],
)
def test_what_is_in_doubt(late, asked, next_one):
    wanted = in_doubt(_vitals(late, asked))
    assert tuple(wanted[:3]) == CHEAP
    assert wanted[3:4] == ([next_one] if next_one else [])
    assert len(set(wanted)) == len(wanted)


def test_nothing_is_in_doubt_beside_a_certain_cause():
    sure = Finding("missing-zero-grad", "critical", 0.95, "loop", "", "")
    assert in_doubt(_vitals(0.99, 1.0), [sure]) == list(CHEAP)


@pytest.mark.parametrize("penalty", [0.0, 0.1])
def test_no_rate_is_tried_on_a_part_of_the_loss(penalty):
    def loss(outputs, targets):
        part = functional.cross_entropy(outputs, targets)
        return part + penalty * outputs.square().mean() if penalty else part

    x, y = rows()
    shuffled = y[torch.randperm(len(y))]  # nothing can be learned, so that rates are in doubt

    def slowly(model, x):
        time.sleep(0.01)
        return model(x)

    probes = watched(mlp(), loss, x, shuffled, call=slowly, steps=100).vitals.probes
    assert {"batch-mixing", "leakage"} <= set(probes)
    assert ("learning-rate" in probes) is not bool(penalty)
