import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glasswork.data.options import SplitOptions
from glasswork.data.split import part_sizes, split
from glasswork.errors import DataError, UsageError

settings.register_profile("data", deadline=None, max_examples=60)
settings.load_profile("data")

PARTS = ("train", "valid", "test")


def together(parts):
    return np.sort(np.concatenate([parts[name] for name in PARTS]))


def straddling(parts, labels):
    seen = [set(labels[parts[name]].tolist()) for name in PARTS]
    return (seen[0] & seen[1]) | (seen[0] & seen[2]) | (seen[1] & seen[2])


def test_worked_by_hand():
    # 100 rows: test round(0.2 * 100) = 20, valid round(0.15 * 100) = 15, the rest trains.
    parts = split(100, SplitOptions())
    assert [len(parts[name]) for name in PARTS] == [65, 15, 20]
    # Classes 60, 30 and 10: of the test's 20 they give 12, 6 and 2; of the 15, 9, 4 (or 5) and 2 (or 1).
    targets = np.repeat([0, 1, 2], [60, 30, 10])
    parts = split(100, SplitOptions(), targets=targets)
    assert np.bincount(targets[parts["test"]]).tolist() == [12, 6, 2]
    assert np.bincount(targets[parts["valid"]])[0] == 9
    assert len(parts["valid"]) == 15


@given(st.integers(3, 300), st.integers(0, 5), st.data())
def test_disjoint_complete_and_stratified_within_one(count, seed, data):
    targets = np.array(data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)))
    parts = split(count, SplitOptions(), seed, targets=targets)
    assert together(parts).tolist() == list(range(count))
    sizes = part_sizes(count, SplitOptions())
    for code in np.unique(targets):
        total = (targets == code).sum()
        if total < 3 or count < 20:
            continue
        for name in ("valid", "test"):
            exact = total * sizes[name] / count
            assert abs((targets[parts[name]] == code).sum() - exact) <= 1


@given(st.integers(12, 200), st.integers(0, 5), st.data())
def test_equal_rows_stay_together(count, seed, data):
    keys = np.array(data.draw(st.lists(st.integers(0, 40), min_size=count, max_size=count)))
    targets = np.array(data.draw(st.lists(st.integers(0, 1), min_size=count, max_size=count)))
    try:
        parts = split(count, SplitOptions(), seed, targets=targets, keys=keys)
    except DataError as error:
        assert "equal ones stay together" in str(error)
        return
    assert together(parts).tolist() == list(range(count))
    assert not straddling(parts, keys)


@given(st.integers(3, 30), st.integers(0, 5))
def test_groups_stay_together(groups, seed):
    generator = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(groups), generator.integers(0, groups, 5 * groups)])
    names = np.array([f"g{label}" for label in labels])
    keys = generator.integers(0, 1000, len(labels))
    parts = split(len(labels), SplitOptions(keep_duplicates_together=False), seed, groups=names, keys=keys)
    assert together(parts).tolist() == list(range(len(labels)))
    assert not straddling(parts, names)
    assert all(len(parts[name]) for name in PARTS)


def test_equal_rows_join_their_groups():
    groups = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
    keys = np.array([0, 1, 1, 2, 3, 4, 5, 6, 7, 8])  # rows 1 and 2 are equal: groups 0 and 1 belong together
    for seed in range(8):
        parts = split(10, SplitOptions(), seed, groups=groups, keys=keys)
        where = {int(row): name for name in PARTS for row in parts[name]}
        assert len({where[row] for row in (0, 1, 2, 3)}) == 1


@given(st.integers(2, 6), st.integers(20, 120), st.integers(0, 3), st.booleans())
def test_folds_are_disjoint_and_complete(folds, count, seed, classes):
    targets = np.arange(count) % 3 if classes else None
    tests = []
    for fold in range(folds):
        parts = split(count, SplitOptions(folds=folds, fold=fold), seed, targets=targets)
        assert together(parts).tolist() == list(range(count))
        tests.append(parts["test"])
    assert np.sort(np.concatenate(tests)).tolist() == list(range(count))
    lengths = [len(test) for test in tests]
    assert max(lengths) - min(lengths) <= 1


def test_time_keeps_the_order():
    parts = split(100, SplitOptions(how="time"))
    assert parts["train"].max() < parts["valid"].min() <= parts["valid"].max() < parts["test"].min()
    backwards = split(100, SplitOptions(how="time"), order=-np.arange(100))
    assert backwards["test"].tolist() == list(range(20))


def test_time_with_counts_starts_at_the_first_row():
    parts = split(100, SplitOptions(how="time", train=50, valid=20, test=20))
    assert [(part.min(), part.max()) for part in parts.values()] == [(0, 49), (50, 69), (70, 89)]


def test_folds_in_time_never_look_ahead():
    for fold in range(4):
        parts = split(100, SplitOptions(how="time", folds=4, fold=fold))
        assert max(parts["train"].max(), parts["valid"].max()) < parts["test"].min()
        assert len(parts["test"]) == 20


def test_same_seed_same_parts_and_another_seed_another():
    first, again, other = (split(200, SplitOptions(), seed) for seed in (1, 1, 2))
    assert all(np.array_equal(first[name], again[name]) for name in PARTS)
    assert not np.array_equal(first["test"], other["test"])


def test_keys_that_only_differ_in_name_give_the_same_parts():
    keys = np.array([5, 5, 9, 1, 1, 7, 3, 8, 2, 4] * 3)
    renamed = keys[::1] * 1000 + 13
    one, two = (split(30, SplitOptions(), 0, keys=k) for k in (keys, renamed))
    assert all(np.array_equal(one[name], two[name]) for name in PARTS)


def test_one_large_unit_goes_to_training():
    keys = np.concatenate([np.zeros(400), np.arange(1, 601)]).astype(int)
    for seed in range(5):
        parts = split(1000, SplitOptions(), seed, keys=keys)
        assert [len(parts[name]) for name in PARTS] == [650, 150, 200]
        assert np.isin(np.arange(400), parts["train"]).all()


def test_every_class_trains():
    targets = np.array([0] * 50 + [1] * 2 + [2])
    for seed in range(10):
        parts = split(53, SplitOptions(), seed, targets=targets)
        assert set(targets[parts["train"]]) == {0, 1, 2}


def test_sizes():
    assert part_sizes(100, SplitOptions(train=50)) == {"train": 50, "valid": 15, "test": 20}
    assert part_sizes(100, SplitOptions(train=90)) == {"train": 90, "valid": 4, "test": 6}
    assert part_sizes(100, SplitOptions(test=10, valid=0)) == {"train": 90, "valid": 0, "test": 10}
    assert part_sizes(100, SplitOptions(test=10.0, valid=0.5)) == {"train": 40, "valid": 50, "test": 10}
    assert part_sizes(3, SplitOptions()) == {"train": 1, "valid": 1, "test": 1}


@pytest.mark.parametrize(
    ("count", "options", "arguments", "kind", "text"),
    [
        (2, SplitOptions(), {}, DataError, "needs at least 3 examples"),
        (10, SplitOptions(test=8, valid=3), {}, DataError, "ask for smaller parts"),
        (
            10,
            SplitOptions(test=1.5),
            {},
            UsageError,
            r"split.test must be a share in \[0, 1\) or a whole count, got 1.5",
        ),
        (10, SplitOptions(valid=-1), {}, UsageError, "split.valid must be a share"),
        (10, SplitOptions(how="group"), {}, UsageError, "add --group COLUMN"),
        (10, SplitOptions(how="stratified"), {}, UsageError, "needs classes"),
        (10, SplitOptions(folds=3, fold=3), {}, UsageError, "counts from 0 to 2 for 3 folds, got 3"),
        (10, SplitOptions(), {"groups": np.arange(10) % 2}, DataError, "needs at least 3 groups, got 2"),
        (10, SplitOptions(), {"keys": np.zeros(10)}, DataError, "equal ones stay together"),
        (3, SplitOptions(how="time", folds=3), {}, DataError, "at least 4 examples"),
    ],
)
def test_refusals(count, options, arguments, kind, text):
    with pytest.raises(kind, match=text):
        split(count, options, **arguments)


def test_a_million_rows_take_about_a_second():
    generator = np.random.default_rng(0)
    keys, targets = generator.integers(0, 900_000, 1_000_000), generator.integers(0, 5, 1_000_000)
    start = time.process_time()
    parts = split(1_000_000, SplitOptions(), 0, targets=targets, keys=keys)
    assert time.process_time() - start < 5
    assert len(parts["test"]) == 20_000


def test_every_class_trains_even_where_equal_rows_are_few_and_many():
    keys = np.array([0, 1, 2, 3] * 5)  # four different rows, two of each class
    for seed in range(10):
        for sizes in (SplitOptions(), SplitOptions(test=0.7, valid=0.1)):
            parts = split(20, sizes, seed, targets=keys % 2, keys=keys)
            assert set((keys % 2)[parts["train"]]) == {0, 1}
            assert all(len(parts[name]) for name in PARTS)
