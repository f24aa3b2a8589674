"""One suite over all schedules: by hand, torch's own for comparison, bounds, purity, refusals."""

import dataclasses
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glasswork import catalog
from glasswork.errors import RangeError, UnknownNameError
from glasswork.optimizers import SGD, AdagradEpsilonInside
from glasswork.schedules import (
    Constant,
    Cosine,
    CosineRestarts,
    ExponentialDecay,
    InverseSquareRoot,
    LinearDecay,
    OneCycle,
    Plateau,
    PolynomialDecay,
    StepDecay,
)

NAMES = catalog.names("schedules")
PURE = [name for name in NAMES if name != "plateau"]
SCHED_01 = pytest.mark.course(
    "SCHED-01",
    verdict="holds",
    seen="each schedule gives its closed form at every step; the warm-up is a straight line in all of them",
)


@SCHED_01
@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (Constant(), [1, 1, 1, 1, 1]),
        (Constant(warmup=0.6), [1 / 3, 2 / 3, 1, 1, 1]),
        (Cosine(), [1, 0.8535533905932737, 0.5, 0.14644660940672627, 0]),
        (Cosine(floor=0.2), [1, 0.8828427124746190, 0.6, 0.3171572875253810, 0.2]),
        (LinearDecay(warmup=0.4, floor=0.1), [0.5, 1, 0.7, 0.4, 0.1]),
        (OneCycle(warmup=0.5, start=0.2, floor=0.4), [0.2, 0.6, 1, 0.7, 0.4]),
        (OneCycle(warmup=0.0, down="cosine"), [1, 0.8535533905932737, 0.5, 0.14644660940672627, 0]),
        (StepDecay(at=[0.4, 0.8], factor=0.5), [1, 1, 0.5, 0.5, 0.25]),
        (ExponentialDecay(floor=0.0016), [1, 0.2, 0.04, 0.008, 0.0016]),
        (InverseSquareRoot(), [1, 0.7071067811865476, 0.5773502691896258, 0.5, 0.4472135954999579]),
        (InverseSquareRoot(warmup=0.4), [0.5, 1, 0.816496580927726, 0.7071067811865476, 0.6324555320336759]),
        (PolynomialDecay(power=3, floor=0.2), [1, 0.5375, 0.3, 0.2125, 0.2]),
        (PolynomialDecay(power=0.5, warmup=0.4), [0.5, 1, 0.816496580927726, 0.5773502691896258, 0]),
        (CosineRestarts(cycles=1), [1, 0.9045084971874737, 0.6545084971874737, 0.3454915028125263, 0.0954915028125263]),
        (CosineRestarts(cycles=2, longer=1.5, floor=0.2), [1, 0.6, 1, 0.8, 0.4]),
        (CosineRestarts(cycles=2, warmup=0.2), [1, 1, 0.5, 1, 0.5]),
        (Plateau(warmup=0.4), [0.5, 1, 1, 1, 1]),
    ],
)
def test_worked_by_hand(schedule, expected):
    assert [schedule(step, 5) for step in range(5)] == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore:Detected call of:UserWarning")
def test_cosine_is_torchs():
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=29, eta_min=0.1)
    for step in range(30):
        assert Cosine(floor=0.1)(step, 30) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-12)
        theirs.step()


@pytest.mark.filterwarnings("ignore:Detected call of:UserWarning")
@pytest.mark.parametrize(
    ("ours", "theirs", "settings"),
    [
        (PolynomialDecay(power=3), torch.optim.lr_scheduler.PolynomialLR, {"total_iters": 29, "power": 3}),
        (
            LinearDecay(floor=0.1),
            torch.optim.lr_scheduler.LinearLR,
            {"start_factor": 1, "end_factor": 0.1, "total_iters": 29},
        ),
        (ExponentialDecay(floor=0.1), torch.optim.lr_scheduler.ExponentialLR, {"gamma": 0.1 ** (1 / 29)}),
        (StepDecay(at=(0.5, 0.8)), torch.optim.lr_scheduler.MultiStepLR, {"milestones": [15, 24]}),
        (
            CosineRestarts(cycles=3, floor=0.1),
            torch.optim.lr_scheduler.CosineAnnealingWarmRestarts,
            {"T_0": 10, "eta_min": 0.1},
        ),
    ],
)
def test_the_others_are_torchs_too(ours, theirs, settings):
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    follow = theirs(optimizer, **settings)
    for step in range(30):
        assert ours(step, 30) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-12)
        follow.step()


def test_restarts_with_growing_cycles_are_torchs():
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    theirs = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=4, T_mult=2)
    for step in range(28):
        optimizer.step()
        expected = optimizer.param_groups[0]["lr"]
        assert CosineRestarts(cycles=3, longer=2)(step, 28) == pytest.approx(expected, abs=1e-12)
        theirs.step()


@SCHED_01
@given(
    st.lists(st.floats(-10, 10, width=16) | st.just(float("nan")), max_size=40),
    st.integers(0, 3),
    st.sampled_from([0.0, 0.05]),
)
def test_plateau_is_torchs_reduce_on_plateau(values, patience, threshold):
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=patience, threshold=threshold, min_lr=0.1, eps=0
    )
    ours = Plateau(factor=0.5, patience=patience, threshold=threshold, floor=0.1)
    for step, value in enumerate(values):
        ours.observe(abs(value))
        theirs.step(abs(value))
        assert ours(step, 100) == optimizer.param_groups[0]["lr"]


def test_plateau_by_hand_also_where_better_is_more():
    schedule = Plateau(factor=0.1, patience=1, threshold=0.0)
    seen = []
    for accuracy in (0.5, 0.6, 0.6, 0.55, 0.7, 0.7, 0.7, float("nan"), 0.1):
        schedule.observe(-accuracy)
        seen.append(schedule(0, 9))
    assert seen == pytest.approx([1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001])


def test_plateau_goes_on_from_what_it_has_seen():
    straight, first, second = (Plateau(patience=1) for _ in range(3))
    values = [3.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0]
    for value in values:
        straight.observe(value)
    for value in values[:3]:
        first.observe(value)
    second.load_state_dict(first.state_dict())
    for value in values[3:]:
        second.observe(value)
    assert second.state_dict() == straight.state_dict()
    assert second(0, 1) == pytest.approx(0.01)


@pytest.mark.course(
    "SCHED-02",
    verdict="holds",
    seen="the factor falls at every step, and on a constant gradient plain descent with it takes AdaGrad's steps",
)
def test_a_decreasing_step_is_adagrads_on_a_constant_gradient():
    factors = [InverseSquareRoot()(step, 50) for step in range(50)]
    assert all(later < earlier for earlier, later in pairwise(factors))
    ours, theirs = (torch.zeros(2, dtype=torch.float64, requires_grad=True) for _ in range(2))
    descent, adagrad = SGD([ours], lr=0.1), AdagradEpsilonInside([theirs], lr=0.1, eps=1e-12)
    for factor in factors:
        descent.param_groups[0]["lr"] = 0.1 * factor
        ours.grad = torch.tensor([1.0, -1.0], dtype=torch.float64)
        theirs.grad = 3 * ours.grad  # AdaGrad does not see how large it is
        descent.step()
        adagrad.step()
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-9)


@given(st.sampled_from(PURE), st.integers(1, 200), st.data())
def test_always_a_share_and_pure(name, steps, data):
    schedule = catalog.find("schedules", name)()
    step = data.draw(st.integers(0, 2 * steps))
    factor = schedule(step, steps)
    assert 0 <= factor <= 1
    assert schedule(step, steps) == factor
    assert dataclasses.is_dataclass(schedule)
    assert hash(schedule) == hash(catalog.find("schedules", name)())


@given(
    st.sampled_from(
        ["cosine", "linear_decay", "exponential_decay", "constant", "inverse_square_root", "polynomial_decay"]
    ),
    st.floats(0, 1),
    st.integers(2, 60),
)
def test_up_and_then_only_down(name, warmup, steps):
    schedule = catalog.find("schedules", name)(warmup=warmup)
    factors = [schedule(step, steps) for step in range(steps)]
    top = factors.index(max(factors))
    assert factors[: top + 1] == sorted(factors[: top + 1])
    assert factors[top:] == sorted(factors[top:], reverse=True)
    assert max(factors) == pytest.approx(1)


def test_refusals():
    with pytest.raises(RangeError, match=r"Cosine: warmup must be in \[0, 1\], got warmup=200\."):
        Cosine(warmup=200)
    with pytest.raises(RangeError, match=r"ExponentialDecay: floor must be > 0"):
        ExponentialDecay(floor=0)
    with pytest.raises(RangeError, match=r"StepDecay: at must be in \[0, 1\], got at=30\."):
        StepDecay(at=[30])
    with pytest.raises(RangeError, match=r"PolynomialDecay: power must be > 0, got power=0\."):
        PolynomialDecay(power=0)
    with pytest.raises(RangeError, match=r"CosineRestarts: cycles must be >= 1, got cycles=0\."):
        CosineRestarts(cycles=0)
    with pytest.raises(RangeError, match=r"CosineRestarts: longer must be > 0"):
        CosineRestarts(longer=0)
    with pytest.raises(RangeError, match=r"InverseSquareRoot: warmup must be in \[0, 1\], got warmup=4000\."):
        InverseSquareRoot(warmup=4000)
    with pytest.raises(RangeError, match=r"Plateau: factor must be in \[0, 1\), got factor=1\.0\."):
        Plateau(factor=1.0)
    with pytest.raises(RangeError, match=r"Plateau: patience must be >= 0"):
        Plateau(patience=-1)
    with pytest.raises(UnknownNameError, match="did you mean 'cosine'"):
        OneCycle(down="cosin")


@pytest.mark.parametrize("name", NAMES)
def test_page_names_formula_and_source(name):
    entry = catalog.describe("schedules", name)
    assert entry.formula
    assert entry.source
    assert all(not parameter.required for parameter in entry.parameters)
