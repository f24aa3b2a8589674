"""What we ask of callers; every message of a general check is worded here.

Nothing in this file imports torch: a shape is whatever has ``.shape``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from glasswork.errors import RangeError, ShapeError, UnknownNameError

__all__ = [
    "check_above",
    "check_at_least",
    "check_between",
    "check_choice",
    "check_dimensions",
    "check_divides",
    "check_exactly",
    "check_not_empty",
    "check_same_length",
    "check_same_shape",
    "check_size",
    "check_size_at_most",
    "check_whole",
    "nearest",
    "unknown_name",
    "unknown_setting",
]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that `name` was most likely meant to be, if any is close.

    >>> nearest("citty", ["city", "country"])
    'city'
    >>> nearest("zzz", ["city"])
    """
    options = list(known)
    lowered = {option.lower(): option for option in reversed(options)}
    found = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[found[0]] if found else None


def unknown_name(kind: str, name: str, known: Sequence[str], *, listed: int = 12) -> str:
    """Word the refusal of a name: what is not there, the nearest one, and what there is.

    >>> unknown_name("model", "lsmt", ["lstm", "mlp"])
    "no model 'lsmt'; did you mean 'lstm'? Known: lstm, mlp."
    """
    close = nearest(name, known)
    hint = f"; did you mean {close!r}?" if close else ";" if known else "."
    shown = ", ".join(name if name.isprintable() else repr(name) for name in list(known)[:listed])
    more = f" and {len(known) - listed} more" if len(known) > listed else ""
    return f"no {kind} {name!r}{hint} Known: {shown}{more}." if known else f"no {kind} {name!r}."


def unknown_setting(who: str, name: str, known: Sequence[str]) -> str:
    """Word the refusal of a setting that a part does not have.

    >>> unknown_setting("adam", "momentun", ["lr", "momentum"])
    "adam: no setting 'momentun'; did you mean 'momentum'? Known: lr, momentum."
    """
    return f"{who}: {unknown_name('setting', name, known)}"


def check_choice(who: str, known: Sequence[str], **values: str) -> None:
    """Require each value to be one of the known words.

    >>> check_choice("Table", ["mean", "median"], impute="medain")
    Traceback (most recent call last):
    glasswork.errors.UnknownNameError: Table: no impute 'medain'; did you mean 'median'? Known: mean, median.
    """
    for name, value in values.items():
        if value not in known:
            raise UnknownNameError(f"{who}: {unknown_name(name, value, known)}")


def check_above(who: str, bound: float, **values: float) -> None:
    """Require each number to be strictly above `bound` (NaN is not).

    >>> check_above("Adam", 0, lr=-0.1)
    Traceback (most recent call last):
    glasswork.errors.RangeError: Adam: lr must be > 0, got lr=-0.1.
    """
    for name, value in values.items():
        if not value > bound:
            raise RangeError(f"{who}: {name} must be > {bound}, got {name}={value}.")


def check_at_least(who: str, bound: float, **values: float) -> None:
    """Require each number to be at least `bound` (NaN is not).

    >>> check_at_least("mlp", 1, inputs=0)
    Traceback (most recent call last):
    glasswork.errors.RangeError: mlp: inputs must be >= 1, got inputs=0.
    """
    for name, value in values.items():
        if not value >= bound:
            raise RangeError(f"{who}: {name} must be >= {bound}, got {name}={value}.")


def check_between(who: str, low: float, high: float, *, include_high: bool = True, **values: float) -> None:
    """Require each number to lie in ``[low, high]``, or in ``[low, high)``.

    >>> check_between("Dropout", 0, 1, include_high=False, p=1.0)
    Traceback (most recent call last):
    glasswork.errors.RangeError: Dropout: p must be in [0, 1), got p=1.0.
    """
    for name, value in values.items():
        inside = low <= value <= high if include_high else low <= value < high
        if not inside:
            bracket = "]" if include_high else ")"
            raise RangeError(f"{who}: {name} must be in [{low}, {high}{bracket}, got {name}={value}.")


def check_dimensions(who: str, dimensions: int | Sequence[int], **tensors: Any) -> None:
    """Require each tensor to have (one of) the given number(s) of dimensions.

    >>> import numpy
    >>> check_dimensions("mlp", 2, x=numpy.zeros(3))
    Traceback (most recent call last):
    glasswork.errors.ShapeError: mlp: x must have 2 dimensions, got shape (3,).
    """
    allowed = (dimensions,) if isinstance(dimensions, int) else tuple(dimensions)
    for name, tensor in tensors.items():
        if len(tensor.shape) not in allowed:
            wanted = " or ".join(str(number) for number in allowed)
            raise ShapeError(f"{who}: {name} must have {wanted} dimensions, got shape {tuple(tensor.shape)}.")


def check_same_length(who: str, **lists: Sequence[Any]) -> None:
    """Require all lists to have the same number of entries.

    >>> check_same_length("ResNet", maps=[64, 128], depths=[1])
    Traceback (most recent call last):
    glasswork.errors.ShapeError: ResNet: as many entries are needed in each, got 2 in maps and 1 in depths.
    """
    counts = {name: len(entries) for name, entries in lists.items()}
    if len(set(counts.values())) > 1:
        said = " and ".join(f"{count} in {name}" for name, count in counts.items())
        raise ShapeError(f"{who}: as many entries are needed in each, got {said}.")


def check_same_shape(who: str, **tensors: Any) -> None:
    """Require all tensors to have one shape; broadcasting is refused, as it hides mistakes.

    >>> import numpy
    >>> check_same_shape("huber", predictions=numpy.zeros((8, 1)), targets=numpy.zeros(8))
    Traceback (most recent call last):
    glasswork.errors.ShapeError: huber: shapes must be equal, got predictions (8, 1) and ...
    """
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    if len(set(shapes.values())) <= 1:
        return
    said = " and ".join(f"{name} {shape}" for name, shape in shapes.items())
    (_, wanted), *others = shapes.items()
    hint = ""
    for name, shape in others:
        if shape != wanted and _count(shape) == _count(wanted):
            hint = f" Try {name}.reshape({', '.join(str(size) for size in wanted)})."
            break
    raise ShapeError(f"{who}: shapes must be equal, got {said}.{hint}")


def check_divides(who: str, whole: int, **values: int) -> None:
    """Require each number to divide `whole` without remainder.

    >>> check_divides("Attention", 10, heads=4)
    Traceback (most recent call last):
    glasswork.errors.RangeError: Attention: heads must divide 10, got heads=4. Try 5.
    """
    for name, value in values.items():
        if whole % value:
            close = min((n for n in range(1, whole + 1) if whole % n == 0), key=lambda n: (abs(n - value), -n))
            raise RangeError(f"{who}: {name} must divide {whole}, got {name}={value}. Try {close}.")


def check_exactly(who: str, wanted: float, advice: str, **values: float) -> None:
    """Require each number to be the only one that makes sense here; `advice` says what to use for others.

    >>> check_exactly("LogisticRegression", 2, "Use Linear for more classes.", outputs=3)
    Traceback (most recent call last):
    glasswork.errors.RangeError: LogisticRegression: outputs must be 2, got outputs=3. Use Linear for more classes.
    """
    for name, value in values.items():
        if value != wanted:
            raise RangeError(f"{who}: {name} must be {wanted}, got {name}={value}. {advice}")


def check_size(who: str, dimension: int, size: int, **tensors: Any) -> None:
    """Require each tensor to have `size` entries along one dimension.

    >>> import numpy
    >>> check_size("mlp", -1, 4, x=numpy.zeros((8, 5)))
    Traceback (most recent call last):
    glasswork.errors.ShapeError: mlp: x must have size 4 in dimension -1, got shape (8, 5).
    """
    for name, tensor in tensors.items():
        shape = tuple(tensor.shape)
        if not -len(shape) <= dimension < len(shape) or shape[dimension] != size:
            raise ShapeError(f"{who}: {name} must have size {size} in dimension {dimension}, got shape {shape}.")


def check_size_at_most(who: str, dimension: int, size: int, **tensors: Any) -> None:
    """Require each tensor to have no more than `size` entries along one dimension.

    >>> import numpy
    >>> check_size_at_most("GPT", 1, 64, tokens=numpy.zeros((8, 65)))
    Traceback (most recent call last):
    glasswork.errors.ShapeError: GPT: tokens must have at most 64 in dimension 1, got shape (8, 65).
    """
    for name, tensor in tensors.items():
        shape = tuple(tensor.shape)
        if shape[dimension] > size:
            raise ShapeError(f"{who}: {name} must have at most {size} in dimension {dimension}, got shape {shape}.")


def check_not_empty(who: str, **tensors: Any) -> None:
    """Require each tensor to hold something: the mean of nothing is not a number.

    >>> import numpy
    >>> check_not_empty("huber", predictions=numpy.zeros((0, 3)))
    Traceback (most recent call last):
    glasswork.errors.ShapeError: huber: predictions must hold at least one element, got shape (0, 3).
    """
    for name, tensor in tensors.items():
        if 0 in tuple(tensor.shape):
            raise ShapeError(f"{who}: {name} must hold at least one element, got shape {tuple(tensor.shape)}.")


def check_whole(who: str, **tensors: Any) -> None:
    """Require each tensor to hold whole numbers, as class indices are.

    >>> import numpy
    >>> check_whole("cross_entropy", targets=numpy.zeros(2))
    Traceback (most recent call last):
    glasswork.errors.RangeError: cross_entropy: targets must be whole numbers, got float64. Try targets.long().
    """
    for name, tensor in tensors.items():
        kind = str(tensor.dtype).removeprefix("torch.")
        if "int" not in kind:
            raise RangeError(f"{who}: {name} must be whole numbers, got {kind}. Try {name}.long().")


def _count(shape: tuple[int, ...]) -> int:
    product = 1
    for size in shape:
        product *= size
    return product
