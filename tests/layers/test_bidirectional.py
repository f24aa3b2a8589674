import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from glasswork.errors import ShapeError
from glasswork.layers import Bidirectional, length_mask

LENGTHS = torch.tensor([2, 5, 1])


def copy_from_torch(ours, theirs):
    with torch.no_grad():
        for layer, (ahead, back) in enumerate(zip(ours.forward_readers, ours.backward_readers, strict=True)):
            for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                getattr(ahead, f"{kind}_l0").copy_(getattr(theirs, f"{kind}_l{layer}"))
                getattr(back, f"{kind}_l0").copy_(getattr(theirs, f"{kind}_l{layer}_reverse"))


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_same_value_and_gradient_as_torch_on_packed_sequences(kind, layers):
    theirs = kind(3, 4, num_layers=layers, bidirectional=True, batch_first=True, dtype=torch.float64)
    ours = Bidirectional(kind, inputs=3, hidden=4, layers=layers).double()
    copy_from_torch(ours, theirs)
    x = torch.randn(3, 5, 3, dtype=torch.float64, requires_grad=True)
    y = x.detach().clone().requires_grad_()
    packed = pack_padded_sequence(y, LENGTHS, batch_first=True, enforce_sorted=False)
    expected, _ = pad_packed_sequence(theirs(packed)[0], batch_first=True)
    mask = length_mask(LENGTHS, 5).unsqueeze(2)
    found = ours(x, LENGTHS) * mask
    (found**2).sum().backward()
    (expected**2).sum().backward()
    torch.testing.assert_close((found, x.grad), (expected, y.grad), rtol=0, atol=1e-12)


def test_refusal():
    with pytest.raises(ShapeError, match=r"Bidirectional: x must have size 3 in dimension 2, got shape \(2, 5, 4\)\."):
        Bidirectional(nn.GRU, inputs=3, hidden=4)(torch.zeros(2, 5, 4), torch.tensor([5, 5]))
