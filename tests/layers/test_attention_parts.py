"""Attention, cross attention, feed-forward sub-layer and positions: torch's kernel, equal formulas, refusals."""

import math
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional

from glasswork.errors import RangeError, ShapeError
from glasswork.layers import (
    AdditiveAttention,
    Attention,
    BagOfWords,
    CrossAttention,
    FeedForward,
    LearnedPositions,
    SinusoidPositions,
    TransformerBlock,
    attention,
    attention_formula,
    attention_scores,
    attention_weights,
    bag_of_words,
    causal_mask,
    feed_forward_formula,
    sinusoid,
)
from suite import check_behaves, check_twin, kernels

F64 = torch.float64
MASK = torch.tensor([[True, True, False, True], [True, False, False, False]])[:, None, None, :]


def parts(*shapes):
    return [torch.randn(shape, dtype=F64) for shape in shapes]


@pytest.mark.course("TRF-06", "TRF-13")
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize("scale", [None, 0.3])
def test_kernel_and_formula_agree(causal, mask, scale):
    said = {"causal": causal, "mask": mask, "scale": scale}
    check_twin(partial(attention, **said), partial(attention_formula, **said), *parts(*[(2, 3, 4, 5)] * 3))


@pytest.mark.parametrize("lead", [(), (3,), (2, 3, 2)])
def test_with_any_leading_dimensions_and_more_keys_than_queries(lead):
    query, key, value = parts((*lead, 2, 5), (*lead, 4, 5), (*lead, 4, 3))
    check_twin(attention, attention_formula, query, key, value)
    assert attention(query, key, value).shape == (*lead, 2, 3)


def test_a_mask_and_causality_together_let_through_what_both_let_through():
    query, key, value = parts(*[(2, 1, 4, 5)] * 3)
    both = attention(query, key, value, mask=MASK, causal=True)
    torch.testing.assert_close(both, attention(query, key, value, mask=MASK & causal_mask(4, 4)), rtol=0, atol=0)
    weights = attention_weights(query, key, mask=MASK, causal=True)
    assert (weights[~(MASK & causal_mask(4, 4)).expand_as(weights)] == 0).all()
    padded = TransformerBlock(width=8, heads=2, causal=True)(torch.randn(2, 4, 8), MASK[:, 0, 0])
    assert padded.isfinite().all()


def test_the_pieces_of_the_formula():
    query, key, value = parts(*[(2, 3, 4, 5)] * 3)
    scores = attention_scores(query, key)
    torch.testing.assert_close(scores, torch.einsum("bnqd,bnkd->bnqk", query, key) / math.sqrt(5))
    weights = attention_weights(query, key)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3, 4, dtype=F64))
    torch.testing.assert_close(weights @ value, attention(query, key, value))


def test_attention_is_torchs_kernel():
    inputs = [torch.randn(2, 3, 4, 5) for _ in range(3)]
    assert kernels(attention, *inputs) == kernels(functional.scaled_dot_product_attention, *inputs)


def test_multi_head_makes_torchs_products_and_copies_less():
    ours, theirs = Attention(width=8, heads=2), nn.MultiheadAttention(8, 2, batch_first=True)
    x = torch.randn(3, 5, 8)
    mine, their = kernels(ours, x), kernels(lambda x: theirs(x, x, x, need_weights=False), x)
    products = ("aten::addmm", "aten::mm", "aten::bmm")
    assert sum(mine[name] for name in products) == sum(their[name] for name in products) == 6
    kernel = "aten::_scaled_dot_product_flash_attention_for_cpu"
    assert mine[kernel] == their[kernel] == 1
    assert sum(mine.values()) <= sum(their.values())


@pytest.mark.course("TRF-09")
@pytest.mark.parametrize("memory_width", [8, 6])
def test_weights_go_to_and_from_torch(memory_width):
    x, memory = parts((3, 4, 8), (3, 5, memory_width))
    theirs = nn.MultiheadAttention(8, 2, batch_first=True, kdim=memory_width, vdim=memory_width, dtype=F64)
    nn.init.normal_(theirs.in_proj_bias)
    nn.init.normal_(theirs.out_proj.bias)
    ours = CrossAttention(width=8, heads=2, memory_width=memory_width).double().copy_from_torch(theirs)
    mask = torch.arange(5) < torch.tensor([5, 2, 1])[:, None]
    expected, seen = theirs(x, memory, memory, key_padding_mask=~mask, average_attn_weights=False)
    torch.testing.assert_close(ours(x, memory, mask), expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(ours.weights(x, memory, mask), seen, rtol=0, atol=1e-12)
    back = nn.MultiheadAttention(8, 2, batch_first=True, kdim=memory_width, vdim=memory_width, dtype=F64)
    ours.copy_to_torch(back)
    torch.testing.assert_close(dict(back.state_dict()), dict(theirs.state_dict()), rtol=0, atol=0)
    if memory_width == 8:
        own = Attention(width=8, heads=2).double().copy_from_torch(theirs)
        torch.testing.assert_close(own(x), theirs(x, x, x)[0], rtol=0, atol=1e-12)
        torch.testing.assert_close(own(x), ours(x, x), rtol=0, atol=1e-12)
        own.copy_to_torch(nn.MultiheadAttention(8, 2, dtype=F64))


def test_the_heads_must_agree_with_torchs():
    with pytest.raises(RangeError, match=r"Attention: heads must be 2, got heads=4\. Both layers need as many heads\."):
        Attention(width=8, heads=2).copy_from_torch(nn.MultiheadAttention(8, 4))


def test_cross_attention_in_plain_operations():
    layer = CrossAttention(width=6, heads=2, memory_width=5).double()

    def formula(x, memory):
        query, key, value = layer.views(x, memory)
        return layer.mix(attention_formula(query, key, value).transpose(1, 2).flatten(2))

    check_twin(layer, formula, *parts((3, 4, 6), (3, 7, 5)))


@pytest.mark.course("TRF-14", verdict="holds", seen="max(0, x W1 + b1) W2 + b2 at every place, of the shape that came")
def test_feed_forward_in_plain_operations():
    layer = FeedForward(width=4, hidden=7).double()
    (x,) = parts((2, 3, 4))

    def formula(x):
        first, last = layer.widen, layer.narrow
        return feed_forward_formula(x, first.weight.T, first.bias, last.weight.T, last.bias)

    check_twin(layer, formula, x)
    assert layer(x).shape == x.shape
    torch.testing.assert_close(layer(x)[:, 1], layer(x[:, 1]), rtol=0, atol=1e-14)


def test_feed_forward_by_hand():
    # (1, -2) widened by ((1, 1), (0, 1)) is (1, -1), bent (1, 0), narrowed by ((5, 7), (9, 9)) is (5, 7)
    w1, w2 = torch.tensor([[1.0, 1.0], [0.0, 1.0]]), torch.tensor([[5.0, 7.0], [9.0, 9.0]])
    assert feed_forward_formula(torch.tensor([1.0, -2.0]), w1, torch.zeros(2), w2, torch.zeros(2)).tolist() == [5, 7]


def test_positions_are_added():
    (x,) = parts((2, 3, 4))
    torch.testing.assert_close(SinusoidPositions()(x) - x, sinusoid(3, 4, like=x).expand(2, 3, 4), rtol=0, atol=1e-15)
    layer = LearnedPositions(places=5, width=4).double()
    torch.testing.assert_close(layer(x) - x, layer.table[:3].expand(2, 3, 4), rtol=0, atol=1e-15)
    layer(x).sum().backward()
    assert layer.table.grad.sum(1).tolist() == [8, 8, 8, 0, 0]


class TestAdditive:
    def test_by_hand(self):
        layer = AdditiveAttention(state=1, memory=1, hidden=1).double()
        for weight, value in zip(layer.parameters(), (0.5, 2.0, 3.0), strict=True):
            nn.init.constant_(weight, value)
        h = torch.tensor([[[0.1], [0.4]]], dtype=F64)
        mixture, weights = layer(torch.tensor([[0.2]], dtype=F64), h)  # scores 3 tanh(0.1 + 0.2), 3 tanh(0.1 + 0.8)
        share = 1 / (1 + math.exp(3 * math.tanh(0.3) - 3 * math.tanh(0.9)))
        assert weights[0, 1].item() == pytest.approx(share, abs=1e-14)
        assert mixture.item() == pytest.approx(0.1 + 0.3 * share, abs=1e-14)

    def test_weights_sum_to_one_and_padding_has_none(self):
        layer = AdditiveAttention(state=3, memory=4, hidden=5)
        mask = torch.tensor([[True, True, False], [True, False, False]])
        _, weights = layer(torch.randn(2, 3), torch.randn(2, 3, 4), mask)
        torch.testing.assert_close(weights.sum(1), torch.ones(2))
        assert (weights[~mask] == 0).all()


def test_suite():
    x, memory = torch.randn(2, 3, 4), torch.randn(2, 5, 6)
    check_behaves(Attention(width=4, heads=2), x)
    check_behaves(CrossAttention(width=4, heads=2, memory_width=6), x, memory)
    check_behaves(FeedForward(width=4, hidden=7), x)
    check_behaves(SinusoidPositions(), x)
    check_behaves(LearnedPositions(places=3, width=4), x)
    check_behaves(AdditiveAttention(state=3, memory=6, hidden=4), torch.randn(2, 3), memory)
    check_behaves(attention, *[torch.randn(2, 3, 4, 5)] * 3)
    check_behaves(BagOfWords(vocabulary=4), torch.tensor([[2, 3, 1], [1, 1, 0]]), half=False)


def test_bag_of_words_of_nothing():
    assert bag_of_words([]) == ({}, pytest.approx(torch.zeros(0, 1)))
    columns, counts = bag_of_words(["", "Don't — don't!"])
    assert columns == {"don't": 0}
    assert counts.tolist() == [[0.0], [2.0]]


@pytest.mark.parametrize(
    ("query", "key", "value", "mask", "said"),
    [
        ((2, 4, 8), (2, 4, 6), (2, 4, 6), None, r"attention: key must have size 8 in dimension -1, got shape"),
        ((2, 4, 8), (2, 4, 8), (2, 5, 8), None, r"attention: value must have size 4 in dimension -2, got shape"),
        ((2, 4, 8), (2, 4, 8), (2, 4, 8), (4, 3), r"attention: mask must have size 4 in dimension -1, got shape"),
        ((8,), (8,), (8,), None, r"attention: query must have 2 or 3 or 4 dimensions, got shape \(8,\)\."),
    ],
)
def test_the_kernel_is_asked_only_what_fits(query, key, value, mask, said):
    mask = None if mask is None else torch.ones(mask, dtype=torch.bool)
    with pytest.raises(ShapeError, match=said):
        attention(torch.zeros(query), torch.zeros(key), torch.zeros(value), mask=mask)


def test_refusals():
    with pytest.raises(RangeError, match=r"CrossAttention: heads must divide 10, got heads=4\. Try 5\."):
        CrossAttention(width=10, heads=4)
    with pytest.raises(
        ShapeError, match=r"CrossAttention: memory must have size 6 in dimension 2, got shape \(2, 3, 8\)\."
    ):
        CrossAttention(width=8, heads=2, memory_width=6)(torch.zeros(2, 3, 8), torch.zeros(2, 3, 8))
    with pytest.raises(
        ShapeError, match=r"CrossAttention: memory must have size 2 in dimension 0, got shape \(1, 3, 8\)\."
    ):
        CrossAttention(width=8, heads=2)(torch.zeros(2, 3, 8), torch.zeros(1, 3, 8))
    with pytest.raises(ShapeError, match=r"FeedForward: x must have size 4 in dimension -1, got shape \(2, 5\)\."):
        FeedForward(width=4)(torch.zeros(2, 5))
    with pytest.raises(ShapeError, match=r"LearnedPositions: x must have at most 3 in dimension 1, got shape"):
        LearnedPositions(places=3, width=4)(torch.zeros(2, 5, 4))
    with pytest.raises(ShapeError, match=r"SinusoidPositions: x must have 3 dimensions, got shape \(2, 5\)\."):
        SinusoidPositions()(torch.zeros(2, 5))
    with pytest.raises(
        ShapeError, match=r"AdditiveAttention: h must have size 4 in dimension 2, got shape \(2, 6, 5\)\."
    ):
        AdditiveAttention(state=3, memory=4, hidden=5)(torch.zeros(2, 3), torch.zeros(2, 6, 5))
