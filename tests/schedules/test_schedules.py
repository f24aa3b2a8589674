"""One suite over all schedules: by hand, torch's own for comparison, bounds, purity, refusals."""

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glasswork import catalog
from glasswork.errors import RangeError, UnknownNameError
from glasswork.schedules import Constant, Cosine, ExponentialDecay, LinearDecay, OneCycle, StepDecay

NAMES = catalog.names("schedules")


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


@given(st.sampled_from(NAMES), st.integers(1, 200), st.data())
def test_always_a_share_and_pure(name, steps, data):
    schedule = catalog.find("schedules", name)()
    step = data.draw(st.integers(0, 2 * steps))
    factor = schedule(step, steps)
    assert 0 <= factor <= 1
    assert schedule(step, steps) == factor
    assert dataclasses.is_dataclass(schedule)
    assert hash(schedule) == hash(catalog.find("schedules", name)())


@given(
    st.sampled_from(["cosine", "linear_decay", "exponential_decay", "constant"]), st.floats(0, 1), st.integers(2, 60)
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
    with pytest.raises(UnknownNameError, match="did you mean 'cosine'"):
        OneCycle(down="cosin")


@pytest.mark.parametrize("name", NAMES)
def test_page_names_formula_and_source(name):
    entry = catalog.describe("schedules", name)
    assert entry.formula
    assert entry.source
    assert all(not parameter.required for parameter in entry.parameters)
