"""Shapes and counts: formulas against what the layers give; and the arithmetic of what does not fit."""

import pytest
import torch
from torch import nn
from torch.nn import functional
from zoo import CASES

import glasswork as gw
from glasswork.layers import Convolution, MaxPool
from glasswork.tracing.algebra import evaluate, symbols
from glasswork.tracing.misfit import misfit
from glasswork.tracing.record import record
from glasswork.tracing.shapes import shapes


def square(out):
    return (out if isinstance(out, torch.Tensor) else out[0]).square().sum()


def one(module, *shape):
    return shapes(record(module, square, torch.randn(*shape))).layers[0]


@pytest.mark.parametrize(
    ("module", "shape", "sizes", "count"),
    [
        (nn.Linear(4, 3), (2, 4), ["3"], "4*3 + 3 = 15"),
        (nn.Linear(4, 3, bias=False), (2, 4), ["3"], "4*3 = 12"),
        (nn.Conv2d(3, 8, 3, stride=2, padding=1, dilation=2), (1, 3, 16, 9),
         ["8", "floor((16 + 2*1 - 2*(3-1) - 1)/2) + 1 = 7", "floor((9 + 2*1 - 2*(3-1) - 1)/2) + 1 = 4"],
         "3*3*3*8 + 8 = 224"),
        (nn.Conv2d(4, 8, (1, 3), groups=2, bias=False), (1, 4, 5, 5),
         ["8", "floor((5 + 2*0 - 1*(1-1) - 1)/1) + 1 = 5", "floor((5 + 2*0 - 1*(3-1) - 1)/1) + 1 = 3"],
         "1*3*2*8 = 48"),
        (nn.Conv1d(2, 3, 4, padding="same"), (1, 2, 9),
         ["3", "floor((9 + 1 + 2 - 1*(4-1) - 1)/1) + 1 = 9"], "4*2*3 + 3 = 27"),
        (Convolution(channels=2, maps=3), (1, 2, 5, 5),
         ["3", "floor((5 + 2*0 - 1*(3-1) - 1)/1) + 1 = 3", "floor((5 + 2*0 - 1*(3-1) - 1)/1) + 1 = 3"],
         "3*3*2*3 + 3 = 57"),
        (nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2), (1, 4, 4, 3),
         ["6", "(4-1)*2 - 2*1 + 1*(3-1) + 1 + 1 = 8", "(3-1)*2 - 2*1 + 1*(3-1) + 1 + 1 = 6"],
         "3*3*4*3 + 6 = 114"),
        (nn.MaxPool2d(3, 2, 1), (1, 2, 7, 6),
         ["2", "floor((7 + 2*1 - 1*(3-1) - 1)/2) + 1 = 4", "floor((6 + 2*1 - 1*(3-1) - 1)/2) + 1 = 3"], None),
        (nn.AvgPool1d(2, ceil_mode=True), (1, 2, 7), ["2", "ceil((7 + 2*0 - 1*(2-1) - 1)/2) + 1 = 4"], None),
        (MaxPool(), (1, 1, 4), ["1", "floor((4 + 2*0 - 1*(2-1) - 1)/2) + 1 = 2"], None),
        (nn.LSTM(3, 5, 2, bidirectional=True), (4, 1, 3), ["2*5 = 10"],
         "2*4*(5*3 + 5*5 + 2*5) + 2*4*(5*10 + 5*5 + 2*5) = 1080"),
        (nn.GRU(3, 5, bias=False), (4, 1, 3), ["5"], "3*(5*3 + 5*5 + 0*5) = 120"),
        (nn.RNN(3, 5), (4, 1, 3), ["5"], "(5*3 + 5*5 + 2*5) = 50"),
        (nn.LSTMCell(3, 5), (4, 3), ["5"], "4*(5*3 + 5*5 + 2*5) = 200"),
        (nn.BatchNorm2d(3), (2, 3, 4, 4), [], "3 + 3 = 6"),
        (nn.LayerNorm(4, bias=False), (2, 4), [], "4 = 4"),
        (nn.Flatten(), (2, 3, 4, 5), ["3*4*5 = 60"], None),
    ],
)  # fmt: skip
def test_sizes_and_counts_with_their_numbers(module, shape, sizes, count):
    layer = one(module, *shape)
    assert [size.working for size in layer.sizes] == sizes
    assert (layer.parameters and layer.parameters.working) == count
    assert layer.ok, layer.remark
    real = sum(parameter.numel() for parameter in module.parameters())
    assert (layer.parameters.value if layer.parameters else 0) == real
    for size in [*layer.sizes, *([layer.parameters] if layer.parameters else [])]:
        assert evaluate(size.equation.steps[0]) == size.value


def test_a_size_is_an_equation_in_letters():
    height = one(nn.Conv2d(3, 8, 3, stride=2, padding=1), 1, 3, 16, 16).sizes[1].equation
    assert height.left.name == "H"
    assert {part.name: part.value for part in symbols(height.steps[0])} == {"n": 16, "p": 1, "d": 1, "m": 3, "s": 2}
    count = one(nn.Conv2d(3, 8, 3), 1, 3, 5, 5).parameters.equation
    assert [part.name for part in symbols(count.steps[0])] == ["m1", "m2", "C", "O", "O"]


def test_attention_counts_its_four_matrices():
    layer = shapes(record(nn.MultiheadAttention(8, 2), square, (torch.randn(3, 1, 8),) * 3)).layers[0]
    assert layer.parameters.working == "4*(8*8 + 8) = 288"
    assert layer.remark == "2 heads of 8 / 2 = 4 features; their number does not change the count."


@pytest.mark.parametrize("name", CASES)
def test_the_zoo_adds_up(name):
    model, loss, x, y = CASES[name]()
    found = shapes(record(model, loss, x, y))
    assert all(layer.ok for layer in found.layers), [(layer.path, layer.remark) for layer in found.layers]
    if isinstance(model, nn.Module):
        assert found.total.value == sum(p.numel() for p in model.parameters())
    listed = sum(layer.parameters.value for layer in found.layers if layer.parameters and not layer.shared)
    assert listed + found.elsewhere == found.total.value
    for layer in found.layers:
        for size in [*layer.sizes, *([layer.parameters] if layer.parameters else [])]:
            assert evaluate(size.equation.steps[0]) == size.value


def test_tied_weights_count_once():
    model, loss, x, y = CASES["weight_tying"]()
    found = shapes(record(model, loss, x, y))
    assert found.layers[1].shared == "embed"
    assert found.total.value == 28


def test_the_receptive_field_of_a_chain_and_of_no_other():
    chain = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(2, 2, 3))
    assert shapes(record(chain, square, torch.randn(1, 1, 12, 12))).receptive == [
        ("0", "1 + 1*(3-1)*1 = 3"), ("2", "3 + 1*(2-1)*1 = 4"), ("3", "4 + 1*(3-1)*2 = 8"),
    ]  # fmt: skip

    class Parallel(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Conv1d(1, 1, 3, padding=1), nn.Conv1d(1, 1, 5, padding=2)

        def forward(self, x):
            return self.a(x) + self.b(x)

    assert shapes(record(Parallel(), square, torch.randn(1, 1, 9))).receptive == []


def test_a_failed_step_shows_the_layers_until_then():
    net = nn.Sequential(nn.Linear(3, 4), nn.Linear(5, 2))
    found = shapes(record(net, square, torch.randn(2, 3)))
    assert (found.layers[0].path, found.layers[0].output) == ("0", (2, 4))


NETS = {
    "product": (nn.Sequential(nn.Linear(20, 49), nn.Linear(64, 10)), (128, 20)),
    "channels": (nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(5, 2, 3)), (2, 3, 8, 8)),
    "window": (nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 9)), (2, 3, 8, 8)),
    "pooling": (nn.Sequential(nn.Conv2d(3, 4, 3), nn.MaxPool2d(9)), (2, 3, 8, 8)),
    "flat": (nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(100, 2)), (2, 3, 8, 8)),
    "norm": (nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(5)), (2, 3)),
    "layer norm": (nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(5)), (2, 3)),
    "sequence": (nn.LSTM(3, 4), (2, 3, 5)),
    "unflatten": (nn.Sequential(nn.Linear(3, 4), nn.Unflatten(1, (3, 2))), (2, 3)),
    "view": (lambda x: x.view(4, 2), (2, 3)),
    "view, open": (lambda x: x.reshape(-1, 4), (2, 3)),
    "sum": (lambda x: x + torch.zeros(2), (2, 3)),
    "cat": (lambda x: torch.cat([x, torch.zeros(3, 3)], 1), (2, 3)),
    "matmul": (lambda x: x @ x, (2, 3)),
    "rows": (lambda x: functional.cross_entropy(x, torch.tensor([0, 1, 2])), (2, 3)),
    "classes": (lambda x: functional.cross_entropy(x, torch.tensor([0, 3])), (2, 3)),
    "loss": (lambda x: functional.mse_loss(x, torch.zeros(5)), (2, 3)),
}
SAID = {
    "product": "1 (Linear): 128 x 49 times 64 x 10: 49 is not 64.\n"
    "It was made for 64 features and gets 49; the layer before it, 0 (Linear), gives 49.",
    "channels": "1 (Conv2d): the kernel 2 x 5 x 3 x 3 wants 5 channels, the input 2 x 4 x 6 x 6 has 4.\n"
    "It was made for 5 channels and gets 4; the layer before it, 0 (Conv2d), gives 4.",
    "window": "1 (Conv2d): the window spans 9 places, the padded input has 6: "
    "floor((6 + 2*0 - 1*(9-1) - 1)/1) + 1 = -2.",
    "pooling": "1 (MaxPool2d): the window spans 9 places, the padded input 6: "
    "floor((6 + 2*0 - 1*(9-1) - 1)/9) + 1 = 0.",
    "flat": "2 (Linear): 2 x 144 times 100 x 2: 144 is not 100.\n"
    "It was made for 100 features and gets 144; the layer before it, 1 (Flatten), gives 144.",
    "norm": "1 (BatchNorm1d): the norm has 5 channels, the input 4: 4 is not 5.\n"
    "It was made for 5 channels and gets 4; the layer before it, 0 (Linear), gives 4.",
    "layer norm": "1 (LayerNorm): the norm is over 5, the input ends in 4.",
    "sequence": "LSTM: each step of 2 x 3 x 5 has 5 features: 5 is not 3.\nIt was made for 3 features and gets 5.",
    "unflatten": "1 (Unflatten): 4 numbers do not make 3 * 2 = 6.",
    "view": "2 * 3 = 6 numbers do not make 4 * 2 = 8.",
    "view, open": "2 * 3 = 6 numbers do not divide by 4.",
    "sum": "2 x 3 with 2: 3 is not 2, and neither is 1.",
    "cat": "2 x 3 joined along dimension 1 with number 2, 3 x 3: in dimension 0 3 is not 2.",
    "matmul": "2 x 3 times 2 x 3: 3 is not 2.",
    "rows": "Scores of shape 2 x 3 want targets of shape 2, got 3.",
    "classes": "There are 3 classes, 0 to 2; the targets go from 0 to 3.",
    "loss": "2 x 3 with 5: 3 is not 5, and neither is 1.",
}


@pytest.mark.parametrize("case", NETS)
def test_the_arithmetic_that_fails_and_who_is_to_blame(case):
    net, shape = NETS[case]
    step = gw.trace(net, square, torch.randn(*shape))
    found = misfit(step.tape)
    assert str(found) == SAID[case]
    assert found.explained


def test_a_code_outside_of_the_table():
    found = misfit(record(nn.Embedding(5, 3), square, torch.tensor([[1, 7]])))
    assert found.arithmetic == "the table has 5 rows, 0 to 4; the codes go from 1 to 7"


def test_what_has_nothing_to_do_with_shapes_keeps_its_own_words():
    def model(x):
        raise ValueError("the moon is full.")

    found = misfit(record(model, square, torch.randn(2)))
    assert (found.arithmetic, found.explained) == ("the moon is full", False)
    assert misfit(record(nn.Linear(2, 1), square, torch.randn(1, 2))) is None


def test_a_step_that_fails_is_a_page_with_the_arithmetic_and_the_culprit(tmp_path):
    net = nn.Sequential(nn.Flatten(), nn.Linear(49, 10))
    step = gw.trace(net, nn.functional.cross_entropy, torch.zeros(2, 1, 14, 14), torch.tensor([1, 2]))
    assert "1 (Linear): 2 x 196 times 49 x 10: 196 is not 49." in step.text()
    assert "196 is not 49" in step.html(tmp_path / "failed.html").read_text(encoding="utf-8")
    assert "196 is not 49" in step.latex()


def test_the_whole_step_shows_where_shapes_and_counts_come_from():
    net = nn.Sequential(nn.Conv1d(2, 4, 3, stride=2), nn.Flatten(), nn.Linear(16, 1))
    text = gw.trace(net, lambda out: out.sum(), torch.zeros(1, 2, 9)).text(depth="operations")
    assert "N = m·C·O + O = (3)(2)(4) + 4 = 28" in text
