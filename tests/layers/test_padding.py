import pytest
import torch

from glasswork.errors import ShapeError
from glasswork.layers import check_tokens, length_mask, masked_max, masked_mean, reverse_by_length

LENGTHS = torch.tensor([3, 0, 1])


def test_pooling_is_that_of_each_sequence_alone():
    x = torch.randn(3, 4, 2)
    mask = length_mask(LENGTHS, 4)
    for pooled, alone in [(masked_mean(x, mask), torch.mean), (masked_max(x, mask), torch.amax)]:
        torch.testing.assert_close(pooled[0], alone(x[0, :3], 0))
        torch.testing.assert_close(pooled[2], x[2, 0])
        assert pooled[1].tolist() == [0, 0]


def test_nothing_behind_the_end_counts():
    x = torch.randn(3, 4, 2, requires_grad=True)
    mask = length_mask(LENGTHS, 4)
    (masked_mean(x, mask).sum() + masked_max(x, mask).sum()).backward()
    assert (x.grad * ~mask.unsqueeze(2) == 0).all()
    bad = x.detach().where(mask.unsqueeze(2), torch.nan)
    assert masked_mean(bad, mask).isfinite().all()
    assert masked_max(bad, mask).isfinite().all()


def test_turning_round_twice_is_no_change():
    x = torch.randn(3, 4, 2)
    turned = reverse_by_length(x, LENGTHS)
    torch.testing.assert_close(turned[0, :3], x[0, :3].flip(0))
    torch.testing.assert_close(reverse_by_length(turned, LENGTHS), x)


def test_refusals():
    with pytest.raises(ShapeError, match=r"model: tokens must have 2 dimensions, got shape \(3,\)\."):
        check_tokens("model", torch.zeros(3), None)
    with pytest.raises(ShapeError, match=r"model: lengths must have size 2 in dimension 0, got shape \(3,\)\."):
        check_tokens("model", torch.zeros(2, 3), torch.zeros(3))
