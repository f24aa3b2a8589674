"""Clipping: by hand, torch's own, the bound holds, the direction stays, refusals."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glasswork.errors import RangeError
from glasswork.learning import clip_norm, clip_norm_formula, clip_value, clip_value_formula
from suite import check_twin

GRADIENTS = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8)


def test_worked_by_hand():
    one, two = torch.tensor([[2.0], [1.0]]), torch.tensor([2.0])
    assert clip_norm([one, two], 1.5) == 3  # sqrt(4 + 1 + 4)
    assert (one.tolist(), two.tolist()) == ([[1.0], [0.5]], [1.0])
    clip_value([one, two], 0.75)
    assert (one.tolist(), two.tolist()) == ([[0.75], [0.5]], [0.75])


def test_nothing_to_clip():
    zero = torch.zeros(3)
    assert clip_norm([zero], 1.0) == 0
    assert zero.tolist() == [0, 0, 0]  # not 0 / 0
    assert clip_norm([], 1.0) == 0
    clip_value([], 1.0)


@pytest.mark.parametrize("bound", [0.01, 1.0, 1e6])
def test_same_as_the_formula_and_within_torchs_own(bound):
    torch.manual_seed(2)
    parts = [torch.randn(4, 3).double(), torch.randn(5).double()]
    weights = [torch.nn.Parameter(torch.zeros_like(part)) for part in parts]
    for weight, part in zip(weights, parts, strict=True):
        weight.grad = part.clone()
    whole = torch.cat([part.reshape(-1) for part in parts])
    norm = clip_norm(parts, bound)
    clipped = torch.cat([part.reshape(-1) for part in parts])
    torch.testing.assert_close(clipped, clip_norm_formula(whole, bound), rtol=1e-14, atol=0)
    theirs = torch.nn.utils.clip_grad_norm_(weights, bound)
    torch.testing.assert_close(norm, theirs)
    for part, weight in zip(parts, weights, strict=True):
        torch.testing.assert_close(part, weight.grad, rtol=1e-6, atol=0)  # theirs divides by the norm + 1e-6
    torch.nn.utils.clip_grad_value_(weights, 0.3)
    clip_value(parts, 0.3)
    for part, weight in zip(parts, weights, strict=True):
        torch.testing.assert_close(part, weight.grad, rtol=1e-6, atol=0)


def test_formulas_by_value_agree_in_gradient():
    x = torch.tensor([3.0, -4.0, 1.0, 0.5])
    check_twin(lambda g: g.clamp(-2, 2), lambda g: clip_value_formula(g, 2.0), x)


@given(GRADIENTS, st.floats(1e-3, 1e3))
def test_the_bound_holds_and_the_direction_stays(values, bound):
    before = torch.tensor(values, dtype=torch.float64)
    after = before.clone()
    norm = clip_norm([after], bound)
    assert after.norm() <= bound * (1 + 1e-12)
    torch.testing.assert_close(after * norm, before * torch.minimum(norm, torch.tensor(bound).double()))
    by_value = before.clone()
    clip_value([by_value], bound)
    assert by_value.abs().max() <= bound
    assert torch.equal(by_value[before.abs() <= bound], before[before.abs() <= bound])


def test_refusals():
    with pytest.raises(RangeError, match=r"clip_norm: max_norm must be > 0, got max_norm=0\."):
        clip_norm([torch.ones(1)], 0)
    with pytest.raises(RangeError, match=r"clip_value: max_value must be > 0, got max_value=-1\."):
        clip_value([torch.ones(1)], -1)
