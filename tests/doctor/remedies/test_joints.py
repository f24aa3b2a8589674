"""What a remedy does at torch's joints, and that nothing of it stays."""

import contextlib
import sys
import warnings

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset, dataloader

from glasswork.doctor.remedies import Remedy, applied
from glasswork.doctor.remedies.kinds import KINDS, made
from glasswork.doctor.remedies.remedy import Part
from glasswork.errors import UnknownNameError


def remedy(*parts: tuple[str, dict]) -> Remedy:
    return Remedy("…", "…", tuple(Part(kind, settings) for kind, settings in parts))


EVERY = {
    "activation": {"layers": ["1", "0>relu"], "kind": "relu"},
    "class-weights": {"weights": [1.0, 2.0]},
    "clip": {"norm": 1.0},
    "dropout": {"share": 0.1},
    "insert-activation": {"layers": ["0"]},
    "learning-rate": {"factor": 0.1},
    "loader": {"shuffle": True},
    "more-passes": {"rows": None, "batch": None, "times": 2},
    "scale-inputs": {"inputs": {"0": [[0.0], [1.0]]}},
    "scale-outputs": {"mean": [0.0], "std": [1.0]},
    "settings": {"values": {"eps": 1e-8}},
    "wider": {"chains": [["0", "2"]], "width": 8},
    "write-loss": {"kind": "cross_entropy"},
}


def joints() -> list:
    """Everything of torch that a remedy may replace."""
    schedulers = [kind for kind in vars(lr_scheduler).values() if isinstance(kind, type) and "step" in vars(kind)]
    hooks = sys.modules["torch.optim.optimizer"]
    return [
        nn.Module.__call__,
        torch.optim.Optimizer.__init__,
        torch.autograd.backward,
        DataLoader.__init__,
        DataLoader.__iter__,
        dataloader._BaseDataLoaderIter.__next__,
        *(vars(kind)["step"] for kind in schedulers),
        *(getattr(functional, name) for name in dir(functional)),
        *(getattr(torch, name) for name in dir(torch)),
        *(vars(Tensor).get(name) for name in dir(Tensor)),
        dict(hooks._global_optimizer_pre_hooks),
        dict(hooks._global_optimizer_post_hooks),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left_in_torch(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dir(torch) has names that are going away
        before = joints()
        with contextlib.suppress(KeyError), applied(remedy((kind, EVERY.get(kind, {})))):
            assert joints() != before  # something is held …
            raise KeyError
        after = joints()
    assert len(after) == len(before)
    assert all(one is other or one == other for one, other in zip(before, after, strict=True))


def test_only_what_is_needed_is_held():
    held = [nn.Module.__call__, torch.autograd.backward, DataLoader.__init__, torch.optim.Optimizer.__init__]
    with applied(remedy(("clip", {"norm": 1.0}))):
        assert held == [
            nn.Module.__call__,
            torch.autograd.backward,
            DataLoader.__init__,
            torch.optim.Optimizer.__init__,
        ]


def test_unknown_kind_is_refused():
    with pytest.raises(UnknownNameError, match="no remedy 'clipp'; did you mean 'clip'"):
        made(Part("clipp"))


def test_a_remedy_survives_json():
    one = remedy(("loader", {"rows": 3, "batch": 2, "shuffle": True}), ("schedule", {"every": 2}))
    assert Remedy.from_json(one.to_json()) == one


def test_random_state_is_untouched_by_new_weights():
    torch.manual_seed(5)
    with applied(remedy(("initialise", {}))):
        model = nn.Linear(3, 2)
        before = model.weight.detach().clone()
        state = torch.get_rng_state()
        torch.optim.SGD(model.parameters(), lr=0.1)
    assert not torch.equal(model.weight, before)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_model_is_changed_before_the_optimizer_takes_its_parameters():
    model = nn.Sequential(nn.Linear(3, 1), nn.ReLU(), nn.Linear(1, 2))
    with applied(remedy(("wider", {"chains": [["0", "2"]], "width": 8}))):
        optimizer = torch.optim.Adagrad(model.parameters(), lr=0.1)
        groups = torch.optim.SGD([{"params": model[0].parameters()}, {"params": [model[2].weight]}], lr=0.1)
    assert [tuple(p.shape) for p in optimizer.param_groups[0]["params"]] == [(8, 3), (8,), (2, 8), (2,)]
    assert all(p is q for p, q in zip(optimizer.param_groups[0]["params"], model.parameters(), strict=True))
    assert groups.param_groups[1]["params"][0] is model[2].weight
    assert model(torch.randn(4, 3)).shape == (4, 2)


def test_a_model_whose_optimizer_came_first_is_changed_at_its_first_call():
    model = nn.Sequential(nn.Linear(3, 4), nn.Softmax(-1))
    torch.optim.SGD(model.parameters(), lr=0.1)
    with applied(remedy(("activation", {"layers": ["1"], "kind": "relu"}))):
        outputs = model(torch.randn(50, 3))
    assert isinstance(model[1], nn.ReLU)
    assert torch.equal(outputs, functional.relu(outputs))
    assert float((outputs == 0).float().mean()) > 0.1


class Called(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 4)

    def forward(self, x):
        return functional.softmax(self.second(functional.softmax(self.first(x), -1)), -1)


def test_an_activation_that_is_called_is_exchanged_where_it_was_meant():
    model, x = Called(), torch.randn(20, 3)
    with applied(remedy(("activation", {"layers": ["first>softmax"], "kind": "relu"}))):
        outputs = model(x)
    wanted = functional.softmax(model.second(functional.relu(model.first(x))), -1)
    torch.testing.assert_close(outputs, wanted, rtol=0, atol=0)


def test_rates_are_the_scripts_own_between_steps():
    p = nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([p], lr=1.0)
    schedule = lr_scheduler.StepLR(optimizer, 1, 0.5)
    with applied(remedy(("learning-rate", {"factor": 0.1}))):
        for expected in (0.9, 0.85):  # 1 - 0.1 * 1; then 0.1 * 0.5 less
            p.grad = torch.ones(1)
            optimizer.step()
            assert p.item() == pytest.approx(expected, abs=1e-6)
            schedule.step()
    assert optimizer.param_groups[0]["lr"] == 0.25


def test_a_schedule_is_left_out_or_stretched():
    rates = {}
    for every in (0, 2):
        with applied(remedy(("schedule", {"every": every}))):
            optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=1.0)
            schedule = lr_scheduler.LambdaLR(optimizer, lambda step: (step + 1) / 10)
            rates[every] = []
            for _ in range(4):
                optimizer.step()
                schedule.step()
                rates[every].append(round(optimizer.param_groups[0]["lr"], 6))
    assert rates == {0: [1.0] * 4, 2: [0.1, 0.2, 0.2, 0.3]}


def test_training_goes_round_more_often_and_validation_does_not():
    data = TensorDataset(torch.arange(6.0)[:, None])
    with applied(remedy(("more-passes", {"rows": 6, "batch": 2, "times": 3}))):
        learned = [len(batch) for (batch,) in DataLoader(data, 2)]
        other = list(DataLoader(TensorDataset(torch.zeros(5, 1)), 2))
        with torch.no_grad():
            judged = list(DataLoader(data, 2))
    assert (learned, len(other), len(judged)) == ([2] * 9, 3, 3)


def test_a_loader_is_known_by_its_rows():
    data = TensorDataset(torch.arange(100.0))
    torch.manual_seed(0)
    with applied(remedy(("loader", {"rows": 100, "batch": 10, "shuffle": True, "batch_size": 50}))):
        changed, other = DataLoader(data, batch_size=10), DataLoader(TensorDataset(torch.zeros(90)), batch_size=10)
    assert (changed.batch_size, other.batch_size) == (50, 10)
    first = next(iter(changed))[0]
    assert not torch.equal(first, torch.arange(50.0))
