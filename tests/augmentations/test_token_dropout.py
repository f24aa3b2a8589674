"""TokenDropout."""

import pytest
import torch

from glasswork.augmentations import TokenDropout, token_dropout_formula
from glasswork.augmentations.randomness import uniform


def tokens(count=50, time=40):
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(2, 90, (count, time), generator=generator)
    x[:, 30:] = 0
    return x


def test_equals_its_formula():
    x, keys = tokens(5), torch.arange(5)
    u = uniform(keys, 40, TokenDropout.stream)
    out = TokenDropout(0.3, unknown=7)(x, keys=keys)
    for i in range(5):
        assert torch.equal(out[i], token_dropout_formula(x[i], u[i], share=0.3, unknown=7))


def test_share_is_as_asked_and_padding_stays():
    out = TokenDropout(0.2)(tokens(400), keys=torch.arange(400))
    assert float((out[:, :30] == 1).float().mean()) == pytest.approx(0.2, abs=0.015)
    assert (out[:, 30:] == 0).all()


def test_more_padding_changes_nothing():
    x, keys = tokens(9), torch.arange(9)
    longer = torch.cat([x, torch.zeros(9, 11, dtype=torch.int64)], dim=1)
    assert torch.equal(TokenDropout(0.5)(longer, keys=keys)[:, :40], TokenDropout(0.5)(x, keys=keys))
