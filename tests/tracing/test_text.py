"""Pages as text: narrow terminals, long equations, and reading all of it back."""

import re

import pytest
import torch
from zoo import CASES

import glasswork as gw
from glasswork.tracing.algebra import Sym
from glasswork.tracing.document import Document, Edge, Graph, Heat, Line, Node, Printed, Section, Table, Text
from glasswork.tracing.plain import line_text
from glasswork.tracing.reread import reread_line
from glasswork.tracing.writers.text import text

PAGES = [
    ("xor", "0.weight[0,1]"),
    ("mlp", "2.weight"),
    ("lstm_cell", "cell.weight_hh[2,1]"),
    ("convolution_with_in_place_relu_and_pool", "0.weight[0,0,1,1]"),
    ("encoder_layer", "0.self_attn.in_proj_weight[3,2]"),
    ("layer_norm_net", "1.weight"),
]


def document_of(case, name):
    model, loss, x, y = CASES[case]()
    return gw.trace(model, loss, x, y, optimizer=torch.optim.Adam(model.parameters())).document(name)


def joined(page):
    """Put each equation together again: its later rows stand deeper."""
    rows = []
    for row in page.split("\n"):
        if row.startswith("    ") and not row.lstrip().startswith("│") and rows and "=" in rows[-1] + row:
            rows[-1] += " " + row.strip()
        else:
            rows.append(row.strip())
    return rows


def bare(said):
    return re.sub(r"\s", "", said)


@pytest.mark.parametrize(("case", "name"), PAGES)
@pytest.mark.parametrize("width", [80, 40])
def test_every_equation_is_on_the_page_and_reads_back(case, name, width):
    document = document_of(case, name)
    rows = {bare(row): row for row in joined(text(document, width=width))}
    for line in document.lines():
        said = line_text(line)
        assert bare(said) in rows, said
        assert reread_line(rows[bare(said)]).agrees or not line.exact


@pytest.mark.parametrize(("case", "name"), PAGES)
@pytest.mark.parametrize("width", [100, 80, 40])
def test_no_row_is_wider_than_the_terminal(case, name, width):
    for row in text(document_of(case, name), width=width).split("\n"):
        longest = max((len(word) for word in re.split(r"·| (?=[+−=≈] )|(?<=\))(?=\()|(?=/\()", row)), default=0)
        assert len(row) <= max(width, 11 + longest), row


@pytest.mark.parametrize(("case", "name"), PAGES)
def test_eighty_columns_are_kept_to_the_letter(case, name):
    assert max(map(len, text(document_of(case, name)).split("\n"))) <= 80


def test_a_line_that_does_not_reproduce_says_so():
    line = Line(Sym("d"), None, Printed.of("0.5") * Printed.of("0.5"), Printed.of("0.3"), exact=False)
    page = text(Document("t", sections=[Section("s", 1, [line])]))
    assert "d = (0.5)(0.5) ≈ 0.3" in page


def test_every_kind_of_block():
    blocks = [
        Text("A sentence."),
        Table("values", ["r"], ["a", "b"], [[Printed.of("-1.5"), "x"]], "caption of it"),
        Heat("picture", [[0.0, 1.0], [-0.5, 0.2]], (0, 1), "darker is larger"),
        Graph([Node("a", "x_1"), Node("b", "z")], [Edge("a", "b", "w", "0.15", "0.02")], "drawing"),
    ]
    page = text(Document("t", ["lead"], [Section("s", 1, blocks, folded="×12")], ["note"], ["check"]))
    assert page.split("\n") == [
        "t", "=", "lead", "", "s  (×12)", "--------", "A sentence.", "values", "      a  b", "r  −1.5  x",
        "caption of it", "picture", "| @|", "|=·|", "darker is larger", "x_1 → z  w  value 0.15  gradient 0.02",
        "drawing", "", "Notes", "-----", "- note", "", "Checks", "------", "- check",
    ]  # fmt: skip


def test_a_wide_table_goes_on_below():
    table = Table("", ["r"], [f"c{n}" for n in range(8)], [[Printed.of("0.123456")] * 8])
    page = text(Document("t", sections=[Section("s", 1, [table])]), width=40).split("\n")
    assert max(map(len, page)) <= 40
    assert sum(row.count("0.123456") for row in page) == 8
    assert sum(row.startswith("r") for row in page) > 1
