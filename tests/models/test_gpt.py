import pytest
import torch

from glasswork.errors import RangeError, ShapeError
from glasswork.models import GPT
from glasswork.models.gpt import rotate


def small(**settings):
    model = GPT(**{"vocabulary": 12, "context": 6, "width": 8, "heads": 2, "layers": 2, **settings})
    for parameter in model.parameters():  # far from its quiet beginning, so that each part has a say
        torch.nn.init.normal_(parameter, std=0.5)
    return model.eval()


def block_by_hand(block, x_TW):
    """One block on one sequence of one head, in plain operations."""

    def norm(x, weight=1.0):
        return x / (x.square().mean(-1, keepdim=True) + torch.finfo(x.dtype).eps).sqrt() * weight

    width = x_TW.shape[1]
    query, key, value = (norm(x_TW, block.norm_before_attention.weight) @ block.look.weight.T).split(width, dim=1)
    query, key = (rotate(norm(part)[None, None])[0, 0] for part in (query, key))
    scores = 0.2 * query @ key.T
    scores = scores.masked_fill(torch.ones_like(scores).triu(1).bool(), -torch.inf)
    x_TW = x_TW + scores.softmax(1) @ value @ block.mix.weight.T
    return x_TW + (norm(x_TW, block.norm_before_mlp.weight) @ block.widen.weight.T).relu() ** 2 @ block.narrow.weight.T


def test_a_block_worked_step_by_step():
    model = small(heads=1).double()
    x = torch.randn(5, 8, dtype=torch.float64)
    torch.testing.assert_close(model.blocks[0](x[None])[0], block_by_hand(model.blocks[0], x), rtol=0, atol=1e-10)


def test_a_product_of_rotated_vectors_tells_only_how_far_apart_they_are():
    x, y = torch.randn(2, 8, dtype=torch.float64)
    products = rotate(x.expand(1, 1, 9, 8))[0, 0] @ rotate(y.expand(1, 1, 9, 8))[0, 0].T
    for distance in (0, 1, 4):
        diagonal = products.diagonal(distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal), rtol=0, atol=1e-12)
    assert not torch.allclose(products[0, 0], products[0, 1])


def test_the_future_is_not_seen():
    model = small().double()
    tokens = torch.randint(0, 12, (3, 6))
    changed = tokens.clone()
    changed[:, 4:] = (changed[:, 4:] + 1) % 12
    torch.testing.assert_close(model(changed)[:, :4], model(tokens)[:, :4], rtol=0, atol=1e-12)
    assert not torch.allclose(model(changed)[:, 4], model(tokens)[:, 4])


def test_a_beginning_is_judged_alike_alone_and_inside():
    model = small().double()
    tokens = torch.randint(0, 12, (3, 6))
    torch.testing.assert_close(model(tokens[:, :3]), model(tokens)[:, :3], rtol=0, atol=1e-12)


def test_begins_by_finding_all_tokens_about_equally_likely():
    model = GPT(vocabulary=50, context=16)
    loss = torch.nn.functional.cross_entropy(model(torch.randint(0, 50, (4, 16))).flatten(0, 1), torch.arange(64) % 50)
    assert loss.item() == pytest.approx(torch.log(torch.tensor(50.0)).item(), abs=0.1)


def test_the_same_seed_writes_the_same_text():
    model = small()
    start = torch.tensor([[3, 4]])
    written = [model.generate(start, length=20, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2)]
    assert torch.equal(written[0], written[1])
    assert not torch.equal(written[0], written[2])
    assert written[0].shape == (1, 22)
    assert written[0][0, :2].tolist() == [3, 4]


def test_temperature_0_takes_the_likeliest_and_so_does_top_1():
    model = small()
    start = torch.tensor([[3, 4], [5, 6]])
    greedy = model.generate(start, length=9, temperature=0)
    torch.testing.assert_close(model.generate(start, length=9, top_k=1), greedy)
    logits = model(greedy[:, :5])[:, -1]
    logits[:, :2] = -torch.inf
    assert greedy[:, 5].tolist() == logits.argmax(1).tolist()


def test_padding_and_unknown_are_never_written():
    written = small().generate(torch.tensor([[3]]).expand(50, 1), length=20, temperature=5.0)
    assert written.min() >= 2
    everything = small().generate(torch.tensor([[3]]).expand(50, 1), length=20, temperature=5.0, never=())
    assert everything.min() == 0


def test_writing_leaves_the_mode_as_it_was():
    model = small(dropout=0.3).train()
    model.generate(torch.tensor([[3]]), length=2)
    assert model.training


def test_refusals():
    with pytest.raises(RangeError, match=r"GPT: 2 \* heads must divide 12, got 2 \* heads=8\. Try 6\."):
        GPT(vocabulary=12, context=6, width=12, heads=4)
    with pytest.raises(ShapeError, match=r"GPT: tokens must have at most 6 in dimension 1, got shape \(1, 7\)\."):
        small()(torch.zeros(1, 7, dtype=torch.int64))
    with pytest.raises(RangeError, match=r"GPT\.generate: tokens must be >= 1, got tokens=0\."):
        small().generate(torch.zeros(1, 0, dtype=torch.int64), length=1)
    with pytest.raises(RangeError, match=r"GPT\.generate: temperature must be >= 0, got temperature=-1\."):
        small().generate(torch.zeros(1, 1, dtype=torch.int64), length=1, temperature=-1)
