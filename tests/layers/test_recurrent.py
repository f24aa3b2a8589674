"""Cells and layers of recurrent networks: torch's own operations, and formulas that equal them."""

import copy
import math
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from glasswork.errors import RangeError, ShapeError, UnknownNameError
from glasswork.layers import (
    GRU,
    LSTM,
    RNN,
    EchoState,
    GRUCell,
    LSTMCell,
    ResetBeforeGRUCell,
    RNNCell,
    gru_cell,
    gru_cell_formula,
    gru_formula,
    lstm_cell,
    lstm_cell_formula,
    lstm_formula,
    lstm_gates,
    reset_before_gru_cell,
    rnn_cell,
    rnn_cell_formula,
    rnn_formula,
    unroll,
    unroll_layers,
)
from suite import check_behaves, check_same_kernels, check_twin

F64 = torch.float64
CELLS = {"rnn": (RNNCell, nn.RNNCell, 1), "lstm": (LSTMCell, nn.LSTMCell, 4), "gru": (GRUCell, nn.GRUCell, 3)}
LAYERS = {"rnn": (RNN, nn.RNN, rnn_formula), "lstm": (LSTM, nn.LSTM, lstm_formula), "gru": (GRU, nn.GRU, gru_formula)}
KINDS = list(LAYERS)


def drawn(*shapes, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator, dtype=F64) for shape in shapes]


def step_parts(gates, *, states=1, batch=3, inputs=2, hidden=4):
    sizes = [(batch, inputs), *[(batch, hidden)] * states]
    return drawn(*sizes, (gates * hidden, inputs), (gates * hidden, hidden), (gates * hidden,), (gates * hidden,))


class TestByHand:
    def test_rnn(self):
        # tanh(0.5 * 2 + 0.1 - 0.25 * 4 + 0.3) = tanh(0.4)
        parts = [torch.tensor(value, dtype=F64) for value in ([[2.0]], [[4.0]], [[0.5]], [[-0.25]], [0.1], [0.3])]
        assert rnn_cell(*parts).item() == pytest.approx(math.tanh(0.4), abs=1e-15)
        assert rnn_cell(*parts, activation="relu").item() == pytest.approx(0.4, abs=1e-15)

    def test_lstm_with_four_different_gates(self):
        # Through biases alone: i = 1/4, f = 3/4, g = 1/2, o = 2/5; c = 3/4 * 2 + 1/4 * 1/2, h = 2/5 tanh(c)
        bias = torch.tensor([-math.log(3), math.log(3), math.atanh(0.5), math.log(2 / 3)], dtype=F64)
        zero = torch.zeros(1, 1, dtype=F64)
        weights = (torch.zeros(4, 1, dtype=F64), torch.zeros(4, 1, dtype=F64), bias, torch.zeros(4, dtype=F64))
        h, c = lstm_cell(zero, zero, zero + 2, *weights)
        assert c.item() == pytest.approx(1.625, abs=1e-14)
        assert h.item() == pytest.approx(0.4 * math.tanh(1.625), abs=1e-14)
        said = lstm_gates(zero, zero, *weights)
        assert [gate.item() for gate in said] == pytest.approx([0.25, 0.75, 0.5, 0.4], abs=1e-14)

    def test_gru_with_three_different_gates(self):
        # r = 1/4, z = 3/4, n = tanh(0.3 + 1/4 * (0.8 * 2 + 0.4)) = tanh(0.8); h = 1/4 n + 3/4 * 2
        bias_ih = torch.tensor([-math.log(3), math.log(3), 0.3], dtype=F64)
        bias_hh = torch.tensor([0.0, 0.0, 0.4], dtype=F64)
        weight_hh = torch.tensor([[0.0], [0.0], [0.8]], dtype=F64)
        zero = torch.zeros(1, 1, dtype=F64)
        parts = (zero, zero + 2, torch.zeros(3, 1, dtype=F64), weight_hh, bias_ih, bias_hh)
        assert gru_cell(*parts).item() == pytest.approx(0.25 * math.tanh(0.8) + 1.5, abs=1e-14)
        # The reset before the product leaves the bias whole: n = tanh(0.3 + 0.8 * (1/4 * 2) + 0.4) = tanh(1.1)
        assert reset_before_gru_cell(*parts).item() == pytest.approx(0.25 * math.tanh(1.1) + 1.5, abs=1e-14)


class TestTwins:
    @pytest.mark.course("RNN-02")
    @pytest.mark.parametrize("activation", ["tanh", "relu"])
    @pytest.mark.parametrize("bias", [True, False])
    def test_rnn_cell(self, activation, bias):
        parts = step_parts(1)[: None if bias else 4]
        kernel, formula = (partial(one, activation=activation) for one in (rnn_cell, rnn_cell_formula))
        check_twin(kernel, formula, *parts)

    @pytest.mark.course("RNN-12")
    @pytest.mark.parametrize("bias", [True, False])
    def test_lstm_cell(self, bias):
        check_twin(lstm_cell, lstm_cell_formula, *step_parts(4, states=2)[: None if bias else 5])

    @pytest.mark.course("RNN-14")
    @pytest.mark.parametrize("bias", [True, False])
    def test_gru_cell(self, bias):
        check_twin(gru_cell, gru_cell_formula, *step_parts(3)[: None if bias else 4])

    def test_reset_before_equals_reset_after_where_they_must(self):
        # One unit and no bias: r (w h) = w (r h).
        alone = step_parts(3, hidden=1)[:4]
        check_twin(reset_before_gru_cell, gru_cell, *alone)
        several = step_parts(3)[:4]
        assert not torch.allclose(reset_before_gru_cell(*several), gru_cell(*several), atol=1e-3)

    def test_reset_before_has_the_right_gradient(self):
        parts = [part.requires_grad_() for part in step_parts(3)]
        assert torch.autograd.gradcheck(reset_before_gru_cell, parts)

    @pytest.mark.course("RNN-24")
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("layers", [1, 3])
    @pytest.mark.parametrize("bidirectional", [False, True])
    @pytest.mark.parametrize("bias", [True, False])
    def test_layers(self, kind, layers, bidirectional, bias):
        make, _, formula = LAYERS[kind]
        layer = make(inputs=2, hidden=3, layers=layers, bidirectional=bidirectional, bias=bias).double()
        flat = list(layer.parameters())
        each = len(flat) // len(layer.all_weights)
        (x,) = drawn((4, 5, 2))
        (h,) = drawn((len(layer.all_weights), 4, 3), seed=1)
        state = (h, h.cos()) if kind == "lstm" else h

        def kernel(x, *weights):
            names = [name for name, _ in layer.named_parameters()]
            return torch.func.functional_call(layer, dict(zip(names, weights, strict=True)), (x, state))

        def twin(x, *weights):
            grouped = [weights[first : first + each] for first in range(0, len(weights), each)]
            return formula(x, grouped, state, bidirectional=bidirectional)

        check_twin(kernel, lambda *parts: _tuple(twin(*parts)), x, *flat)
        without = formula(x, layer.all_weights, bidirectional=bidirectional)
        torch.testing.assert_close(layer(x), without, rtol=1e-12, atol=1e-12)
        outputs, last = layer(x, state)
        assert outputs.shape == (4, 5, 6 if bidirectional else 3)
        assert (last[0] if kind == "lstm" else last).shape == (layers * (2 if bidirectional else 1), 4, 3)

    def test_relu_layers_too(self):
        layer = RNN(inputs=2, hidden=3, activation="relu").double()
        (x,) = drawn((4, 5, 2))
        torch.testing.assert_close(layer(x), rnn_formula(x, layer.all_weights, activation="relu"), rtol=0, atol=1e-12)


def _tuple(found):
    outputs, last = found
    return (outputs, *last) if isinstance(last, tuple) else (outputs, last)


class TestTorch:
    @pytest.mark.parametrize("kind", KINDS)
    def test_cells_take_and_give_torchs_weights(self, kind):
        make, theirs, _ = CELLS[kind]
        ours, their = make(inputs=2, hidden=3), theirs(2, 3)
        ours.load_state_dict(their.state_dict())
        x, h = torch.randn(4, 2), torch.randn(4, 3)
        state = (h, h + 1) if kind == "lstm" else h
        torch.testing.assert_close(ours(x, state), their(x, state), rtol=0, atol=0)
        back = theirs(2, 3)
        back.load_state_dict(ours.state_dict())
        torch.testing.assert_close(back(x), ours(x), rtol=0, atol=0)

    @pytest.mark.parametrize("kind", KINDS)
    def test_layers_take_and_give_torchs_weights(self, kind):
        make, theirs, _ = LAYERS[kind]
        ours = make(inputs=2, hidden=3, layers=2, bidirectional=True)
        their = theirs(2, 3, num_layers=2, bidirectional=True, batch_first=True)
        ours.load_state_dict(their.state_dict())
        x = torch.randn(4, 5, 2)
        torch.testing.assert_close(ours(x), their(x), rtol=0, atol=0)
        their.load_state_dict(ours.state_dict())

    @pytest.mark.parametrize("kind", KINDS)
    def test_same_kernels(self, kind):
        make, theirs, _ = LAYERS[kind]
        ours, their = make(inputs=2, hidden=3, layers=2), theirs(2, 3, num_layers=2, batch_first=True)
        check_same_kernels(ours, their, torch.randn(4, 5, 2))
        cell, theirs, _ = CELLS[kind]
        ours, their = cell(inputs=2, hidden=3), theirs(2, 3)
        state = (torch.randn(4, 3), torch.randn(4, 3)) if kind == "lstm" else torch.randn(4, 3)
        check_same_kernels(lambda x: ours(x, state), lambda x: their(x, state), torch.randn(4, 2))


class TestSuite:
    @pytest.mark.parametrize("make", [RNNCell, LSTMCell, GRUCell, ResetBeforeGRUCell])
    def test_cells_behave(self, make):
        check_behaves(make(inputs=2, hidden=3), torch.randn(4, 2))

    @pytest.mark.parametrize("make", [RNN, LSTM, GRU])
    def test_layers_behave(self, make):
        check_behaves(make(inputs=2, hidden=3), torch.randn(4, 5, 2))

    def test_echo_state_behaves(self):
        check_behaves(EchoState(inputs=2, hidden=5, outputs=1), torch.randn(4, 5, 2))

    @pytest.mark.parametrize("make", [RNN, LSTM, GRU])
    def test_refusals(self, make):
        name = make.__name__
        layer = make(inputs=2, hidden=3, layers=2)
        with pytest.raises(ShapeError, match=rf"{name}: x must have 3 dimensions, got shape \(5, 2\)\."):
            layer(torch.zeros(5, 2))
        with pytest.raises(ShapeError, match=rf"{name}: x must have size 2 in dimension 2, got shape \(4, 5, 7\)\."):
            layer(torch.zeros(4, 5, 7))
        with pytest.raises(RangeError, match=rf"{name}: time must be >= 1, got time=0\."):
            layer(torch.zeros(4, 0, 2))
        wrong = torch.zeros(1, 4, 3)
        with pytest.raises(ShapeError, match=rf"{name}: h must have size 2 in dimension 0, got shape \(1, 4, 3\)\."):
            layer(torch.zeros(4, 5, 2), (wrong, wrong) if make is LSTM else wrong)
        with pytest.raises(RangeError, match=r"with dropout between layers: layers must be >= 2, got layers=1\."):
            make(inputs=2, hidden=3, dropout=0.5)

    @pytest.mark.parametrize("make", [RNNCell, LSTMCell, GRUCell, ResetBeforeGRUCell])
    def test_cell_refusals(self, make):
        name = make.__name__
        cell = make(inputs=2, hidden=3)
        with pytest.raises(ShapeError, match=rf"{name}: x must have size 2 in dimension 1, got shape \(4, 3\)\."):
            cell(torch.zeros(4, 3))
        wrong = torch.zeros(5, 3)
        with pytest.raises(ShapeError, match=rf"{name}: h must have size 4 in dimension 0, got shape \(5, 3\)\."):
            cell(torch.zeros(4, 2), (wrong, wrong) if make is LSTMCell else wrong)
        with pytest.raises(RangeError, match=rf"{name}: hidden must be >= 1, got hidden=0\."):
            make(inputs=2, hidden=0)

    def test_unknown_activation(self):
        with pytest.raises(UnknownNameError, match="RNN: no activation 'rulu'; did you mean 'relu'"):
            RNN(inputs=2, hidden=3, activation="rulu")


@pytest.mark.course("RNN-02", verdict="holds", seen="a cell with one set of weights, unrolled by hand, is the layer")
@pytest.mark.parametrize("kind", KINDS)
def test_an_unrolled_cell_is_the_layer(kind):
    cell = CELLS[kind][0](inputs=2, hidden=3).double()
    layer = LAYERS[kind][0](inputs=2, hidden=3).double()
    layer.load_state_dict({f"{name}_l0": value for name, value in cell.state_dict().items()})
    (x,) = drawn((4, 6, 2))
    outputs, last = unroll(cell, x)
    expected, state = layer(x)
    torch.testing.assert_close(outputs, expected, rtol=0, atol=1e-12)
    h, h_of_layer = (last[0], state[0]) if kind == "lstm" else (last, state)
    torch.testing.assert_close(h, h_of_layer[0], rtol=0, atol=1e-12)


def test_layers_of_cells_are_stacked_layers():
    cells = [GRUCell(inputs=2, hidden=3).double(), GRUCell(inputs=3, hidden=3).double()]
    layer = GRU(inputs=2, hidden=3, layers=2).double()
    layer.load_state_dict({f"{n}_l{i}": v for i, cell in enumerate(cells) for n, v in cell.state_dict().items()})
    (x,) = drawn((4, 6, 2))
    torch.testing.assert_close(unroll_layers(cells, x, [None, None])[0], layer(x)[0], rtol=0, atol=1e-12)


@given(st.integers(0, 1000), st.floats(0.1, 30))
def test_an_lstms_output_stays_within_one(seed, size):
    parts = [size * part for part in step_parts(4, states=2)]
    torch.manual_seed(seed)
    h, _ = lstm_cell(torch.randn_like(parts[0]) * size, *parts[1:])
    assert h.abs().max() <= 1


def test_a_part_is_copied_with_its_own_weights():
    layer = LSTM(inputs=2, hidden=3)
    twin = copy.deepcopy(layer)
    with torch.no_grad():
        twin.weight_ih_l0.zero_()
    x = torch.randn(1, 4, 2)
    assert not torch.equal(layer(x)[0], twin(x)[0])
