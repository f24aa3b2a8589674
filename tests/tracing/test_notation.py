"""What numbers are called."""

import pytest
import torch
from torch import nn

import glasswork as gw
from glasswork.errors import UsageError
from glasswork.tracing.document import Letters
from glasswork.tracing.notation import Names, Notation


def step(net, x, y, notation=None):
    return gw.trace(net, nn.functional.mse_loss, x, y, notation=notation).tape


def two_layers(inputs=3, hidden=4):
    return nn.Sequential(nn.Linear(inputs, hidden), nn.Sigmoid(), nn.Linear(hidden, 2))


def plain(names, name, element):
    return names.letters(names.tape.leaf(name), element).plain


@pytest.mark.course(
    "NL-19",
    verdict="holds",
    seen="weights are w^k_ij, i sending and j receiving; biases b_kj, outputs O_kj, by default",
)
def test_the_lectures_indices():
    names = Names(step(two_layers(), torch.randn(1, 3), torch.randn(1, 2)), Notation())
    # torch keeps [to, from] and counts from 0; w_ij is from i to j and counts from 1.
    assert plain(names, "0.weight", (1, 2)) == "w^1_32"
    assert plain(names, "2.weight", (1, 3)) == "w^2_42"
    assert plain(names, "2.bias", (1,)) == "b_22"
    assert plain(names, "x", (0, 2)) == "x_3"
    assert plain(names, "y", (0, 1)) == "y_2"
    sigmoid = next(r for r in names.tape.records if r.name == "sigmoid")
    assert names.letters(sigmoid.uses[0].variable, (0, 1)).plain == "z^1_2"
    assert names.letters(sigmoid.outputs[0], (0, 1)).plain == "O_12"
    assert names.delta(sigmoid.uses[0].variable, (0, 1), 0.5).name == "δ^1_2"
    assert names.delta(sigmoid.outputs[0], (0, 1), 0.5).name == "∂L/∂O_12"


@pytest.mark.course("NL-19")
def test_the_mistaken_order_of_e20_is_another_symbol():
    # E-20 writes w_12 for the second output weight, where the convention says w_21; both exist here and differ.
    names = Names(step(two_layers(2, 2), torch.randn(1, 2), torch.randn(1, 2)), Notation())
    assert plain(names, "2.weight", (0, 1)) == "w^2_21"
    assert plain(names, "2.weight", (1, 0)) == "w^2_12"


def test_the_convention_is_a_setting():
    tape = step(two_layers(), torch.randn(1, 3), torch.randn(1, 2))
    assert plain(Names(tape, Notation.of("to_from")), "0.weight", (1, 2)) == "w^1_23"
    assert plain(Names(tape, Notation(first=0)), "0.weight", (1, 2)) == "w^0_21"
    assert plain(Names(tape, Notation.of("names")), "0.weight", (1, 2)) == "0.weight[1,2]"
    sigmoid = next(r for r in tape.records if r.name == "sigmoid").outputs[0]
    assert Names(tape, Notation(output="a")).letters(sigmoid, (0, 1)).plain == "a^1_2"
    given = Names(tape, Notation(given={sigmoid: Letters("h")}))
    assert given.letters(sigmoid, (0, 1)).plain == "h_{0,1}"


def test_two_digits_get_a_comma():
    names = Names(step(two_layers(3, 12), torch.randn(1, 3), torch.randn(1, 2)), Notation())
    assert plain(names, "0.weight", (11, 0)) == "w^1_{1,12}"


def test_samples_are_named_when_there_are_several():
    names = Names(step(two_layers(), torch.randn(5, 3), torch.randn(5, 2)), Notation())
    assert plain(names, "x", (3, 1)) == "x_2(4)"


def test_anything_else_goes_by_its_own_name():
    net = nn.Sequential(nn.Conv1d(1, 2, 2), nn.Flatten(), nn.Linear(4, 1))
    names = Names(step(net, torch.randn(1, 1, 3), torch.randn(1, 1)), Notation())
    assert plain(names, "0.weight", (1, 0, 1)) == "0.weight[1,0,1]"
    assert plain(names, "2.weight", (0, 3)) == "2.weight[0,3]"


def test_a_weight_used_twice_has_no_layer():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(2, 2)

        def forward(self, x):
            return self.inner(torch.tanh(self.inner(x)))

    names = Names(step(Twice(), torch.randn(1, 2), torch.randn(1, 2)), Notation())
    assert plain(names, "inner.weight", (0, 1)) == "inner.weight[0,1]"
    titles = {names.title(v.index) for v in names.tape.variables}
    assert {"inner#1.out", "inner#2.out"} <= titles


def test_an_unknown_notation_is_refused():
    with pytest.raises(UsageError, match="'course', 'names', 'layers' or 'to_from', got 'latin'"):
        Notation.of("latin")
