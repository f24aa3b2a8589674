from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from glasswork.errors import RangeError, ShapeError, UnknownNameError
from glasswork.models import MLP


def set_layer(linear, weight, bias):
    with torch.no_grad():
        linear.weight.copy_(torch.tensor(weight))
        linear.bias.copy_(torch.tensor(bias))


def test_worked_by_hand():
    model = MLP(inputs=2, outputs=1, hidden=[2]).eval()
    set_layer(model.hidden[0].linear, [[1.0, 2.0], [-3.0, 1.0]], [0.5, 1.0])
    set_layer(model.head, [[2.0, 10.0]], [-1.0])
    # (1, 1): hidden 3.5 and relu(-1) = 0: 7 - 1. (-1, 0): relu(-0.5) = 0 and 4: 40 - 1.
    assert model(torch.tensor([[1.0, 1.0], [-1.0, 0.0]])).tolist() == [[6], [39]]


def test_residual_adds_the_layers_input():
    plain = MLP(inputs=3, outputs=3, hidden=[3], residual=False).eval()
    added = MLP(inputs=3, outputs=3, hidden=[3], residual=True).eval()
    added.load_state_dict(plain.state_dict())
    for model in (plain, added):
        nn.init.eye_(model.head.weight)
    x = torch.randn(4, 3)
    torch.testing.assert_close(added(x), plain(x) + x)


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
def test_same_as_a_sequential(norm):
    model = MLP(inputs=3, outputs=2, hidden=[4, 5], activation=nn.Tanh, norm=norm, dropout=0.0).double()
    layers = []
    for hidden in model.hidden:
        layers += [hidden.linear, *([hidden.norm] if hidden.norm is not None else []), nn.Tanh()]
    x = torch.randn(6, 3, dtype=torch.float64)
    torch.testing.assert_close(model(x), nn.Sequential(*layers, model.head)(x), rtol=0, atol=1e-12)


def test_without_a_non_linearity_it_collapses_to_one_matrix():
    model = MLP(inputs=3, outputs=2, hidden=[4, 5], activation=nn.Identity, dropout=0.0).double()
    x = torch.randn(6, 3, dtype=torch.float64)
    zero = model(torch.zeros(1, 3, dtype=torch.float64))
    matrix = model(torch.eye(3, dtype=torch.float64)) - zero
    torch.testing.assert_close(model(x), x @ matrix + zero, rtol=0, atol=1e-12)


@given(st.lists(st.integers(1, 6), max_size=3), st.integers(1, 5), st.integers(1, 4))
def test_counts_of_parameters(hidden, inputs, outputs):
    sizes = [inputs, *hidden, outputs]
    expected = sum(a * b + b for a, b in pairwise(sizes))
    model = MLP(inputs=inputs, outputs=outputs, hidden=hidden)
    assert sum(p.numel() for p in model.parameters()) == expected


def test_learns_xor():
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
    model = MLP(inputs=2, outputs=1, hidden=[8], activation=nn.Tanh, dropout=0.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(300):
        optimizer.zero_grad()
        (model(x) - y).square().mean().backward()
        optimizer.step()
    assert (model(x) - y).abs().max() < 0.1


def test_refusals():
    with pytest.raises(ShapeError, match=r"MLP: x must have size 4 in dimension 1, got shape \(8, 5\)\."):
        MLP(inputs=4, outputs=1)(torch.zeros(8, 5))
    with pytest.raises(UnknownNameError, match=r"MLP: no norm 'batsh'; did you mean 'batch'\?"):
        MLP(inputs=4, outputs=1, norm="batsh")
    with pytest.raises(RangeError, match=r"MLP: hidden must be >= 1, got hidden=0\."):
        MLP(inputs=4, outputs=1, hidden=[3, 0])
