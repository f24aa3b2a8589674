import datetime

import polars as pl
import pytest

from glasswork.data.tidy import spell, tidy
from glasswork.errors import DataError


def test_text_that_spells_other_things():
    frame = pl.DataFrame(
        {
            "whole": ["1", " 2", "?"],
            "real": ["1", "2.5", None],
            "flag": ["True", "false", ""],
            "day": ["31.12.2025", "01.01.2026", "NA"],
            "word": ["1", "b", "c"],
        }
    )
    tidied = tidy(frame)
    assert tidied.frame.rows()[0] == (1, 1.0, True, datetime.datetime(2025, 12, 31), "1")
    assert tidied.frame.rows()[2] == (None, None, None, None, "c")
    assert tidied.formats == {"day": "%d.%m.%Y"}


def test_nearly_numeric_columns_name_their_rows():
    tidied = tidy(pl.DataFrame({"a": ["1"] * 19 + ["x"]}))
    assert tidied.frame["a"].to_list() == [1] * 19 + [None]
    assert tidied.notes == ("column 'a': cells that are no numbers are taken as missing (row 20 'x')",)
    assert tidied.odd == {"a": ["x"]}
    half = tidy(pl.DataFrame({"a": ["1", "x"] * 10}))
    assert half.frame["a"].dtype == pl.String
    with pytest.raises(DataError, match="must hold numbers, row 20 has 'x'"):
        tidy(pl.DataFrame({"a": ["1"] * 19 + ["x"]}), numbers=["a"])
    again = tidy(pl.DataFrame({"a": ["1", "x"]}), numbers=["a"], odd={"a": ["x"]})
    assert again.frame["a"].to_list() == [1, None]


def test_dates_must_keep_their_spelling():
    with pytest.raises(DataError, match="column 'd' must hold dates as %Y-%m-%d, row 2 has 'soon'"):
        tidy(pl.DataFrame({"d": ["2026-01-01", "soon"]}), formats={"d": "%Y-%m-%d"})


def test_spelling_of_classes():
    assert spell(pl.Series([1.0, None, -2.0])).to_list() == ["1", None, "-2"]
    assert spell(pl.Series([1.5, 2.0])).to_list() == ["1.5", "2.0"]
    assert spell(pl.Series([7])).to_list() == ["7"]
