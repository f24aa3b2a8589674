"""What is seen of a training, told in numbers that can be redone by hand."""

import math
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, TensorDataset

from glasswork.doctor import watch
from glasswork.doctor.observing import budget
from glasswork.doctor.observing.budget import Budget
from glasswork.doctor.observing.graph import from_graph
from glasswork.doctor.observing.losses import LossCall, baseline
from glasswork.doctor.observing.observer import Observer
from glasswork.doctor.observing.statistics import BOUNDED, effective_rank, look_at_output, look_at_tensor, thinned
from glasswork.doctor.vitals import LossFacts


@pytest.fixture(autouse=True)
def _strict(monkeypatch):
    monkeypatch.setattr(Observer, "strict", True)


def seen(*given, **more):
    one = watch(*given, **more)
    one.checkup._rules = {}
    return one


def step(model, stepper, x, y, loss=functional.mse_loss):
    stepper.zero_grad()
    loss(model(x), y).backward()
    stepper.step()


# --- tensors in numbers ----------------------------------------------------------------------------------------------


def test_output_by_hand():
    # Units are columns: the first is 0 for both examples, the second for one of them.
    numbers = look_at_output(torch.tensor([[0.0, 0.0, 4.0], [0.0, 2.0, 0.0]]), 1, None, zeros=True)
    assert (numbers.mean, numbers.low, numbers.high, numbers.zeros) == (1.0, 0.0, 4.0, pytest.approx(4 / 6))
    assert numbers.std == pytest.approx(math.sqrt((16 + 4) / 6 - 1))
    assert (numbers.silent, numbers.units, numbers.bad) == (0b001, 3, 0)


def test_saturation_by_hand():
    # tanh(3) has slope 1 - 0.995^2 = 0.0099: flat; tanh(2.9) has 0.0121: not.
    x = torch.tensor([[3.0, -3.0, 2.9], [3.5, 3.0, 3.0]]).tanh()
    numbers = look_at_output(x, 1, BOUNDED["tanh"], zeros=False)
    assert numbers.saturated == pytest.approx(5 / 6)
    assert numbers.stuck == 0b001  # the second unit is flat on both sides, the third only once
    assert numbers.silent is None


@pytest.mark.parametrize("kind", ["sigmoid", "tanh", "softsign"])
def test_bounds_are_where_the_slope_is_a_hundredth(kind):
    x = torch.linspace(-20, 20, 4001, dtype=torch.float64, requires_grad=True)
    y = getattr(functional, kind)(x) if kind == "softsign" else getattr(torch, kind)(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    low, high = BOUNDED[kind]
    assert ((slope < 0.01) == ((y < low) | (y > high))).all()


def test_output_with_numbers_that_are_not_finite():
    numbers = look_at_output(torch.tensor([[1.0, math.nan], [3.0, math.inf]]), 1, None, zeros=False)
    assert (numbers.bad, numbers.mean, numbers.low, numbers.high) == (2, 2.0, 1.0, 3.0)
    numbers = look_at_output(torch.full((2, 2), math.nan), 1, None, zeros=False)
    assert (numbers.bad, numbers.mean) == (4, None)


def test_thinning_keeps_whole_examples_where_it_can():
    x = torch.arange(64.0 * 100).view(64, 100)
    few = thinned(x, 1000)
    assert few.shape == (10, 100)
    assert thinned(x, 10**6) is x
    assert thinned(torch.zeros(2, 3, 1000, 1000), 10_000).numel() <= 250_000


def test_rank_by_hand():
    assert effective_rank(torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]), 1) == pytest.approx(2)
    assert effective_rank(torch.tensor([[1.0, 2.0], [-1.0, -2.0], [3.0, 6.0], [5.0, 10.0]]), 1) == pytest.approx(
        1, abs=1e-3
    )
    assert effective_rank(torch.ones(5, 3), 1) == 0


def test_labels_by_hand():
    vitals = look_at_tensor(torch.tensor([2, 2, 2, 0, 1, 1]))
    assert (vitals.dtype, vitals.shape, vitals.counts) == ("int64", (6,), {0: 1, 1: 2, 2: 3})
    assert (vitals.longest_run, vitals.distinct, vitals.zeros) == (3, 3, pytest.approx(1 / 6))


def test_table_by_hand():
    vitals = look_at_tensor(torch.tensor([[1.0, 10.0], [3.0, -10.0]]))
    assert vitals.feature_means == [2.0, 0.0]
    assert vitals.feature_stds == [1.0, 10.0]
    assert vitals.row_sums == (-7.0, 11.0)
    assert (vitals.low, vitals.high, vitals.negative) == (-10.0, 10.0, 0.25)
    assert vitals.rows_alike == pytest.approx(20 / vitals.std)
    assert look_at_tensor(torch.tensor([[1.0, 2.0], [1.0, 2.0]])).rows_alike == 0


def test_neighbours_of_an_image_whose_last_dimension_is_colour():
    smooth = torch.linspace(0, 6, 24).sin()[None, None, None, :].expand(2, 3, 5, 24)
    one, two, three, _ = look_at_tensor(smooth.contiguous()).neighbours
    assert 1 > one > two > three
    colours = torch.tensor([0.0, 1.0, 5.0]).repeat(8)[None, None, None, :].expand(2, 3, 5, 24)
    one, two, three, _ = look_at_tensor(colours.contiguous()).neighbours
    assert three > 0.8 > one


def test_numbers_are_the_same_for_every_kind_of_number():
    for kind in (torch.float16, torch.bfloat16, torch.float64):
        numbers = look_at_output(torch.tensor([[0.0, 2.0], [0.0, 4.0]], dtype=kind), 1, None, zeros=True)
        assert (numbers.mean, numbers.silent) == (1.5, 1)
    assert look_at_tensor(torch.tensor([True, False])).counts == {0: 1, 1: 1}
    assert look_at_tensor(torch.zeros(0, 3)).mean is None


# --- losses ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "kind"),
    [
        (lambda p, y, t: functional.cross_entropy(p, t), "cross_entropy"),
        (lambda p, y, t: -p.log_softmax(1)[torch.arange(4), t].mean(), "cross_entropy"),
        (lambda p, y, t: functional.nll_loss(p, t) / 4, "nll"),
        (lambda p, y, t: ((p - y) ** 2).mean(), "mse"),
        (lambda p, y, t: 0.5 * (y - p).pow(2).sum() / 4, "mse"),
        (lambda p, y, t: (p - y).abs().mean(), "l1"),
        (lambda p, y, t: functional.mse_loss(p, y) + 0.1 * p.exp().mean(), "mse"),
        (lambda p, y, t: functional.binary_cross_entropy_with_logits(p, y), "binary_cross_entropy_with_logits"),
        (lambda p, y, t: (p * y).mean(), "unknown"),
    ],
)
def test_kind_of_loss_from_its_graph(loss, kind):
    p, y, t = torch.randn(4, 3, requires_grad=True), torch.rand(4, 3), torch.tensor([0, 2, 1, 0])
    assert from_graph(loss(p, y, t)).facts.kind == kind


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_baseline_is_what_the_best_constant_reaches(reduction):
    torch.manual_seed(1)
    classes, shares, amounts = torch.randint(0, 3, (50,)), torch.rand(50, 2), torch.randn(50, 2)
    logits = torch.bincount(classes, minlength=3).log().float().expand(50, 3)
    means = shares.mean(0).expand(50, 2)
    cases = [
        ("cross_entropy", functional.cross_entropy, logits, classes, {}),
        ("binary_cross_entropy", functional.binary_cross_entropy, means, shares, {}),
        ("mse", functional.mse_loss, amounts.mean(0).expand(50, 2), amounts, {}),
        ("l1", functional.l1_loss, amounts.median(0).values.expand(50, 2), amounts, {}),
    ]
    for kind, function, best, targets, settings in cases:
        call = LossCall(LossFacts(kind, kind, reduction, settings), best, targets, None, {})
        value = function(best, targets, reduction=reduction).item()
        if kind == "binary_cross_entropy":  # soft targets: their own cross entropy with the mean
            value = functional.binary_cross_entropy(best, best, reduction=reduction).item()
        assert baseline(call) == pytest.approx(value, rel=1e-5), kind
    weighted = LossCall(LossFacts("cross_entropy", "x", "mean", {"weight": True}), logits, classes, None, {})
    assert baseline(weighted) is None


# --- layers ----------------------------------------------------------------------------------------------------------


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.unused = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)
        self.norm, self.head = nn.LayerNorm(4), nn.Linear(4, 2)

    def forward(self, x):
        x = torch.relu(self.first(x))
        y = self.second(x).view(-1, 4) + x
        return self.head(functional.dropout(self.norm(y), 0.1, self.training))


def test_layers_in_the_order_they_ran_and_who_follows_whom():
    model = Residual()
    with seen() as checkup:
        step(model, torch.optim.SGD(model.parameters(), 0.1), torch.randn(8, 4), torch.randn(8, 2))
    layers = checkup.vitals.models["model"].layers
    assert list(layers) == ["first", "first>relu", "second", "norm", "norm>dropout", "head", "unused"]
    assert layers["first>relu"].after == ("first",)
    assert layers["second"].after == ("first>relu",)
    assert layers["norm"].after == ()  # a sum came between
    assert layers["head"].after == ("norm>dropout",)
    assert layers["first>relu"].consumers == 2  # the second layer and the sum
    assert layers["second"].consumers == 1
    assert [name for name, facts in layers.items() if facts.last] == ["head"]
    assert (layers["unused"].order, layers["unused"].runs) == (None, 0)
    assert layers["norm>dropout"].settings["p"] == 0.1
    vitals = checkup.vitals.steps[0].layers
    assert vitals["first>relu"].zeros > 0
    assert vitals["unused"].gradient is None
    assert vitals["first"].weight == pytest.approx(model.first.weight.square().mean().sqrt().item(), rel=0.2)


def test_a_step_by_hand():
    # w = (3, 4), x = 1 and 1, target 0: loss = 7^2, gradient 2 * 7 * (1, 1), step of 0.01.
    model = nn.Linear(2, 1, bias=False)
    model.weight.data = torch.tensor([[3.0, 4.0]])
    stepper = torch.optim.SGD(model.parameters(), 0.01, weight_decay=0.5)
    with seen() as checkup:
        step(model, stepper, torch.ones(1, 2), torch.zeros(1, 1))
    (one,) = checkup.vitals.steps
    assert one.loss == 49
    assert one.weight_norm == 5
    assert one.gradient_norm == pytest.approx(14 * math.sqrt(2))
    assert one.layers["model"].weight == pytest.approx(math.sqrt(12.5))
    assert one.layers["model"].gradient == pytest.approx(14)
    assert one.layers["model"].update == pytest.approx(math.hypot(0.155, 0.16) / math.sqrt(2), rel=1e-4)
    assert one.layers["model"].decay == pytest.approx(0.5 * math.sqrt(12.5))
    assert one.alignment > 0.99


def test_labels_of_a_loss_by_hand_come_from_the_loader():
    data = TensorDataset(torch.randn(32, 4), torch.randint(0, 3, (32,)))
    model = nn.Linear(4, 3)
    stepper = torch.optim.SGD(model.parameters(), 0.1)
    with seen() as checkup:
        for x, y in DataLoader(data, batch_size=8):
            stepper.zero_grad()
            loss = -model(x).log_softmax(1).gather(1, y[:, None]).mean()
            loss.backward()
            stepper.step()
    batch = checkup.vitals.steps[0].batch
    assert checkup.vitals.losses[0].kind == "cross_entropy"
    assert sum(batch.targets.counts.values()) == 8
    assert batch.outputs.shape == (8, 3)
    assert 0 <= batch.correct <= 1


def test_a_model_called_by_its_own_methods_is_one_model():
    class Coder(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = nn.Sequential(nn.Linear(4, 2), nn.Tanh()), nn.Linear(2, 4)

        def training_step(self, x):
            return functional.mse_loss(self.decoder(self.encoder(x)), x)

    model = Coder()
    stepper = torch.optim.SGD(model.parameters(), 0.1)
    with seen() as checkup:
        for _ in range(3):
            stepper.zero_grad()
            model.training_step(torch.randn(8, 4)).backward()
            stepper.step()
    assert list(checkup.vitals.models) == ["model"]
    assert list(checkup.vitals.models["model"].layers) == ["encoder.0", "encoder.1", "decoder"]
    assert checkup.vitals.steps[0].batch.targets.shape == (8, 4)


def test_an_encoder_apart_from_its_decoder_is_two_models():
    encoder, decoder = nn.Linear(4, 2), nn.Linear(2, 4)
    stepper = torch.optim.SGD(decoder.parameters(), 0.1)
    with seen() as checkup:
        for _ in range(3):
            stepper.zero_grad()
            functional.mse_loss(decoder(encoder(torch.randn(8, 4))), torch.randn(8, 4)).backward()
            stepper.step()
    vitals = checkup.vitals
    assert set(vitals.models) == {"encoder", "decoder"}
    assert vitals.models["encoder"].parameters["encoder/weight"].optimized is False
    assert vitals.models["decoder"].parameters["decoder/weight"].optimized is True
    assert vitals.steps[1].layers["encoder"].update == 0
    assert vitals.steps[1].layers["encoder"].gradient > 0


# --- the loop --------------------------------------------------------------------------------------------------------


def test_gradients_that_are_not_forgotten():
    model = nn.Linear(4, 1)
    stepper = torch.optim.SGD(model.parameters(), 0.01)
    x, y = torch.randn(8, 4), torch.randn(8, 1)
    with seen() as checkup:
        for number in range(6):
            if number == 4:
                stepper.zero_grad()
            functional.mse_loss(model(x), y).backward()
            stepper.step()
    assert [one.zeroed for one in checkup.vitals.steps] == [None, False, False, False, True, False]
    assert checkup.vitals.steps[2].carried == pytest.approx(2 / 3, rel=0.05)  # two of three equal gradients
    assert checkup.vitals.steps[4].carried == 0


def test_backward_without_a_step_is_counted():
    model = nn.Linear(4, 1)
    with seen() as checkup:
        torch.optim.SGD(model.parameters(), 0.01)
        for _ in range(30):
            functional.mse_loss(model(torch.randn(8, 4)), torch.zeros(8, 1)).backward()
    assert checkup.vitals.backwards == 30
    assert checkup.vitals.steps == []


def test_a_schedule_that_steps_first():
    model = nn.Linear(4, 1)
    stepper = torch.optim.SGD(model.parameters(), 0.01)
    schedule = torch.optim.lr_scheduler.ExponentialLR(stepper, 0.9)
    with seen() as checkup, warnings.catch_warnings(action="ignore"):  # torch's own, which a script may not show
        functional.mse_loss(model(torch.randn(8, 4)), torch.zeros(8, 1)).backward()
        schedule.step()
        stepper.step()
    assert checkup.vitals.scheduler["before_optimizer"] is True


def test_one_cycle_tells_how_long_the_training_will_be():
    model = nn.Linear(4, 1)
    stepper = torch.optim.SGD(model.parameters(), 0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(stepper, 0.1, total_steps=40)
    with seen() as checkup:
        for _ in range(3):
            step(model, stepper, torch.randn(8, 4), torch.zeros(8, 1))
            schedule.step()
    assert checkup.vitals.planned_steps == 40
    assert checkup.vitals.scheduler["steps"] == 3


def test_evaluations_of_two_loaders_are_two_and_a_teacher_is_none():
    x, y = torch.randn(24, 4), torch.randint(0, 2, (24,))
    train, valid = (DataLoader(TensorDataset(x[rows], y[rows]), batch_size=8) for rows in (slice(0, 16), slice(16, 24)))
    model, teacher = nn.Sequential(nn.Linear(4, 2), nn.Dropout(0.5)), nn.Linear(4, 2)
    stepper = torch.optim.SGD([*model.parameters(), *teacher.parameters()], 0.1)
    with seen() as checkup:
        for rows, labels in train:
            step(lambda rows: model(rows) + teacher(rows), stepper, rows, labels, functional.cross_entropy)
        with torch.no_grad():
            for loader in (train, valid):
                for rows, _labels in loader:
                    model(rows)
        for rows, _ in train:
            with torch.no_grad():
                wanted = teacher(rows)
            step(model, stepper, rows, wanted)
    known = [(one.step, one.batches, one.repeated, one.training_mode, one.loss) for one in checkup.vitals.evaluations]
    assert known == [(2, 2, 1.0, True, None), (2, 1, 0.0, True, None)]
    assert all(one.correct is not None for one in checkup.vitals.evaluations)


def test_outputs_of_all_validation_batches_are_judged_together_and_counted_once():
    x, y = torch.randn(40, 4), torch.randint(0, 2, (40,))
    loader = DataLoader(TensorDataset(x, y), batch_size=16)
    model = nn.Linear(4, 2)
    stepper = torch.optim.SGD(model.parameters(), 0.1)
    with seen() as checkup:
        for _ in range(40):
            step(model, stepper, x, y, functional.cross_entropy)
            made, wanted = [], []
            with torch.no_grad():
                for rows, labels in loader:
                    made.append(model(rows))
                    wanted.append(labels)
            said, labels = torch.cat(made), torch.cat(wanted)
            told, right = functional.cross_entropy(said, labels), said.argmax(1) == labels
    assert len(checkup.vitals.evaluations) == 40
    assert all(one.loss is not None for one in checkup.vitals.evaluations)
    assert checkup.vitals.evaluations[-1].loss == pytest.approx(told.item())
    assert checkup.vitals.evaluations[-1].correct == pytest.approx(right.float().mean().item())
    assert [one.loss is not None for one in checkup.vitals.steps] == [True] * 40


class Drawn(Dataset):
    """Rows with noise from a generator of its own, which every worker has a copy of."""

    def __init__(self, own):
        self.draw = np.random.default_rng(0) if own else None

    def __len__(self):
        return 8

    def __getitem__(self, row):
        noise = self.draw.normal(size=4) if self.draw is not None else torch.randn(4).numpy()
        return torch.as_tensor(noise, dtype=torch.float32)


@pytest.mark.parametrize(("own", "alike"), [(True, True), (False, False)])
def test_workers_that_draw_the_same_numbers(own, alike):
    model = nn.Linear(4, 1)
    stepper = torch.optim.SGD(model.parameters(), 0.1)
    with seen() as checkup:
        for x in DataLoader(Drawn(own), batch_size=2, num_workers=2):
            step(model, stepper, x, x[:, :1])
    assert checkup.vitals.loader["worker_draws_alike"] is alike


def test_the_first_layer_that_is_not_finite_is_found_after_the_fact(monkeypatch):
    for allowance in ("ALLOWANCE", "ALLOWANCE_SHORT"):
        monkeypatch.setattr(budget, allowance, 0.0)

    class Log(nn.Module):
        def forward(self, x):
            return (x - 5).log()

    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5), Log(), nn.Linear(2, 1))
    model[0].weight.data, model[0].bias.data = torch.eye(2), torch.tensor([9.0, 9.0])
    stepper = torch.optim.SGD(model.parameters(), 1e-9)
    model.eval()
    with seen(share=1e-9) as checkup:
        for number in range(60):
            x = torch.full((4, 2), -7.0 if number == 59 else 0.0)
            before = torch.get_rng_state()
            step(model, stepper, x, torch.zeros(4, 1))
            assert before.equal(torch.get_rng_state())
    last = checkup.vitals.steps[-1]
    assert not checkup.vitals.steps[-2].sampled
    assert math.isnan(last.loss)
    assert last.sampled
    assert {name: layer.bad for name, layer in last.layers.items()} == {"0": 0, "1": 0, "2": 8, "3": 4}
    assert last.layers["3"].bad_gradient > 0


def test_few_steps_of_a_long_training_are_looked_at_closely():
    budget = Budget()
    sampled = [number for number in range(1, 100_000) if budget.next(number, seconds=0.01, own=0.0001)]
    assert sampled[:9] == list(range(1, 10))
    assert 300 < len(sampled) < 500
    slow = Budget()
    looked, spent = False, 0.0
    for number in range(1, 2000):
        own = 0.02 if looked or number <= 10 else 0.0
        spent += own if number > 10 else 0
        looked = slow.next(number, seconds=0.01, own=own)
    assert spent <= 0.025 * 0.01 * 1990 + 0.06


def test_a_very_long_training_is_thinned_out_in_its_earlier_half(monkeypatch):
    monkeypatch.setattr("glasswork.doctor.observing.optimizing.MOST_STEPS", 200)
    monkeypatch.setattr("glasswork.doctor.observing.optimizing.FIRST_KEPT", 20)
    model = nn.Linear(2, 1)
    stepper = torch.optim.SGD(model.parameters(), 0.01)
    x, y = torch.randn(4, 2), torch.randn(4, 1)
    with seen(share=1e-9) as checkup:
        for _ in range(600):
            step(model, stepper, x, y)
    numbers = [one.number for one in checkup.vitals.steps]
    assert len(numbers) <= 200
    assert numbers == sorted(numbers)
    assert numbers[:20] == list(range(1, 21))
    assert numbers[-90:] == list(range(511, 601))


@pytest.mark.parametrize("size", [1e25, 1e-25, 3.7])
def test_numbers_whose_squares_do_not_fit(size):
    x = torch.randn(64, 3, generator=torch.Generator().manual_seed(0)) * size
    x[:, 1] = size
    seen_ = look_at_tensor(x)
    std, mean = torch.std_mean(x.double(), correction=0)
    assert seen_.std == pytest.approx(float(std), rel=1e-4)
    assert seen_.mean == pytest.approx(float(mean), rel=1e-4)
    assert seen_.feature_stds == pytest.approx(x.double().std(0, correction=0).tolist(), rel=1e-4)
    assert seen_.feature_stds[1] == 0.0
    numbers = look_at_output(x, 1, None, zeros=True)
    assert (numbers.std, numbers.mean) == pytest.approx((float(std), float(mean)), rel=1e-4)
    assert look_at_output(x[:, 1:2], 1, None, zeros=True).std == 0.0


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_an_evaluation_that_sums_is_compared_by_its_mean(reduction):
    x, y = torch.randn(40, 4), torch.randn(40, 1)
    model = nn.Linear(4, 1)
    stepper = torch.optim.SGD(model.parameters(), 0.1)
    with seen() as checkup:
        step(model, stepper, x, y)
        with torch.no_grad():
            functional.mse_loss(model(x), y, reduction=reduction)
            told = functional.mse_loss(model(x), y)
    assert checkup.vitals.evaluations[-1].loss == pytest.approx(told.item())
