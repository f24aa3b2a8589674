import math

import pytest
import torch
from torch import nn

from glasswork.errors import RangeError, ShapeError
from glasswork.layers import Attention, attention, attention_formula


def random_parts(*, queries=4, keys=4):
    return [torch.randn(2, 3, n, 5, dtype=torch.float64, requires_grad=True) for n in (queries, keys, keys)]


def test_worked_by_hand():
    query = torch.tensor([[[[2.0]]]], dtype=torch.float64)
    key = torch.tensor([[[[0.0], [math.log(3) / 2]]]], dtype=torch.float64)  # scores 0 and log 3: shares 1/4 and 3/4
    value = torch.tensor([[[[8.0], [4.0]]]], dtype=torch.float64)
    assert attention(query, key, value).item() == pytest.approx(5.0, abs=1e-12)


@pytest.mark.parametrize("how", ["plain", "causal", "mask", "scale"])
def test_the_kernel_and_the_formula_agree_in_value_and_gradient(how):
    parts = random_parts()
    twins = [part.detach().clone().requires_grad_() for part in parts]
    said = {"causal": how == "causal", "scale": 0.3 if how == "scale" else None}
    if how == "mask":
        said["mask"] = torch.tensor([[True, True, False, True], [True, False, False, False]])[:, None, None, :]
    a, b = attention(*parts, **said), attention_formula(*twins, **said)
    torch.testing.assert_close(a, b, rtol=0, atol=1e-12)
    (a**2).sum().backward()
    (b**2).sum().backward()
    for part, twin in zip(parts, twins, strict=True):
        torch.testing.assert_close(part.grad, twin.grad, rtol=0, atol=1e-12)


def test_same_as_torchs_multi_head_attention():
    theirs = nn.MultiheadAttention(8, 2, batch_first=True, dtype=torch.float64)
    ours = Attention(width=8, heads=2).double()
    with torch.no_grad():
        ours.look.weight.copy_(theirs.in_proj_weight)
        ours.look.bias.copy_(theirs.in_proj_bias)
        ours.mix.weight.copy_(theirs.out_proj.weight)
        ours.mix.bias.copy_(theirs.out_proj.bias)
    x = torch.randn(3, 5, 8, dtype=torch.float64)
    mask = torch.arange(5) < torch.tensor([5, 2, 1])[:, None]
    expected, _ = theirs(x, x, x, key_padding_mask=~mask, need_weights=False)
    torch.testing.assert_close(ours(x, mask), expected, rtol=0, atol=1e-12)


def test_causal_places_do_not_see_the_future():
    layer = Attention(width=8, heads=2, causal=True).double()
    x = torch.randn(1, 5, 8, dtype=torch.float64)
    later = x.clone()
    later[:, 3:] += 1
    torch.testing.assert_close(layer(later)[:, :3], layer(x)[:, :3], rtol=0, atol=1e-12)
    assert not torch.allclose(layer(later)[:, 3], layer(x)[:, 3])


def test_refusals():
    with pytest.raises(RangeError, match=r"Attention: heads must divide 10, got heads=4\. Try 5\."):
        Attention(width=10, heads=4)
    with pytest.raises(ShapeError, match=r"Attention: x must have size 8 in dimension 2, got shape \(2, 3, 7\)\."):
        Attention(width=8, heads=2)(torch.zeros(2, 3, 7))
