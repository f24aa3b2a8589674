"""Experiments on copies: each tells the sick from the well, and leaves no trace."""

import copy
import random
import time

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from glasswork.doctor.experiments import Keeper, KeptBatch, Subject, afterwards, preflight
from glasswork.doctor.experiments.augmentation import augmentation
from glasswork.doctor.experiments.batch_mixing import batch_mixing
from glasswork.doctor.experiments.curvature import curvature
from glasswork.doctor.experiments.first_loss import first_loss
from glasswork.doctor.experiments.fresh_layer import fresh_layer
from glasswork.doctor.experiments.label_noise import label_noise
from glasswork.doctor.experiments.leakage import leakage
from glasswork.doctor.experiments.learning_rate import learning_rate
from glasswork.doctor.experiments.one_batch import one_batch
from glasswork.doctor.experiments.scaled_inputs import scaled_inputs
from glasswork.doctor.experiments.shuffled_labels import shuffled_labels

LONG = 60.0  # seconds: on these tiny nets the number of steps decides, never the clock


def _data(batches=8, rows=32, columns=6, classes=3, seed=0):
    make = torch.Generator().manual_seed(seed)
    centres = 2.5 * torch.randn(classes, columns, generator=torch.Generator().manual_seed(9))
    made = []
    for _ in range(batches):
        y = torch.randint(0, classes, (rows,), generator=make)
        made.append(KeptBatch((centres[y] + torch.randn(rows, columns, generator=make),), y))
    return made


def _subject(model=None, batches=None, lr=0.05, **fields):
    torch.manual_seed(1)
    model = model or nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 3))
    start = copy.deepcopy(model.state_dict())
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    return Subject(model, optimizer, F.cross_entropy, batches or _data(), start=start, **fields)


def _changed(batches, x=lambda x: x, y=lambda y: y):
    return [KeptBatch((x(b.inputs[0]),), y(b.targets)) for b in batches]


def test_a_few_rows_are_learned_by_heart_and_not_through_a_model_that_loses_its_input():
    class Blind(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(6, 3)

        def forward(self, x):
            return self.layer(0 * x)

    well = one_batch(_subject(), LONG).figures
    blind = one_batch(_subject(Blind()), LONG).figures
    assert well["last"] < 0.1 * well["flat"]
    assert blind["last"] > 0.95 * blind["flat"]
    assert well["correct"] == 1 > blind["correct"]
    assert well["rows"] == 16


def test_the_best_constant_output_is_the_entropy_of_the_labels():
    # 3 of 4 rows are of class 0: -(0.75 ln 0.75 + 0.25 ln 0.25) = 0.5623
    batch = KeptBatch((torch.randn(4, 6),), torch.tensor([0, 0, 0, 1]))
    assert first_loss(_subject(batches=[batch]), LONG).figures["flat"] == pytest.approx(0.5623, abs=1e-3)


def test_a_rate_a_thousand_times_too_low_asks_for_a_higher_one_and_one_too_high_for_a_lower():
    low, high, well = (learning_rate(_subject(lr=lr), LONG).figures for lr in (5e-5, 500.0, 0.3))
    assert low["best"] == pytest.approx(100 * low["current"])
    assert low["gain"] > 1.5
    assert high["best"] < high["current"] == 500
    assert high["diverged"] == 1
    assert well["x1"] < 0.5 * well["first"]
    assert well["diverged"] == 0


def test_scaling_helps_only_where_inputs_are_unscaled():
    sizes = torch.tensor([1e-3, 1.0, 1e2, 1.0, 10.0, 1e-2])
    sick = scaled_inputs(_subject(batches=_changed(_data(), lambda x: x * sizes)), LONG).figures
    well = scaled_inputs(_subject(), LONG).figures
    assert sick["scaled"] < 0.5 * sick["as_it_is"]
    assert well["scaled"] > 0.5 * well["as_it_is"]


def test_shuffled_labels_are_told_from_true_ones_by_a_simple_model_and_the_own():
    shuffle = lambda y: y[torch.randperm(len(y))]  # noqa: E731
    true = shuffled_labels(_subject(held_out=_data(3, seed=5)), LONG).figures
    mixed = shuffled_labels(_subject(batches=_changed(_data(), y=shuffle), held_out=_data(3, seed=5)), LONG).figures
    assert true["score"] > 0.5 > true["chance"] + 5 * true["spread"]
    assert true["p"] == 0
    assert "own" not in true  # nothing is in doubt any more
    assert mixed["score"] < 0.1
    assert mixed["p"] > 0
    assert mixed["own"] > 0.7 * mixed["own_shuffled"]


def test_what_no_straight_line_tells_apart_is_not_taken_for_shuffled():
    # Inside or outside of a circle: linear regression finds nothing, nearness does.
    x = torch.randn(240, 2)
    y = (x.norm(dim=1) > 1.18).long()
    batches = [KeptBatch((part,), labels) for part, labels in zip(x.split(30), y.split(30), strict=True)]
    figures = shuffled_labels(_subject(nn.Linear(2, 2), batches), LONG).figures
    assert figures["p"] == 0
    assert figures["score"] > figures["chance"] + 5 * figures["spread"]


def test_the_noise_scale_of_the_gradient_by_hand():
    # loss = mean (w - x)^2 / 2 at w = 0: an example's gradient is -x, of mean -1 and variance 4: scale 4 / 1 = 4.
    class Point(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.zeros(1))

        def forward(self, x):
            return self.w.expand_as(x)

    x = 1 + 2 * torch.randn(4000, 1)
    x = 1 + 2 * (x - x.mean()) / x.std()
    batches = [KeptBatch((part,), part) for part in x.split(10)]
    model = Point()
    figures = curvature(Subject(model, None, lambda o, y: ((o - y) ** 2).mean() / 2, batches), LONG).figures
    assert figures["noise_scale"] == pytest.approx(4, rel=0.1)


def test_rows_do_not_mix_unless_something_mixes_them():
    class Mixing(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(6, 3)

        def forward(self, x):
            return self.layer(x).softmax(0)

    norm = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
    assert batch_mixing(_subject(norm), LONG).figures["leak"] == 0
    assert batch_mixing(_subject(Mixing()), LONG).figures["leak"] > 0.01


def test_mixing_of_tokens_is_seen_by_exchange():
    class Reader(nn.Module):
        def __init__(self, first):
            super().__init__()
            self.words, self.rnn, self.head = nn.Embedding(9, 5), nn.GRU(5, 5, batch_first=first), nn.Linear(5, 3)

        def forward(self, x):
            return self.head(self.rnn(self.words(x))[0][:, -1])

    batches = [KeptBatch((torch.randint(0, 9, (8, 7)),), torch.randint(0, 3, (8,)))]
    assert batch_mixing(_subject(Reader(first=True), batches), LONG).figures["leak"] == 0
    found = batch_mixing(_subject(Reader(first=False), batches), LONG).figures
    assert found["leak"] > 0.01
    assert found["exchanged"] == 1


def test_outputs_that_are_not_a_row_an_example_are_said():
    assert batch_mixing(_subject(nn.Sequential(nn.Linear(6, 3), nn.Flatten(0))), LONG).figures["resized"] == 1


def test_wrong_labels_are_counted():
    drawn = torch.Generator().manual_seed(2)

    def wrong(y):
        y = y.clone()
        y[::3] = (y[::3] + torch.randint(1, 3, (len(y[::3]),), generator=drawn)) % 3
        return y

    clean = label_noise(_subject(), LONG).figures
    noisy = label_noise(_subject(batches=_changed(_data(), y=wrong)), LONG).figures
    assert clean["share"] < 0.05
    assert 0.2 < noisy["share"] < 0.5


def test_labels_of_rows_that_the_model_knows_well_are_not_wrong():
    # The sign of a product of sixteen columns: nothing that a simple model sees.
    def rows(batches, seed):
        make = torch.Generator().manual_seed(seed)
        x = torch.randn(batches, 64, 16, generator=make)
        return [KeptBatch((one,), ((one.sign().prod(1) > 0).long() + (one[:, 0] > 1).long())) for one in x]

    class Knows(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, x):
            return F.one_hot((x.sign().prod(1) > 0).long() + (x[:, 0] > 1).long(), 3).float() + self.weight

    figures = label_noise(_subject(Knows(), rows(4, 1), held_out=rows(2, 2)), LONG).figures
    assert figures["held"] == 0
    assert figures["top"] > 0.2
    assert "share" not in figures


def test_a_column_made_from_the_target_stands_out():
    batches = [KeptBatch((torch.cat([b.inputs[0], b.targets[:, None].float()], 1),), b.targets) for b in _data()]
    leaky = leakage(_subject(batches=batches), LONG).figures
    well = leakage(_subject(), LONG).figures
    assert leaky["best"] == 1
    assert leaky["feature"] == 6
    assert leaky["second"] < 0.95
    assert well["best"] < 0.95


def test_a_leak_of_values_is_told_by_r2():
    x = torch.randn(200, 4)
    y = (x[:, :1] + x[:, 1:2]) / 2
    leaky = leakage(_subject(batches=[KeptBatch((torch.cat([x, 3 * y], 1),), y)]), LONG).figures
    assert leaky["classes"] == 0
    assert leaky["best"] > 0.9 > leaky["second"]


def test_a_leak_that_is_blurred_is_told_from_few_rows():
    x, y = torch.randn(200, 4), torch.randn(200, 1)
    amounts = leakage(_subject(batches=[KeptBatch((torch.cat([x, 3 * y + 0.1 * torch.randn(200, 1)], 1),), y)]), LONG)
    assert amounts.figures["best"] > 0.985
    classes = (y[:, 0] > 0).long()
    column = 2 * classes[:, None] + 0.1 * torch.randn(200, 1)
    blurred = leakage(_subject(batches=[KeptBatch((torch.cat([x, column], 1),), classes)]), LONG).figures
    assert blurred["best"] == 1
    assert blurred["told"] > 0.95


def test_augmentation_is_compared_with_the_clean_batches():
    clean = _data(2)
    mild = augmentation(_subject(batches=_changed(clean, lambda x: x + 0.1 * torch.randn_like(x)), clean=clean), 1.0)
    wild = augmentation(_subject(batches=_changed(clean, lambda x: 20 * torch.randn_like(x)), clean=clean), 1.0)
    assert mild.figures["similarity"] > 0.95
    assert abs(wild.figures["similarity"]) < 0.3
    assert augmentation(_subject(), 1.0).figures == {}


def test_sharpness_of_a_parabola_by_hand():
    # loss = mean over 2 rows of (w x)^2 with x = 1, 3: d2/dw2 = 2 (1 + 9) / 2 = 10; 2 / 0.05 = 40.
    model = nn.Linear(1, 1, bias=False)
    batch = KeptBatch((torch.tensor([[1.0], [3.0]]),), torch.zeros(2, 1))
    subject = Subject(model, torch.optim.SGD(model.parameters(), lr=0.05), F.mse_loss, [batch])
    figures = curvature(subject, LONG).figures
    assert figures["highest"] == pytest.approx(10, rel=0.02)
    assert figures["limit"] == pytest.approx(40)


def test_a_saddle_has_a_negative_least_eigenvalue():
    # loss = (u v x - 1)^2 at u = v = 0, x = 1: the Hessian is [[0, -2], [-2, 0]], eigenvalues -2 and 2.
    model = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False))
    for weight in model.parameters():
        nn.init.zeros_(weight)
    batch = KeptBatch((torch.ones(1, 1),), torch.ones(1, 1))
    figures = curvature(Subject(model, None, F.mse_loss, [batch]), LONG).figures
    assert figures["lowest"] == pytest.approx(-2, rel=0.05)
    assert figures["gradient_norm"] == 0


def test_a_dead_layer_does_better_afresh():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 3))
    nn.init.constant_(model[0].bias, -50.0)
    dead = fresh_layer(_subject(model, suspects=("0",)), LONG).figures
    assert dead["fresh:0"] < 0.5 * dead["as_it_is"]
    assert fresh_layer(_subject(), LONG).figures == {}


def test_nothing_of_the_training_changes():
    model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 3))
    subject = _subject(model, held_out=_data(2, seed=4), clean=_data(2), suspects=("0",))
    optimizer = subject.optimizer = torch.optim.Adam(model.parameters())
    F.cross_entropy(model(subject.batches[0].inputs[0]), subject.batches[0].targets).backward()
    optimizer.step()
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict(), [p.grad for p in model.parameters()]))
    kept = copy.deepcopy(subject.batches)
    drawn = np.random.get_state  # the generator that people's transforms draw from
    states = torch.get_rng_state(), drawn()[1].copy(), random.getstate()
    probes = [*preflight(subject, LONG), *afterwards(subject, 5 * LONG)]
    assert len(probes) == 14
    after = model.state_dict(), optimizer.state_dict(), [p.grad for p in model.parameters()]
    torch.testing.assert_close(after, before, rtol=0, atol=0)
    torch.testing.assert_close([b.inputs[0] for b in subject.batches], [b.inputs[0] for b in kept], rtol=0, atol=0)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (drawn()[1] == states[1]).all()
    assert random.getstate() == states[2]
    assert model.training


def test_the_same_subject_gives_the_same_figures():
    first, again = (one_batch(_subject(), LONG).figures for _ in range(2))
    assert first == again


def test_all_together_stay_within_a_fifth_of_the_scripts_time():
    wide = nn.Sequential(nn.Linear(6, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 3))
    started = time.perf_counter()
    probes = afterwards(_subject(wide), script_seconds=10.0)
    # 2 s, and what the last step of the last experiment takes over its share.
    assert time.perf_counter() - started < 2.8
    assert len(probes) >= 4


def test_what_would_take_too_long_is_not_begun():
    assert {probe.name for probe in afterwards(_subject(), script_seconds=1e-4)} <= {"leakage", "batch-mixing"}


def test_what_cannot_be_tried_is_left_out():
    # Only these two ask nothing of a copy.
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(6, 3)

        def __deepcopy__(self, memo):
            raise TypeError("not to be copied")

    assert [probe.name for probe in afterwards(_subject(Odd()), 10.0)] == ["leakage", "shuffled-labels"]


def test_only_what_is_wanted():
    assert [probe.name for probe in afterwards(_subject(), 5 * LONG, {"batch-mixing", "one-batch"})] == [
        "batch-mixing",
        "one-batch",
    ]


def _seen(keeper, model, batches, function="mse_loss", **settings):
    for x, y in batches:
        outputs = model(x)
        scores = outputs.flatten(0, -2) if outputs.dim() > 2 else outputs
        targets = y.flatten() if outputs.dim() > 2 else y
        given = {"input": scores, "target": targets, **settings}
        keeper.learned(model, (x,), {}, outputs, function, given, getattr(F, function)(**given).item())


def test_the_keeper_keeps_a_few_batches_and_the_first_weights():
    model, keeper = nn.Linear(3, 2), Keeper()
    first = copy.deepcopy(model.state_dict())
    batches = [(torch.randn(100, 3), torch.randn(100, 2)) for _ in range(12)]
    _seen(keeper, model, batches)
    with torch.no_grad():
        model.weight.zero_()
    batches[0][0].zero_()  # the script may use its memory again
    keeper.asked(model, (torch.randn(5, 3),), {}, torch.randn(5, 2))
    subject = keeper.subject(model, None)
    assert [len(batch) for batch in subject.batches] == [64] * 8
    assert [len(batch) for batch in subject.held_out] == [5]
    assert subject.batches[0].inputs[0].abs().sum() > 0
    torch.testing.assert_close(subject.start, first, rtol=0, atol=0)
    assert keeper.full


def test_the_keeper_calls_the_loss_again_as_the_script_did():
    model, keeper = nn.Linear(3, 4), Keeper()
    weight = torch.tensor([1.0, 2.0, 3.0, 4.0])
    x, y = torch.randn(6, 3), torch.randint(0, 4, (6,))
    _seen(keeper, model, [(x, y)], "cross_entropy", weight=weight, label_smoothing=0.1, reduction="sum")
    expected = F.cross_entropy(model(x), y, weight, label_smoothing=0.1, reduction="sum")
    torch.testing.assert_close(keeper.subject(model, None).loss(model(x), y), expected)


def test_places_in_time_are_examples_where_the_script_made_them_so():
    model, keeper = nn.Linear(3, 4), Keeper()
    x, y = torch.randn(6, 5, 3), torch.randint(0, 4, (6, 5))
    _seen(keeper, model, [(x, y)], "cross_entropy")
    subject = keeper.subject(model, None)
    assert subject.batches[0].targets.shape == (6, 5)
    torch.testing.assert_close(subject.loss(model(x), y), F.cross_entropy(model(x).flatten(0, 1), y.flatten()))


def test_the_keeper_knows_nothing_where_the_script_does_something_in_between():
    model, keeper = nn.Linear(3, 2), Keeper()
    x, y = torch.randn(6, 3), torch.randn(6, 2)
    outputs = model(x)
    between = 2 * outputs
    keeper.learned(model, (x,), {}, outputs, "mse_loss", {"input": between, "target": y}, F.mse_loss(between, y).item())
    assert keeper.subject(model, None) is None
    assert keeper.subject(nn.Linear(3, 2), None) is None


def test_small_batches_are_kept_until_there_are_enough_rows_and_no_row_twice():
    torch.manual_seed(0)
    model, keeper = nn.Linear(4, 2), Keeper()
    x, y = torch.randn(300, 4), torch.randint(0, 2, (300,))
    for start in [*range(0, 300, 20), *range(0, 300, 20)]:
        rows, labels = x[start : start + 20], y[start : start + 20]
        outputs = model(rows)
        loss = F.cross_entropy(outputs, labels).item()
        keeper.learned(model, (rows,), {}, outputs, "cross_entropy", {"input": outputs, "target": labels}, loss)
    subject = keeper.subject(model, None)
    assert keeper.full
    assert (len(subject.batches), len(subject.further)) == (8, 18)
    assert shuffled_labels(subject, LONG).figures["rows"] == 300


def test_two_classes_that_overlap_are_told_from_wrong_labels():
    torch.manual_seed(0)
    x = torch.randn(512, 6)
    overlapping = (torch.rand(512) < (1.5 * x[:, 0] - x[:, 1]).sigmoid()).long()
    x2 = torch.cat([x[:256] + torch.tensor([3.0, 0, 0, 0, 0, 0]), x[256:]])
    wrong = torch.cat([torch.ones(256), (torch.rand(256) < 0.3).float()]).long()
    mixed = torch.randperm(512)

    def asked(x, y):
        batches = [KeptBatch((x[i : i + 64],), y[i : i + 64]) for i in range(0, 512, 64)]
        return label_noise(_subject(nn.Linear(6, 2), batches), LONG).figures

    assert "worst" not in asked(x, overlapping)
    assert 0.2 < asked(x2[mixed], wrong[mixed])["worst"] < 0.4
