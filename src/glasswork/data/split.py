"""Split: which examples train, which validate, which test.

Random, stratified by class, by group, or in time's order; by shares, counts or folds. Examples that are equal (the same
key) or that belong to one group never straddle two parts, since a copy of a training example tests nothing.
The same options and seed give the same parts on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glasswork.data.options import SplitOptions
from glasswork.errors import DataError, UsageError

__all__ = ["part_sizes", "split"]

VALID_SHARE, VALID_MOST = 0.15, 10_000
TEST_SHARE, TEST_MOST = 0.2, 20_000
LARGE = 0.1  # of a part: a unit above this goes to training
PARTS = ("train", "valid", "test")


def split(
    count: int,
    options: SplitOptions,
    seed: int = 0,
    *,
    targets: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    keys: np.ndarray | None = None,
    order: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Return ``train``, ``valid`` and ``test``: sorted int64 indices into ``range(count)``, disjoint.

    Every example lands in one part unless `options` gives sizes for all three that add up to less.

    Args:
        count: how many examples there are.
        options: sizes, folds and the way; ``auto`` is group where groups are given, else stratified where
            targets are, else random.
        seed: of the shuffle.
        targets: class codes (count,), for stratified splits.
        groups: a group per example (count,), any dtype that can be sorted.
        keys: equal examples share a key (count,), such as a hash; used where duplicates are kept together.
        order: the time of each example (count,), for splits in time; default: the order of the rows.

    >>> parts = split(10, SplitOptions(), seed=0)
    >>> [len(parts[name]) for name in ("train", "valid", "test")]
    [6, 2, 2]
    """
    how = options.how
    if how == "auto":
        how = "group" if groups is not None else "stratified" if targets is not None else "random"
    if how == "group" and groups is None:
        raise UsageError("a split by group needs the group column: add --group COLUMN (data.group).")
    if how == "stratified" and targets is None:
        raise UsageError("a stratified split needs classes; this target has none. Use split.how=random.")
    if how == "time":
        return _in_time(count, options, order)
    merged = keys if options.keep_duplicates_together else None
    units = _units(count, groups if how == "group" else None, merged)
    strata = _codes(targets) if how == "stratified" and targets is not None else None
    shuffle = np.random.default_rng(np.random.SeedSequence([seed, 1]))
    everything = np.arange(count, dtype=np.int64)
    if options.folds is None:
        sizes = part_sizes(count, options)
        return _cut(everything, units, strata, sizes, shuffle, by_group=how == "group")
    fold = _fold(options)
    numbers = _fold_numbers(count, units, strata, options.folds, shuffle, by_group=how == "group")
    tested = numbers == fold
    if not tested.any() or tested.all():
        raise DataError(
            f"{options.folds} folds need at least {options.folds} {'groups' if how == 'group' else 'examples'}, "
            f"got {_distinct(units)}."
        )
    rest = everything[~tested]
    rest_units = None if units is None else units[~tested]
    share = VALID_SHARE if options.valid is None else options.valid
    sizes = part_sizes(len(rest), SplitOptions(valid=share, test=0))
    rest_strata = None if strata is None else strata[~tested]
    parts = _cut(rest, rest_units, rest_strata, sizes, shuffle, by_group=how == "group")
    return {**parts, "test": everything[tested]}


def part_sizes(count: int, options: SplitOptions) -> dict[str, int]:
    """Return how many of `count` examples each part gets.

    Defaults: 15 % for validation, at most 10,000; 20 % for the test, at most 20,000; training gets the rest.

    >>> part_sizes(1000, SplitOptions(test=0.3))
    {'train': 550, 'valid': 150, 'test': 300}
    >>> part_sizes(1_000_000, SplitOptions())
    {'train': 970000, 'valid': 10000, 'test': 20000}
    """
    asked = {name: _asked(name, getattr(options, name), count) for name in PARTS}
    valid, test, train = asked["valid"], asked["test"], asked["train"]
    wanted_valid = min(VALID_MOST, max(1, round(VALID_SHARE * count))) if valid is None else valid
    wanted_test = min(TEST_MOST, max(1, round(TEST_SHARE * count))) if test is None else test
    if train is not None and (valid is None or test is None):
        left = count - train - (valid or 0) - (test or 0)
        if valid is None and test is None:
            wanted_valid = min(wanted_valid, max(0, left) * 3 // 7)
            wanted_test = min(wanted_test, max(0, left) - wanted_valid)
        elif valid is None:
            wanted_valid = min(wanted_valid, max(0, left))
        else:
            wanted_test = min(wanted_test, max(0, left))
    wanted_train = count - wanted_valid - wanted_test if train is None else train
    sizes = {"train": wanted_train, "valid": wanted_valid, "test": wanted_test}
    if wanted_train < 1 or sum(sizes.values()) > count:
        needed = max(1, wanted_train) + wanted_valid + wanted_test
        raise DataError(
            f"a split into training, validation and test needs at least {max(needed, 3)} examples with these sizes "
            f"(train {max(1, wanted_train)}, valid {wanted_valid}, test {wanted_test}), got {count}; "
            "ask for smaller parts with data.split.valid and data.split.test, or bring more data."
        )
    return sizes


def _asked(name: str, size: float | None, count: int) -> int | None:
    if size is None:
        return None
    if not size >= 0 or size == float("inf"):
        raise UsageError(f"split.{name} must be a share in [0, 1) or a count, got {size}.")
    if isinstance(size, int) or (size >= 1 and float(size).is_integer()):
        return int(size)
    if size >= 1:
        raise UsageError(f"split.{name} must be a share in [0, 1) or a whole count, got {size}.")
    return max(1, round(size * count)) if size > 0 else 0


def _fold(options: SplitOptions) -> int:
    fold = options.fold or 0
    folds = options.folds or 2
    if fold >= folds:
        raise UsageError(f"split.fold counts from 0 to {folds - 1} for {folds} folds, got {fold}.")
    return fold


def _codes(values: np.ndarray) -> np.ndarray:
    """Number values 0, 1, ... in the order of their first appearance."""
    _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[inverse.reshape(-1)]


def _units(count: int, groups: np.ndarray | None, keys: np.ndarray | None) -> np.ndarray | None:
    """Number what must stay together; None where every example is on its own."""
    # Most tables have no equal rows: a sort tells, without the numbering that takes seven times its memory.
    if keys is not None and len(np.unique(np.asarray(keys))) == len(keys):
        keys = None
    given = [_codes(np.asarray(values)) for values in (groups, keys) if values is not None]
    if not given:
        return None
    if len(given) == 1:
        return given[0] if int(given[0].max(initial=-1)) + 1 < count else None
    label = given[0].copy()
    while True:  # equal examples in two groups join these groups
        before = label
        for codes in given:
            least = np.full(int(codes.max(initial=-1)) + 1, count, dtype=np.int64)
            np.minimum.at(least, codes, label)
            label = least[codes]
        if np.array_equal(label, before):
            return _codes(label)


def _distinct(units: np.ndarray | None) -> str:
    return "fewer" if units is None else f"{int(units.max(initial=-1)) + 1}"


@dataclass(frozen=True)
class _Shuffled:
    """Units in random order within each stratum, with their sizes."""

    unit: np.ndarray
    size: np.ndarray
    stratum: np.ndarray


def _shuffled(
    count: int, units: np.ndarray | None, strata: np.ndarray | None, shuffle: np.random.Generator
) -> _Shuffled:
    if units is None:
        size = np.ones(count, dtype=np.int64)
        stratum = np.zeros(count, dtype=np.int64) if strata is None else strata
    else:
        size = np.bincount(units)
        stratum = np.zeros(len(size), dtype=np.int64)
        if strata is not None:
            stratum[units[::-1]] = strata[::-1]  # the stratum of a unit is that of its first example
    unit = shuffle.permutation(len(size))
    unit = unit[np.argsort(stratum[unit], kind="stable")]
    return _Shuffled(unit, size[unit], stratum[unit])


def _cut(
    indices: np.ndarray,
    units: np.ndarray | None,
    strata: np.ndarray | None,
    sizes: dict[str, int],
    shuffle: np.random.Generator,
    *,
    by_group: bool,
) -> dict[str, np.ndarray]:
    """Deal the units out so that each stratum gives each part its share."""
    if units is not None:
        units = _codes(units)
    dealt = _shuffled(len(indices), units, strata, shuffle)
    if units is not None and not by_group:
        dealt = _large_units_last(dealt, sizes, len(indices))
    part_of = np.empty(len(dealt.unit), dtype=np.int8)
    if by_group:
        part_of[dealt.unit] = _greedy(dealt.size, [sizes[name] for name in PARTS])
        _refuse_empty(part_of, sizes, len(dealt.unit))
    else:
        part_of[dealt.unit] = _proportional(dealt, sizes, len(indices))
    of_example = part_of if units is None else part_of[units]
    return {name: indices[of_example == number] for number, name in enumerate(PARTS)}


def _proportional(dealt: _Shuffled, sizes: dict[str, int], count: int) -> np.ndarray:
    stratum = _codes(dealt.stratum)
    totals = np.bincount(stratum, weights=dealt.size).astype(np.int64)
    test = _largest_remainders(totals, sizes["test"], count, np.maximum(totals - 1, 0))
    valid = _largest_remainders(totals, sizes["valid"], count, np.maximum(totals - 1 - test, 0))
    train = _largest_remainders(totals, sizes["train"], count, totals - test - valid)
    if sum(sizes.values()) == count:
        train = totals - test - valid
    start = np.concatenate([[0], np.cumsum(totals)[:-1]])[stratum]
    middle = np.cumsum(dealt.size) - dealt.size / 2 - start  # of each unit within its stratum, in examples
    part = np.full(len(stratum), 3, dtype=np.int8)
    first, second = test[stratum], (test + valid)[stratum]
    third = (test + valid + train)[stratum]
    part[middle < third] = 0
    part[middle < second] = 1
    part[middle < first] = 2
    return _fill_empty(part, dealt.size, stratum, sizes)


def _large_units_last(dealt: _Shuffled, sizes: dict[str, int], count: int) -> _Shuffled:
    """Leave units that would fill a good part of a test on their own to training, which is dealt last."""
    stratum = _codes(dealt.stratum)
    totals = np.bincount(stratum, weights=dealt.size)
    smallest = min((sizes[name] for name in ("valid", "test") if sizes[name] > 0), default=0)
    large = dealt.size > np.maximum(1, LARGE * totals * smallest / max(1, count))[stratum]
    order = np.lexsort((large, stratum))
    return _Shuffled(dealt.unit[order], dealt.size[order], dealt.stratum[order])


def _fill_empty(part: np.ndarray, size: np.ndarray, stratum: np.ndarray, sizes: dict[str, int]) -> np.ndarray:
    """Mend what large units can do: give each stratum a unit to train on, and each part a unit."""
    trained = np.bincount(stratum[part == 0], minlength=int(stratum.max()) + 1)
    for lacking in np.flatnonzero(trained == 0):
        members = np.flatnonzero(stratum == lacking)
        part[members[size[members].argmax()]] = 0
    for number, name in enumerate(PARTS):
        if sizes[name] == 0 or (part == number).any():
            continue
        trained = np.bincount(stratum[part == 0], minlength=int(stratum.max()) + 1)
        can_go = (part != 0) | (trained[stratum] > 1)
        richest = np.argsort(-np.bincount(part, minlength=4)[:3], kind="stable")
        for donor, free in [(donor, free) for free in (can_go, np.ones_like(can_go)) for donor in richest]:
            members = np.flatnonzero((part == donor) & free)
            if len(members) and (part == donor).sum() > 1:
                part[members[size[members].argmin()]] = number
                break
        else:
            raise DataError(
                f"no example is left for {name!r}: there are only {len(part)} different ones, and equal ones stay "
                "together; add data, or set data.split.keep_duplicates_together=false."
            )
    return part


def _largest_remainders(totals: np.ndarray, wanted: int, count: int, most: np.ndarray) -> np.ndarray:
    """Share `wanted` among strata by their totals, each within one of its exact share and at most `most`."""
    exact = totals * (wanted / max(1, count))
    given = np.minimum(np.floor(exact + 1e-9).astype(np.int64), most)
    left = wanted - int(given.sum())
    order = np.argsort(-(exact - given), kind="stable")
    open_ = order[given[order] < most[order]]
    given[open_[: max(0, left)]] += 1
    return given


def _greedy(size: np.ndarray, wanted: Sequence[float]) -> np.ndarray:
    """Put each group, largest first, where the most is missing."""
    missing = np.array(wanted, dtype=np.float64)
    result = np.empty(len(size), dtype=np.int64)
    for position in np.argsort(-size, kind="stable").tolist():
        part = int(missing.argmax())
        result[position] = part
        missing[part] -= size[position]
    return result


def _refuse_empty(part: np.ndarray, sizes: dict[str, int], groups: int) -> None:
    wanted = [name for name in PARTS if sizes[name] > 0]
    if groups < len(wanted):
        raise DataError(
            f"a split by group into {', '.join(wanted)} needs at least {len(wanted)} groups, got {groups} (groups that "
            "share equal rows count as one, unless data.split.keep_duplicates_together=false); "
            "set data.split.valid or data.split.test to 0, or split at random."
        )
    for name in wanted:  # a few large groups can starve a part: the smallest group of the richest part moves over
        number = PARTS.index(name)
        if not (part == number).any():
            members = np.flatnonzero(part == np.bincount(part, minlength=3).argmax())
            part[members[-1]] = number


def _fold_numbers(
    count: int,
    units: np.ndarray | None,
    strata: np.ndarray | None,
    folds: int,
    shuffle: np.random.Generator,
    *,
    by_group: bool,
) -> np.ndarray:
    """Return the fold of each example; the same deal for every fold, so that folds are disjoint and complete."""
    dealt = _shuffled(count, units, strata, shuffle)
    number = np.empty(len(dealt.unit), dtype=np.int64)
    if by_group or (units is not None and strata is None):
        number[dealt.unit] = _greedy(dealt.size, [count / folds] * folds)
    else:
        number[dealt.unit] = np.arange(len(dealt.unit)) % folds  # strata lie end to end: each is dealt evenly
    return number if units is None else number[units]


def _in_time(count: int, options: SplitOptions, order: np.ndarray | None) -> dict[str, np.ndarray]:
    """Cut in the order of time: training first, test last."""
    ranked = np.arange(count) if order is None else np.argsort(np.asarray(order), kind="stable")
    ranked = ranked.astype(np.int64)
    if options.folds is not None:
        fold, block = _fold(options), count // (options.folds + 1)
        if block < 1:
            raise DataError(f"{options.folds} folds in time need at least {options.folds + 1} examples, got {count}.")
        start = count - block * (options.folds - fold)
        sizes = part_sizes(start, SplitOptions(valid=options.valid, test=0))
        return {
            "train": np.sort(ranked[: sizes["train"]]),
            "valid": np.sort(ranked[sizes["train"] : start]),
            "test": np.sort(ranked[start : start + block]),
        }
    sizes = part_sizes(count, options)
    first = sizes["train"]
    second = first + sizes["valid"]
    third = second + sizes["test"]
    pieces = (ranked[:first], ranked[first:second], ranked[second:third])
    return {name: np.sort(piece) for name, piece in zip(PARTS, pieces, strict=True)}
