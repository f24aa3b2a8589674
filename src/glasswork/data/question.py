"""Question: which column is asked for, and whether the answer is a class or a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from glasswork.checks import unknown_name
from glasswork.data.options import DataOptions
from glasswork.data.tidy import spell
from glasswork.errors import DataError, UnknownNameError, UsageError

__all__ = ["Question", "choose_positive", "class_codes", "order_classes", "recognise_question"]

FEW = 20  # whole numbers with at most this many different values are classes, ...
ROWS_PER_VALUE = 5  # ... where each stands for this many rows on average
MOST_CLASSES = 1000
TELLING = ("target", "label", "labels", "outcome")
POSITIVE = (
    "1",
    "yes",
    "true",
    "y",
    "t",
    "positive",
    "pos",
    "malignant",
    "spam",
    "sick",
    "bad",
    "fraud",
    "churn",
    "died",
)


@dataclass(frozen=True)
class Question:
    """What is asked of a table: the target columns, the task, and a line for each thing that was guessed."""

    targets: tuple[str, ...]
    task: str
    notes: tuple[str, ...] = ()


def recognise_question(frame: pl.DataFrame, options: DataOptions, task: str | None = None) -> Question:
    """Settle target and task; what is said is not guessed.

    >>> recognise_question(pl.DataFrame({"a": [0.5, 1.5], "kind": ["x", "y"]}), DataOptions())
    Question(targets=('kind',), task='classification',
    notes=("target: 'kind', the last column (--target names another)",
    'task: classification, as the target is text with 2 different values'))
    """
    notes: list[str] = []
    targets = _targets(frame, options, notes)
    if task in ("forecasting", "language-modelling"):
        raise UsageError(f"a table asks for classification or regression, got task {task!r}.")
    columns = [frame[name] for name in targets]
    for column in columns:
        if column.null_count() == column.len():
            raise DataError(f"the target {column.name!r} has no value in any of {column.len():,} rows.")
    guess, why = _task(columns)
    if task is None:
        notes.append(f"task: {guess}, as {why}")
        task = guess
    if task == "classification":
        _refuse_classes(columns)
    else:
        for column in columns:
            if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
                raise DataError(
                    f"regression needs numbers, the target {column.name!r} holds {_kind(column)} such as "
                    f"{str(column.drop_nulls()[0])!r}; use --task classification or another --target."
                )
    return Question(tuple(targets), task, tuple(notes))


def order_classes(labels: pl.Series) -> tuple[str, ...]:
    """Return the different labels in the order of their codes: by number where all are numbers, else by letters.

    >>> order_classes(pl.Series(["10", "9", "9"])), order_classes(pl.Series(["b", "a"]))
    (('9', '10'), ('a', 'b'))
    """
    found = [str(label) for label in labels.drop_nulls().unique().to_list()]
    try:
        return tuple(sorted(found, key=lambda label: (float(label), label)))
    except ValueError:
        return tuple(sorted(found))


def choose_positive(classes: Sequence[str], codes: np.ndarray) -> str | None:
    """Return the class of two whose probability is reported: a word such as yes or 1, else the rarer one.

    >>> choose_positive(("no", "yes"), np.array([0, 1])), choose_positive(("<=50K", ">50K"), np.array([0, 0, 1]))
    ('yes', '>50K')
    >>> choose_positive(("a", "b", "c"), np.array([0])) is None
    True
    """
    if len(classes) != 2:
        return None
    telling = [label for label in classes if label.lower() in POSITIVE]
    if len(telling) == 1:
        return telling[0]
    counts = np.bincount(codes, minlength=2)
    return classes[0] if counts[0] < counts[1] else classes[1]


def class_codes(labels: pl.Series, classes: Sequence[str], rows: pl.DataFrame | None = None) -> np.ndarray:
    """Return each label's code; -1 where it is missing. Spellings are matched onto known classes, and only onto these.

    Tried in turn: the same text, without a final ``.``, the same number, the same letters in another case.

    >>> class_codes(pl.Series(["<=50K.", ">50K", None]), ["<=50K", ">50K"]).tolist()
    [0, 1, -1]
    >>> class_codes(pl.Series(["frog"]), ["cat", "dog"])
    Traceback (most recent call last):
    glasswork.errors.DataError: label 'frog' in row 1 is no class that was trained on; known: cat, dog.
    """
    text = spell(labels).str.strip_chars()
    different = text.drop_nulls().unique(maintain_order=True).to_list()
    found = {label: _match(label, classes) for label in different}
    unknown = [label for label, code in found.items() if code is None]
    if unknown:
        at = int((text == unknown[0]).arg_true()[0])
        row = at + 1 if rows is None else rows["row"][at]
        file = "" if rows is None or not rows["file"][at] else f" of {rows['file'][at]!r}"
        others = f" (and {len(unknown) - 1} other labels)" if len(unknown) > 1 else ""
        raise DataError(
            f"label {unknown[0]!r} in row {row}{file}{others} is no class that was trained on; "
            f"known: {', '.join(classes[:12])}{' …' if len(classes) > 12 else ''}."
        )
    codes = text.replace_strict(found, default=None, return_dtype=pl.Int64) if found else text.cast(pl.Int64)
    return codes.fill_null(-1).to_numpy().astype(np.int64)


def _match(label: str, classes: Sequence[str]) -> int | None:
    for shape in (str, _undotted, _number, str.casefold):
        wanted = shape(label)
        same = [code for code, known in enumerate(classes) if shape(known) == wanted]
        if len(same) == 1:
            return same[0]
    return None


def _undotted(label: str) -> str:
    return label.strip().removesuffix(".").rstrip()


def _number(label: str) -> object:
    try:
        return float(label)
    except ValueError:
        return label


def _targets(frame: pl.DataFrame, options: DataOptions, notes: list[str]) -> list[str]:
    names = [name for name in frame.columns if name not in options.ignore]
    if options.target is not None:
        targets = [options.target] if isinstance(options.target, str) else list(options.target)
        for name in targets:
            if name not in frame.columns:
                raise UnknownNameError(f"target: {unknown_name('column', name, frame.columns)}")
        if len(set(targets)) < len(targets) or not targets:
            raise UsageError(f"target columns must be different ones, got {targets}.")
        return targets
    if len(names) < 2:
        raise DataError(
            f"a table needs at least one input column and a target, got {len(names)} column: {', '.join(names)}; "
            "is the separator right (--separator)?"
        )
    telling = [name for name in names if name.lower() in TELLING]
    if len(telling) == 1 and telling[0] != names[-1]:
        notes.append(f"target: {telling[0]!r}, by its name (--target names another)")
        return telling
    notes.append(f"target: {names[-1]!r}, the last column (--target names another)")
    return [names[-1]]


def _kind(column: pl.Series) -> str:
    if column.dtype == pl.String:
        return "text"
    if column.dtype == pl.Boolean:
        return "truth values"
    return "dates" if column.dtype == pl.Datetime else "numbers"


def _task(columns: Sequence[pl.Series]) -> tuple[str, str]:
    if len(columns) > 1:
        return "regression", f"there are {len(columns)} targets"
    filled = columns[0].drop_nulls()
    different = filled.n_unique()
    if not filled.dtype.is_numeric():
        return "classification", f"the target is {_kind(filled)} with {different:,} different values"
    whole = filled.dtype.is_integer() or bool((filled == filled.round()).all())
    few = different <= 2 or (different <= FEW and different * ROWS_PER_VALUE <= filled.len())
    if whole and few:
        return "classification", f"the target is whole numbers with {different} different values"
    return "regression", f"the target is numbers with {different:,} different values"


def _refuse_classes(columns: Sequence[pl.Series]) -> None:
    if len(columns) > 1:
        raise UsageError(f"classification takes one target column, got {len(columns)}.")
    column = columns[0]
    if column.dtype == pl.Datetime:
        raise DataError(f"the target {column.name!r} holds dates, which are neither classes nor numbers to predict.")
    labels = column.drop_nulls()
    different = labels.n_unique()
    if different == 1:
        raise DataError(
            f"the target {column.name!r} has one class only, {str(labels[0])!r}, in all {labels.len():,} rows: "
            "there is nothing to tell apart; use another --target."
        )
    if different > MOST_CLASSES or (different > 50 and different > 0.5 * labels.len()):
        other = "--task regression" if column.dtype.is_numeric() else "another --target"
        raise DataError(
            f"the target {column.name!r} has {different:,} different values in {labels.len():,} rows, too many for "
            f"classes; use {other}."
        )
