"""Every expansion against torch: value and gradient in float64 on a module in a traced step; each formula, each number.

The reference is torch's own autograd on a plain copy of the model, which knows nothing of the trace.
"""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional

import glasswork as gw
from glasswork.tracing.algebra import evaluate
from glasswork.tracing.meaning import expand
from glasswork.tracing.tape import element_at, fill


class Attend(nn.Module):
    """Scaled dot-product attention with what a caller may ask of it."""

    def __init__(self, **settings):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(4, 4) for _ in range(3))
        self.settings = settings

    def forward(self, x):
        q, k, v = (layer(x).unflatten(-1, (2, 2)).transpose(1, 2) for layer in (self.q, self.k, self.v))
        return functional.scaled_dot_product_attention(q, k, v, **self.settings)


class Heads(nn.Module):
    """Multi-head attention of a sequence on itself, or on another."""

    def __init__(self, *, padding=False, other=None, dropout=0.0, width=4, **settings):
        super().__init__()
        self.inner = nn.MultiheadAttention(4, 2, batch_first=True, dropout=dropout, kdim=width, vdim=width)
        self.padding, self.other, self.settings = padding, other, settings

    def forward(self, x):
        mask = torch.tensor([[False, False, True], [False, True, False]]) if self.padding else None
        key = x if self.other is None else self.other
        out, weights = self.inner(x, key, key, key_padding_mask=mask, **self.settings)
        return (out,) if weights is None else (out, weights)


class Loss(nn.Module):
    """A layer and a loss in one module."""

    def __init__(self, layer, loss, *target):
        super().__init__()
        self.layer, self.loss, self.target = layer, loss, target

    def forward(self, x):
        return self.loss(self.layer(x), *self.target)


def seeded(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


image, rows, tokens = seeded(2, 4, 5, 6), seeded(3, 2), seeded(2, 3, 4)
look = torch.tensor([[1, 1, 0], [1, 0, 1], [1, 1, 1]]).bool()
future = torch.zeros(3, 3, dtype=torch.float64).masked_fill(~look, float("-inf"))
codes, shares = torch.tensor([0, 2, 1]), seeded(3, 3, seed=2).softmax(1)
weights = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
truth = seeded(3, 3, seed=3).sigmoid()

SEQUENCES = {
    "lstm": (nn.LSTM, {}),
    "lstm, two layers, both ways, dropout": (
        nn.LSTM, {"num_layers": 2, "bidirectional": True, "dropout": 0.4, "batch_first": True}),
    "lstm, no bias": (nn.LSTM, {"bias": False}),
    "gru": (nn.GRU, {}),
    "gru, two layers, both ways": (nn.GRU, {"num_layers": 2, "bidirectional": True, "batch_first": True}),
    "gru, no bias": (nn.GRU, {"bias": False}),
    "rnn, tanh": (nn.RNN, {}),
    "rnn, relu, both ways": (nn.RNN, {"nonlinearity": "relu", "bidirectional": True, "num_layers": 2}),
}  # fmt: skip
CASES = {
    name: (lambda kind=kind, settings=settings: kind(4, 3, **settings), tokens, None)
    for name, (kind, settings) in SEQUENCES.items()
}
CASES |= {
    "lstm_cell": (lambda: nn.LSTMCell(2, 3), rows, "lstm_cell"),
    "gru_cell": (lambda: nn.GRUCell(2, 3), rows, "gru_cell"),
    "rnn_tanh_cell": (lambda: nn.RNNCell(2, 3), rows, "rnn_tanh_cell"),
    "rnn_relu_cell": (lambda: nn.RNNCell(2, 3, nonlinearity="relu"), rows, "rnn_relu_cell"),
    "attention": (Attend, tokens, "scaled_dot_product_attention"),
    "attention, scale": (lambda: Attend(scale=0.3), tokens, "scaled_dot_product_attention"),
    "attention, causal, dropout": (
        lambda: Attend(is_causal=True, dropout_p=0.3), tokens, "scaled_dot_product_attention"),
    "attention, who may look": (lambda: Attend(attn_mask=look), tokens, "scaled_dot_product_attention"),
    "attention, added mask": (lambda: Attend(attn_mask=future), tokens, "scaled_dot_product_attention"),
    "heads": (Heads, tokens, "multi_head_attention_forward"),
    "heads, padding, dropout": (
        lambda: Heads(padding=True, dropout=0.3, need_weights=False), tokens, "multi_head_attention_forward"),
    "heads, each head's weights": (
        lambda: Heads(dropout=0.2, average_attn_weights=False), tokens, "multi_head_attention_forward"),
    "heads, mask": (lambda: Heads(attn_mask=~look, padding=True), tokens, "multi_head_attention_forward"),
    "heads, causal": (
        lambda: Heads(attn_mask=torch.ones(3, 3).triu(1).bool(), is_causal=True, need_weights=False), tokens,
        "multi_head_attention_forward"),
    "heads, another sequence": (
        lambda: Heads(other=seeded(2, 3, 5), width=5), tokens, "multi_head_attention_forward"),
    "batch norm": (lambda: nn.BatchNorm1d(2), rows, "batch_norm"),
    "batch norm, no scale": (lambda: nn.BatchNorm1d(2, affine=False), rows, "batch_norm"),
    "batch norm, maps": (lambda: nn.BatchNorm2d(4, momentum=0.3), image, "batch_norm"),
    "batch norm, inference": (lambda: nn.BatchNorm2d(4).eval(), image, "batch_norm"),
    "instance norm": (lambda: nn.InstanceNorm2d(4, affine=True), image, "instance_norm"),
    "layer norm": (lambda: nn.LayerNorm(4), tokens, "layer_norm"),
    "layer norm, two dimensions": (lambda: nn.LayerNorm((5, 6), bias=False), image, "layer_norm"),
    "group norm": (lambda: nn.GroupNorm(2, 4), image, "group_norm"),
    "rms norm": (lambda: nn.RMSNorm(4), tokens, "rms_norm"),
    "softmax": (lambda: nn.Softmax(1), rows, "softmax"),
    "softmax of large numbers": (lambda: nn.Sequential(nn.Linear(2, 3), nn.Softmax(1)), rows * 400, "softmax"),
    "log_softmax": (lambda: nn.LogSoftmax(0), rows, "log_softmax"),
    "conv1d": (lambda: nn.Conv1d(3, 2, 2, dilation=2), tokens, "conv1d"),
    "conv2d": (lambda: nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2), image, "conv2d"),
    "conv2d, same": (lambda: nn.Conv2d(4, 2, (2, 3), dilation=2, padding="same", bias=False), image, "conv2d"),
    "conv3d": (lambda: nn.Conv3d(4, 2, 2), image[:, :, None].repeat(1, 1, 2, 1, 1), "conv3d"),
    "conv_transpose1d": (lambda: nn.ConvTranspose1d(3, 2, 3, stride=2), tokens, "conv_transpose1d"),
    "conv_transpose2d": (
        lambda: nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1, output_padding=1, groups=2), image,
        "conv_transpose2d"),
    "conv_transpose2d, holes": (lambda: nn.ConvTranspose2d(4, 2, 2, stride=3, dilation=2), image, "conv_transpose2d"),
    "max_pool1d": (lambda: nn.MaxPool1d(2), tokens, "max_pool1d"),
    "max_pool2d, ties": (lambda: nn.Sequential(nn.ReLU(), nn.MaxPool2d(3, 2, 1)), image - 1, "max_pool2d"),
    "max_pool2d, dilation, ceil": (lambda: nn.MaxPool2d(2, dilation=2, ceil_mode=True), image, "max_pool2d"),
    "avg_pool2d": (lambda: nn.AvgPool2d(3, 2, 1), image, "avg_pool2d"),
    "avg_pool2d, ceil": (lambda: nn.AvgPool2d(3, 2, 1, ceil_mode=True), image, "avg_pool2d"),
    "avg_pool2d, inner places only": (
        lambda: nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), image, "avg_pool2d"),
    "adaptive_avg_pool2d": (lambda: nn.AdaptiveAvgPool2d((5, 3)), image, "adaptive_avg_pool2d"),
    "embedding": (lambda: nn.Embedding(5, 3, padding_idx=1), torch.tensor([[1, 2, 2], [4, 1, 0]]), "embedding"),
    "embedding, sparse": (lambda: nn.Embedding(5, 3, sparse=True), torch.tensor([1, 2, 2]), "embedding"),
    "dropout": (lambda: nn.Dropout(0.4), tokens, "dropout"),
    "dropout of maps": (lambda: nn.Dropout2d(0.4), image, "dropout2d"),
    "linear": (lambda: nn.Linear(4, 3), tokens, "linear"),
    "prelu": (lambda: nn.PReLU(2), rows, "prelu"),
    "cross_entropy": (lambda: Loss(nn.Linear(2, 3), nn.CrossEntropyLoss(), codes), rows, "cross_entropy"),
    "cross_entropy, sum": (
        lambda: Loss(nn.Linear(2, 3), nn.CrossEntropyLoss(reduction="sum"), codes), rows, "cross_entropy"),
    "cross_entropy, none": (
        lambda: Loss(nn.Linear(2, 3), nn.CrossEntropyLoss(reduction="none"), codes), rows * 300, "cross_entropy"),
    "cross_entropy, weights, smoothing, ignored": (
        lambda: Loss(nn.Linear(2, 3), nn.CrossEntropyLoss(weights, ignore_index=1, label_smoothing=0.2), codes), rows,
        "cross_entropy"),
    "cross_entropy, shares": (
        lambda: Loss(nn.Linear(2, 3), nn.CrossEntropyLoss(label_smoothing=0.1), shares), rows, "cross_entropy"),
    "cross_entropy, maps": (
        lambda: Loss(nn.Conv1d(3, 3, 1), nn.CrossEntropyLoss(), torch.tensor([[0, 2, 1, 1], [2, 2, 0, 1]])), tokens,
        "cross_entropy"),
    "nll_loss": (
        lambda: Loss(nn.Sequential(nn.Linear(2, 3), nn.LogSoftmax(1)), nn.NLLLoss(weights), codes), rows, "nll_loss"),
    "bce": (lambda: Loss(nn.Sequential(nn.Linear(2, 3), nn.Sigmoid()), nn.BCELoss(), truth), rows,
            "binary_cross_entropy"),
    "bce with logits": (
        lambda: Loss(nn.Linear(2, 3), nn.BCEWithLogitsLoss(), truth), rows, "binary_cross_entropy_with_logits"),
    "bce with large logits": (
        lambda: Loss(nn.Linear(2, 3), nn.BCEWithLogitsLoss(reduction="sum"), truth.round()), rows * 300,
        "binary_cross_entropy_with_logits"),
    "bce with logits, weights": (
        lambda: Loss(nn.Linear(2, 3), nn.BCEWithLogitsLoss(pos_weight=weights), truth), rows,
        "binary_cross_entropy_with_logits"),
    "mse_loss": (lambda: Loss(nn.Linear(2, 3), nn.MSELoss(), truth), rows, "mse_loss"),
    "mse_loss, sum": (lambda: Loss(nn.Linear(2, 3), nn.MSELoss(reduction="sum"), truth), rows, "mse_loss"),
    "l1_loss": (lambda: Loss(nn.Linear(2, 3), nn.L1Loss(), truth), rows, "l1_loss"),
    "huber_loss": (lambda: Loss(nn.Linear(2, 3), nn.HuberLoss(delta=0.3), truth), rows, "huber_loss"),
    "smooth_l1_loss": (lambda: Loss(nn.Linear(2, 3), nn.SmoothL1Loss(beta=0.2), truth), rows, "smooth_l1_loss"),
    "kl_div": (lambda: Loss(nn.Linear(2, 3), nn.KLDivLoss(reduction="batchmean"), shares), rows, "kl_div"),
}  # fmt: skip
CURVES = {
    "relu": nn.ReLU(), "relu_": nn.ReLU(inplace=True), "sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(),
    "leaky_relu": nn.LeakyReLU(0.1), "leaky_relu_": nn.LeakyReLU(0.1, inplace=True), "elu": nn.ELU(0.5),
    "elu_": nn.ELU(inplace=True), "selu": nn.SELU(), "silu": nn.SiLU(), "gelu": nn.GELU(),
    "gelu, tanh": nn.GELU("tanh"), "softplus": nn.Softplus(2), "logsigmoid": nn.LogSigmoid(),
    "softsign": nn.Softsign(), "hardswish": nn.Hardswish(), "hardtanh": nn.Hardtanh(-0.5, 0.5), "relu6": nn.ReLU6(),
    "mish": nn.Mish(), "threshold": nn.Threshold(0.1, 20.0),
}  # fmt: skip
OTHER_NAMES = {"leaky_relu_": "leaky_relu", "elu_": "elu", "relu_": "relu", "logsigmoid": "log_sigmoid"}
CASES |= {
    name: (lambda layer=layer: nn.Sequential(nn.Linear(2, 4), layer), rows * 2, None) for name, layer in CURVES.items()
}


def total(out):
    """A loss in which every number of every result has a part of its own."""
    parts = []

    def add(result):
        if isinstance(result, torch.Tensor):
            slope = torch.linspace(0.5, 1.5, result.numel(), dtype=result.dtype).view(result.shape)
            parts.append((slope * result).sum() + (result**2).sum() / 7)
        else:
            for part in result:
                add(part)

    add(out)
    return sum(parts)


def traced(make, x):
    """A step, its reference by plain autograd, and the model that took it."""
    torch.manual_seed(4)
    model = make().double()
    plain = copy.deepcopy(model)
    torch.manual_seed(9)
    step = gw.trace(model, total, x)
    torch.manual_seed(9)
    given = x.clone().requires_grad_(x.is_floating_point())
    out = plain(given)
    total(out).backward()
    gradients = {name: p.grad.to_dense() for name, p in plain.named_parameters() if p.grad is not None}
    if given.grad is not None:
        gradients["x"] = given.grad
    return step, out, gradients


def explained(step, name):
    """The expansion of the outermost call that has one, of this name if one is given."""
    names = {call.name for call in step.tape.calls}
    assert name is None or name in names, names
    for call in step.tape.calls:
        if name is None or call.name == name:
            found = expand(call, step.tape, step.sweep)
            if found is not None and (name is not None or found.title != "linear"):
                return call, found
    raise AssertionError(names)


def flat(structure):
    if isinstance(structure, torch.Tensor):
        return [structure]
    return [] if structure is None else [tensor for part in structure for tensor in flat(part)]


@pytest.mark.parametrize("case", CASES)
def test_equals_torch_in_value_and_gradient(case):
    make, x, name = CASES[case]
    step, out, gradients = traced(make, x)
    call, found = explained(step, name)
    assert found.ok, found.reason
    if call.visit is not None and step.tape.visits[call.visit].parent is None:  # the whole model is this call
        recorded = flat(fill(call.result, step.tape.value))
        if [t.shape for t in recorded] == [t.shape for t in flat(out)]:
            torch.testing.assert_close(recorded, [t.detach() for t in flat(out)], rtol=1e-12, atol=1e-12)
    for variable, quantity in found.results.items():
        torch.testing.assert_close(quantity.value, step.tape.value(variable), rtol=1e-12, atol=1e-12)
    checked = 0
    for parameter, expected in gradients.items():
        variable = step.tape.leaf(parameter)
        if variable in found.gradients:
            torch.testing.assert_close(found.gradients[variable].to_dense(), expected, rtol=1e-12, atol=1e-12)
            checked += 1
    own = {p for p in gradients if step.tape.leaf(p) in {q.variable for q in found.given}}
    assert checked == len(own)


@pytest.mark.parametrize("case", CASES)
def test_every_formula_gives_its_number_forward_and_backward(case):
    make, x, name = CASES[case]
    step, _, _ = traced(make, x)
    _, found = explained(step, name)
    forward = backward = 0
    for quantity in found.steps:
        scale = max(1.0, float(quantity.value.abs().max()))
        slope = 1.0 if quantity.gradient is None else max(1.0, float(quantity.gradient.to_dense().abs().max()))
        for place in range(quantity.value.numel()):
            element = element_at(place, tuple(quantity.value.shape))
            if quantity.formula is not None:
                said = evaluate(quantity.equation(element).steps[0])
                assert said == pytest.approx(float(quantity.value[element]), abs=1e-11 * scale), quantity.symbol
                forward += 1
            if quantity.gradient is None or place % 3:
                continue
            expected = float(quantity.gradient.to_dense()[element])
            for line in (found.backward(quantity, element), found.short(quantity, element)):
                if line is not None:
                    assert evaluate(line.steps[0]) == pytest.approx(expected, abs=1e-11 * slope), quantity.symbol
                    backward += 1
    assert forward
    assert backward


@pytest.mark.parametrize("case", ["lstm", "gru", "heads", "batch norm", "conv2d", "cross_entropy", "max_pool2d, ties"])
def test_agrees_in_float32_within_its_tolerance(case):
    make, x, name = CASES[case]
    torch.manual_seed(4)
    step = gw.trace(make().float(), total, x.float() if x.is_floating_point() else x, dtype=torch.float32)
    _, found = explained(step, name)
    assert found.ok, found.reason
    assert max(found.difference, found.gradient_difference) <= found.allowed < 1e-2
    assert all(q.value.dtype is torch.float32 for q in found.computed)
