"""What the course says about transformers' parts, where mathematics settles it."""

import math

import pytest
import torch
from torch import nn

from glasswork.layers import (
    Attention,
    CrossAttention,
    FeedForward,
    LayerNorm,
    LearnedPositions,
    SinusoidPositions,
    TransformerBlock,
    attention,
    attention_scores,
    attention_weights,
    sinusoid,
)
from glasswork.models import GPT, TextTransformer
from suite import kernels

F64 = torch.float64


@pytest.mark.course("TRF-01", verdict="holds", seen="logits for each token; softmax over the vocabulary sums to 1")
def test_a_decoder_ends_in_probabilities_of_tokens():
    model = GPT(vocabulary=11, context=8, width=8, heads=2, layers=2).eval()
    nn.init.normal_(model.head.weight)
    logits = model(torch.randint(2, 11, (3, 6)))
    assert logits.shape == (3, 6, 11)
    torch.testing.assert_close(logits.softmax(2).sum(2), torch.ones(3, 6))
    assert isinstance(model.head, nn.Linear)


@pytest.mark.course("TRF-01")
def test_encoder_and_decoder_layers_fit_together():
    """The pieces of the full architecture: encoder block, causal self-attention, cross attention, feed-forward."""
    encoder = TransformerBlock(width=8, heads=2)
    own, cross = TransformerBlock(width=8, heads=2, causal=True), CrossAttention(width=8, heads=2)
    think, output = FeedForward(width=8), nn.Linear(8, 11)
    source, written = torch.randn(3, 7, 8), torch.randn(3, 4, 8)
    seen = own(written) + cross(own(written), encoder(source))
    assert output(seen + think(seen)).softmax(2).shape == (3, 4, 11)


@pytest.mark.course(
    "TRF-03",
    verdict="holds under conditions",
    seen="written out, the weights of T places are T^2 numbers a head: four times as many for twice the length; "
    "torch's kernel never stores them, so its memory grows with T alone, its work still with T^2",
)
def test_weights_are_quadratic_in_length():
    layer = Attention(width=8, heads=2)
    sizes = {time: layer.weights(torch.randn(1, time, 8)).numel() for time in (16, 32, 64)}
    assert sizes == {16: 2 * 16**2, 32: 2 * 32**2, 64: 2 * 64**2}
    saved = {time: _saved(lambda time=time: layer(torch.randn(1, time, 8))) for time in (64, 128)}
    written = {time: _saved(lambda time=time: layer.weights(torch.randn(1, time, 8))) for time in (64, 128)}
    assert saved[128] < 2.2 * saved[64]
    assert written[128] > 3.3 * written[64]


def _saved(call):
    """Bytes kept for the backward pass."""
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(
        lambda tensor: kept.append((tensor.untyped_storage().data_ptr(), tensor.numel() * 4)) or tensor, lambda t: t
    ):
        found = call()
    assert found.requires_grad
    return sum(dict(kept).values())


@pytest.mark.course(
    "TRF-04",
    verdict="holds",
    seen="'bank' beside 'river' and beside 'money' is one vector before a block, two behind it",
)
def test_a_word_gets_its_meaning_from_its_sentence():
    words = {"bank": 0, "river": 1, "money": 2, "the": 3}
    vectors, block = nn.Embedding(4, 8), TransformerBlock(width=8, heads=2)
    by_river = vectors(torch.tensor([[words["the"], words["river"], words["bank"]]]))
    of_money = vectors(torch.tensor([[words["the"], words["money"], words["bank"]]]))
    assert torch.equal(by_river[0, 2], of_money[0, 2])
    assert not torch.allclose(block(by_river)[0, 2], block(of_money)[0, 2], atol=1e-3)
    think = FeedForward(width=8)  # without attention a word cannot know its sentence
    torch.testing.assert_close(think(by_river)[0, 2], think(of_money)[0, 2])


@pytest.mark.course(
    "TRF-05", verdict="holds", seen="three views of T x D a head; loss gradients reach all three matrices"
)
def test_queries_keys_and_values():
    layer = Attention(width=8, heads=2)
    x = torch.randn(3, 5, 8)
    assert [view.shape for view in layer.views(x)] == [(3, 2, 5, 4)] * 3
    query, key, value = (
        (x @ weight.T + bias).unflatten(2, (2, 4)).transpose(1, 2)
        for weight, bias in zip(layer.look.weight.chunk(3), layer.look.bias.chunk(3), strict=True)
    )
    torch.testing.assert_close(layer.views(x), (query, key, value))
    (layer(x) ** 2).sum().backward()
    assert all(gradient.abs().sum() > 0 for gradient in layer.look.weight.grad.chunk(3))
    other = Attention(width=8, heads=2)
    assert not torch.equal(layer.look.weight, other.look.weight)  # random at first


@pytest.mark.course(
    "TRF-06", verdict="holds", seen="every place takes a share above 0 of every other, and reordering only reorders"
)
def test_self_attention_relates_all_and_knows_no_order():
    layer = Attention(width=8, heads=2).double()
    x = torch.randn(1, 6, 8, dtype=F64)
    order = torch.randperm(6)
    torch.testing.assert_close(layer(x[:, order]), layer(x)[:, order], rtol=0, atol=1e-12)
    assert (layer.weights(x) > 0).all()


@pytest.mark.course(
    "TRF-07",
    verdict="holds",
    seen="of normal queries and keys of size 256 the scores have variance 256 without the root and 1 with it; without, "
    "softmax keeps less than a third of its entropy and its gradient is smaller",
)
def test_scaling_by_the_root():
    torch.manual_seed(0)
    size = 256
    query, key = (torch.randn(64, 64, size, dtype=F64) for _ in range(2))
    plain, scaled = attention_scores(query, key, scale=1.0), attention_scores(query, key)
    assert plain.var().item() == pytest.approx(size, rel=0.05)
    assert scaled.var().item() == pytest.approx(1, rel=0.05)
    entropy = {}
    slope = {}
    for name, scale in (("plain", 1.0), ("scaled", None)):
        weights = attention_weights(query, key, scale=scale)
        entropy[name] = -(weights * weights.clamp(min=1e-300).log()).sum(2).mean() / math.log(64)
        slope[name] = (weights * (1 - weights)).mean()  # of softmax, on the diagonal
    assert entropy["scaled"] > 0.8
    assert entropy["plain"] < entropy["scaled"] / 3
    assert slope["plain"] < slope["scaled"] / 3


@pytest.mark.course(
    "TRF-09",
    verdict="holds",
    seen="one head is single attention with a map behind it; any number returns the input's width",
)
def test_heads():
    x = torch.randn(2, 5, 8, dtype=F64)
    single = Attention(width=8, heads=1).double()
    query, key, value = single.look(x).chunk(3, dim=2)
    torch.testing.assert_close(single(x), single.mix(attention(query, key, value)), rtol=0, atol=1e-12)
    for heads in (1, 2, 4, 8):
        layer = Attention(width=8, heads=heads).double()
        assert layer(x).shape == x.shape
        assert layer.weights(x).shape == (2, heads, 5, 5)
        assert sum(p.numel() for p in layer.parameters()) == 288
    together = Attention(width=8, heads=2).double()
    views = together.views(x)
    heads = [attention(*(view[:, n] for view in views)) for n in range(2)]
    torch.testing.assert_close(together(x), together.mix(torch.cat(heads, dim=2)), rtol=0, atol=1e-12)


@pytest.mark.course(
    "TRF-10",
    verdict="holds",
    seen="5000 places of width 32 are all different, those nearest to a place are its neighbours, and every step is as "
    "long as any other",
)
def test_positions_are_distinct_and_smooth():
    waves = sinusoid(5000, 32, like=torch.zeros(0, dtype=F64))
    assert waves.abs().max() <= 1
    apart = torch.cdist(waves[:1000], waves[:1000])
    apart.fill_diagonal_(math.inf)
    assert apart.min() > 0.5
    assert len(torch.unique(waves.round(decimals=9), dim=0)) == 5000
    steps = (waves[1:] - waves[:-1]).norm(dim=1)
    torch.testing.assert_close(steps, steps[:1].expand_as(steps))  # smooth: every step is as long
    assert ((apart.argmin(1) - torch.arange(1000)).abs() == 1).all()


@pytest.mark.course(
    "TRF-10",
    "TRF-15",
    verdict="holds",
    seen="without positions both orders of the words have one meaning, with them two",
)
@pytest.mark.parametrize("positions", [None, SinusoidPositions(), LearnedPositions(places=3, width=8)])
def test_a_kills_b(positions):
    torch.manual_seed(0)
    vectors, block = nn.Embedding(3, 8).double(), TransformerBlock(width=8, heads=2).double()
    place = nn.Identity() if positions is None else positions.double()
    meanings = [block(place(vectors(torch.tensor([order])))).mean(1) for order in ([0, 1, 2], [2, 1, 0])]
    assert torch.allclose(*meanings, rtol=0, atol=1e-12) is (positions is None)


@pytest.mark.course(
    "TRF-11",
    verdict="holds",
    seen="a block's answer for one sentence is the same alone and in any batch; with batch normalisation it is not",
)
def test_layer_norm_does_not_look_at_the_batch():
    x = torch.randn(4, 5, 8, dtype=F64)
    block = TransformerBlock(width=8, heads=2).double()
    torch.testing.assert_close(block(x)[:1], block(x[:1]), rtol=0, atol=1e-12)
    assert isinstance(block.norm_before_attention, nn.LayerNorm)
    ours = LayerNorm(8).double()
    torch.testing.assert_close(ours(x), block.norm_before_attention(x), rtol=0, atol=1e-12)
    batch_norm = nn.BatchNorm1d(8).double()
    assert not torch.allclose(batch_norm(x.flatten(0, 1))[:5], batch_norm(x[0]), atol=1e-2)


@pytest.mark.course(
    "TRF-12",
    verdict="holds",
    seen="a layer makes six matrix products and one attention call, forward and back, at any length",
)
def test_all_places_at_once():
    layer = Attention(width=8, heads=2)
    for x in (torch.randn(1, 4, 8), torch.randn(1, 256, 8)):
        kernels(layer, x)
    short, long = (kernels(layer, torch.randn(1, time, 8)) for time in (4, 256))
    products = ("aten::addmm", "aten::mm", "aten::bmm", "aten::scaled_dot_product_attention")
    assert [short[name] for name in products] == [long[name] for name in products]
    assert sum(short[name] for name in products[:3]) == 6
    assert short["aten::scaled_dot_product_attention"] == 1


@pytest.mark.course(
    "TRF-13", verdict="holds", seen="future tokens have weight exactly 0; a decoder's place sees all of the source"
)
def test_causal_and_cross_attention():
    layer = Attention(width=8, heads=2, causal=True)
    weights = layer.weights(torch.randn(2, 5, 8))
    assert (weights.triu(1) == 0).all()
    torch.testing.assert_close(weights.sum(3), torch.ones(2, 2, 5))
    cross = CrossAttention(width=8, heads=2, memory_width=6)
    written, source = torch.randn(2, 3, 8), torch.randn(2, 7, 6)
    assert cross.weights(written, source).shape == (2, 2, 3, 7)
    assert (cross.weights(written, source) > 0).all()
    assert not torch.allclose(cross(written, source), cross(written, source.roll(1, 2)), atol=1e-3)


@pytest.mark.course(
    "TRF-14", verdict="holds", seen="what a sub-layer finds is added: with its last weights 0 a block changes nothing"
)
def test_residual_connections():
    block = TransformerBlock(width=8, heads=2)
    x = torch.randn(2, 5, 8)
    assert block(x).shape == x.shape
    for last in (block.attention.mix, block.narrow):
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
    assert torch.equal(block(x), x)


@pytest.mark.course(
    "TRF-16",
    verdict="does not hold",
    seen="the GPT and the text transformer here hold no recurrent layer: attention alone, without a state (E-154)",
)
@pytest.mark.parametrize(
    "model",
    [GPT(vocabulary=9, context=4, width=8, heads=2), TextTransformer(vocabulary=9, outputs=2, width=8, heads=2)],
)
def test_transformers_are_not_recurrent(model):
    assert not any(isinstance(module, nn.RNNBase | nn.RNNCellBase) for module in model.modules())
