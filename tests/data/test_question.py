import numpy as np
import polars as pl
import pytest

from glasswork.data.options import DataOptions
from glasswork.data.question import choose_positive, class_codes, order_classes, recognise_question
from glasswork.errors import DataError, UsageError


def ask(values, **options):
    frame = pl.DataFrame({"x": np.arange(len(values)) * 0.5, "y": values})
    return recognise_question(frame, DataOptions(**options))


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["a", "b"] * 10, "classification"),
        ([True, False] * 10, "classification"),
        ([0, 1] * 10, "classification"),
        ([0.0, 1.0] * 10, "classification"),
        ([3, 4, 5, 6] * 10, "classification"),
        (list(range(28)) * 10, "regression"),
        ([1, 2, 3, 4, 5], "regression"),
        ([0.5, 1.5] * 10, "regression"),
        (np.linspace(0, 1, 30).tolist(), "regression"),
    ],
)
def test_the_task_follows_the_target(values, task):
    question = ask(values)
    assert question.task == task
    assert question.notes[0] == "target: 'y', the last column (--target names another)"
    assert question.notes[1].startswith(f"task: {task}, as the target is")


def test_what_is_said_is_not_guessed():
    frame = pl.DataFrame({"x": [0.5, 1.5], "y": [1, 0]})
    assert recognise_question(frame, DataOptions(target="y"), "regression").notes == ()


def test_a_telling_name_goes_before_the_last_column():
    frame = pl.DataFrame({"Target": [1, 0], "x": [0.5, 1.5]})
    question = recognise_question(frame, DataOptions())
    assert question.targets == ("Target",)
    assert question.notes[0] == "target: 'Target', by its name (--target names another)"


def test_codes_follow_the_order_of_classes():
    assert order_classes(pl.Series(["10", "9", "-1", None])) == ("-1", "9", "10")
    assert order_classes(pl.Series(["b", "a", "C"])) == ("C", "a", "b")
    assert class_codes(pl.Series(["b", None, " a "]), ("a", "b")).tolist() == [1, -1, 0]


@pytest.mark.parametrize("spelling", ["<=50K", "<=50K.", " <=50K ", "<=50k", "<=50K. "])
def test_spellings_are_matched_onto_known_classes(spelling):
    assert class_codes(pl.Series([spelling]), ("<=50K", ">50K")).tolist() == [0]


def test_exact_spelling_goes_first_and_ambiguity_is_refused():
    assert class_codes(pl.Series(["a.", "a"]), ("a", "a.")).tolist() == [1, 0]
    assert class_codes(pl.Series([1.0, 0.0]), ("0", "1")).tolist() == [1, 0]
    with pytest.raises(DataError, match="label 'YES' in row 1 is no class"):
        class_codes(pl.Series(["YES"]), ("Yes", "yes"))


def test_unknown_labels_name_row_and_file():
    rows = pl.DataFrame({"file": ["t.csv"] * 3, "row": [5, 6, 7]})
    with pytest.raises(DataError, match=r"label 'frog' in row 6 of 't.csv' \(and 1 other labels\) is no class"):
        class_codes(pl.Series(["cat", "frog", "newt"]), ("cat", "dog"), rows)


def test_positive_class():
    assert choose_positive(("0", "1"), np.array([1, 1, 0])) == "1"
    assert choose_positive(("benign", "malignant"), np.array([1, 1, 0])) == "malignant"
    assert choose_positive(("a", "b"), np.array([1, 1, 0])) == "a"


@pytest.mark.parametrize(
    ("frame", "options", "task", "kind", "text"),
    [
        ({"y": [1, 2]}, {}, None, DataError, "at least one input column and a target, got 1 column: y"),
        ({"x": [1, 2], "y": [None, None]}, {}, None, DataError, "the target 'y' has no value in any of 2 rows"),
        ({"x": [1, 2], "y": [1, 0]}, {}, "forecasting", UsageError, "got task 'forecasting'"),
        ({"x": [1, 2], "y": [1, 0]}, {"target": ("y", "y")}, None, UsageError, "must be different ones"),
        (
            {"x": [1, 2], "y": [1, 0]},
            {"target": ("x", "y")},
            "classification",
            UsageError,
            "takes one target column, got 2",
        ),
    ],
)
def test_refusals(frame, options, task, kind, text):
    with pytest.raises(kind, match=text):
        recognise_question(pl.DataFrame(frame), DataOptions(**options), task)
