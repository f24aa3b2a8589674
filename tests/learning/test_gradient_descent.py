import math

import pytest
import torch
from torch import nn

from glasswork.errors import NonFiniteError, RangeError, UnknownNameError
from glasswork.learning import GradientDescent, Learner
from glasswork.records import Batch


def net(seed=0, kind=torch.float64):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2)).to(kind)


def data(count=12, kind=torch.float64):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(count, 3, generator=generator, dtype=kind)
    return x, torch.randn(count, 2, generator=generator, dtype=kind)


def sgd(model, lr=0.1):
    return torch.optim.SGD(model.parameters(), lr=lr)


def batch(x, y):
    return Batch({"input": x}, y)


def flat(model):
    return torch.cat([p.detach().reshape(-1) for p in model.parameters()])


def test_worked_by_hand():
    # w = 3, x = 2, y = 2: prediction 6, loss (6 - 2)^2 = 16, gradient 2 * 4 * 2 = 16, w = 3 - 0.05 * 16 = 2.2
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 3.0)
    learner = GradientDescent(model, nn.functional.mse_loss, sgd(model, 0.05))
    record = learner.step(batch(torch.tensor([[2.0]]), torch.tensor([[2.0]])))
    assert record.loss.item() == 16.0
    assert record.gradient_norm.item() == 16.0
    assert (record.number, record.examples, record.updated, record.learning_rate) == (1, 1, True, 0.05)
    assert model.weight.item() == pytest.approx(2.2, abs=1e-6)
    assert isinstance(learner, Learner)


def test_same_weights_as_the_textbook_loop():
    x, y = data()
    ours, theirs = net(), net()
    learner = GradientDescent(ours, nn.functional.mse_loss, torch.optim.Adam(ours.parameters(), lr=0.01))
    optimizer = torch.optim.Adam(theirs.parameters(), lr=0.01)
    for _ in range(5):
        learner.step(batch(x, y))
        optimizer.zero_grad()
        nn.functional.mse_loss(theirs(x), y).backward()
        optimizer.step()
    assert torch.equal(flat(ours), flat(theirs))


@pytest.mark.parametrize("cuts", [(4, 8), (5, 10), (11,), (1, 2)])
def test_accumulated_batches_equal_one_large_batch_also_when_they_differ_in_size(cuts):
    x, y = data()
    ours, theirs = net(), net()
    pieces = list(zip(x.tensor_split(cuts), y.tensor_split(cuts), strict=True))
    accumulating = GradientDescent(ours, nn.functional.mse_loss, sgd(ours), accumulate=len(pieces))
    at_once = GradientDescent(theirs, nn.functional.mse_loss, sgd(theirs))
    for _ in range(3):
        records = [accumulating.step(batch(*piece)) for piece in pieces]
        assert [record.updated for record in records] == [False] * (len(pieces) - 1) + [True]
        at_once.step(batch(x, y))
    torch.testing.assert_close(flat(ours), flat(theirs), rtol=0, atol=1e-14)


def test_flush_applies_what_is_left_with_its_own_mean():
    x, y = data()
    ours, theirs = net(), net()
    accumulating = GradientDescent(ours, nn.functional.mse_loss, sgd(ours), accumulate=4)
    accumulating.step(batch(x[:5], y[:5]))
    accumulating.step(batch(x[5:7], y[5:7]))
    assert accumulating.flush().examples == 7
    assert accumulating.flush() is None
    GradientDescent(theirs, nn.functional.mse_loss, sgd(theirs)).step(batch(x[:7], y[:7]))
    torch.testing.assert_close(flat(ours), flat(theirs), rtol=0, atol=1e-14)


@pytest.mark.parametrize("bound", [0.01, 0.3, 1e6])
def test_clipping_by_norm_is_exact(bound):
    x, y = data()
    ours, theirs = net(), net()
    GradientDescent(ours, nn.functional.mse_loss, sgd(ours), clip_norm=bound).step(batch(x, y))
    nn.functional.mse_loss(theirs(x), y).backward()
    norm = math.sqrt(sum(float((p.grad**2).sum()) for p in theirs.parameters()))
    for parameter in theirs.parameters():
        parameter.grad *= min(1.0, bound / norm)
    sgd(theirs).step()
    torch.testing.assert_close(flat(ours), flat(theirs), rtol=0, atol=1e-14)
    assert norm > 0.01


class _Listener:
    """Halves the rate after each validation."""

    def __init__(self):
        self.heard = []

    def __call__(self, step, steps):
        return 0.5 ** len(self.heard)

    def observe(self, value):
        self.heard.append(value)

    def state_dict(self):
        return {"heard": self.heard}

    def load_state_dict(self, state):
        self.heard = list(state["heard"])


def test_a_schedule_that_listens_is_told_and_kept():
    x, y = data()
    model = net()
    learner = GradientDescent(model, nn.functional.mse_loss, sgd(model), schedule=_Listener())
    first = learner.step(batch(x, y)).learning_rate
    learner.observe(0.7)
    assert learner.step(batch(x, y)).learning_rate == first / 2
    again = GradientDescent(net(), nn.functional.mse_loss, sgd(model), schedule=_Listener())
    again.load_state_dict(learner.state_dict())
    assert again.schedule.heard == [0.7]
    silent = GradientDescent(net(), nn.functional.mse_loss, sgd(model), schedule=lambda step, steps: 1.0)
    silent.observe(0.7)  # a plain function does not listen
    assert "schedule" not in silent.state_dict()


def test_clipping_by_value_cuts_each_element():
    x, y = data()
    ours, before = net(), net()
    GradientDescent(ours, nn.functional.mse_loss, sgd(ours), clip_value=0.01).step(batch(x, y))
    nn.functional.mse_loss(before(x), y).backward()
    gradient = torch.cat([p.grad.reshape(-1) for p in before.parameters()])
    expected = flat(before) - 0.1 * gradient.clamp(-0.01, 0.01)
    torch.testing.assert_close(flat(ours), expected, rtol=0, atol=1e-15)
    assert (gradient.abs() > 0.01).any()


def test_norm_reported_is_the_one_before_clipping():
    x, y = data()
    model = net()
    record = GradientDescent(model, nn.functional.mse_loss, sgd(model), clip_norm=1e-3).step(batch(x, y))
    fresh = net()
    nn.functional.mse_loss(fresh(x), y).backward()
    whole = math.sqrt(sum(float((p.grad**2).sum()) for p in fresh.parameters()))
    assert record.gradient_norm.item() == pytest.approx(whole, rel=1e-12)


def test_schedule_is_asked_before_each_update_and_multiplies_every_group():
    x, y = data()
    model = net()
    groups = [{"params": model[0].parameters(), "lr": 1.0}, {"params": model[2].parameters(), "lr": 0.5}]
    optimizer = torch.optim.SGD(groups, lr=9.0)
    asked = []

    def schedule(step, steps):
        asked.append((step, steps))
        return 1 / (step + 1)

    learner = GradientDescent(model, nn.functional.mse_loss, optimizer, schedule=schedule, steps=3, accumulate=2)
    for _ in range(4):
        record = learner.step(batch(x, y))
    assert asked == [(0, 3), (1, 3)]
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, 0.25]
    assert record.learning_rate == 0.5


def test_weights_of_examples_reach_the_loss():
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 1.0)

    def weighted(outputs, targets, weights=None):
        return (weights * (outputs - targets)[:, 0] ** 2).sum()

    learner = GradientDescent(model, weighted, sgd(model))
    given = Batch({"input": torch.tensor([[1.0], [2.0]])}, torch.zeros(2, 1), weights=torch.tensor([1.0, 3.0]))
    assert learner.step(given).loss.item() == 13.0  # 1 * 1 + 3 * 4


def test_bf16_computes_in_bf16_and_keeps_float32_weights():
    x, y = data(kind=torch.float32)
    model = net(kind=torch.float32)
    seen = []
    model[0].register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    learner = GradientDescent(model, nn.functional.mse_loss, sgd(model), precision="bf16")
    first = learner.step(batch(x, y)).loss
    for _ in range(20):
        last = learner.step(batch(x, y)).loss
    assert seen[0] == torch.bfloat16
    assert model[0].weight.dtype == torch.float32
    assert last < first


def test_averaged_weights_are_what_is_evaluated():
    x, y = data()
    model = net()
    learner = GradientDescent(model, nn.functional.mse_loss, sgd(model), ema=0.9)
    start = flat(model).clone()
    learner.step(batch(x, y))
    after = flat(model).clone()
    decay = 2 / 11
    torch.testing.assert_close(flat(learner.evaluated), decay * start + (1 - decay) * after, rtol=0, atol=1e-15)


@pytest.mark.parametrize("ema", [None, 0.9])
def test_state_goes_on_to_the_same_bits_even_between_accumulated_batches(ema):
    x, y = data()

    def build():
        model = net()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        return GradientDescent(model, nn.functional.mse_loss, optimizer, accumulate=3, ema=ema, clip_norm=0.5)

    whole, begun, resumed = build(), build(), build()
    for i in range(10):
        whole.step(batch(x[i : i + 2], y[i : i + 2]))
    for i in range(5):
        begun.step(batch(x[i : i + 2], y[i : i + 2]))
    resumed.evaluated.load_state_dict(begun.evaluated.state_dict())
    if ema is None:
        assert set(begun.state_dict()) == {"optimizer", "number", "updates", "base", "rate", "watched", "pending"}
    resumed.load_state_dict(begun.state_dict())
    for i in range(5, 10):
        resumed.step(batch(x[i : i + 2], y[i : i + 2]))
    assert torch.equal(flat(whole.model), flat(resumed.model))
    assert torch.equal(flat(whole.evaluated), flat(resumed.evaluated))
    assert resumed.number == 10


def test_a_gradient_that_is_not_finite_is_named():
    model = nn.Linear(2, 1, bias=False)
    learner = GradientDescent(model, lambda outputs, targets: (outputs * 0).clamp(min=0).sqrt().sum(), sgd(model))
    with pytest.raises(NonFiniteError, match="step 1: the gradient of parameter 'weight' is NaN"):
        learner.step(batch(torch.ones(3, 2), torch.ones(3, 1)))


def test_refusals():
    model = net()
    with pytest.raises(RangeError, match="GradientDescent: accumulate must be >= 1, got accumulate=0"):
        GradientDescent(model, nn.functional.mse_loss, sgd(model), accumulate=0)
    with pytest.raises(RangeError, match="clip_norm must be > 0"):
        GradientDescent(model, nn.functional.mse_loss, sgd(model), clip_norm=0.0)
    with pytest.raises(UnknownNameError, match="no precision 'bf61'; did you mean 'bf16'"):
        GradientDescent(model, nn.functional.mse_loss, sgd(model), precision="bf61")


@pytest.mark.parametrize("accumulate", [1, 2])
def test_the_norm_is_taken_where_the_loop_will_log_it(accumulate):
    x, y = data()
    model = net()
    learner = GradientDescent(model, nn.functional.mse_loss, sgd(model), watch_every=4, accumulate=accumulate)
    records = [learner.step(batch(x, y)) for _ in range(9)]
    assert [r.number for r in records if r.gradient_norm is not None] == ([1, 4, 8] if accumulate == 1 else [2, 4, 8])


def test_fp16_scales_its_loss_and_skips_what_overflows():
    x, y = data(kind=torch.float32)
    model = net(kind=torch.float32)
    learner = GradientDescent(model, nn.functional.mse_loss, sgd(model), precision="fp16", clip_norm=1.0)
    before = flat(model).clone()
    scale = learner._scaler.get_scale()
    learner.step(batch(x * 100, y * 100))
    assert learner._scaler.get_scale() < scale
    assert torch.equal(flat(model), before)
    for _ in range(30):
        last = learner.step(batch(x, y)).loss
    assert last < nn.functional.mse_loss(net(kind=torch.float32)(x), y)
    other = GradientDescent(model, nn.functional.mse_loss, sgd(model), precision="fp16")
    other.load_state_dict(learner.state_dict())
    assert other._scaler.get_scale() == learner._scaler.get_scale()
