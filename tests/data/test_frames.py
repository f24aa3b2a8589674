import numpy as np
import polars as pl
import pytest

from glasswork.data.frames import as_frame
from glasswork.errors import DataError


class Pandas:
    """The two things of a pandas frame that are relied on."""

    def __init__(self, columns):
        self.data = {name: np.asarray(values) for name, values in columns.items()}
        self.columns = list(columns)

    def __getitem__(self, name):
        return self.data[name]

    def to_numpy(self):
        return np.column_stack(list(self.data.values()))


class Column(np.ndarray):
    def to_numpy(self):
        return np.asarray(self)


def test_frames_arrays_dicts_and_rows():
    want = [(1.5, "x"), (2.5, "y")]
    assert as_frame(pl.DataFrame({"a": [1.5, 2.5], "b": ["x", "y"]})).rows() == want
    assert as_frame(pl.LazyFrame({"a": [1.5, 2.5], "b": ["x", "y"]})).rows() == want
    assert as_frame({"a": np.array([1.5, 2.5]), "b": ["x", "y"]}).rows() == want
    assert as_frame([{"a": 1.5, "b": "x"}, {"b": "y", "a": 2.5}]).rows() == want
    assert as_frame(np.array([[1.5, "x"], [2.5, "y"]], dtype=object)).rows() == want
    assert as_frame(np.zeros((2, 3), dtype=np.float32)).columns == ["c1", "c2", "c3"]


def test_a_pandas_frame():
    columns = {"a": np.array([1.5, 2.5]).view(Column), "b": np.array(["x", None], dtype=object).view(Column)}
    frame = Pandas({})
    frame.columns, frame.data = list(columns), columns
    assert as_frame(frame).rows() == [(1.5, "x"), (2.5, None)]


def test_words_among_numbers_are_kept():
    assert as_frame({"a": [7, "b", None, float("nan")]})["a"].to_list() == ["7", "b", None, None]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (np.zeros(3), r"must have shape \(rows, columns\), got \(3,\)"),
        ({"a": [1, 2], "b": [1]}, "rows could not be made into a table"),
        (3, r"must have shape \(rows, columns\), got \(\)"),
    ],
)
def test_refusals(data, text):
    with pytest.raises(DataError, match=text):
        as_frame(data)
