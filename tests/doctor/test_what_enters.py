"""What is seen of data on their way: what the first weights are given, sequences, windows, streams."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from glasswork.doctor import watch
from glasswork.doctor.observing.bare import given_to_weights
from glasswork.doctor.observing.scaling import Scaling
from glasswork.doctor.observing.statistics import look_at_tensor
from glasswork.doctor.observing.workers import marks

RNG = np.random.default_rng(0)


def trained(model, batches, after=lambda epoch: None, epochs=1):
    """Watch a training on some batches."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with watch(model, optimizer) as checkup:
        for epoch in range(epochs):
            for x in batches:
                optimizer.zero_grad()
                (model(x) ** 2).mean().backward()
                optimizer.step()
            after(epoch)
    return checkup.vitals


# --- what the first weights are given --------------------------------------------------------------------------------


class Scaled(nn.Module):
    """Divides before its first weights."""

    def __init__(self, by):
        super().__init__()
        self.by, self.body = by, nn.Linear(6, 1)

    def forward(self, x):
        return self.body(x / self.by if self.by != 1 else x)


@pytest.mark.parametrize(("by", "std"), [(100.0, 1.0), (1, 100.0)])
def test_what_the_first_weights_are_given(by, std):
    draw = torch.Generator().manual_seed(0)
    vitals = trained(Scaled(by), [100 * torch.randn(200, 6, generator=draw) for _ in range(2)])
    batch = vitals.steps[0].batch
    assert batch.entered.std == pytest.approx(std, rel=0.1)
    assert (batch.entered is batch.inputs["0"]) is (by == 1)


def test_of_two_branches_the_one_with_more_numbers():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.small, self.large = nn.Linear(2, 4), nn.Linear(9, 4)

        def forward(self, both):
            return self.small(both[:, :2]) + self.large(both)

    vitals = trained(Two(), [torch.randn(16, 9, generator=torch.Generator().manual_seed(0))])
    assert vitals.steps[0].batch.entered.shape == (16, 9)


def test_a_network_of_bare_weights():
    x, w = torch.randn(8, 5), torch.randn(5, 3, requires_grad=True)
    b, v = torch.zeros(3, requires_grad=True), torch.randn(3, requires_grad=True)
    for hidden in (x @ w + b, nn.functional.linear(x, w.t(), b), torch.addmm(b, x, w)):
        assert given_to_weights((hidden.relu() @ v).sum()) is not None
    assert given_to_weights((w * 2).sum()) is None
    optimizer = torch.optim.SGD([w, b], lr=0.01)
    with watch(nn.Linear(1, 1), optimizer) as checkup:
        nn.functional.mse_loss(x @ w + b, torch.zeros(8, 3)).backward()
        optimizer.step()
    assert checkup.vitals.steps[0].batch.inputs["0"].shape == (8, 5)


# --- sequences -------------------------------------------------------------------------------------------------------


def waves(channels=4, moments=40):
    draw = torch.Generator().manual_seed(2)
    turns = torch.rand(64, 1, channels, generator=draw) * 6.28
    return torch.sin(torch.arange(moments)[None, :, None] / 3 + turns)


def test_along_which_dimension_neighbours_are_alike():
    x = waves()
    across, along, _, every = look_at_tensor(x).order
    assert across > 0.5 > 0.1 > abs(along)
    assert abs(every) < 0.1
    turned = look_at_tensor(x.transpose(1, 2).contiguous()).order
    assert (turned[0], turned[1]) == pytest.approx((along, across), abs=1e-5)
    mixed = look_at_tensor(x.reshape(64, 4, 40)).order
    assert mixed[2] == pytest.approx(across, abs=1e-5)
    assert mixed[1] < 0.1
    assert look_at_tensor(x[:, :, :1]).order is None


# --- series under windows --------------------------------------------------------------------------------------------


def windows(series, size=12):
    return torch.stack([series[place : place + size] for place in range(len(series) - size)])


@pytest.mark.parametrize("shape", [(12,), (12, 1), (1, 12)])
@pytest.mark.parametrize("known", [300, 220])
def test_a_series_that_was_scaled_as_a_whole(shape, known):
    moments = torch.arange(300.0)
    series = moments / 80 + torch.randn(300, generator=torch.Generator().manual_seed(1))
    x = windows((series - series[:known].mean()) / series[:known].std())
    x = x.reshape(len(x), *shape)
    scaling = Scaling()
    for batch in x[: 220 - 12].split(50):
        scaling.learned(batch)
    scaling.asked(x[220 - 12 :])
    gaps = scaling.gaps()
    if known == 300:
        assert gaps["series"] == 1
        assert gaps["train_gap"] > 0.1 > 0.01 > gaps["pooled_gap"]
    else:
        assert "series" not in gaps


def test_components_that_were_fitted_on_all_rows():
    x = torch.randn(200, 5, generator=torch.Generator().manual_seed(3)) @ torch.randn(5, 5) * 20
    for known, tied in ((200, True), (150, False)):
        centred = x - x[:known].mean(0)
        turned = centred @ torch.linalg.svd(centred[:known].double(), full_matrices=False)[2].T.float()
        scaling = Scaling()
        scaling.learned(turned[:150])
        scaling.asked(turned[150:])
        assert ("pooled_tie" in scaling.gaps()) is tied


# --- streams and generators ------------------------------------------------------------------------------------------


class Stream(IterableDataset):
    """Rows that every worker draws, from the same seed or one of its own."""

    def __init__(self, own):
        self.own = own

    def __iter__(self):
        draw = np.random.default_rng([3, get_worker_info().id if self.own else 0])
        for _ in range(12):
            yield torch.as_tensor(draw.normal(size=4), dtype=torch.float32)


@pytest.mark.parametrize("own", [True, False])
def test_workers_that_give_the_whole_stream_each(own):
    vitals = trained(nn.Linear(4, 1), DataLoader(Stream(own), batch_size=2, num_workers=2))
    assert (vitals.loader.get("workers_repeat") is True) is not own


def test_a_generator_that_stands_beside_the_class_is_marked():
    before = marks(Stream(True))
    RNG.normal()
    after = marks(Stream(True))
    assert [name for name in before if before[name] != after[name]] == [f"{__name__}:RNG"]


# --- weights restored, and passes that belong to the training --------------------------------------------------------


@pytest.mark.parametrize("back", [True, False])
def test_weights_that_are_taken_back(back):
    model, x = nn.Linear(4, 1), torch.randn(40, 4, generator=torch.Generator().manual_seed(4))
    kept = {}

    def judge(epoch):
        with torch.no_grad():
            model(x[30:])
        if epoch == 0:
            kept.update(copy.deepcopy(model.state_dict()))
        elif epoch == 2:
            model.load_state_dict(kept if back else copy.deepcopy(model.state_dict()))

    vitals = trained(model, x[:30].split(10), judge, epochs=3)
    assert vitals.keeps_best is (True if back else None)
    assert vitals.evaluations[-1].learned == 30


def test_answers_to_the_batch_that_is_learned_from_are_no_evaluation():
    ones, others = nn.Linear(4, 1), nn.Linear(4, 1)
    steppers = [torch.optim.SGD(model.parameters(), lr=0.01) for model in (ones, others)]
    with watch(ones, steppers[0]) as checkup:
        for x in torch.randn(60, 4, generator=torch.Generator().manual_seed(5)).split(10):
            for student, teacher, stepper in ((ones, others, steppers[0]), (others, ones, steppers[1])):
                with torch.no_grad():
                    told = teacher(x).tanh()
                loss = ((student(x) - told) ** 2).mean()
                stepper.zero_grad()
                loss.backward()
                stepper.step()
    assert checkup.vitals.evaluations == []
