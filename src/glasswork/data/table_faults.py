"""Table faults: what may spoil training, seen in the table alone.

Looks at:     every column, the target and the rows, in one pass each; leaks on at most SAMPLE rows.
Fires when:   a column is constant, empty, an id, or mostly missing; rows repeat; a class is rare or tiny; one column
              alone tells the target in rows that it was not fitted on.
What is done: ids, constant and empty columns and free text are set aside. A leaking column is reported as critical and
              KEPT: only a person knows whether it will be there when the answer is not; ``data.ignore`` drops it.
Can be wrong: a legitimate column may tell the target perfectly; classes may be rare by nature.
Source:       leakage: Kaufman et al. 2012, "Leakage in data mining"; imbalance ratio 10: SageMaker Debugger's rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from glasswork.data.contract import Column
from glasswork.data.question import Question, order_classes
from glasswork.data.tidy import spell
from glasswork.records import Finding, Treatment

__all__ = ["find_faults", "missing_target", "shared_rows"]

SAMPLE = 20_000  # rows on which leaks are looked for
FEW_VALUES = 64
LEAK_RECALL = 0.995  # mean recall over classes of one column alone, on rows it was not fitted on
LEAK_R2 = 0.9999  # squared correlation with a numeric target
LEAST_ROWS = 40
IMBALANCE = 10.0  # ratio of the largest to the smallest class
FEW_IN_CLASS = 10
MISSING_SHARE = 0.3
MISSING_MOST = 0.9
DUPLICATE_SHARE = 0.01
REPEATS_BY_NATURE = 10  # possible rows per row, up to which copies are no surprise
MISSING_TARGET = 0.05
LISTED = 6


def find_faults(frame: pl.DataFrame, columns: Sequence[Column], question: Question) -> list[Finding]:
    """Return what is wrong with a tidy table, the gravest first.

    >>> frame = pl.DataFrame({"x": [1, 1, 1], "y": ["a", "b", "a"]})
    >>> from glasswork.data import DataOptions
    >>> from glasswork.data.columns import describe_columns
    >>> columns = describe_columns(frame, DataOptions(), ["y"], True)
    >>> [finding.fault for finding in find_faults(frame, columns, Question(("y",), "classification"))]
    ['too-few-rows', 'constant-feature']
    """
    findings = [
        *_target(frame, question),
        *_leaks(frame, columns, question),
        *_useless_columns(columns),
        *_missing(frame, columns),
        *_duplicates(frame, columns),
    ]
    order = {"critical": 0, "warning": 1, "note": 2}
    return sorted(findings, key=lambda finding: order[finding.severity])


def missing_target(frame: pl.DataFrame, question: Question) -> Iterator[Finding]:
    """Find rows without a target."""
    unknown = frame.select(pl.any_horizontal(pl.col(list(question.targets)).is_null())).to_series()
    without = int(unknown.sum())
    if not without:
        return
    rows = unknown.arg_true().head(LISTED).to_list()
    shown = ", ".join(str(row + 1) for row in rows) + (" …" if without > LISTED else "")
    yield Finding(
        "missing-target",
        "warning" if without > MISSING_TARGET * frame.height else "note",
        1.0,
        f"column {', '.join(question.targets)!r}",
        f"{without:,} of {frame.height:,} rows have no target (rows {shown}); they are left out.",
        "Fill them in if they are known; a target that is missing for a reason biases what is learned.",
    )


def shared_rows(own: pl.DataFrame, other: pl.DataFrame, columns: Sequence[Column], part: str) -> Iterator[Finding]:
    """Find rows of a fixed file that also are in the training file; both frames have the same types."""
    names = [column.name for column in columns if column.role in ("input", "target")]
    labels = pl.col([c.name for c in columns if c.role == "target" and own.schema[c.name] == pl.String])
    theirs, ours = (
        frame.select(names).with_columns(labels.str.strip_suffix(".")).hash_rows(seed=0).to_numpy()
        for frame in (other, own)
    )
    shared = int(np.isin(theirs, ours).sum())
    if shared:
        yield Finding(
            "duplicate-rows",
            "warning" if shared > DUPLICATE_SHARE * other.height else "note",
            1.0,
            f"{part} file",
            f"{shared:,} of {other.height:,} rows of the {part} file are in the training file too.",
            "Remove them from one of the two if they are the same cases; else the score is too good.",
        )


def _target(frame: pl.DataFrame, question: Question) -> Iterator[Finding]:
    if question.task != "classification":
        return
    name = question.targets[0]
    where = f"column {name!r}"
    counted = spell(frame[name].drop_nulls()).value_counts(sort=True).rows()
    classes = len(counted)
    (largest, most), (smallest, least) = counted[0], counted[-1]
    if least < FEW_IN_CLASS:
        small = [label for label, number in counted if number < FEW_IN_CLASS]
        yield Finding(
            "too-few-rows",
            "warning",
            0.9,
            where,
            f"{len(small)} of {classes} classes have fewer than {FEW_IN_CLASS} rows; {smallest!r} has {least}.",
            "Gather more rows of these classes, or merge them; a test on so few rows says little.",
        )
    if least * IMBALANCE <= most:
        yield Finding(
            "class-imbalance",
            "warning",
            0.9,
            where,
            f"Class {largest!r} has {most:,} rows, {smallest!r} has {least:,}: {most / least:.0f} times as many.",
            "Judge by balanced accuracy or average precision; weigh the rare class more (loss.class_weight=balanced).",
            treatments=(Treatment("weigh classes by their rarity", {"loss.class_weight": "balanced"}),),
        )
    folded: dict[str, list[str]] = {}
    for label in order_classes(spell(frame[name])):
        folded.setdefault(label.casefold().rstrip(". "), []).append(label)
    for labels in folded.values():
        if len(labels) > 1:
            yield Finding(
                "label-noise",
                "warning",
                0.8,
                where,
                f"The classes {', '.join(map(repr, labels))} differ only in case or a final dot.",
                "Spell them alike if they mean the same.",
            )


def _useless_columns(columns: Sequence[Column]) -> Iterator[Finding]:
    for column in columns:
        if column.role != "ignored":
            continue
        where = f"column {column.name!r}"
        if column.why.startswith(("constant", "empty")):
            yield Finding(
                "constant-feature", "note", 1.0, where, f"The column is {column.why}; not used.", "Nothing, or drop it."
            )
        elif column.why.startswith(("numbers", "names")):
            yield Finding(
                "id-like-column",
                "note",
                0.8,
                where,
                f"The column {column.why}; not used.",
                "Nothing; if it does carry meaning, name it in data.categories or data.numbers.",
            )


def _missing(frame: pl.DataFrame, columns: Sequence[Column]) -> Iterator[Finding]:
    for column in columns:
        if column.role != "input":
            continue
        gone = frame[column.name].null_count()
        share = gone / max(1, frame.height)
        if share >= MISSING_SHARE:
            yield Finding(
                "missing-values",
                "warning" if share >= MISSING_MOST else "note",
                1.0,
                f"column {column.name!r}",
                f"{gone:,} of {frame.height:,} cells are missing ({share:.0%}).",
                "Missing cells are filled and marked; leave the column out (data.ignore) if it will be empty in use.",
            )


def _duplicates(frame: pl.DataFrame, columns: Sequence[Column]) -> Iterator[Finding]:
    names = [column.name for column in columns if column.role in ("input", "target")]
    inputs = [column.name for column in columns if column.role == "input"]
    if not inputs or frame.height < 2:
        return
    hashes = frame.select(names).hash_rows(seed=0)
    repeated = frame.height - hashes.n_unique()
    if repeated:
        first = int(hashes.is_duplicated().arg_true()[0])
        twin = int((hashes == hashes[first]).arg_true()[1])
        share = repeated / frame.height
        yield Finding(
            "duplicate-rows",
            "warning" if share > DUPLICATE_SHARE and not _must_repeat(frame.select(inputs)) else "note",
            1.0,
            "rows",
            f"{repeated:,} of {frame.height:,} rows repeat an earlier one ({share:.1%}), "
            f"such as rows {first + 1} and {twin + 1}.",
            "They are kept in one part of the split, so that none leaks; remove them if they are copies by mistake.",
        )
    contradicting = frame.select(inputs).hash_rows(seed=0)
    different = hashes.n_unique() - contradicting.n_unique()
    if different > DUPLICATE_SHARE * frame.height:
        yield Finding(
            "label-noise",
            "warning",
            0.6,
            "rows",
            f"{different:,} rows have the same inputs as another row but a different target.",
            "No model can be right on all of them: look for a missing column, or for wrong labels.",
        )


def _must_repeat(inputs: pl.DataFrame) -> bool:
    """Whether the columns have so few values that rows repeat by nature."""
    different = 1
    for column in inputs.get_columns():
        different *= max(1, column.n_unique())
        if different > REPEATS_BY_NATURE * inputs.height:
            return False
    return True


def _leaks(frame: pl.DataFrame, columns: Sequence[Column], question: Question) -> Iterator[Finding]:
    if len(question.targets) != 1:
        return
    target = question.targets[0]
    known = frame.filter(pl.col(target).is_not_null())
    if known.height < LEAST_ROWS:
        return
    if known.height > SAMPLE:
        known = known.sample(SAMPLE, seed=0)
    classification = question.task == "classification"
    asked = known[target]
    codes = spell(asked).rank("dense").to_numpy().astype(np.int64) - 1 if classification else None
    for column in columns:
        if column.role != "input" or column.kind == "text":
            continue
        values = known[column.name]
        if codes is not None:
            recall = _recall_alone(values, codes)
            if recall < LEAK_RECALL:
                continue
            evidence = f"This column alone tells {target!r}: mean recall {recall:.3f} on rows it was not fitted on."
        else:
            if not values.dtype.is_numeric():
                continue
            r2 = _r2_alone(values, asked)
            if r2 < LEAK_R2:
                continue
            evidence = f"This column is {target!r} in disguise: squared correlation {r2:.5f}."
        yield Finding(
            "target-leakage",
            "critical",
            0.8,
            f"column {column.name!r}",
            evidence,
            f"If it is not known when the answer is asked for, drop it: data.ignore=[{column.name}].",
            treatments=(Treatment(f"drop column {column.name!r}", {"data.ignore": [column.name]}),),
        )


def _recall_alone(values: pl.Series, codes: np.ndarray) -> float:
    """Mean recall over classes of one column alone, fitted on half the rows and tried on the rest.

    Few values: the commonest class of each. Many numbers: the class of the nearest number.
    """
    order = np.random.default_rng(0).permutation(len(codes))
    fit, rest = order[: len(order) // 2], order[len(order) // 2 :]
    classes = int(codes.max()) + 1
    if values.dtype.is_numeric() and values.n_unique() > FEW_VALUES:
        numbers = values.cast(pl.Float64).fill_null(-np.inf).to_numpy()
        fit = fit[np.argsort(numbers[fit], kind="stable")]
        right = np.searchsorted(numbers[fit], numbers[rest]).clip(1, len(fit) - 1)
        with np.errstate(invalid="ignore"):  # -inf, a missing cell, less itself
            nearer = numbers[rest] - numbers[fit[right - 1]] <= numbers[fit[right]] - numbers[rest]
        guess = codes[fit[np.where(nearer, right - 1, right)]]
    else:
        cells = values.rank("dense").fill_null(0).to_numpy().astype(np.int64)
        bins = int(cells.max()) + 1
        if bins > len(fit) // 4 + 2 or bins * classes > 5_000_000:
            return 0.0
        counts = np.bincount(cells[fit] * classes + codes[fit], minlength=bins * classes).reshape(bins, classes)
        guess = counts.argmax(axis=1)[cells[rest]]
    hits = np.bincount(codes[rest], weights=guess == codes[rest], minlength=classes)
    total = np.bincount(codes[rest], minlength=classes)
    return float((hits[total > 0] / total[total > 0]).mean())


def _r2_alone(values: pl.Series, target: pl.Series) -> float:
    pair = pl.DataFrame({"a": values.cast(pl.Float64), "b": target.cast(pl.Float64)}).drop_nulls()
    if pair.height < LEAST_ROWS or pair["a"].n_unique() < 3 or pair["b"].n_unique() < 3:
        return 0.0
    with np.errstate(all="ignore"):
        value = float(np.corrcoef(pair["a"].to_numpy(), pair["b"].to_numpy())[0, 1]) ** 2
    return value if np.isfinite(value) else 0.0
