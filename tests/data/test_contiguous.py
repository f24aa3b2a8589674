"""Sequences cut in the order of time."""

import pytest

from glasswork.data import SplitOptions
from glasswork.data.contiguous import contiguous
from glasswork.errors import GlassworkError


def cut(count, **options):
    parts = contiguous(count, SplitOptions(**options), valid=0.1, test=0.2)
    return [parts[name] for name in ("train", "valid", "test")]


def test_by_hand():
    assert cut(100) == [(0, 70), (70, 80), (80, 100)]
    assert cut(17420, train=8640, valid=2880, test=2880) == [(0, 8640), (8640, 11520), (11520, 14400)]
    assert cut(1115394, valid=0, test=0.1) == [(0, 1003854), (1003854, 1003854), (1003854, 1115394)]
    assert cut(100, train=0.5) == [(0, 50), (50, 60), (60, 80)]
    assert cut(100, train=90) == [(0, 90), (90, 93), (93, 99)]
    assert cut(100, train=90, valid=10) == [(0, 90), (90, 100), (100, 100)]


def test_folds_go_forward_in_time():
    for fold in range(3):
        train, valid, test = cut(80, folds=3, fold=fold)
        assert train[0] == 0
        assert train[1] == valid[0]
        assert valid[1] == test[0]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"how": "random"}, "mix past and future"),
        ({"train": 90, "valid": 10, "test": 10}, "does not fit 100 rows"),
        ({"valid": 0.5, "test": 0.5}, "100 rows are too few: 50 for validation and 50 for the test leave none"),
        ({"valid": 1.5}, "share in"),
        ({"test": -1}, "share in"),
    ],
)
def test_refusals(options, text):
    with pytest.raises(GlassworkError, match=text):
        cut(100, **options)
