import pytest
import torch

from glasswork.errors import RangeError
from glasswork.models import TextCNN


def test_worked_by_hand():
    model = TextCNN(vocabulary=4, outputs=1, embedding=1, lengths_of_phrases=[2], filters=1).eval()
    with torch.no_grad():
        model.embedding.weight.copy_(torch.tensor([[0.0], [0.0], [1.0], [5.0]]))
        model.convolutions[0].weight.copy_(torch.tensor([[[2.0, 3.0]]]))
        model.convolutions[0].bias.fill_(0.5)
        model.head.weight.fill_(10.0)
        model.head.bias.fill_(1.0)
    # phrases 2-3: 2 + 15; 3-2: 10 + 3; 2-end: 2. The best, plus 0.5, times 10, plus 1.
    assert model(torch.tensor([[2, 3, 2]]), torch.tensor([3])).item() == 176
    # A text shorter than the phrase: 2 * 5 + 0.
    assert model(torch.tensor([[3, 0, 0]]), torch.tensor([1])).item() == 106


def test_finds_a_phrase_wherever_it_stands():
    model = TextCNN(vocabulary=9, outputs=2, lengths_of_phrases=[2], filters=8).eval()
    early, late = torch.tensor([[5, 6, 1, 1, 1]]), torch.tensor([[1, 1, 5, 6, 1]])
    with torch.no_grad():
        model.embedding.weight[1] = 0
        model.convolutions[0].bias.zero_()
    # Phrases that only touch the pair differ: 5 after nothing, in the late text.
    assert model(early).shape == model(late).shape
    match = model.convolutions[0](model.embedding(torch.tensor([[5, 6]])).transpose(1, 2)).relu()
    for text in (early, late):
        found = model.convolutions[0](model.embedding(text).transpose(1, 2)).relu().amax(2)
        assert (found >= match[:, :, 0] - 1e-6).all()


def test_refusals():
    with pytest.raises(RangeError, match=r"TextCNN: lengths_of_phrases must be >= 1, got lengths_of_phrases=0\."):
        TextCNN(vocabulary=9, outputs=2, lengths_of_phrases=[])
