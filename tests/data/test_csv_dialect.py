import pytest

from glasswork.data.csv_dialect import is_number, recognise_dialect, recognise_separator


@pytest.mark.parametrize(
    ("lines", "separator"),
    [
        (["a,b", "1,2"], ","),
        (["a;b", "1,5;2,5"], ";"),
        (["a\tb c", "1\t2"], "\t"),
        (['"x,y",b', '"1,2",3'], ","),
        (["a  b", "1 2"], " "),
        (["word", "other"], None),
        ([], None),
        (["a,b"] * 9 + ["a,b,c"], ","),
    ],
)
def test_separators(lines, separator):
    assert recognise_separator(lines) == separator


@pytest.mark.parametrize(
    ("head", "header"),
    [
        ("a,b\n1,2\n", True),
        ("1,2\n3,4\n", False),
        ("M,0.455\nF,0.35\n", False),
        ("a,b\n1,?\n?,2\n", True),
        ("?,b\n1,x\n2,y\n", False),
        ("country,city\nnl,a\nde,b\n", True),
        ("nl,a\nde,b\nnl,b\n", False),
        ("a,b\n", True),
    ],
)
def test_headers(head, header):
    assert recognise_dialect(head).header is header


def test_known_names_make_a_header():
    assert recognise_dialect("x,y\nx,b\n", known=("x", "y")).header
    assert not recognise_dialect("x,y\nx,b\n").header


@pytest.mark.parametrize("cell", ["1", "-1.5", ".5", "5.", "+1e-3", "inf", "-Infinity", "NaN", " 7 "])
def test_numbers(cell):
    assert is_number(cell)


@pytest.mark.parametrize("cell", ["", "a", "1_000", "1,5", "--1", "0x10", "1e", "'-1'"])
def test_no_numbers(cell):
    assert not is_number(cell)
