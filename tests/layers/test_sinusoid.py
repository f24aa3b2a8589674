import math

import pytest
import torch

from glasswork.errors import RangeError
from glasswork.layers import sinusoid


def test_worked_by_hand():
    waves = sinusoid(4, 4, like=torch.zeros(0, dtype=torch.float64))
    # place 3: periods 2 pi and 200 pi.
    assert waves[3].tolist() == pytest.approx([math.sin(3), math.cos(3), math.sin(0.03), math.cos(0.03)], abs=1e-15)


def test_a_longer_sequence_begins_like_a_shorter_one():
    torch.testing.assert_close(sinusoid(9, 5)[:4], sinusoid(4, 5), rtol=0, atol=0)


def test_moving_on_is_the_same_rotation_everywhere():
    # The product of two places depends on how far apart they are, not on where they lie.
    waves = sinusoid(50, 8, like=torch.zeros(0, dtype=torch.float64))
    products = waves @ waves.T
    torch.testing.assert_close(products.diagonal(7), products[0, 7].expand(43))


def test_refusal():
    with pytest.raises(RangeError, match=r"sinusoid: width must be >= 1, got width=0\."):
        sinusoid(3, 0)


def test_waves_are_not_cut_to_whole_numbers():
    assert sinusoid(3, 2, like=torch.zeros(1, dtype=torch.int64)).tolist() == sinusoid(3, 2).tolist()
