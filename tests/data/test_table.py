import gzip
import os
import zipfile

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from glasswork.data import DataOptions, prepare
from glasswork.data.table import read_table, table_of_frame
from glasswork.errors import DataError, GlassworkError, UsageError


@pytest.fixture
def write(tmp_path):
    def make(text, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return make


def test_types_are_strict_and_whole(write):
    path = write("n,f,b,c,d\n1,0.5,true,x,2026-01-31\n2,?,False,y,2026-02-28\n,1e3,TRUE,,2026-03-31\n")
    table = read_table([path])
    assert [str(dtype) for dtype in table.frame.dtypes[:4]] == ["Int64", "Float64", "Boolean", "String"]
    assert table.frame["n"].to_list() == [1, 2, None]
    assert table.frame["f"].to_list() == [0.5, None, 1000.0]
    assert table.frame["b"].to_list() == [True, False, True]
    assert table.frame["c"].to_list() == ["x", "y", None]
    assert [date.month for date in table.frame["d"].to_list()] == [1, 2, 3]
    assert table.reading["header"] is True
    assert table.reading["date:d"] == "%Y-%m-%d"
    assert table.rows.rows() == [(str(path), 1), (str(path), 2), (str(path), 3)]


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a\tb\n1\t2\n3\t4\n", "\t"),
        ("a;b\n1;2\n3;4\n", ";"),
        ("a|b\n1|2\n3|4\n", "|"),
        ("a b\n1   2\n 3 4\n", " "),
        ("a,b\r\n1,2\r\n3,4\r\n", ","),
        ("a,b\r1,2\r3,4\r", ","),
        ("\ufeffa,b\n1,2\n3,4", ","),
        ("\n\na,b\n1,2\n\n3,4\n\n", ","),
        ('"a","b"\n"1", "2"\n3,4', ","),
    ],
)
def test_separators_and_line_ends(write, text, separator):
    table = read_table([write(text)])
    assert table.frame.to_dict(as_series=False) == {"a": [1, 3], "b": [2, 4]}
    assert table.reading["separator"] == separator


def test_decimal_commas(write):
    table = read_table([write("a;b\n1,5;x\n2,25;y\n")])
    assert table.frame["a"].to_list() == [1.5, 2.25]


def test_headerless_files_are_recognised(write):
    table = read_table([write("1,x,0.5\n2,y,0.25\n")])
    assert table.frame.columns == ["c1", "c2", "c3"]
    assert table.notes == ("table.csv has no header line: its columns are called c1 … c3",)
    named = read_table([write("1,x\n2,y\n")], DataOptions(names=("size", "kind")))
    assert named.frame.columns == ["size", "kind"]
    forced = read_table([write("a,b\n1,2\n")], DataOptions(header=False))
    assert forced.frame["c1"].to_list() == ["a", "1"]
    with pytest.raises(DataError, match="has 2 columns, 3 were expected: a, b, c"):
        read_table([write("1,x\n2,y\n")], DataOptions(names=("a", "b", "c")))


def test_text_only_tables_keep_their_header(write):
    assert read_table([write("colour,kind\nred,a\nblue,b\nred,b\n")]).frame.columns == ["colour", "kind"]
    assert read_table([write("red,a\nblue,b\nred,b\nblue,a\n")]).frame.columns == ["c1", "c2"]


def test_names_given_twice_or_not_at_all(write):
    assert read_table([write("a,a,,a\n1,2,3,4\n")]).frame.columns == ["a", "a_2", "c3", "a_3"]


def test_quotes_and_spaces_around_cells(write):
    table = read_table([write("1, 'a' , '-1'\n2, 'b', '1'\n")])
    assert table.frame.rows() == [(1, "a", -1), (2, "b", 1)]


def test_a_late_surprise_widens_the_column(write):
    lines = "a,b\n" + "1,2\n" * 70_000
    assert read_table([write(lines + "1.5,3\n")]).frame["a"].dtype == pl.Float64
    mixed = read_table([write(lines + "oops,3\nwrong,4\n")])
    assert mixed.frame["a"].dtype == pl.Int64
    assert mixed.frame["a"].null_count() == 2
    assert "row 70001 'oops', row 70002 'wrong'" in mixed.notes[0]
    (finding,) = mixed.findings
    assert finding.fault == "mixed-types"
    assert mixed.reading["missing:a"] == ["oops", "wrong"]
    with pytest.raises(DataError, match=r"column 'a' must hold numbers, row 70001 has 'oops' \(2 such cells\)"):
        read_table([write(lines + "oops,3\nwrong,4\n")], DataOptions(numbers=("a",)))
    assert read_table([write(lines + "oops,3\n")], DataOptions(categories=("a",))).frame["a"].dtype == pl.String


def test_large_whole_numbers_do_not_overflow(write):
    table = read_table([write("a\n99999999999999999999\n1\n")])
    assert table.frame["a"].to_list() == [1e20, 1.0]


def test_infinite_cells_are_missing_and_reported(write):
    table = read_table([write("a,b\n1.5,x\ninf,y\n-Infinity,z\n")])
    assert table.frame["a"].to_list() == [1.5, None, None]
    assert table.findings[0].fault == "non-finite-data"
    assert "2 of 3 cells are infinite, the first in row 2" in table.findings[0].evidence


def test_broken_lines_are_named(write):
    with pytest.raises(DataError, match="line 3 has 3 cells where 2 were expected"):
        read_table([write("a,b\n1,2\n3,4,5\n6,7\n8,9\n")])
    with pytest.raises(DataError, match="line 3 has 1 cells where 2 were expected"):
        read_table([write("a,b\n1,2\n3\n6,7\n8,9\n")])
    with pytest.raises(DataError, match=r"table.csv' holds no rows below its column names"):
        read_table([write("a,b\n")])


def test_quoted_newlines_are_one_cell(write):
    table = read_table([write('a,b\n1,"x\ny"\n2,"z,""w"""\n')])
    assert table.frame["b"].to_list() == ["x\ny", 'z,"w"']


def test_packed_archived_and_parquet_tables(write, tmp_path):
    text = "a,b\n1,x\n2,y\n"
    want = [(1, "x"), (2, "y")]
    assert read_table([write(gzip.compress(text.encode()), "t.csv.gz")]).frame.rows() == want
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as out:
        out.writestr("folder/t.csv", text)
        out.writestr("folder/readme.md", "hello")
    assert read_table([tmp_path / "t.zip"]).frame.rows() == want
    frame = pl.DataFrame({"a": [1, 2], "b": pl.Series(["x", "y"], dtype=pl.Categorical)})
    frame.write_parquet(tmp_path / "t.parquet")
    assert read_table([tmp_path / "t.parquet"]).frame.rows() == want
    (tmp_path / "bad.parquet").write_bytes((tmp_path / "t.parquet").read_bytes()[:-20])
    with pytest.raises(DataError, match="damaged Parquet"):
        read_table([tmp_path / "bad.parquet"])
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as out:
        out.writestr("a.csv", text)
        out.writestr("b.csv", text)
    with pytest.raises(DataError, match=r"exactly one table, found 2: a.csv, b.csv"):
        read_table([tmp_path / "two.zip"])


def test_several_files_are_put_under_each_other(write):
    one, two = write("a,b\n1,x\n", "one.csv"), write("b,a\ny,2.5\nz,3\n", "two.csv")
    table = read_table([one, two])
    assert table.frame.rows() == [(1.0, "x"), (2.5, "y"), (3.0, "z")]
    assert table.rows["row"].to_list() == [1, 1, 2]
    with pytest.raises(DataError, match=r"two.csv', unlike .*one.csv', has no column 'c'"):
        read_table([write("a,c\n1,x\n", "one.csv"), two])


def test_options_name_columns_that_are_there(write):
    with pytest.raises(DataError, match="no column 'citty'; did you mean 'city'"):
        read_table([write("city,b\nx,1\ny,2\n")], DataOptions(ignore=("citty",)))
    with pytest.raises(UsageError, match="a separator is one letter"):
        read_table([write("a,b\n1,2\n")], DataOptions(separator="::"))
    with pytest.raises(DataError, match="no file was given"):
        read_table([])


def test_frames_of_any_plain_type():
    frame = pl.DataFrame(
        {
            "small": pl.Series([1, 2], dtype=pl.UInt8),
            "float": pl.Series([1.5, float("nan")], dtype=pl.Float32),
            "choice": pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"])),
            "nothing": pl.Series([None, None]),
        }
    )
    table = table_of_frame(frame)
    assert [str(dtype) for dtype in table.frame.dtypes] == ["Int64", "Float64", "String", "Float64"]
    assert table.frame["float"].to_list() == [1.5, None]
    with pytest.raises(DataError, match="column 'l' holds List"):
        table_of_frame(pl.DataFrame({"l": [[1], [2]]}))
    with pytest.raises(DataError, match="a table needs rows and columns"):
        table_of_frame(pl.DataFrame({"a": []}))


cells = st.one_of(
    st.sampled_from(
        ["", " ", "?", "NA", "1", "-2.5", "inf", "1e400", "true", "2026-01-31", '"', "'", "x y", "'-1'", "é", "\0"]
    ),
    st.text(max_size=6),
)
tables = st.lists(st.lists(cells, min_size=1, max_size=4), min_size=1, max_size=6)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=80),
        st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.tuples(tables, st.sampled_from([",", ";", "\t", " ", "|", ", "]), st.sampled_from(["\n", "\r\n", "\r"])).map(
            lambda drawn: drawn[2].join(drawn[1].join(row) for row in drawn[0]).encode("utf-8", "surrogatepass")
        ),
    )
)
@example(content=b'"')
@example(content=b'a,"b\nc')
@example(content=b"\n\n\n")
@example(content=b"PAR1")
@example(content=b"PAR1xxxxPAR1")
@example(content=b"PK\x03\x04")
@example(content=b"\xff\xfea\0,\0")
@example(content=b",,,\n,,,\n")
def test_any_bytes_give_a_frame_or_a_data_error(tmp_path, content):
    path = tmp_path / "fuzz.csv"
    path.write_bytes(content)
    os.utime(path, ns=(hash(content) % 10**18, hash(content) % 10**18))  # another file, as far as caches go
    try:
        table = read_table([path])
    except DataError:
        return
    assert table.frame.height == table.rows.height > 0
    for dtype in table.frame.dtypes:
        assert dtype in (pl.Int64, pl.Float64, pl.Boolean, pl.Datetime, pl.String)
    try:
        prepared = prepare(DataOptions(paths=(str(path),), kind="table"))
    except GlassworkError:
        return
    assert len(prepared.examples) <= table.frame.height


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(-(2**40), 2**40), st.floats(-1e9, 1e9, allow_subnormal=False), st.sampled_from("abc")),
        min_size=4,
        max_size=30,
    )
)
def test_what_is_written_is_read_back(tmp_path, rows):
    frame = pl.DataFrame(rows, schema={"n": pl.Int64, "f": pl.Float64, "c": pl.String}, orient="row")
    path = tmp_path / "back.csv"
    frame.write_csv(path)
    read = read_table([path]).frame
    assert read["n"].to_list() == frame["n"].to_list()
    assert read["f"].cast(pl.Float64).to_list() == frame["f"].to_list()
    assert read["c"].to_list() == frame["c"].to_list()
