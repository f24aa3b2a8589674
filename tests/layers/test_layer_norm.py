"""Layer normalisation, and normalisation in groups."""

import pytest
import torch
from torch import nn

from glasswork.errors import RangeError, ShapeError
from glasswork.layers import GroupNorm, LayerNorm, group_norm_formula, layer_norm_formula
from suite import check_behaves, check_same_kernels, check_twin

GAMMA = torch.tensor([1.5, -0.5, 2.0, 1.0], dtype=torch.float64)
BETA = torch.tensor([0.1, -3.0, 7.0, 0.0], dtype=torch.float64)


def _call(norm):
    def kernel(z, gamma, beta):
        return torch.func.functional_call(norm, {"weight": gamma, "bias": beta}, (z,))

    return kernel


@pytest.mark.parametrize("shape", [(6, 4), (2, 5, 4), (4,)])
def test_twin(shape):
    z = torch.randn(shape, dtype=torch.float64) * 3 + 1
    check_twin(_call(LayerNorm(4).double()), layer_norm_formula, z, GAMMA, BETA)


@pytest.mark.parametrize("shape", [(6, 4), (2, 4, 5), (2, 4, 3, 5)])
@pytest.mark.parametrize("groups", [1, 2])
def test_twin_in_groups(shape, groups):
    z = torch.randn(shape, dtype=torch.float64) * 3 + 1
    norm = GroupNorm(groups, 4).double()
    check_twin(_call(norm), lambda z, g, b: group_norm_formula(z, g, b, groups=groups), z, GAMMA, BETA)


def test_torchs_own_numbers_and_kernels():
    x = torch.randn(5, 7, 4)
    assert torch.equal(LayerNorm(4)(x), nn.LayerNorm(4)(x))
    check_same_kernels(LayerNorm(4), nn.LayerNorm(4), x)
    maps = torch.randn(5, 4, 3, 3)
    assert torch.equal(GroupNorm(2, 4)(maps), nn.GroupNorm(2, 4)(maps))
    check_same_kernels(GroupNorm(2, 4), nn.GroupNorm(2, 4), maps)


def test_behaves():
    check_behaves(LayerNorm(4), torch.randn(5, 3, 4))
    check_behaves(GroupNorm(2, 4), torch.randn(5, 4, 6))


@pytest.mark.course(
    "NORM-08",
    verdict="holds",
    seen="an example's output is the same alone, in a batch of 64 and in another order, in training as at prediction, "
    "and each example has mean 0 and variance 1 over its features",
)
def test_each_example_for_itself():
    x = torch.randn(64, 16, dtype=torch.float64) * 5 + 2
    norm = LayerNorm(16).double()
    whole = norm(x)
    torch.testing.assert_close(norm(x[3:4]), whole[3:4], rtol=0, atol=1e-14)
    torch.testing.assert_close(norm(x.flip(0)), whole.flip(0), rtol=0, atol=1e-14)
    torch.testing.assert_close(norm.eval()(x), whole, rtol=0, atol=0)
    torch.testing.assert_close(whole.mean(-1), torch.zeros(64, dtype=torch.float64), rtol=0, atol=1e-12)
    torch.testing.assert_close(whole.var(-1, correction=0), torch.ones(64, dtype=torch.float64), rtol=0, atol=1e-5)


def test_refusals():
    with pytest.raises(ShapeError, match=r"LayerNorm: x must have size 4 in dimension -1, got shape \(2, 3\)\."):
        LayerNorm(4)(torch.zeros(2, 3))
    with pytest.raises(RangeError, match=r"LayerNorm: eps must be > 0"):
        LayerNorm(4, eps=0)
    with pytest.raises(RangeError, match=r"GroupNorm: groups must divide 4, got groups=3\. Try 4\."):
        GroupNorm(3, 4)
    with pytest.raises(ShapeError, match=r"GroupNorm: x must have size 4 in dimension 1"):
        GroupNorm(2, 4)(torch.zeros(2, 6))
