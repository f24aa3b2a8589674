"""The course's worked examples about recurrent networks, computed by the parts themselves."""

import pytest
import torch
from torch import nn

from glasswork import course
from glasswork.layers import (
    GRU,
    LSTM,
    RNN,
    BagOfWords,
    GRUCell,
    LSTMCell,
    RNNCell,
    bag_of_words,
    gru_cell_formula,
    lstm_cell_formula,
    unroll,
)
from suite import close

F64 = torch.float64


@pytest.mark.course("WE-40", "RNN-28", verdict="holds", seen="three documents become the table of their word counts")
def test_bag_of_words():
    example = course.worked("WE-40")
    vocabulary, counts = bag_of_words(example["inputs"]["documents"], lower=example["inputs"]["lower"])
    assert vocabulary == example["expected"]["vocabulary"]
    close(example, "design_matrix", counts)
    assert str(counts.int().tolist()) != example["note_value"]["design_matrix"]
    # The layer counts the same from codes.
    codes = torch.tensor([[vocabulary[word] for word in ("the", "weather", "is", "sweet")]])
    assert BagOfWords(vocabulary=9)(codes, torch.tensor([4])).tolist() == example["expected"]["design_matrix"][1:2]


@pytest.mark.course(
    "WE-43", "RNN-21", verdict="holds", seen="of input 10 and hidden 20 the GRU has 3/4 of the LSTM's parameters"
)
@pytest.mark.parametrize(
    ("kind", "cell", "layer"), [("rnn", RNNCell, RNN), ("gru", GRUCell, GRU), ("lstm", LSTMCell, LSTM)]
)
def test_parameter_counts(kind, cell, layer):
    example = course.worked("WE-43")
    inputs, hidden = example["inputs"]["input"], example["inputs"]["hidden"]
    expected = example["expected"][kind]
    for make in (cell, layer):
        both = _count(make(inputs=inputs, hidden=hidden))
        none = _count(make(inputs=inputs, hidden=hidden, bias=False))
        assert both == expected["pytorch_two_biases"]
        assert (both + none) / 2 == expected["single_bias"]  # one of the two biases would do
    assert 4 * _count(GRU(inputs=inputs, hidden=hidden)) == 3 * _count(LSTM(inputs=inputs, hidden=hidden))


def _count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def _filled(cell, value):
    for parameter in cell.parameters():
        nn.init.constant_(parameter, value)
    return cell.double()


@pytest.mark.course("WE-50", "RNN-12", "RNN-13", "RNN-15", "RNN-16", "RNN-17")
def test_one_step_of_an_lstm():
    example = course.worked("WE-50")
    given, expected, within = example["inputs"], example["expected"]["lstm"], example["tolerance"]["abs"]
    cell = _filled(LSTMCell(inputs=1, hidden=1, bias=False), given["w"])
    x, h, c = (torch.tensor([[given[name]]], dtype=F64) for name in "xhc")
    gates = cell.gates(x, h)
    for name in "ifgo":
        assert getattr(gates, name).item() == pytest.approx(expected[name], abs=within)
    for found_h, found_c in (cell(x, (h, c)), lstm_cell_formula(x, h, c, cell.weight_ih, cell.weight_hh)):
        assert found_c.item() == pytest.approx(expected["c"], abs=within)
        assert found_h.item() == pytest.approx(expected["h"], abs=within)
        # The printed update c = f c forgets what the input gate admits.
        assert abs(found_c.item() - expected["c_as_printed_without_input_term"]) > 0.3


@pytest.mark.course("WE-50", "RNN-14", "RNN-19", "RNN-20")
def test_one_step_of_a_gru():
    example = course.worked("WE-50")
    given, expected, within = example["inputs"], example["expected"]["gru"], example["tolerance"]["abs"]
    cell = _filled(GRUCell(inputs=1, hidden=1, bias=False), given["w"])
    x, h = (torch.tensor([[given[name]]], dtype=F64) for name in "xh")
    gates = cell.gates(x, h)
    for name in "rzn":
        assert getattr(gates, name).item() == pytest.approx(expected[name], abs=within)
    for found in (cell(x, h), gru_cell_formula(x, h, cell.weight_ih, cell.weight_hh)):
        assert found.item() == pytest.approx(expected["h"], abs=within)


@pytest.mark.course(
    "WE-51",
    "RNN-10",
    verdict="holds under conditions",
    seen="of one linear unit the slope of step 50 with respect to step 0 is w^50: 0.005 at 0.9, 1 at 1 and 117 at 1.1; "
    "with tanh the factor above 1 stays bounded, as saturation shrinks it",
)
def test_repeated_multiplication_through_time():
    example = course.worked("WE-51")
    cell = RNNCell(inputs=1, hidden=1, activation="relu", bias=False).double()
    steps = example["inputs"]["T"]
    close(example, "factor", [_slope(cell, weight, steps) for weight in example["inputs"]["w"]])
    saturating = RNNCell(inputs=1, hidden=1, activation="tanh", bias=False).double()
    assert _slope(saturating, 1.1, steps) < 1


def _slope(cell, weight, steps):
    """How the last state moves with the first; a positive start keeps ReLU on its straight side."""
    nn.init.constant_(cell.weight_hh, weight)
    start = torch.ones(1, 1, dtype=F64, requires_grad=True)
    _, last = unroll(cell, torch.zeros(1, steps, 1, dtype=F64), start)
    return torch.autograd.grad(last, start)[0].item()
