"""Contiguous: a sequence cut into training, validation and test, in this order, since the future tests the past."""

from __future__ import annotations

import math

from glasswork.data.options import SplitOptions
from glasswork.data.split import split
from glasswork.errors import DataError, UsageError

__all__ = ["Ranges", "contiguous"]

Ranges = dict[str, tuple[int, int]]


def contiguous(count: int, options: SplitOptions, *, valid: float, test: float, unit: str = "rows") -> Ranges:
    """Return ``(start, stop)`` of each part; what sizes leave over at the end belongs to none.

    Args:
        count: how long the sequence is.
        options: sizes as shares or counts; a share is rounded up for validation and test.
        valid: the share to validate on where none is asked.
        test: the share to test on where none is asked.
        unit: what is counted, for messages.

    >>> contiguous(100, SplitOptions(valid=0, test=0.1), valid=0.05, test=0.05)
    {'train': (0, 90), 'valid': (90, 90), 'test': (90, 100)}
    >>> contiguous(100, SplitOptions(train=50, valid=10, test=20), valid=0.05, test=0.05)["test"]
    (60, 80)
    """
    if options.how not in ("auto", "time"):
        raise UsageError(
            f"split.how={options.how} would mix past and future; a sequence is split in time: use split.how=time."
        )
    if options.folds is not None:
        parts = split(count, options.model_copy(update={"how": "time"}))
        return {name: (int(part[0]), int(part[-1]) + 1) if len(part) else (0, 0) for name, part in parts.items()}
    sizes = {
        "valid": _size("valid", valid if options.valid is None else options.valid, count),
        "test": _size("test", test if options.test is None else options.test, count),
    }
    if options.train is None:
        train = count - sizes["valid"] - sizes["test"]
    else:
        share = options.train
        train = math.floor(share * count + 1e-9) if _is_share("train", share) else int(share)
        sizes = _shrunk(sizes, {name for name in sizes if getattr(options, name) is None}, count - train)
    if train < 1 or train + sum(sizes.values()) > count:
        if train < 1:
            raise DataError(
                f"{count} {unit} are too few: {sizes['valid']} for validation and {sizes['test']} for the test leave "
                "none to train on; ask for less with data.split, or bring more."
            )
        raise DataError(
            f"a split into train {train}, valid {sizes['valid']} and test {sizes['test']} {unit} does not fit "
            f"{count} {unit}; ask for less with data.split."
        )
    first, second = train, train + sizes["valid"]
    return {"train": (0, first), "valid": (first, second), "test": (second, second + sizes["test"])}


def _shrunk(sizes: dict[str, int], free: set[str], left: int) -> dict[str, int]:
    """Shrink the sizes that nobody asked for, in proportion, to what is left beside those asked."""
    room = max(0, left - sum(size for name, size in sizes.items() if name not in free))
    wanted = sum(sizes[name] for name in free)
    if wanted <= room:
        return sizes
    return {name: size * room // wanted if name in free else size for name, size in sizes.items()}


def _is_share(name: str, size: float) -> bool:
    if not 0 <= size < math.inf or (size >= 1 and not float(size).is_integer()):
        raise UsageError(f"split.{name} must be a share in [0, 1) or a whole count, got {size}.")
    return size < 1


def _size(name: str, size: float, count: int) -> int:
    return math.ceil(size * count - 1e-9) if _is_share(name, size) else int(size)
