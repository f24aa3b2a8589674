"""Each kind of remedy on a small training that is broken in just that way: as good as the one that is not."""

import copy
import math
import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, TensorDataset

from glasswork.doctor.remedies import Remedy, applied
from glasswork.doctor.remedies.loaders import seed_worker
from glasswork.doctor.remedies.remedy import Part

INSIDE = {"0": "relu", "2": "relu", "4": "linear"}


def remedy(*parts: tuple[str, dict]) -> Remedy:
    return Remedy("…", "…", tuple(Part(kind, settings) for kind, settings in parts))


def rows(count: int = 300, seed: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(count, 4, generator=torch.Generator().manual_seed(seed))
    return x, (x[:, 0] * x[:, 1] > 0).long()


def network(dropout: float = 0.0) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 2), nn.Dropout(dropout)
    )


def train(model, *, loss=functional.cross_entropy, data=None, optimizer=None, epochs=12, remedy=None, **lines):
    """A usual loop, some lines of which may be replaced; returns the accuracy on other rows and the last weights."""
    x, y = data if data is not None else rows()
    with applied(*([remedy] if remedy else [])):
        torch.manual_seed(7)
        made = optimizer(model) if optimizer else torch.optim.Adam(model.parameters(), lr=5e-3)
        batches = DataLoader(TensorDataset(x, y), lines.get("batch", 20), shuffle=lines.get("shuffle", True))
        for _ in range(epochs):
            model.train(lines.get("mode", True))
            for a, b in batches:
                if lines.get("zero", True):
                    made.zero_grad()
                loss(model(a), b).backward()
                if lines.get("step", True):
                    made.step()
                if "after" in lines:
                    lines["after"](model)
        model.eval()
        with torch.no_grad():
            outputs = model(lines.get("test", rows(seed=4)[0]))
    right = float((outputs.argmax(1) == rows(seed=4)[1]).float().mean()) if outputs.shape[1:] == (2,) else math.nan
    return right, [p.detach().clone() for p in model.parameters()]


def begin(seed: int = 1, **settings) -> nn.Sequential:
    torch.manual_seed(seed)
    return network(**settings)


@pytest.fixture(scope="module")
def healthy():
    right, weights = train(begin())
    assert right > 0.9
    return right, weights


def same(ours, theirs, tolerance: float = 0.0) -> None:
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=tolerance)


def differs(ours, theirs) -> bool:
    return any(one.shape != other.shape or not torch.equal(one, other) for one, other in zip(ours, theirs, strict=True))


# --- cures after which every bit is as in the right script ------------------------------------------------------------


def shrink(model: nn.Module) -> None:
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(0.9)


def only_head(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.Adam(model[4].parameters(), lr=5e-3)


def of_a_copy(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.Adam(copy.deepcopy(model).parameters(), lr=5e-3)


def odd(**settings):
    return lambda model: torch.optim.Adam(model.parameters(), **{"lr": 5e-3, **settings})


EXACT = [
    ("zero-grad", {}, {"zero": False}),
    ("no-hand-changes", {}, {"after": shrink}),
    ("step-forgotten", {}, {"step": False}),
    ("forgotten-parameters", {}, {"optimizer": only_head}),
    ("forgotten-parameters", {}, {"optimizer": of_a_copy}),
    ("settings", {"values": {"eps": 1e-8, "betas": [0.9, 0.999]}}, {"optimizer": odd(eps=10.0, betas=(0.5, 0.5))}),
    ("settings", {"values": {"weight_decay": 0.0}}, {"optimizer": odd(weight_decay=3.0)}),
    ("loader", {"rows": 300, "batch": 20, "shuffle": True}, {"shuffle": False}),
    ("loader", {"rows": 300, "batch": 300, "batch_size": 20}, {"batch": 300}),
]


@pytest.mark.parametrize(
    ("kind", "settings", "fault"), EXACT, ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_cured_training_is_the_right_one_bit_for_bit(kind, settings, fault, healthy):
    _, ill = train(begin(), **fault)
    assert differs(ill, healthy[1])
    _, cured = train(begin(), remedy=remedy((kind, settings)), **fault)
    same(cured, healthy[1])


def test_the_same_remedy_gives_the_same_weights_twice():
    one = remedy(("initialise", {"layers": INSIDE}))
    same(train(begin(), remedy=one)[1], train(begin(), remedy=one)[1])


def test_modes():
    right = train(begin(dropout=0.4))[1]
    assert differs(train(begin(dropout=0.4), mode=False)[1], right)
    same(train(begin(dropout=0.4), mode=False, remedy=remedy(("modes", {})))[1], right)


def test_rate_times_a_factor_is_that_rate(healthy):
    _, cured = train(begin(), optimizer=odd(lr=5.0), remedy=remedy(("learning-rate", {"factor": 1e-3})))
    same(cured, healthy[1], 1e-5)


def test_adam_in_place_of_another_optimizer():
    plain = {"optimizer": lambda model: torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9)}
    one = remedy(("adam", {"rate": 5e-3}))
    same(train(begin(), remedy=one, epochs=2, **plain)[1], train(begin(), epochs=2)[1], 1e-5)
    decayed = {"optimizer": lambda model: torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=0.5)}
    one = remedy(("adam", {"rate": 5e-3, "weight_decay": 0.5}))
    same(train(begin(), remedy=one, epochs=2, **plain)[1], train(begin(), epochs=2, **decayed)[1], 1e-5)


def test_batches_that_are_not_finite_are_left_out(healthy):
    def broken(outputs, targets):
        loss = functional.cross_entropy(outputs, targets)
        return loss * math.nan if bool(targets[0]) else loss

    def careful(outputs, targets):  # the same, by hand: no gradient at all there
        return functional.cross_entropy(outputs, targets) * (0.0 if bool(targets[0]) else 1.0)

    assert train(begin(), loss=broken)[0] < 0.7
    cured, _ = train(begin(), loss=broken, remedy=remedy(("skip-broken", {})), epochs=24)
    assert cured > healthy[0] - 0.05
    plain = {"optimizer": lambda model: torch.optim.SGD(model.parameters(), lr=0.1)}
    _, skipped = train(begin(), loss=broken, remedy=remedy(("skip-broken", {})), **plain)
    same(skipped, train(begin(), loss=careful, **plain)[1])


# --- data ------------------------------------------------------------------------------------------------------------


def test_inputs_are_standardised_and_holes_filled():
    x, y = rows()
    size, shift = torch.tensor([1.0, 3000.0, 0.01, 40.0]), torch.tensor([0.0, 90.0, 5.0, -7.0])
    raw = x * size + shift
    figures = {"0": [shift.tolist(), size.tolist()]}
    right = train(begin(), data=(x, y))[1]
    cured = train(begin(), data=(raw, y), remedy=remedy(("scale-inputs", {"inputs": figures})))[1]
    same(cured, right, 0.02)
    seen = []
    model = nn.Sequential(nn.Linear(4, 1))
    model[0].register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    holes = torch.tensor([[math.nan, 1.0, math.inf, 2.0]])
    with applied(remedy(("scale-inputs", {"inputs": {"0": [[5.0, 6.0, 7.0, 8.0], [1.0] * 4]}, "scale": False}))):
        model(holes)
    assert seen[0].tolist() == [[5.0, 1.0, 7.0, 2.0]]


# --- cures that come within reach -------------------------------------------------------------------------------------


def edited(change) -> nn.Sequential:
    model = begin()
    with torch.no_grad():
        change(model)
    return model


def equal_weights(model):
    for p in model.parameters():
        p.fill_(0.1)


def closed(model):
    model[0].bias.fill_(-30.0)


def tiny(model):
    for p in model.parameters():
        p.mul_(1e-3)


def huge(model):
    for p in model.parameters():
        p.mul_(30.0)


def crawling(model):
    return torch.optim.SGD(model.parameters(), lr=1e-4)


def run_away(model):
    return torch.optim.SGD(model.parameters(), lr=30.0)


def quick(model):
    return torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def narrow() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 1), nn.ReLU(), nn.Linear(1, 2))


def between(module: nn.Module) -> nn.Sequential:
    model = begin()
    model[1] = model[3] = module
    return model


def numbers(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return functional.mse_loss(outputs, 9.0 + targets.float()[:, None].expand_as(outputs))


TWICE = {"rows": 300, "batch": 20, "times": 12}
NEAR = {
    "hidden softmax": (
        lambda: between(nn.Softmax(-1)),
        {},
        [("activation", {"layers": ["1", "3"], "kind": "relu"})],
    ),
    "no activation": (lambda: between(nn.Identity()), {}, [("insert-activation", {"layers": ["0", "2"]})]),
    "equal weights": (lambda: edited(equal_weights), {}, [("initialise", {"layers": INSIDE})]),
    "closed units": (lambda: edited(closed), {}, [("initialise", {"layers": {"0": "relu"}})]),
    "tiny weights": (lambda: edited(tiny), {"optimizer": quick}, [("initialise", {"layers": INSIDE})]),
    "huge weights": (lambda: edited(huge), {}, [("initialise", {})]),
    "crawling": (begin, {"optimizer": crawling}, [("adam", {"rate": 5e-3})]),
    "running away": (begin, {"optimizer": run_away}, [("learning-rate", {"factor": 0.01}), ("clip", {"norm": 5.0})]),
    "one epoch": (begin, {"epochs": 1}, [("more-passes", TWICE)]),
    "dropout": (lambda: begin(dropout=0.98), {}, [("dropout", {"share": 0.0})]),
    "one unit wide": (narrow, {}, [("wider", {"chains": [["0", "2"]], "width": 64})]),
    "class numbers": (begin, {"loss": numbers}, [("write-loss", {"kind": "cross_entropy"})]),
}


@pytest.mark.parametrize("name", NEAR)
def test_cured_training_comes_within_reach_of_the_healthy_one(name, healthy):
    make, fault, parts = NEAR[name]
    torch.manual_seed(1)
    ill, _ = train(make(), **fault)
    torch.manual_seed(1)
    cured, _ = train(make(), remedy=remedy(*parts), **fault)
    assert ill < healthy[0] - 0.1
    assert cured > healthy[0] - 0.06


def test_group_norm_takes_over_scale_and_shift():
    model = nn.Sequential(nn.Linear(4, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 2))
    scale = model[1].weight
    with applied(remedy(("group-norms", {}))):
        model(torch.randn(1, 4))  # one row: batch norm refuses it in training
    assert isinstance(model[1], nn.GroupNorm)
    assert model[1].weight is scale


def test_stale_statistics_move():
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8, momentum=0.0))
    with applied(remedy(("norm-momentum", {"momentum": 0.1}))):
        model(5 + torch.randn(30, 4))
    assert model[1].running_mean.abs().sum() > 0


def test_classes_are_weighed_in_training_only():
    z, y = torch.randn(40, 3, requires_grad=True), torch.randint(0, 3, (40,))
    weights = [1.0, 5.0, 0.5]
    with applied(remedy(("class-weights", {"weights": weights}))):
        learned = functional.cross_entropy(z, y)
        judged = functional.cross_entropy(z.detach(), y)
    assert learned.item() == pytest.approx(functional.cross_entropy(z, y, torch.tensor(weights)).item(), abs=1e-6)
    assert judged.item() == pytest.approx(functional.cross_entropy(z, y).item(), abs=1e-6)


def test_best_weights_come_back():
    p = nn.Linear(1, 1, bias=False)
    best = None
    with applied(remedy(("best-weights", {"patience": 2}))):
        optimizer = torch.optim.SGD(p.parameters(), lr=1.0)
        for epoch in range(8):
            optimizer.zero_grad()
            p(torch.ones(1, 1)).sum().backward()
            optimizer.step()
            with torch.no_grad():  # the validation's minimum is after the third step
                functional.mse_loss(p.weight * 0 + abs(epoch - 2), p.weight * 0)
            if epoch == 2:
                best = p.weight.item()
    assert p.weight.item() == best


class Noise(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, place):
        return float(np.random.random()), random.random()  # noqa: NPY002


def alike(worker: int) -> None:
    np.random.seed(0)  # noqa: NPY002
    random.seed(0)


@pytest.mark.parametrize("cured", [False, True])
def test_workers_draw_different_numbers(cured):
    with applied(*([remedy(("loader", {"seeded": True}))] if cured else [])):
        loader = DataLoader(Noise(), 2, num_workers=2, worker_init_fn=alike)
        assert (loader.worker_init_fn is seed_worker) == cured
        drawn = [tuple(batch[0].tolist()) for batch in loader]
    assert (drawn[0] == drawn[1]) != cured


def test_two_players_forget_what_the_other_has_left():
    """A generator's loss runs through the critic: what it leaves there must not reach the critic's step."""

    def played(zero: bool, one: Remedy | None):
        torch.manual_seed(0)
        with applied(*([one] if one else [])):
            maker, critic = nn.Linear(2, 2), nn.Linear(2, 1)
            optimizers = [torch.optim.SGD(m.parameters(), lr=0.1) for m in (critic, maker)]
            for _ in range(4):
                for optimizer, sign in zip(optimizers, (1, -1), strict=True):
                    if zero:
                        optimizer.zero_grad()
                    (sign * critic(maker(torch.randn(5, 2))).sum()).backward()
                    optimizer.step()
        return [p.detach() for m in (maker, critic) for p in m.parameters()]

    right = played(True, None)
    assert differs(played(False, None), right)
    same(played(False, remedy(("zero-grad", {}))), right)


HARMLESS = [
    ("zero-grad", {}),
    ("modes", {}),
    ("forgotten-parameters", {}),
    ("skip-broken", {}),
    ("no-hand-changes", {}),
    ("norm-momentum", {"momentum": 0.1}),
    ("schedule", {}),
    ("dropout", {"share": 0.5}),
    ("clip", {"norm": 1e6}),
    ("best-weights", {}),
]


@pytest.mark.parametrize(("kind", "settings"), HARMLESS, ids=[one[0] for one in HARMLESS])
def test_a_healthy_training_stays_as_it_is(kind, settings, healthy):
    same(train(begin(), remedy=remedy((kind, settings)))[1], healthy[1])
