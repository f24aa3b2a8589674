"""Parts that are fixed, and the rest."""

import numpy as np
import pytest

from glasswork.data import SplitOptions
from glasswork.data.parts import parts_around_fixed
from glasswork.errors import DataError, UsageError

FIXED = np.array([0] * 20 + [1] * 3 + [2] * 5)


def test_fixed_parts_stay():
    parts = parts_around_fixed(FIXED, SplitOptions(), 0)
    assert parts["train"].tolist() == list(range(20))
    assert parts["valid"].tolist() == [20, 21, 22]
    assert parts["test"].tolist() == list(range(23, 28))


def test_the_rest_is_split_by_keys():
    fixed = np.where(FIXED == 1, 0, FIXED)
    keys = np.arange(28) // 2
    parts = parts_around_fixed(fixed, SplitOptions(valid=0.25), 0, keys=keys)
    assert parts["test"].tolist() == list(range(23, 28))
    assert not set(keys[parts["train"]]) & set(keys[parts["valid"]])
    assert sorted([*parts["train"], *parts["valid"]]) == list(range(23))


def test_refusals():
    with pytest.raises(UsageError, match="fixed test part and a size for test"):
        parts_around_fixed(FIXED, SplitOptions(test=0.2), 0)
    with pytest.raises(UsageError, match="fixed test part and folds"):
        parts_around_fixed(FIXED, SplitOptions(folds=3), 0)
    with pytest.raises(DataError, match="no training examples"):
        parts_around_fixed(np.array([2, 2]), SplitOptions(), 0)
