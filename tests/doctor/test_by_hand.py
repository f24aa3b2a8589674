"""Scripts without an optimizer: a change of the weights after ``backward`` is a step, and its rate is measured."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from glasswork.doctor import Checkup, Vitals, watch
from glasswork.doctor.observing.hands import Hand, leaves_of
from glasswork.doctor.observing.observer import Observer

RATE = 0.1


@pytest.fixture(autouse=True)
def _strict(monkeypatch):
    monkeypatch.setattr(Observer, "strict", True)


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))


def batches(count=12):
    draw = torch.Generator().manual_seed(3)
    return [(torch.randn(16, 6, generator=draw), torch.randint(0, 3, (16,), generator=draw)) for _ in range(count)]


def in_place(parameters, loss, rate=RATE):
    loss.backward()
    with torch.no_grad():
        for p in parameters:
            p -= rate * p.grad
            p.grad.zero_()


def through_data(parameters, loss, rate=RATE):
    for p in parameters:
        p.grad = None
    loss.backward()
    for p in parameters:
        p.data.add_(p.grad.data, alpha=-rate)


def other_data(parameters, loss, rate=RATE):
    loss.backward()
    for p in parameters:
        p.data = p.data - rate * p.grad
        p.grad = None


def asked_for(parameters, loss, rate=RATE):
    gradients = torch.autograd.grad(loss, parameters)
    with torch.no_grad():
        for p, gradient in zip(parameters, gradients, strict=True):
            p -= rate * gradient


def forgetful(parameters, loss, rate=RATE):
    loss.backward()
    with torch.no_grad():
        for p in parameters:
            p -= rate * p.grad


def uphill(parameters, loss, rate=RATE):
    in_place(parameters, loss, -rate)


WAYS = [in_place, through_data, other_data, asked_for]


def train(way, model=None, parameters=None, count=12):
    model = model or network()
    parameters = list(model.parameters()) if parameters is None else parameters(model)
    for x, y in batches(count):
        way(parameters, functional.cross_entropy(model(x), y))
    return [p.detach().clone() for p in model.parameters()]


def seen(work, rules=False):
    one = watch(experiments=False)
    if not rules:
        one.checkup._rules = {}
    with one as checkup:
        work()
    return checkup


@pytest.mark.parametrize("way", WAYS)
def test_every_way_is_a_step_with_its_rate(way):
    vitals = seen(lambda: train(way)).vitals
    assert [step.number for step in vitals.steps] == list(range(1, 13))
    assert [step.learning_rates for step in vitals.steps] == [(RATE,)] * 12
    assert {step.zeroed for step in vitals.steps[1:]} == {True}
    first = vitals.steps[0]
    assert first.sampled
    assert first.update_norm == pytest.approx(RATE * first.gradient_norm, rel=1e-4)
    assert first.layers["0"].gradient > 0
    assert first.batch.inputs["0"].shape == (16, 6)
    optimizer = vitals.optimizers["update"]
    assert (optimizer.kind, optimizer.groups) == ("by hand", [{"lr": RATE}])
    assert optimizer.parameters == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert all(p.optimized for p in vitals.models["model"].parameters.values())
    assert not vitals.blind


@pytest.mark.parametrize("way", [*WAYS, forgetful])
def test_not_a_bit_is_changed(way):
    plain = train(way, count=40)
    state = torch.get_rng_state()
    watched = []
    seen(lambda: watched.extend(train(way, count=40)), rules=True)
    assert all(a.equal(b) for a, b in zip(plain, watched, strict=True))
    assert state.equal(torch.get_rng_state())


def test_what_was_not_cleared_is_seen_and_said():
    checkup = seen(lambda: train(forgetful), rules=True)
    assert [step.zeroed for step in checkup.vitals.steps[1:]] == [False] * 11
    assert checkup.vitals.steps[1].carried > 0.2
    found = next(one for one in checkup.findings if one.fault == "missing-zero-grad")
    assert found.step == 3
    assert "zero_grad()" not in found.advice.replace("model.zero_grad()", "")


def test_uphill_is_seen_and_said():
    checkup = seen(lambda: train(uphill), rules=True)
    assert checkup.vitals.steps[0].alignment == pytest.approx(-1.0, abs=1e-4)
    assert checkup.vitals.steps[0].learning_rates == (RATE,)
    assert "gradient-ascent" in [one.fault for one in checkup.findings]


def test_what_is_left_out_is_in_no_optimizer():
    def work():
        model = network()
        for x, y in batches():
            model.zero_grad()
            functional.cross_entropy(model(x), y).backward()
            with torch.no_grad():
                for p in model[2].parameters():
                    p -= RATE * p.grad

    checkup = seen(work, rules=True)
    optimized = {p.name: p.optimized for p in checkup.vitals.models["model"].parameters.values()}
    assert optimized == {"0.weight": False, "0.bias": False, "2.weight": True, "2.bias": True}
    assert "parameters-not-in-optimizer" in [one.fault for one in checkup.findings]


def test_accumulated_gradients_are_one_step():
    def work():
        model = network()
        for number, (x, y) in enumerate(batches()):
            (functional.cross_entropy(model(x), y) / 3).backward()
            if number % 3 == 2:
                with torch.no_grad():
                    for p in model.parameters():
                        p -= RATE * p.grad
                        p.grad = None

    vitals = seen(work).vitals
    assert [step.backwards for step in vitals.steps] == [3] * 4
    assert vitals.steps[-1].learning_rates == (RATE,)


@pytest.mark.parametrize("functional_style", [False, True])
def test_bare_tensors(functional_style):
    def work():
        torch.manual_seed(0)
        w, b = torch.randn(6, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
        for x, _ in batches():
            loss = functional.mse_loss(x @ w + b, x.sum(1, keepdim=True))
            if functional_style:
                gradients = torch.autograd.grad(loss, [w, b])
                w, b = ((p - RATE * g).detach().requires_grad_() for p, g in zip([w, b], gradients, strict=True))
            else:
                in_place([w, b], loss)

    vitals = seen(work).vitals
    # The last new tensors are in no graph: nobody can know them.
    assert len(vitals.steps) == 12 - functional_style
    assert vitals.steps[-1].learning_rates == (RATE,)
    assert vitals.steps[-1].loss < vitals.steps[0].loss


def test_momentum_has_no_plain_rate():
    def work():
        model = network()
        speed = [torch.zeros_like(p) for p in model.parameters()]
        for x, y in batches():
            model.zero_grad()
            functional.cross_entropy(model(x), y).backward()
            with torch.no_grad():
                for p, v in zip(model.parameters(), speed, strict=True):
                    p -= v.mul_(0.9).add_(p.grad).mul(RATE)

    assert seen(work).vitals.optimizers["update"].kind == "by hand, not along the gradient"


def test_clipped_gradients_are_the_ones_that_are_used():
    def work():
        model = network()
        for x, y in batches():
            model.zero_grad()
            functional.cross_entropy(model(x), y).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.01)
            with torch.no_grad():
                for p in model.parameters():
                    p -= RATE * p.grad

    first = seen(work).vitals.steps[0]
    assert first.gradient_norm == pytest.approx(0.01, rel=1e-3)
    assert first.learning_rates == (RATE,)


def test_two_networks_that_take_turns_are_two():
    def work():
        one, two = network(), network()
        for number, (x, y) in enumerate(batches()):
            model = two if number % 2 else one
            in_place(list(model.parameters()), functional.cross_entropy(model(x), y))

    vitals = seen(work).vitals
    assert len(vitals.optimizers) == 2
    assert len(vitals.steps) == 12
    assert {step.optimizer for step in vitals.steps[::2]}.isdisjoint({step.optimizer for step in vitals.steps[1::2]})


def test_a_picture_that_changes_alone_is_no_training():
    def work():
        model = nn.Conv2d(3, 4, 3)
        picture = torch.randn(1, 3, 8, 8, requires_grad=True)
        for _ in range(6):
            model(picture).square().mean().backward()
            with torch.no_grad():
                picture += 0.1 * picture.grad
                picture.grad = None

    assert not seen(work).vitals.steps


def test_gradients_that_move_nothing_are_no_steps():
    def work():
        model = network()
        for x, y in batches():
            functional.cross_entropy(model(x), y).backward()

    assert not seen(work).vitals.steps


def test_where_an_optimizer_steps_nobody_looks(monkeypatch):
    def work():
        model = network()
        optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
        for x, y in batches():
            optimizer.zero_grad()
            functional.cross_entropy(model(x), y).backward()
            optimizer.step()
            with torch.no_grad():
                model[0].weight.clamp_(-1, 1)

    def forbidden(*_):
        raise AssertionError("looked at")

    for name in ("before", "learned", "look"):
        monkeypatch.setattr(f"glasswork.doctor.observing.by_hand.ByHand.{name}", forbidden)
    monkeypatch.setattr("glasswork.doctor.observing.by_hand.ByHand.end", lambda _: None)
    vitals = seen(work).vitals
    assert list(vitals.optimizers) == ["optimizer"]
    assert len(vitals.steps) == 12


def test_experiments_step_as_the_script_does():
    model = network()
    hand = Hand(list(model.parameters()))
    assert hand.optimizer(model) is None
    hand.rate = RATE
    assert hand.optimizer(model).param_groups[0]["lr"] == RATE
    assert len(leaves_of(model(torch.randn(2, 6)).sum())) == 4
    assert Checkup(Vitals()).findings == []


def test_bare_weights_that_begin_near_zero_may_grow():
    def work():
        torch.manual_seed(0)
        w, b = torch.normal(0, 0.01, (3, 1), requires_grad=True), torch.zeros(1, requires_grad=True)
        for _ in range(60):
            x = torch.randn(20, 3)
            loss = ((x @ w + b - x @ torch.tensor([[2.0], [-3.4], [1.0]]) - 4.2) ** 2).mean()
            in_place([w, b], loss)

    checkup = seen(work, rules=True)
    steps = checkup.vitals.steps
    assert max(step.weight_norm for step in steps if step.weight_norm) > 10 * steps[0].weight_norm
    assert checkup.vitals.optimizers["update"].shapes == [(3, 1), (1,)]
    assert not [one for one in checkup.findings if one.severity != "note"]


def test_a_first_state_of_zeros_is_no_input():
    def work():
        torch.manual_seed(0)
        u, v, o = ((torch.randn(a, b) / 3).requires_grad_() for a, b in ((2, 8), (8, 8), (8, 1)))
        for _ in range(12):
            x, h = torch.randn(5, 16, 2), torch.zeros(16, 8)
            for part in x:
                h = torch.tanh(part @ u + h @ v)
            in_place([u, v, o], ((h @ o - x.sum((0, 2))[:, None]) ** 2).mean(), 0.01)

    checkup = seen(work, rules=True)
    assert checkup.vitals.steps[0].batch.entered is None or checkup.vitals.steps[0].batch.entered.std > 0
    assert "constant-feature" not in [one.fault for one in checkup.findings]
