import math

import pytest
import torch

from glasswork.errors import RangeError, ShapeError
from glasswork.losses import CrossEntropy, binary_cross_entropy, cross_entropy, focal

# Shares 1/2 1/4 1/4 and 1/8 2/8 5/8.
LOGITS = torch.tensor([[2.0, 1.0, 1.0], [1.0, 2.0, 5.0]], dtype=torch.float64).log()
TARGETS = torch.tensor([0, 1])


def test_worked_by_hand():
    assert cross_entropy(LOGITS, TARGETS).item() == pytest.approx((math.log(2) + math.log(4)) / 2)


def test_weights_worked_by_hand():
    # Weights 3 and 1 of the right classes: (3 log 2 + 1 log 4) / 4
    loss = CrossEntropy(class_weight=[3.0, 1.0, 9.0])(LOGITS, TARGETS)
    assert loss.item() == pytest.approx((3 * math.log(2) + math.log(4)) / 4)


def test_smoothing_worked_by_hand():
    # Row 1: 0.7 log 2 + 0.1 (log 2 + log 4 + log 4).   Row 2: 0.7 log 4 + 0.1 (log 8 + log 4 + log 1.6).
    first = 0.7 * math.log(2) + 0.1 * math.log(2 * 4 * 4)
    second = 0.7 * math.log(4) + 0.1 * math.log(8 * 4 * 1.6)
    assert cross_entropy(LOGITS, TARGETS, label_smoothing=0.3).item() == pytest.approx((first + second) / 2)


def test_binary_is_the_two_class_case():
    z, y = torch.tensor([0.3, -1.2, 4.0]), torch.tensor([1, 0, 0])
    pairs = torch.stack([torch.zeros_like(z), z], dim=-1)
    torch.testing.assert_close(binary_cross_entropy(z, y.float()), cross_entropy(pairs, y))


def test_focal_worked_by_hand():
    # (1/2)^2 log 2 and (3/4)^2 log 4
    expected = (math.log(2) / 4 + 9 / 16 * math.log(4)) / 2
    assert focal(LOGITS, TARGETS).item() == pytest.approx(expected)


def test_adding_a_number_to_all_logits_changes_nothing():
    torch.testing.assert_close(cross_entropy(LOGITS + 50, TARGETS), cross_entropy(LOGITS, TARGETS))


def test_refusals():
    with pytest.raises(
        RangeError, match=r"CrossEntropy: label_smoothing must be in \[0, 1\], got label_smoothing=1.5\."
    ):
        CrossEntropy(label_smoothing=1.5)
    with pytest.raises(ShapeError, match="class_weight"):
        cross_entropy(LOGITS, TARGETS, class_weight=torch.ones(2))
