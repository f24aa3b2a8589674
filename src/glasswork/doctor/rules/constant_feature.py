"""Inputs that never change.

Looks at:     how much each input feature, and each whole example, varies within and between sampled batches.
Fires when:   every row of FLAT batches in a row is the same; or a feature or channel had one and the same value, away
              from 0 or but for rounding, in BATCHES sampled batches and all of the first ROWS examples.
Why it hurts: a constant input tells the examples of a batch no better apart than a bias does; where all rows are the
              same, nothing can be learned but the mean target.
Try first:    look at how the batch is put together (an index that does not move, a mask that blanks everything); drop
              features that never change.
Can be wrong: for values that are rare. Features at rest at 0 or at the least of all values are the borders of
              flattened pictures, or columns of codes, and only a note, unless they are PART of a FEW columns, or the
              only ones of a FEW columns that are ever 0 (but for others that are SELDOM anything else), or differ in
              their last digits: such values were computed, and came out alike. A column of ones is a bias. Equal rows
              that meet no targets of a batch, LITTLE of the loss being left in the end, are seeds that something grows
              from, and only a note.
Source:       torch-audit (standard deviation below 1e-5). ROWS: a value seen in none of 500 rows occurs in less than
              0.6 % of them, with 95 % confidence (the rule of three).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from glasswork.doctor.rules._data import main_input
from glasswork.doctor.rules._history import looked_at, remaining, shown
from glasswork.doctor.vitals import StepVitals, TensorVitals, Vitals
from glasswork.records import Finding

__all__ = ["constant_feature"]

FLAT = 3
ROWS = 500
SURE = 100  # where most features never change, or when the training has ended
BATCHES = 4
SAME = 1e-6
FEW = 40  # so few columns are no picture
PART = 0.3  # so many of them at rest are no chance
LITTLE = 0.6  # of the loss of guessing is left
NEAR_0 = 0.4  # a rare value of a standardised column is that close to 0, when it does not occur
SELDOM = 0.1  # of the batches, or one
OTHERS = 0.02  # of all numbers: so few zeros elsewhere say that 0 is no value of the other columns


def constant_feature(vitals: Vitals) -> Iterator[Finding]:
    """Yield a batch of equal rows, else the features that never changed."""
    steps = looked_at(vitals)
    found = _flat(vitals, steps) or _constant(vitals, steps)
    if found:
        yield found


def _flat(vitals: Vitals, steps: list[StepVitals]) -> Finding | None:
    row = 0
    for step in steps:
        batch = step.batch
        tensors = [*batch.inputs.values(), *batch.tokens.values()] if batch else []
        if all(prod(tensor.shape[1:]) <= 1 for tensor in tensors):
            continue  # a token that begins every sequence
        known = [tensor for tensor in tensors if tensor.rows_alike is not None and tensor.shape and tensor.shape[0] > 1]
        if not tensors or len(known) < len(tensors):
            continue
        row = row + 1 if all((tensor.rows_alike or 0) <= SAME for tensor in known) else 0
        if row == FLAT:
            left = remaining(vitals, steps[-1].number)
            aimed = any(one.batch is not None and one.batch.targets is not None for one in steps[:FLAT])
            grown = left is not None and left < LITTLE and not aimed
            return Finding(
                "constant-feature",
                "note" if grown else "critical",
                0.4 if grown else 0.95,
                "data",
                f"All {known[0].shape[0]} rows of the batch at step {step.number} are the same, as in the "
                f"{FLAT - 1} sampled "
                "batches before.",
                "Look at how a batch is put together: something blanks the inputs, or always takes the same example.",
                step.number,
            )
    return None


def _constant(vitals: Vitals, steps: list[StepVitals]) -> Finding | None:
    lows: list[float] = []
    moved: dict[int, int] = {}
    rounded: set[int] = set()
    rows = batches = 0
    needed = min(ROWS, int(vitals.loader.get("rows") or ROWS))
    for step in steps:
        data = main_input(step)
        if data is None or not data.feature_stds or not data.feature_means or data.bad or data.shape[0] < 2:
            continue
        if lows and len(lows) != len(data.feature_means):
            return None
        if not lows:
            lows = list(data.feature_means)
        for place, (mean, std) in enumerate(zip(data.feature_means, data.feature_stds, strict=True)):
            if std > SAME * (1 + abs(mean)) or abs(mean - lows[place]) > SAME * (1 + abs(mean)):
                moved[place] = moved.get(place, 0) + 1
            elif std > SAME * abs(mean):
                rounded.add(place)  # it changes as much as it is large: what is left of a sum that should be 0
        rows, batches, alive = rows + data.shape[0], batches + 1, moved.keys()
        last = vitals.finished and step is steps[-1]
        if batches < BATCHES or rows < (SURE if last or len(alive) < len(lows) / 2 else needed):
            continue
        dead = [place for place in range(len(lows)) if place not in alive and lows[place] != 1.0]
        if not dead or not alive:
            return None
        computed = [place for place in dead if place in rounded]
        dead.sort(key=lambda place: place not in rounded)
        values = [lows[place] for place in dead]
        hardly = sum(times <= max(SELDOM * batches, 1) and lows[place] == 0 for place, times in moved.items())
        found = _finding(vitals, step, data, values, (dead[0], len(lows), rows, hardly), computed=bool(computed))
        if found.severity == "note" and rows < needed and not last:
            continue  # values at rest take more rows to be sure of
        return found
    return None


def _finding(
    vitals: Vitals,
    step: StepVitals,
    data: TensorVitals,
    values: list[float],
    counts: tuple[int, int, int, int],
    *,
    computed: bool,
) -> Finding:
    """Return the finding of features that never changed.

    Args:
        vitals: of the training.
        step: up to which they were looked at.
        data: its inputs.
        values: of the features.
        counts: the first one's place, how many there are in all, the rows, and how many features are 0 in nearly all.
        computed: whether the first one changes in its last digits.
    """
    first, width, rows, hardly = counts
    rest = 0.0 if data.low is None else data.low
    at_rest = all(abs(value) < NEAR_0 * (data.std or 1.0) or value == rest for value in values)
    if width <= FEW and rows >= ROWS:
        zeros = sum(value == 0 for value in values) / width
        near = zeros + hardly / width  # a value in a thousand is a column lost but for its largest
        only = zeros > 0 and data.zeros is not None and min(abs(data.zeros - one) for one in (zeros, near)) < OTHERS
        at_rest = at_rest and len(values) < PART * width and not only
    at_rest = at_rest and not computed
    what = "channel" if len(data.shape) >= 4 else "feature"
    note = at_rest and what == "feature"
    left = remaining(vitals, vitals.steps[-1].number)
    spoiled = not note and len(values) > width / 2 and left is not None and left > LITTLE
    others = f"; so were {len(values) - 1} more of {width} constant." if len(values) > 1 else "."
    wrongly = ", or computed wrongly: the sine of whole turns is 0" if computed else ""
    same = f"0 but for rounding ({shown(values[0])})" if computed else shown(values[0])
    return Finding(
        "constant-feature",
        "note" if note else "critical" if spoiled else "warning",
        0.5 if at_rest else 0.9 if spoiled else 0.8,
        "data",
        f"{what.capitalize()} {first} was {same} in all {rows:,} rows that were looked at up to step "
        f"{step.number}{others}",
        f"See whether the {what} was lost on the way{wrongly}; else drop it.",
        step.number,
    )
