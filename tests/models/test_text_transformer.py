import pytest
import torch

from glasswork.errors import RangeError
from glasswork.layers import sinusoid
from glasswork.models import TextTransformer


def test_without_blocks_that_act_it_is_a_mean_of_vectors():
    model = TextTransformer(vocabulary=20, outputs=3, width=8, heads=2, layers=1, dropout=0).double()
    with torch.no_grad():
        for block in model.blocks:
            for last in (block.attention.mix, block.narrow):
                last.weight.zero_()
                last.bias.zero_()
    tokens = torch.tensor([[4, 5, 6, 0]])
    vectors = model.embedding(tokens[0, :3]) * 8**0.5
    vectors = vectors + sinusoid(3, 8, like=vectors)
    expected = model.head(model.norm(vectors).mean(0))
    torch.testing.assert_close(model(tokens)[0], expected, rtol=0, atol=1e-12)


def test_order_matters():
    model = TextTransformer(vocabulary=20, outputs=3, width=8, heads=2, layers=1).eval()
    assert not torch.allclose(model(torch.tensor([[4, 5, 6]])), model(torch.tensor([[6, 5, 4]])))


def test_refusal():
    with pytest.raises(RangeError, match=r"Attention: heads must divide 10, got heads=4\. Try 5\."):
        TextTransformer(vocabulary=20, outputs=3, width=10, heads=4)
