"""Readable steps, shapes and failures as sections of a document: what they say, and that every line comes true."""

import pytest
import torch
from torch import nn
from torch.nn import functional
from zoo import CASES

import glasswork as gw
from glasswork.tracing.document import Table, Text
from glasswork.tracing.meaning import expand, expansions
from glasswork.tracing.meaning.chapter import chapter
from glasswork.tracing.plain import line_text, plain
from glasswork.tracing.record import record
from glasswork.tracing.reread import reread_line
from glasswork.tracing.shape_pages import failure_page, shape_section
from glasswork.tracing.shapes import shapes


def square(out):
    return (out if isinstance(out, torch.Tensor) else out[0]).square().sum()


def opened(model, loss, *data, name):
    torch.manual_seed(0)
    step = gw.trace(model, loss, *data)
    return expand(next(call for call in step.tape.calls if call.name == name), step.tape, step.sweep)


def texts(section):
    own = [block.sentence for block in section.blocks if isinstance(block, Text)]
    return own + [sentence for child in section.children for sentence in texts(child)]


def test_the_lines_of_an_lstm_step():
    cell = nn.LSTMCell(1, 1, bias=False)
    for weight in cell.parameters():
        nn.init.constant_(weight, 0.5)
    given = (torch.tensor([[1.0]]), (torch.tensor([[0.2]]), torch.tensor([[0.4]])))
    section = chapter(opened(cell, square, given, name="lstm_cell"))
    said = [line_text(line) for line in section.lines()]
    assert "a^f_1 = w^f_11·x_1 + u^f_11·h_old_1 = (0.5)(1) + (0.5)(0.2) = 0.6" in said
    assert "f_1 = σ(a^f_1) = σ(0.6) = 0.6457" in said
    assert any(line.startswith("c_1 = f_1·c_old_1 + i_1·g_1 = (0.6457)(0.4) + ") for line in said)
    assert any(line.startswith("∂L/∂a^f_1 = ∂L/∂f_1·f_1·(1 − f_1) = ") for line in said)
    assert [child.title for child in section.children] == ["Forward", "Backward"]
    assert texts(section)[-1].startswith("These steps were compared with the recorded operation")


def test_of_many_time_steps_some_are_written_out_and_all_stand_in_a_table():
    found = opened(nn.GRU(2, 1), square, torch.randn(7, 1, 2), name="gru")
    forward = chapter(found).children[0]
    assert [child.title for child in forward.children] == ["t = 1", "t = 2", "t = 7"]
    (table,) = [block for block in forward.blocks if isinstance(block, Table)]
    assert (table.columns, len(table.rows)) == (["r", "z", "n", "h"], 7)
    assert "The other 4 time steps follow the same formulas, with these numbers." in texts(forward)


def test_a_sample_and_a_unit_may_be_asked_for():
    found = opened(nn.Linear(9, 6), square, torch.randn(3, 9), name="linear")
    line = next(iter(chapter(found, at={"n": 2, "unit": 4}).lines()))
    assert line.symbol.name == "z_5(n=3)"
    assert line.symbol.value == found.find("z")[2, 4].value


def test_scores_and_weights_of_attention_are_tables():
    tokens = tuple(torch.randn(1, 3, 2) for _ in range(3))
    found = opened(functional.scaled_dot_product_attention, square, tokens, name="scaled_dot_product_attention")
    tables = [block for block in chapter(found).children[0].blocks if isinstance(block, Table)]
    assert [table.title for table in tables][:2] == ["s: scores Q K^T / sqrt(d)", "a: attention weights"]
    assert (tables[0].rows[0], tables[0].columns[2]) == ("query 1", "key 3")


def test_terms_along_which_nothing_flows_are_counted():
    found = opened(
        nn.Linear(2, 3), functional.cross_entropy, torch.randn(1, 2), torch.tensor([1]), name="cross_entropy"
    )
    lines = [line for line in chapter(found).children[1].lines() if line.symbol.name == "∂L/∂x_1"]
    assert [line.note for line in lines] == ["2 terms are 0", "in short"]
    assert line_text(lines[1]).startswith("∂L/∂x_1 = p_1 = ") or lines[1].formula is None


def test_a_refused_expansion_says_why():
    found = opened(nn.LSTM(2, 3, proj_size=2), square, torch.randn(3, 1, 2), name="lstm")
    section = chapter(found)
    assert texts(section) == ["Lstm is shown as its plain operations: it has projections, which are not covered."]
    assert list(section.lines()) == []


@pytest.mark.parametrize(
    "name", ["lstm", "encoder_layer", "layer_norm_net", "many_losses", "grouped_convolution_batch_norm_transposed"]
)
def test_every_printed_line_comes_true(name):
    model, loss, x, y = CASES[name]()
    step = gw.trace(model, loss, x, y)
    lines = [
        line for found in expansions(step.tape, step.sweep).values() for line in chapter(found).lines()
    ] + list(shape_section(shapes(step.tape)).lines())  # fmt: skip
    assert len(lines) > 20
    for line in lines:
        if line.exact and line.numbers is not None:
            assert reread_line(f"{plain(line.numbers)} = {plain(line.result)}").agrees, line_text(line)
    assert sum(not line.exact for line in lines) <= 0.1 * len(lines)


def test_shapes_as_a_section():
    net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 10))
    section = shape_section(shapes(record(net, square, torch.randn(1, 3, 8, 8))))
    said = [line_text(line) for line in section.lines()]
    assert said[0] == (
        "H = floor((n + 2·p − d·(m − 1) − 1)/s) + 1 = floor((8 + (2)(1) − (1)(3 − 1) − 1)/1) + 1 = 8"
    )  # fmt: skip
    assert said[2] == "N = m1·m2·C·O + O = (3)(3)(3)(4) + 4 = 112"
    assert all(line.kind == "shape" for line in section.lines())
    assert "Parameters in all: 112 + 650 = 762." in texts(section)
    table = section.blocks[0]
    assert table.values[1][:3] == ["MaxPool2d", "1 x 4 x 8 x 8", "1 x 4 x 4 x 4"]


def test_a_failed_step_as_a_page():
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 1))
    page = failure_page(record(net, square, torch.randn(5, 2)))
    assert page.lead[0] == "1 (Linear): 5 x 3 times 4 x 1: 3 is not 4."
    assert page.sections[0].blocks[0].values[1][2] == "failed"
    assert failure_page(record(nn.Linear(2, 1), square, torch.randn(1, 2))) is None
