import polars as pl
import pytest

from glasswork.data.columns import describe_columns, looks_like_id, looks_like_text
from glasswork.data.options import DataOptions


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([5, 6, 7, 8], True),
        ([8, 6, 7, 5], False),
        ([1, 1, 2, 3], False),
        ([0.5, 1.5, 2.5, 3.5], False),
        ([f"P{i}" for i in range(30)], True),
        (["a", "b"] * 15, False),
        (["a", "b", "c"], False),
    ],
)
def test_ids(values, verdict):
    assert looks_like_id(pl.Series("x", values)) is verdict


def test_a_telling_name_makes_different_whole_numbers_an_id():
    values = [(i * 37) % 1000 for i in range(100)]
    assert looks_like_id(pl.Series("patient_id", values))
    assert not looks_like_id(pl.Series("pressure", values))


def test_free_text():
    long = [f"number {i} is a sentence of a good many words" for i in range(40)]
    assert looks_like_text(pl.Series(long))
    assert not looks_like_text(pl.Series(long[:1] * 40))
    assert not looks_like_text(pl.Series(["a b c d e"] * 40))


def test_what_is_said_goes_first():
    frame = pl.DataFrame(
        {"id": [1, 2, 3, 4], "x": [0, 1, 0, 1], "t": [1, 2, 3, 4], "g": [1, 1, 2, 2], "y": [1, 0, 1, 0]}
    )
    options = DataOptions(numbers=("id",), ignore=("x",), time="t", group="g")
    roles = [column.role for column in describe_columns(frame, options, ["y"], True)]
    assert roles == ["input", "ignored", "time", "group", "target"]
