import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from glasswork.errors import RangeError, ShapeError
from glasswork.models import LSTMText


def test_same_as_torch_read_text_by_text():
    model = LSTMText(vocabulary=20, outputs=3, embedding=4, hidden=5).double().eval()
    theirs = nn.LSTM(4, 5, bidirectional=True, batch_first=True, dtype=torch.float64)
    readers = model.readers
    with torch.no_grad():
        for kind in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"):
            getattr(theirs, kind).copy_(getattr(readers.forward_readers[0], kind))
            getattr(theirs, f"{kind}_reverse").copy_(getattr(readers.backward_readers[0], kind))
    tokens, lengths = torch.randint(2, 20, (4, 7)), torch.tensor([3, 7, 1, 5])
    packed = pack_padded_sequence(model.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
    read, _ = pad_packed_sequence(theirs(packed)[0], batch_first=True)
    texts = [text[:length] for text, length in zip(read, lengths, strict=True)]
    seen = torch.stack([torch.cat([text.mean(0), text.amax(0)]) for text in texts])
    torch.testing.assert_close(model(tokens, lengths), model.head(seen), rtol=0, atol=1e-12)


def test_order_matters():
    model = LSTMText(vocabulary=20, outputs=3, embedding=4, hidden=5).eval()
    assert not torch.allclose(model(torch.tensor([[4, 5, 6]])), model(torch.tensor([[6, 5, 4]])))


def test_refusals():
    model = LSTMText(vocabulary=20, outputs=3, embedding=4, hidden=5)
    with pytest.raises(ShapeError, match=r"LSTMText: lengths must have size 2 in dimension 0, got shape \(3,\)\."):
        model(torch.ones(2, 4, dtype=torch.int64), torch.tensor([1, 2, 3]))
    with pytest.raises(RangeError, match=r"layers must be >= 1, got layers=0\."):
        LSTMText(vocabulary=20, outputs=3, layers=0)
