"""Data: each rule on a sick training, and on one just under the line."""

import math

import pytest

from doctor.rules.cases import (
    Case,
    check_sick,
    check_under,
)
from doctor.rules.data_examples import (
    amounts,
    climbing,
    evaluated,
    first_feature,
    images,
    offset,
    one_label,
    rare,
    rows_alike,
    scaled,
    sorted_by_class,
    uneven,
    with_gaps,
)

CASES = [
    Case("unscaled-inputs", lambda: scaled(11.0), lambda: scaled(9.0), 1, "data", "warning", "root mean square of 11"),
    Case("unscaled-inputs", lambda: uneven(110), lambda: uneven(90), 1, "data", "warning", "from 0.0455 to 5"),
    Case("unscaled-inputs", lambda: offset(40.0), lambda: offset(25.0), 1, "data", "warning", "feature 0 is 40"),
    Case(
        "unscaled-targets",
        lambda: amounts(50.0, lambda n: 5000.0 - n),
        lambda: amounts(50.0, lambda n: 5000.0 / n),
        5,
        "data",
        "warning",
        "root mean square of 70.7",
    ),
    Case(
        "unscaled-targets",
        lambda: amounts(500.0, lambda n: 5e5 * 4**n),
        lambda: amounts(6.0, lambda n: 70.0 - n / 10),
        3,
        "data",
        says="has blown up",
    ),
    Case(
        "scaled-twice",
        lambda: scaled(0.004),
        lambda: scaled(0.02),
        2,
        "data",
        "warning",
        "no input is larger than 0.012",
    ),
    Case(
        "constant-feature",
        lambda: first_feature(0.5),
        lambda: first_feature(0.0),
        8,
        "data",
        "warning",
        "Feature 0 was 0.5",
    ),
    Case("constant-feature", lambda: rows_alike(0.0), lambda: rows_alike(0.01), 3, "data", says="All 32 rows"),
    Case(
        "non-finite-data", lambda: with_gaps(math.nan), lambda: with_gaps(1.0), 4, "data", says="3 numbers of input 0"
    ),
    Case(
        "channel-order", lambda: images(8, 32, 32, 3, channels=32), lambda: images(8, 3, 32, 32, channels=3), 1, "data"
    ),
    Case(
        "channel-order",
        lambda: images(8, 3, 32, 32, channels=3, scrambled=0.75),
        lambda: images(8, 3, 32, 32, channels=3, scrambled=0.55),
        8,
        "data",
        says="75% of 64 images",
    ),
    Case("collapsed-labels", lambda: one_label(99), lambda: one_label(2), 3, "data", says="96 labels"),
    Case("class-imbalance", lambda: rare(1, 0, 1), lambda: rare(3, 0, 3), 84, "data", "warning", "31 to 1"),
    Case("class-imbalance", lambda: rare(1, 0, 1), lambda: rare(1, 1, 1), 84, "data", "warning"),
    Case(
        "unshuffled-data", lambda: sorted_by_class(1.0), lambda: sorted_by_class(0.6), 4, "data", says="100% of cases"
    ),
    Case("unshuffled-data", lambda: climbing(0.1), lambda: climbing(0.01), 15, "data", says="12 batches"),
    Case("duplicate-rows", lambda: evaluated(0.4), lambda: evaluated(0.05), 20, "data", says="40% of the rows"),
    Case("duplicate-rows", lambda: evaluated(0.1), lambda: evaluated(1.0, batches=70), 20, "data", "warning"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_sick_training(case):
    check_sick(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_just_under_the_line(case):
    check_under(case)
